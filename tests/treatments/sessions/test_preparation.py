"""A syringe is drawn by one person, looked at by another, and found by the code on its label."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core import documents
from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from tests.treatments.sessions.conftest import fill
from treatments.sessions.actions.corrections import mark_session_void
from treatments.sessions.actions.preparation import mark_syringe_prepared, record_syringe_check
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.models import Dose, Syringe, SyringeCheck
from treatments.sessions.queries.preparation import (
    prepared_syringe,
    sessions_and_their_syringes_queryset,
    syringe_code,
    syringe_contents,
)

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def syringe(ready):
    return Syringe.objects.get(treatment_session=ready)


@pytest.fixture
def colleague(clinic):
    return factories.UserFactory(
        roles=["clinician"], title="Dr", first_name="Ama", last_name="Osei", clinic=clinic
    )


def as_it_is(syringe):
    session = sessions_and_their_syringes_queryset().get(pk=syringe.treatment_session_id)
    [one] = [prepared_syringe(each) for each in session.syringes.all() if each.pk == syringe.pk]
    return one


def address(name, syringe):
    return reverse(f"sessions:{name}", args=[syringe.pk])


def page_of(client, syringe):
    return client.get(reverse("sessions:preparation", args=[syringe.treatment_session_id]))


# ── drawn and checked ────────────────────────────────────────────────────────────────────────────


def test_drawing_starts_its_time_and_says_who(syringe, colleague):
    now = timezone.now()

    mark_syringe_prepared(syringe=syringe, by=colleague, now=now)

    syringe.refresh_from_db()
    assert (syringe.prepared_by, syringe.prepared_at) == (colleague, now)
    assert syringe.use_before == now + timedelta(hours=1)
    event = AuditEvent.objects.last()
    assert (event.did, event.by, event.data) == (
        "syringe.prepared",
        colleague,
        {"contents": syringe_contents(as_it_is(syringe).syringe)},
    )


def test_somebody_else_checks_what_is_in_it(syringe, colleague):
    seen = as_it_is(syringe).contents

    check = record_syringe_check(syringe=syringe, by=colleague, seen=seen)

    assert seen == [["L-Dex", "1.00"], ["L-Bio", "1.00"]]
    assert (check.checked_by, check.contents) == (colleague, seen)
    assert as_it_is(syringe).is_checked
    assert AuditEvent.objects.last().did == "syringe.checked"


def test_who_prepared_it_does_not_check_it(syringe, clinician):
    with pytest.raises(Refused, match="Somebody else looks at it"):
        record_syringe_check(syringe=syringe, by=clinician, seen=as_it_is(syringe).contents)

    assert not SyringeCheck.objects.exists()


def test_what_changed_since_the_page_was_opened_is_compared_again(syringe, colleague):
    seen = as_it_is(syringe).contents
    Dose.objects.filter(syringe=syringe).update(ml=D("0.7"))

    with pytest.raises(Refused, match="was changed since you opened this page"):
        record_syringe_check(syringe=syringe, by=colleague, seen=seen)


def test_a_change_after_the_check_shows(syringe, ready, colleague, clinician):
    record_syringe_check(syringe=syringe, by=colleague, seen=as_it_is(syringe).contents)

    Dose.objects.filter(syringe=syringe, product__name="Biotin").update(ml=D("0.7"))

    assert (as_it_is(syringe).is_checked, as_it_is(syringe).is_check_outdated) == (False, True)


def test_drawing_again_asks_for_a_new_check(syringe, colleague, clinician):
    record_syringe_check(syringe=syringe, by=colleague, seen=as_it_is(syringe).contents)

    mark_syringe_prepared(syringe=syringe, by=clinician, now=timezone.now() + timedelta(minutes=5))

    assert as_it_is(syringe).is_check_outdated


def test_a_signed_session_is_neither_drawn_nor_checked(charted, clinician, colleague):
    sign_session(session=charted, by=clinician)
    syringe = Syringe.objects.get(treatment_session=charted)

    for act in (
        lambda: mark_syringe_prepared(syringe=syringe, by=colleague),
        lambda: record_syringe_check(syringe=syringe, by=colleague, seen=as_it_is(syringe).contents),
    ):
        with pytest.raises(Refused, match="This session is signed"):
            act()


def test_a_role_that_was_taken_away_prepares_nothing(syringe, cosmetologist):
    with pytest.raises(Refused, match="Your account may not"):
        mark_syringe_prepared(syringe=syringe, by=cosmetologist)


# ── the pages ────────────────────────────────────────────────────────────────────────────────────


def test_the_page_shows_the_order_the_lots_and_the_names(as_clinician, syringe, lots):
    page = page_of(as_clinician, syringe)

    [row] = page.context["syringes"]
    assert [(line.product, line.lot.number, line.ml) for line in row["lines"]] == [
        (str(lots[0].product), "L-Dex", D(1)),
        (str(lots[1].product), "L-Bio", D(1)),
    ]
    html = page.content.decode()
    assert syringe_code(syringe) in html
    assert "<svg" in row["picture"]
    assert "Dr Elif Kaya" in html
    assert "You prepared it: somebody else checks it." in html
    assert AuditEvent.objects.last().data == {"page": "preparation"}


def test_two_people_by_their_buttons(as_clinician, syringe, colleague, once):
    other = signed_in(colleague)
    as_clinician.post(address("syringe_prepared", syringe), {"once": once()})
    seen = page_of(other, syringe).context["syringes"][0]["seen"]

    answer = other.post(address("syringe_checked", syringe), {"seen": seen, "once": once()}, follow=True)

    assert "Checked." in answer.content.decode()
    assert SyringeCheck.objects.get().checked_by == colleague


@pytest.mark.parametrize("seen", ["", "x", "3", "[1]", '{"a": 1}', json.dumps([["L-Dex", "9.00"]])])
def test_a_check_of_something_else_is_refused_on_the_page(syringe, colleague, seen):
    answer = signed_in(colleague).post(address("syringe_checked", syringe), {"seen": seen})

    assert answer.status_code == 422
    assert "was changed since you opened this page" in answer.content.decode()
    assert not SyringeCheck.objects.exists()


def test_a_double_click_checks_once(syringe, colleague, once):
    client = signed_in(colleague)
    fields = {"seen": json.dumps(as_it_is(syringe).contents), "once": once()}

    for _ in range(2):
        client.post(address("syringe_checked", syringe), fields)

    assert SyringeCheck.objects.count() == 1


def test_the_sheet_and_the_label_say_what_is_in_the_syringe(
    as_clinician, syringe, patient, colleague, monkeypatch
):
    papers = []
    make = documents.render_pdf
    monkeypatch.setattr(
        documents,
        "render_pdf",
        lambda template, data, *, on: papers.append((template, data)) or make(template, data, on=on),
    )
    mark_syringe_prepared(syringe=syringe, by=syringe.prepared_by)
    record_syringe_check(syringe=syringe, by=colleague, seen=as_it_is(syringe).contents)

    sheet_answer = as_clinician.get(address("syringe_sheet", syringe))
    label_answer = as_clinician.get(address("syringe_label", syringe))

    for answer in (sheet_answer, label_answer):
        assert answer.content.startswith(b"%PDF-")
        assert patient.family_name not in answer["Content-Disposition"]
    [(_, sheet), (_, label)] = papers
    assert [step["lots"][0]["number"] for step in sheet["steps"]] == ["L-Dex", "L-Bio"]
    assert (sheet["total"], sheet["syringe"]) == ("2 ml", "5 ml")
    assert sheet["prepared"].startswith("Dr Elif Kaya, ")
    assert sheet["checked"].startswith("Dr Ama Osei, ")
    assert sheet["use_before"]
    assert label["code"] == sheet["code"] == syringe_code(syringe)
    assert (label["patient"], label["record"]) == (patient.full_name, patient.record_number)


def test_the_sheet_names_the_allergies_that_stood_on_the_day_of_the_session(
    as_clinician, syringe, ready, patient, clinician, monkeypatch
):
    papers = []
    make = documents.render_pdf
    monkeypatch.setattr(
        documents,
        "render_pdf",
        lambda template, data, *, on: papers.append(data) or make(template, data, on=on),
    )
    mark_syringe_prepared(syringe=syringe, by=syringe.prepared_by)
    day, next_day = ready.performed_on, ready.performed_on + timedelta(days=1)
    for label, began, ended in (
        ("Latex", None, None),
        ("Nickel", day, next_day),
        ("Plaster", None, day),
        ("Iodine", next_day, None),
    ):
        factories.RiskFactorFactory(
            patient=patient,
            kind="allergy",
            label=label,
            started_on=began,
            ended_on=ended,
            recorded_by=clinician,
        )

    as_clinician.get(address("syringe_sheet", syringe))

    [sheet] = papers
    assert sheet["allergies"] == ["Latex", "Nickel"]


def test_the_sheet_and_the_label_of_a_void_session_print_void(as_clinician, charted, clinician, monkeypatch):
    papers = []
    make = documents.render_pdf
    monkeypatch.setattr(
        documents,
        "render_pdf",
        lambda template, data, *, on: papers.append(data) or make(template, data, on=on),
    )
    signed = sign_session(session=charted, by=clinician)
    syringe = signed.syringes.get()
    before = [as_clinician.get(address(name, syringe)).content for name in ("syringe_sheet", "syringe_label")]
    mark_session_void(session=signed, by=clinician, reason="Written for the wrong patient")

    after = [as_clinician.get(address(name, syringe)).content for name in ("syringe_sheet", "syringe_label")]

    assert all(old != new for old, new in zip(before, after, strict=True))
    for label in (papers[2]["label"], papers[3]):
        assert label["void"].endswith("by Dr Elif Kaya: Written for the wrong patient")
    assert papers[0]["label"]["void"] == papers[1]["void"] == ""


@pytest.mark.parametrize("name", ["syringe_sheet", "syringe_label", "syringe_prepared", "syringe_checked"])
@pytest.mark.parametrize("who", ["as_front_desk", "as_cosmetologist", "as_admin"])
def test_only_who_runs_sessions_comes_in(request, syringe, who, name):
    client = request.getfixturevalue(who)
    method = "post" if name in ("syringe_prepared", "syringe_checked") else "get"

    assert getattr(client, method)(address(name, syringe)).status_code == 403
    assert page_of(client, syringe).status_code == 403


def test_the_page_costs_a_fixed_number_of_queries(
    as_clinician, syringe, ready, clinic, colleague, count_queries
):
    with count_queries() as one:
        page_of(as_clinician, syringe)
    for _ in range(3):
        product = factories.ProductFactory()
        lot = factories.LotFactory(product=product, clinic=clinic, on_hand=D(10))
        Dose.objects.create(
            treatment_session=ready, syringe=syringe, product=product, lot=lot, planned_ml=1, ml=1
        )
        record_syringe_check(syringe=syringe, by=colleague, seen=as_it_is(syringe).contents)

    with count_queries() as more:
        page_of(as_clinician, syringe)

    assert len(one) == len(more)
    assert len(more) <= 8


# ── the code on the label ────────────────────────────────────────────────────────────────────────


def test_the_code_in_the_search_box_finds_the_syringe(as_clinician, syringe):
    for text in (syringe_code(syringe), f" {syringe_code(syringe).lower()} "):
        answer = as_clinician.post(reverse("find"), {"q": text})

        assert answer["Location"] == reverse("sessions:preparation", args=[syringe.treatment_session_id])


@pytest.mark.parametrize("who", ["as_front_desk", "as_cosmetologist", "as_admin"])
def test_the_code_finds_nothing_for_who_runs_no_sessions(request, syringe, who):
    client = request.getfixturevalue(who)

    answer = client.post(reverse("find"), {"q": syringe_code(syringe)})

    assert answer.status_code == 200
    assert answer.context["found"].is_empty


def test_the_code_finds_nothing_from_another_clinic(syringe):
    other = factories.UserFactory(roles=["clinician"], clinic=factories.ClinicFactory(name="Elsewhere"))

    answer = signed_in(other).post(reverse("find"), {"q": syringe_code(syringe)})

    assert answer.context["found"].is_empty


# ── around the application: raw SQL ──────────────────────────────────────────────────────────────


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


CHECK = (
    "INSERT INTO treatment_sessions_syringecheck (syringe_id, checked_by_id, contents) VALUES (%s, %s, '[]')"
)


def test_sql_does_not_let_the_same_eyes_check(syringe, clinician):
    with pytest.raises(IntegrityError, match="checked by somebody else than who prepared it"):
        sql(CHECK, syringe.pk, clinician.pk)


def test_sql_does_not_change_a_check(syringe, colleague):
    sql(CHECK, syringe.pk, colleague.pk)

    with pytest.raises(IntegrityError, match="written once"):
        sql("UPDATE treatment_sessions_syringecheck SET contents = '[1]'")


def test_sql_neither_adds_nor_removes_a_check_of_a_signed_session(charted, clinician, colleague):
    syringe = Syringe.objects.get(treatment_session=charted)
    sql(CHECK, syringe.pk, colleague.pk)
    sign_session(session=charted, by=clinician)

    for statement, values in (
        (CHECK, (syringe.pk, colleague.pk)),
        ("DELETE FROM treatment_sessions_syringecheck", ()),
    ):
        with pytest.raises(IntegrityError, match="A session is signed"):
            sql(statement, *values)


def test_a_draft_that_is_charted_on_keeps_its_check_until_something_differs(
    ready, syringe, clinician, colleague
):
    record_syringe_check(syringe=syringe, by=colleague, seen=as_it_is(syringe).contents)

    fill(ready, clinician)

    assert as_it_is(syringe).is_checked
