"""Every address × role × own, foreign, moved and missing row × GET, HEAD and POST.

``tests/known/access.txt`` says which roles may use which address. A new address fails here until it stands there
and in mesoclinic/pages/addresses.py.
"""

from collections import defaultdict
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import NoReverseMatch, get_resolver, reverse

from mesoclinic.accounts.permissions import ROLES, Permission, Role
from mesoclinic.pages import access
from mesoclinic.pages.addresses import ADDRESSES, BY_SECRET, SHARED, SIGN_IN, Behind, Open
from mesoclinic.pages.access import NOTHING, address_names
from tests.access_world import Place, World, build_world

KNOWN = Path(__file__).parents[2] / "known" / "access.txt"
METHODS = ("get", "head", "post")
#: What a permitted person gets of a row of their own: a page, the way on, what is wrong in an empty form, or no such method.
ANSWERED = {200, 302, 400, 404, 405, 409, 422}
LETTERS = {"C": Role.CLINICIAN, "D": Role.FRONT_DESK, "A": Role.ADMIN, "K": Role.COSMETOLOGIST}
NOT_OURS = {name for name, wall in ADDRESSES.items() if wall in (SIGN_IN, BY_SECRET)}


def roles_by_address() -> dict[str, set[Role]]:
    """What the file says: an address and the letters of the roles that may use it."""
    rows = (line.split() for line in KNOWN.read_text().splitlines() if line and not line.startswith("#"))
    return {name: {LETTERS[letter] for letter in letters if letter != "-"} for name, letters in rows}


MAY = roles_by_address()


def patterns_by_name(resolver=None, prefix=""):
    found = {}
    for entry in (resolver or get_resolver()).url_patterns:
        if hasattr(entry, "url_patterns"):
            space = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            found |= patterns_by_name(entry, space)
        else:
            found[f"{prefix}{entry.name}"] = entry
    return found


PATTERNS = patterns_by_name()
WORDS = {"kind": "dose-limit", "key": "HAS14", "code": "unknown"}


@pytest.fixture(scope="module", autouse=True)
def world(django_db_setup, django_db_blocker):
    """Built once; each request is rolled back, and so is all of it at the end."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        # A session costs a query and a row at each request; nothing here is about sessions.
        patch.setattr(settings, "SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies")
        yield build_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def clients(world):
    return {role: world.own.client(role) for role in Role}


def address_of(name: str, place: Place | None, world: World) -> str:
    """The address for the row of this place; None: of no row."""
    wall = ADDRESSES[name]
    wanted = PATTERNS[name].pattern.converters
    kwargs: dict[str, object] = {}
    for key in wanted:
        if isinstance(wall, Behind) and key == wall.key:
            kwargs[key] = place.rows[wall.model].pk if place else NOTHING
        elif key in ("pk", "code") and name.removesuffix("_edit").removesuffix("_retire").removesuffix("_review") in world.shared:
            kwargs[key] = world.shared[name.removesuffix("_edit").removesuffix("_retire").removesuffix("_review")]
        elif key == "pk":
            kwargs[key] = place.patient.pk if place else NOTHING
        elif key == "kind":
            kwargs[key] = "treatment" if name.startswith("patients") else "limit"
        else:
            kwargs[key] = place.beside.get(key, WORDS.get(key)) if place else WORDS.get(key, NOTHING)
    return reverse(name, kwargs=kwargs)


def asked(client, method: str, address: str):
    """The answer; what it wrote is undone."""
    with transaction.atomic():
        answer = getattr(client, method)(address)
        transaction.set_rollback(True)
    return answer


def problems_at(name: str, world: World, clients) -> list[str]:
    """What is wrong with one address."""
    wall, problems = ADDRESSES[name], []
    own = address_of(name, world.own, world)
    missing = address_of(name, None, world)

    def expect(holds: bool, said: str) -> None:
        if not holds:
            problems.append(f"{name}: {said}")

    for role, client in clients.items():
        if role not in MAY[name]:
            for method in METHODS:
                status = asked(client, method, own).status_code
                expect(status in (403, 405), f"{role} {method} own: {status}")
                if missing != own and method != "head":
                    nothing = asked(client, method, missing).status_code
                    expect(nothing == status, f"{role} {method} tells what is there: {status}, else {nothing}")
            continue
        for method in METHODS:
            status = asked(client, method, own).status_code
            expect(status in ANSWERED, f"{role} {method} own: {status}")
            if isinstance(wall, Behind):
                problems.extend(_problems_of_wall(name, wall, role, client, method, missing, world))
    if isinstance(wall, Behind):
        first = clients[next(iter(MAY[name]))]
        read = [asked(first, method, own).status_code for method in METHODS]
        expect(any(status not in (404, 405) for status in read), f"nothing of one's own is answered: {read}")
    return problems


def _problems_of_wall(name, wall, role, client, method, missing, world) -> list[str]:
    problems = []
    nothing = asked(client, method, missing).status_code
    if nothing not in (404, 405):
        problems.append(f"{name}: {role} {method} missing: {nothing}")
    foreign = asked(client, method, address_of(name, world.foreign, world))
    if wall.clinic:
        if foreign.status_code != nothing:
            problems.append(f"{name}: {role} {method} foreign: {foreign.status_code}, missing: {nothing}")
        moved = asked(client, method, address_of(name, world.moved, world)).status_code
        read = wall.is_read_elsewhere and method != "post"
        right = moved in (200, 302, 405) if read else moved in (nothing, 403 if wall.is_read_elsewhere else nothing)
        if not right:
            problems.append(f"{name}: {role} {method} of one's patient elsewhere: {moved}")
    elif method == "post":
        if foreign.status_code != 403:
            problems.append(f"{name}: {role} post foreign patient: {foreign.status_code}")
    elif foreign.status_code != 302 or not foreign["Location"].endswith("/open/"):
        problems.append(f"{name}: {role} {method} foreign patient: {foreign.status_code}")
    return problems


def test_every_address_is_classed():
    names = set(address_names())

    assert names - ADDRESSES.keys() == set(), "say in mesoclinic/pages/addresses.py whose wall they stand behind"
    assert ADDRESSES.keys() - names == set(), "these addresses are gone"
    assert MAY.keys() == names - NOT_OURS, "say in tests/known/access.txt who may use them"


@pytest.mark.parametrize("app", sorted({name.partition(":")[0] for name in ADDRESSES.keys() - NOT_OURS}))
def test_each_role_gets_what_is_its_own_and_nothing_else(app, world, clients):
    names = [name for name in sorted(ADDRESSES.keys() - NOT_OURS) if name.partition(":")[0] == app]

    assert [problem for name in names for problem in problems_at(name, world, clients)] == []


@pytest.mark.parametrize("name", ["sessions:sign", "billing:payment_void", "patients:intake", "stock:lot"])
def test_the_matrix_finds_an_address_whose_wall_is_taken_away(name, world, clients, monkeypatch):
    monkeypatch.setattr(access, "ADDRESSES", ADDRESSES | {name: Open("planted")})

    assert problems_at(name, world, clients) != []


def test_the_matrix_finds_a_role_that_may_too_much(world, clients, monkeypatch):
    view = PATTERNS["sessions:void"].callback
    desk = ROLES[Role.FRONT_DESK]
    monkeypatch.setitem(
        ROLES, Role.FRONT_DESK, type(desk)(desk.label, desk.sentence, desk.permissions | {view.permission})
    )

    assert problems_at("sessions:void", world, clients) != []


def test_an_address_that_is_not_classed_answers_nobody(world, clients, monkeypatch):
    monkeypatch.setattr(access, "ADDRESSES", {k: v for k, v in ADDRESSES.items() if k != "today"})

    assert asked(clients[Role.CLINICIAN], "get", reverse("today")).status_code == 403
    assert [error.id for error in access.check_every_address_is_classed()] == ["mesoclinic.E001"]
