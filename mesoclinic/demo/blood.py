"""One made-up patient who is treated with plasma of his own blood: a session signed, the next one booked."""

from datetime import datetime, timedelta
from decimal import Decimal

from mesoclinic.accounts.models import User
from mesoclinic.demo import patients as course
from mesoclinic.demo.patients import Case, Demo
from patients.models import Patient
from treatments.billing.actions.quotes import issue_quote
from treatments.cocktails.actions.formulation import reopen_or_start_cocktail, save_draft_contents
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment
from treatments.plans.actions import create_draft_plan
from treatments.plans.models import Protocol, TreatmentPlan
from treatments.schedule.queries.courses import Held
from treatments.sessions.actions.blood import (
    record_blood_draw,
    record_blood_injection,
    record_blood_spin,
    record_identity_check,
)
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.blood import Spin
from treatments.stock.models import Lot

PERSON = {
    "given_names": "Nils",
    "family_name": "Okafor",
    "sex_at_birth": "male",
    "birth_date": "1985-04-12",
    "phone": "+1 202 555 0190",
}
PRODUCT = "prp-kit"
#: What is injected of the plasma, ml.
ML = Decimal(5)
CASE = Case(
    "androgenetic-alopecia",
    "HAMILTON_NORWOOD",
    ("III", "IIIv"),
    (("VERTEX", 60), ("MIDSCALP", 30)),
    "Own plasma",
    ((PRODUCT, str(ML)),),
)
#: The sessions planned, and the days between them.
SESSIONS, INTERVAL = 5, 30
#: The signed session was so many days ago.
DAYS_AGO = 28


def treat_with_own_blood(demo: Demo, patient: Patient) -> TreatmentSession:
    """From the intake to a signed session, and the next one booked."""
    by = demo.place.clinicians[0]
    day = demo.today - timedelta(days=DAYS_AGO)
    course.record_made_up_intake(demo, patient, by)
    course.record_consent(demo, patient, by, days_ago=DAYS_AGO + 3)
    assessment = course.record_made_up_assessment(demo, patient, CASE, by, on=day - timedelta(days=3))
    plan = create_accepted_plasma_plan(demo, patient, assessment, by)
    held: dict[int, Held] = {}
    [appointment] = course.book_unbooked_sessions(demo, plan, held, 1, day, by)
    session = course.mark_arrived_and_start_session(demo, appointment, by)
    _record_blood_preparation(demo, session, by)
    course.chart_session(demo, session, by)
    course.measure_and_sign_session(demo, session, by, 121)
    held[session.number] = Held(session.number, session.performed_on, appointment.pk)
    course.book_unbooked_sessions(demo, plan, held, 1, demo.today + timedelta(days=2), by)
    return session


def _draft_plasma_cocktail(demo: Demo, patient: Patient, by: User) -> CocktailVersion:
    version = reopen_or_start_cocktail(patient=patient, by=by, clinic=demo.place.clinic, name=CASE.cocktail)
    return save_draft_contents(
        version=version,
        lines=[(demo.offered[PRODUCT], ML)],
        kind="single",
        syringe_ml=Decimal(10),
        name=CASE.cocktail,
        by=by,
        revision=version.revision,
    )


def create_accepted_plasma_plan(
    demo: Demo, patient: Patient, assessment: Assessment, by: User
) -> TreatmentPlan:
    """A single preparation of plasma, signed, in a plan whose quote was accepted and paid."""
    version = course.record_answers_and_sign_cocktail(_draft_plasma_cocktail(demo, patient, by), by)
    plan = course.run_with_override_reasons(
        create_draft_plan,
        patient=patient,
        assessment=assessment,
        cocktail_version=version,
        protocol=Protocol.objects.get(code="aga-prp"),
        name=f"Own plasma {SESSIONS}",
        sessions_planned=SESSIONS,
        intervals=[INTERVAL] * (SESSIONS - 1),
        by=by,
        clinic=demo.place.clinic,
    )
    offer = issue_quote(quote=course.draft_first_quote(demo, plan), by=demo.place.desk)
    return course.accept_and_pay(demo, offer, SESSIONS)


def _record_blood_preparation(demo: Demo, session: TreatmentSession, by: User) -> None:
    """Drawn by one, checked by two, spun, injected; twenty minutes a step."""
    began: datetime = session.started_at
    kit = Lot.objects.get(product=demo.place.products[PRODUCT], clinic=demo.place.clinic)
    blood = record_blood_draw(session=session, kit=kit, ml=Decimal(30), drawn_at=began, by=by, now=began)
    for who in (by, demo.place.clinicians[1]):
        record_identity_check(
            blood=blood,
            record_number=session.patient.record_number,
            by=who,
            now=began + timedelta(minutes=2),
        )
    spin = Spin(minutes=Decimal(8), g=1500, rpm=None, obtained_ml=Decimal("5.5"))
    record_blood_spin(blood=blood, spin=spin, by=by, now=began + timedelta(minutes=15))
    injected = began + timedelta(minutes=30)
    record_blood_injection(blood=blood, injected_at=injected, by=by, now=injected)
