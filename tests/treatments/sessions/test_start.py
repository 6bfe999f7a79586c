"""Start a session: what it begins with, and what refuses it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_actions import codes
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import TreatmentSession
from treatments.stock.models import StockMovement

D = Decimal
REASON = "Seen and discussed with the patient"


def test_a_session_starts_with_doses_zones_and_the_next_date_proposed(ready, lots):
    chart = stored(ready)

    assert (ready.number, ready.status) == (1, "draft")
    assert [(d.lot_id, d.ml, d.planned_ml) for d in chart.doses] == [
        (lots[0].pk, D(1), D(1)),
        (lots[1].pk, D(1), D(1)),
    ]
    assert [(z.points, z.ml_per_point, z.area_cm2) for z in chart.zones] == [(70, D("0.028"), D(70))]
    assert ready.next_on == ready.performed_on + timedelta(days=14)
    assert ready.syringes.count() == 1


def test_starting_again_returns_the_open_draft(ready, plan, clinic, clinician):
    again = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)

    assert again.pk == ready.pk
    assert TreatmentSession.objects.count() == 1


def test_starting_from_an_appointment_puts_it_in_treatment(booked, consent, lots, clinic, clinician):
    session = start_or_resume_session(appointment=booked, by=clinician, clinic=clinic)

    booked.refresh_from_db()
    assert (booked.status, session.room) == ("in_treatment", booked.room)


def test_an_appointment_whose_session_stands_gives_that_session(
    booked, consent, lots, checklist, clinic, clinician
):
    session = start_or_resume_session(appointment=booked, by=clinician, clinic=clinic)
    sign_session(session=fill(session, clinician), by=clinician)

    again = start_or_resume_session(appointment=booked, by=clinician, clinic=clinic)

    booked.refresh_from_db()
    assert (again.pk, booked.status) == (session.pk, "done")


def test_doses_split_over_lots_first_to_expire_first(plan, consent, products, clinic, clinician):
    today = timezone.localdate()
    soon, later = (
        factories.LotFactory(
            product=products[0], clinic=clinic, on_hand=ml, expires_on=today + timedelta(days=days)
        )
        for ml, days in ((D("0.4"), 10), (D(5), 90))
    )
    factories.LotFactory(product=products[0], clinic=clinic, on_hand=D(5), status="quarantined")

    session = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)

    # The second product has no lot at all: that is said on the page, and starting goes on.
    assert [(d.lot_id, d.ml, d.planned_ml) for d in stored(session).doses] == [
        (soon.pk, D("0.4"), D(1)),
        (later.pk, D("0.6"), D(0)),
    ]


@pytest.mark.parametrize("status", ["draft", "quoted", "declined", "done", "stopped"])
def test_only_an_accepted_or_active_plan_is_treated(plan, consent, clinic, clinician, status):
    plan.status = status
    plan.save()

    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=plan, by=clinician, clinic=clinic)

    assert codes(refused) == ["session:plan"]


def test_nobody_is_treated_after_death(plan, consent, clinic, clinician):
    plan.patient.died_on = timezone.localdate() - timedelta(days=2)
    plan.patient.save()

    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=plan, by=clinician, clinic=clinic)

    assert codes(refused) == ["session:deceased"]


CONSENT = "alert:consent:expired"


def test_nobody_starts_without_a_consent_whatever_the_reason(plan, patient, clinic, clinician):
    reasons = {CONSENT: "Signed on paper, to be scanned tonight"}
    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=plan, by=clinician, clinic=clinic, reasons=reasons)
    factories.ConsentFactory(patient=patient, taken_by=clinician)

    started = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)

    assert [(f.code, f.fixed) for f in refused.value.findings] == [(CONSENT, True)]
    assert started.is_draft


def test_neither_an_expired_consent_nor_a_withdrawn_one_is_gone_past(plan, patient, clinic, clinician):
    today = timezone.localdate()
    old = factories.ConsentFactory(
        patient=patient,
        taken_by=clinician,
        signed_at=timezone.now() - timedelta(days=400),
        valid_until=today - timedelta(days=1),
    )
    reasons = {CONSENT: REASON}

    with pytest.raises(Refused) as expired:
        start_or_resume_session(plan=plan, by=clinician, clinic=clinic, reasons=reasons)
    old.withdrawn_at, old.withdrawn_by = timezone.now(), clinician
    old.save()
    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=plan, by=clinician, clinic=clinic, reasons=reasons)

    assert [(f.code, f.fixed) for f in expired.value.findings] == [(CONSENT, True)]
    assert [(f.code, f.fixed) for f in refused.value.findings] == [(CONSENT, True)]


def test_what_speaks_against_any_treatment_stops_the_start(plan, consent, patient, clinic, clinician):
    factor = factories.FactorFactory(code="pregnancy", kind="pregnancy")
    factories.ContraindicationFactory(ingredient=None, factor=factor)
    factories.RiskFactorFactory(patient=patient, factor=factor, kind="pregnancy", label="Pregnant")

    with pytest.raises(Refused) as refused:
        start_or_resume_session(
            plan=plan, by=clinician, clinic=clinic, reasons={"contra:*treatment:pregnancy": REASON}
        )

    assert codes(refused) == ["contra:*treatment:pregnancy"]


def test_history_is_built_through_the_same_door(plan, consent, lots, checklist, clinic, clinician):
    day = timezone.localdate() - timedelta(days=20)
    session = start_or_resume_session(plan=plan, by=clinician, clinic=clinic, performed_on=day)
    then = timezone.now() - timedelta(days=20)

    signed = sign_session(session=fill(session, clinician), by=clinician, now=then)

    uses = StockMovement.objects.filter(kind="use")
    assert {move.occurred_on for move in uses} == {day}
    assert (signed.performed_on, signed.signed_at) == (day, then)
    assert signed.next_on == day + timedelta(days=14)


def test_the_front_desk_starts_nothing(plan, consent, clinic, front_desk):
    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=plan, by=front_desk, clinic=clinic)

    assert codes(refused) == ["session:role"]
