"""Every address × role × own, foreign, moved and missing row × GET, HEAD and POST.

``tests/known/access.txt`` says which roles may use which address. A new address fails here until it stands there
and in mesoclinic/pages/addresses.py. Every page that is shown prints one main heading.
"""

import logging
import re
from copy import deepcopy
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve, reverse

from mesoclinic.accounts.permissions import ROLES, Role
from mesoclinic.core import access_log
from mesoclinic.core.models import AuditEvent
from mesoclinic.pages import access
from mesoclinic.pages.access import url_names_with_namespace
from mesoclinic.pages.addresses import ADDRESSES
from mesoclinic.pages.walls import Behind, Open
from tests.access_addresses import MAY, NOT_OURS, PATTERNS, address_of
from tests.access_pages import OwnPages, asked, asked_by_permitted, main_headings_or_none
from tests.access_world import World, build_world
from tests.page_forms import CANARY, SentForm, canary, forms_of_page
from tests.query_plans import GROWS_KNOWINGLY, Growth, PlanReader

pytestmark = pytest.mark.django_db

METHODS = ("get", "head", "post")
#: What a permitted person gets of a row of their own: a page, the way on, what is wrong in an empty form, or no such method.
ANSWERED = {200, 302, 400, 404, 405, 409, 422}
#: Nothing at these of this world's rows: a visit without a course, a lot without its paper, a session not signed yet.
EMPTY = {"schedule:rest", "stock:lot_certificate", "followup:afterwards", "visit_fee", "visit_fee_waive"}


@pytest.fixture(scope="module", autouse=True)
def world(django_db_setup, django_db_blocker):
    """Built once; each request is rolled back, and so is all of it at the end."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        # A session costs a query and a row at each request; nothing here is about sessions.
        patch.setattr(settings, "SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies")
        # A refusal is logged with its traceback, which takes longer than the refusal.
        patch.setattr(logging.getLogger("django.request"), "disabled", True)
        # Copies of every page's context, which nothing here reads.
        patch.setattr("django.test.client.store_rendered_templates", lambda *args, **kwargs: None)
        world = build_world()
        world.last_event = AuditEvent.objects.order_by("pk").values_list("pk", flat=True).last()
        yield world
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def clients(world):
    return {role: world.own.client(role) for role in Role}


@pytest.fixture(scope="module")
def own_pages(world, clients) -> OwnPages:
    return OwnPages(world, clients)


def problems_at(name: str, world: World, clients, pages: OwnPages | None = None) -> list[str]:
    """What is wrong with one address. ``pages``: those asked for before, where nothing was changed since."""
    pages = pages or OwnPages(world, clients)
    wall, problems = ADDRESSES[name], []
    own, missing = address_of(name, world.own, world), address_of(name, None, world)
    permitted = [role for role in clients if role in MAY[name]]
    others = [role for role in clients if role not in MAY[name]]
    for role in others:
        refused = {"post": asked(clients[role], "post", own).status_code}
        if refused["post"] == 405 or role == others[0]:
            refused["get"] = asked(clients[role], "get", own).status_code
        if 403 not in refused.values() or not {403, 405}.issuperset(refused.values()):
            problems.append(f"{name}: {role} own: {refused}")
        if role == others[0] and missing != own:
            nothing = {method: asked(clients[role], method, missing).status_code for method in refused}
            if nothing != refused:
                problems.append(f"{name}: {role} learns what is there: {refused}, else {nothing}")
    for role in permitted:
        answers = {
            "get": pages.page_of(name, role),
            "post": asked_by_permitted(clients[role], "post", name, world),
        }
        for method, answer in answers.items():
            if answer.is_unseen:
                problems.append(f"{name}: {role} is shown a patient by {method}, and no row says so")
        got = {method: answer.status for method, answer in answers.items()}
        if not ANSWERED.issuperset(got.values()):
            problems.append(f"{name}: {role} own: {got}")
        if (headings := answers["get"].headings) not in (None, 1):
            problems.append(f"{name}: {headings} main headings for {role}")
        if any(answer.is_kept for answer in answers.values()):
            problems.append(f"{name}: the browser may keep what {role} was shown")
        if isinstance(wall, Behind) and name not in EMPTY and {404, 405}.issuperset(got.values()):
            problems.append(f"{name}: nothing of one's own is answered: {got}")
    if isinstance(wall, Behind):
        first = clients[permitted[0]]
        nothing = {method: asked(first, method, missing).status_code for method in METHODS}
        if not {404, 405}.issuperset(nothing.values()):
            problems.append(f"{name}: missing: {nothing}")
        for role in permitted:
            methods = METHODS if role == permitted[0] else ("get", "post")
            problems.extend(_problems_of_wall(name, wall, clients[role], methods, nothing, world))
        if wall.clinic:
            problems.extend(_problems_of_moved(name, wall, first, nothing, world))
    return problems


def _problems_of_wall(name, wall, client, methods, nothing, world) -> list[str]:
    """A row of another clinic answers as none does; a patient of other clinics asks for the reason."""
    address = address_of(name, world.foreign, world)
    answers = {method: asked(client, method, address) for method in methods}
    got = {method: answer.status_code for method, answer in answers.items()}
    if wall.clinic:
        right = got == {method: nothing[method] for method in got}
        return [] if right else [f"{name}: foreign: {got}, missing: {nothing}"]
    asks_why = answers["get"].get("Location", "").endswith("/open/")
    right = asks_why and all(status == (403 if method == "post" else 302) for method, status in got.items())
    return [] if right else [f"{name}: foreign patient: {got}"]


def _problems_of_moved(name, wall, client, nothing, world) -> list[str]:
    """Another clinic's row about one's own patient: read where the table says so, never written."""
    address = address_of(name, world.moved, world)
    got = {method: asked(client, method, address).status_code for method in ("get", "post")}
    if not wall.is_read_elsewhere:
        return [] if got == {m: nothing[m] for m in got} else [f"{name}: elsewhere: {got}"]
    right = (got["get"] in (200, 302, 405) or name in EMPTY) and got["post"] == 403
    problems = [] if right else [f"{name}: elsewhere, to be read: {got}"]
    return problems + _forms_that_are_refused(name, client, address)


def _forms_that_are_refused(name, client, address) -> list[str]:
    """What a page of another clinic's row offers to send, and would be refused."""
    forms = forms_of_page(asked(client, "get", address), at=address)
    behind = [form for form in forms if isinstance(ADDRESSES[resolve(form.address).view_name], Behind)]
    sent = {form.address: asked(client, "post", form.address, form.fields).status_code for form in behind}
    return [f"{name}: elsewhere: offers {each}" for each, status in sent.items() if status in (403, 404)]


@pytest.mark.fault("F38")
def test_every_address_is_classed():
    names = set(url_names_with_namespace())

    assert names - ADDRESSES.keys() == set(), (
        "say in mesoclinic/pages/addresses.py whose wall they stand behind"
    )
    assert ADDRESSES.keys() - names == set(), "these addresses are gone"
    assert MAY.keys() == names - NOT_OURS, "say in tests/known/access.txt who may use them"


@pytest.mark.fault("F38")
@pytest.mark.parametrize("app", sorted({name.partition(":")[0] for name in ADDRESSES.keys() - NOT_OURS}))
def test_each_role_gets_what_is_its_own_and_nothing_else(app, world, clients, own_pages):
    names = [name for name in sorted(ADDRESSES.keys() - NOT_OURS) if name.partition(":")[0] == app]

    assert [problem for name in names for problem in problems_at(name, world, clients, own_pages)] == []


@pytest.mark.fault("F38")
@pytest.mark.parametrize(
    "name", ["sessions:sign", "billing:payment_void", "patients:intake", "followup:check_in"]
)
def test_the_matrix_finds_an_address_whose_wall_is_taken_away(name, world, clients, monkeypatch):
    monkeypatch.setattr(access, "ADDRESSES", ADDRESSES | {name: Open("planted")})

    assert problems_at(name, world, clients) != []


@pytest.mark.fault("F38")
def test_the_matrix_finds_a_role_that_may_too_much(world, clients, monkeypatch):
    view = PATTERNS["sessions:void"].callback
    desk = ROLES[Role.FRONT_DESK]
    monkeypatch.setitem(
        ROLES, Role.FRONT_DESK, type(desk)(desk.label, desk.sentence, desk.permissions | {view.permission})
    )

    assert problems_at("sessions:void", world, clients) != []


@pytest.mark.parametrize(
    ("page", "count"), [("<html><h1>A</h1><h1>B</h1>", 2), ("<html><p>A</p>", 0), ("<p>A</p>", None)]
)
def test_the_matrix_counts_the_main_headings_of_a_whole_page(page, count):
    assert main_headings_or_none(HttpResponse(page)) == count


def test_an_address_that_is_not_classed_answers_nobody(world, clients, monkeypatch):
    monkeypatch.setattr(access, "ADDRESSES", {k: v for k, v in ADDRESSES.items() if k != "today"})

    assert asked(clients[Role.CLINICIAN], "get", reverse("today")).status_code == 403
    assert [error.id for error in access.check_every_address_is_classed()] == ["mesoclinic.E001"]


@pytest.mark.parametrize("name", ["patients:edit", "followup:follow_ups"])
def test_the_matrix_finds_a_page_that_shows_a_patient_and_leaves_no_row(name, world, clients, monkeypatch):
    monkeypatch.setattr(access_log, "note_read", lambda *row: None)

    assert [problem for problem in problems_at(name, world, clients) if "no row says so" in problem] != []


#: What one may write after an address, as the views read it.
_QUERY = "&".join(
    f"{name}=%00" for name in ("q", "day", "who", "before", "after", "page", "kind", "state", "slot")
)


@pytest.mark.fault("F55")
def test_a_null_character_in_any_text_and_a_missing_key_are_answered_at_every_address(
    world, clients, log_lines
):
    """Each page's forms are sent as they stand, with a NUL in every text and without the key that a form carries.

    What was typed stands in no log line, in no address of an answer and in no page of an error.
    """
    problems, sent, typed = [], set(), 0
    asked_by = [(name, clients[_first_role(name)]) for name in sorted(ADDRESSES)]
    for name, client in [*asked_by, *((name, Client()) for name in sorted(NOT_OURS))]:
        cookies, client.raise_request_exception = deepcopy(client.cookies), False
        address = address_of(name, world.own, world)
        page = asked(client, "get", address)
        is_page = page.status_code == 200 and page.headers.get("Content-Type", "").startswith("text/html")
        answers = [page]
        # Lists read what stands after the address; the page of a row seldom does.
        if is_page and isinstance(ADDRESSES[name], Open):
            answers.append(asked(client, "get", f"{address}?{_QUERY}"))
        problems += [f"{address}: {each.status_code}" for each in answers if each.status_code >= 500]
        forms = forms_of_page(page, at=address) if is_page else []
        # The address itself takes a form too, of words that it may ask for.
        words: dict[str, list[str] | str] = {word: canary() for word in ("login", "reason", "note", "q")}
        for form in [*forms, SentForm(address, words | {"email": "\0", "password": "\0"})]:
            key = (form.address, frozenset(form.fields), client.cookies.keys() == set())
            if key in sent:
                continue
            sent.add(key)
            typed += str(form.fields).count(CANARY)
            # One of the forms signs out.
            client.cookies = deepcopy(cookies)
            answer = asked(client, "post", form.address, form.fields)
            if answer.status_code >= 500:
                problems.append(f"{form.address} from {name}: {answer.status_code}")
            if any(CANARY in told for told in _addresses_and_errors(answer)):
                problems.append(f"{form.address} from {name}: what was typed is told again")
        client.cookies, client.raise_request_exception = cookies, True

    assert (len(sent) > 300, typed > 1000) == (True, True), (len(sent), typed)
    assert problems == []
    assert [line for line in log_lines if CANARY in line] == []
    assert log_lines


def _first_role(name: str) -> Role:
    return next((role for role in Role if role in MAY.get(name, ())), Role.CLINICIAN)


def _addresses_and_errors(answer) -> list[str]:
    """Where an answer leads, and all that it says where it is the page of an error."""
    told = [answer.headers.get("Location", "")]
    if answer.streaming or not answer.headers.get("Content-Type", "").startswith("text/html"):
        return told
    text = answer.content.decode()
    told += re.findall(r'(?:href|action|src|hx-get|hx-post)="([^"]*)"', text)
    # Of a form that met something, what was typed stands in the page, to be sent again.
    return told if answer.status_code in (200, 409, 422, 423) else [*told, text]


@dataclass(frozen=True)
class Walked:
    """A page as one role got it, and what of it grows."""

    name: str
    role: Role
    growth: frozenset[Growth]


@pytest.fixture(scope="module")
def walked(own_pages) -> list[Walked]:
    """Every address with a row of one's own, as each role that may got it."""
    asked_for = [
        (name, role, own_pages.page_of(name, role)) for name in sorted(MAY) for role in sorted(MAY[name])
    ]
    plans = PlanReader()
    return [Walked(name, role, plans.growth_of_all(page.statements)) for name, role, page in asked_for]


def test_no_page_reads_more_the_more_there_is(walked):
    growth = {each: page.name for page in walked for each in page.growth}
    known = {(name, each.table) for each, name in growth.items()}

    assert {each: name for each, name in growth.items() if (name, each.table) not in GROWS_KNOWINGLY} == {}
    assert GROWS_KNOWINGLY.keys() - known == set(), "these grow no more: take them out"


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT id FROM stock_lot WHERE maker = 'M'", ("scan", "stock_lot")),
        ("SELECT count(*) FROM stock_lot", ("scan", "stock_lot")),
        ("SELECT id FROM core_auditevent WHERE address = '::1'", ("scan", "core_auditevent")),
        ("SELECT id FROM stock_lot WHERE clinic_id = 7", ("unbounded", "stock_lot")),
        ("SELECT id FROM schedule_appointment ORDER BY id LIMIT 5 OFFSET 5", ("offset", "")),
        (
            "SELECT id FROM patients_patient WHERE given_names = 'A' ORDER BY id LIMIT 5",
            ("scan", "patients_patient"),
        ),
        ("SELECT id FROM stock_lot WHERE clinic_id = 7 ORDER BY id LIMIT 5", None),
        ("SELECT id FROM stock_lot WHERE id IN (1, 2)", None),
        ("SELECT id FROM plans_treatmentplan WHERE patient_id = 7", None),
        ("SELECT id FROM accounts_clinic WHERE name = 'A'", None),
    ],
)
def test_the_walk_finds_what_grows(world, sql, found):
    growth = PlanReader().growth_of(sql)

    assert [(each.code, each.table) for each in growth] == ([found] if found else [])


#: Words that the desk writes or is told: the person, how to reach them, what a course and an alert are called for it.
_DESK_READS = {
    "patients_patient",
    "patients_alert.desk_text",
    "patients_patientmerge",  # the desk's own words: how it is known, why not
    "plans_treatmentplan.name",
    "cocktails_cocktail.paper_name",
}
_CLINICAL = ("patients_", "conditions_", "cocktails_", "plans_", "treatment_sessions_", "followup_")


def test_the_desk_reads_no_clinical_column_on_any_of_its_pages(world, clients):
    with transaction.atomic(), connection.cursor() as cursor:
        marked = _mark_clinical_columns(cursor)
        read = set()
        for name in sorted(name for name in MAY if Role.FRONT_DESK in MAY[name]):
            page = asked(clients[Role.FRONT_DESK], "get", address_of(name, world.own, world))
            text = b"".join(page).decode(errors="ignore")
            read |= {(name, marked[word]) for word in re.findall(r"zq\d+qz", text)}
        transaction.set_rollback(True)

    assert {"conditions_condition.name", "cocktails_cocktail.name", "patients_riskfactor.label"} <= {
        *marked.values()
    }
    assert read == set()


def _mark_clinical_columns(cursor) -> dict[str, str]:
    """Write a word of its own into each clinical text that the desk is not told; the word to its column."""
    cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND (data_type = 'text' OR character_maximum_length >= 12) ORDER BY 1, 2"
    )
    marked = {}
    for table, column in cursor.fetchall():
        if not table.startswith(_CLINICAL) or {table, f"{table}.{column}"} & _DESK_READS:
            continue
        word = f"zq{len(marked)}qz"
        try:
            with transaction.atomic():
                cursor.execute(f'UPDATE "{table}" SET "{column}" = %s', [word])
        except (IntegrityError, DataError):
            continue  # a state, or one of a few choices
        marked[word] = f"{table}.{column}"
    cursor.execute("SET LOCAL session_replication_role = origin")
    return marked
