"""Days since the last session, at any clinic: at the start, at the signature and at a booking."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.safety_answers import answer
from tests.treatments.sessions.conftest import fill
from treatments.schedule.actions.checks import Wanted, findings_about_course
from treatments.schedule.queries.courses import read_course
from treatments.schedule.queries.intervals import read_interval_facts_before_session
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import TreatmentSession

D = Decimal

WHY = "The patient leaves for a year tomorrow"


@pytest.fixture
def rules(db):
    return [factories.IntervalFactory(), factories.SameDayIntervalFactory()]


@pytest.fixture
def given(products, patient, clinician, rules):
    """A function: a session of another plan was given so many days ago, at a clinic of its own."""

    def give_days_ago(days, **more):
        lot = factories.LotFactory(product=products[0], clinic=factories.ClinicFactory(), on_hand=D(10))
        on = timezone.localdate() - timedelta(days=days)
        return factories.give(lot, **{"patient": patient, "on": on, "by": clinician, **more})

    return give_days_ago


def codes(refused):
    return {finding.code: finding.fixed for finding in refused.value.findings}


def test_a_second_session_on_one_day_is_not_begun_whatever_the_reason(
    given, plan, consent, lots, clinic, clinician
):
    given(0)

    with pytest.raises(Refused) as refused:
        start_or_resume_session(
            plan=plan,
            by=clinician,
            clinic=clinic,
            reasons={"interval:*any:hours": WHY},
        )

    assert codes(refused)["interval:*any:hours"] is True


@pytest.mark.parametrize(("days", "found"), [(6, ["interval:*any"]), (7, [])])
def test_six_days_ask_a_clinician_why_and_seven_do_not(
    given, plan, consent, lots, clinic, clinician, days, found
):
    given(days)

    assert [f.code for f in asked_at_start(plan, clinic, clinician)] == found


def asked_at_start(plan, clinic, clinician):
    try:
        start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    except Refused as refused:
        return refused.findings
    return []


def test_a_reason_given_at_the_start_stands_at_the_signature_with_its_own_time(
    given, plan, consent, lots, checklist, clinic, clinician
):
    given(6)
    session = start_or_resume_session(plan=plan, by=clinician, clinic=clinic, reasons={"interval:*any": WHY})
    begun = {row["code"]: row["at"] for row in session.acknowledged}

    signed = sign_session(session=fill(session, clinician), by=clinician)

    assert {row["code"]: row["at"] for row in signed.acknowledged} == begun
    assert "interval:*any" in begun


def test_a_session_signed_elsewhere_meanwhile_is_said_and_never_fixed_once_the_needle_was_there(
    plan, consent, lots, checklist, clinic, clinician, rules, given
):
    session = fill(start_or_resume_session(plan=plan, by=clinician, clinic=clinic), clinician)
    given(0)

    with pytest.raises(Refused) as refused:
        sign_session(session=session, by=clinician)
    signed = sign_session(session=session, by=clinician, reasons={"interval:*any:hours": WHY})

    assert codes(refused) == {"interval:*any:hours": False}
    assert signed.status == "signed"


def test_a_session_that_nobody_signed_is_no_last_session(given, plan, clinic):
    given(3, status="draft")

    assert read_interval_facts_before_session(plan, clinic, timezone.localdate()).given == []


def test_sessions_of_a_record_that_was_merged_count(given, plan, clinic, clinician, patient):
    other = factories.PatientFactory(registered_by=clinician)
    given(3, patient=other)
    assert read_interval_facts_before_session(plan, clinic, timezone.localdate()).given == []

    factories.merge_records(other, patient)

    assert [
        each.number for each in read_interval_facts_before_session(plan, clinic, timezone.localdate()).given
    ] == [1]


@pytest.mark.parametrize("sessions", [1, 3])
def test_the_intervals_cost_one_statement(given, plan, clinic, sessions, count_queries):
    for days in range(sessions):
        given(days + 10)

    with count_queries() as sent:
        asked = read_interval_facts_before_session(plan, clinic, timezone.localdate())

    assert len(asked.given) == sessions
    assert len(sent) == 1


def test_what_a_session_gave_is_remembered_when_the_plan_changes_its_cocktail(
    plan, consent, lots, checklist, clinic, clinician, patient
):
    signed = sign_session(
        session=fill(start_or_resume_session(plan=plan, by=clinician, clinic=clinic), clinician), by=clinician
    )
    held = set(read_interval_facts_before_session(plan, clinic, signed.performed_on).ahead.ingredients)

    plan.cocktail_version = factories.signed_cocktail(clinic=clinic, patient=patient, by=clinician)
    plan.save(update_fields=["cocktail_version"])
    asked = read_interval_facts_before_session(plan, clinic, signed.performed_on)

    assert set(asked.given[0].ingredients) == held
    assert not held & asked.ahead.ingredients


def booking(plan, by, days):
    start_at = timezone.now().replace(hour=10) + timedelta(days=days)
    wanted = Wanted(plan.created_by, None, start_at, 30, 1)
    return {f.code: f for f in findings_about_course([wanted], read_course(plan.pk), by)}


def test_a_booking_asks_the_same_and_the_desk_reads_nothing_of_what_is_given(
    given, plan, clinician, front_desk
):
    given(3)

    clinical, desk = booking(plan, clinician, 2), booking(plan, front_desk, 2)

    assert (clinical["interval:*any"].blocks, clinical["interval:*any"].fixed) == (True, False)
    assert "any session is given every 7-30 days" in clinical["interval:*any"].message
    assert "given every" not in desk["interval:*any"].message
    assert booking(plan, clinician, 5) == {}


def test_an_injection_elsewhere_is_asked_about_at_the_start_the_signature_and_a_booking(
    plan, consent, lots, checklist, patient, clinic, clinician
):
    factories.IntervalFactory(
        code="interval:elsewhere",
        scope="event",
        subject="mesotherapy elsewhere",
        finding="interval:elsewhere",
        min_days=7,
        max_days=None,
        below_min_level="warn",
        above_max_level="none",
    )
    answer(patient, by=clinician, previous="PRP, today")
    day = timezone.localdate()

    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    asked = read_interval_facts_before_session(plan, clinic, day)
    session = start_or_resume_session(
        plan=plan, by=clinician, clinic=clinic, reasons={"interval:elsewhere": WHY}
    )
    TreatmentSession.objects.filter(pk=session.pk).update(acknowledged=[])
    with pytest.raises(Refused) as unsigned:
        sign_session(session=fill(session, clinician), by=clinician)

    assert codes(refused) == {"interval:elsewhere": False}
    assert "interval:elsewhere" in codes(unsigned)
    assert [each.code for each in asked.findings(is_begun=False)] == ["interval:elsewhere"]


def test_readiness_says_what_the_intervals_say(given, plan, consent, booked, as_clinician, as_front_desk):
    page = reverse("schedule:appointment", args=[booked.pk])
    assert "days since session" not in as_clinician.get(page).text
    given(3)

    assert "3 days since session" in as_clinician.get(page).text
    assert "Choose " in as_front_desk.get(page).text
