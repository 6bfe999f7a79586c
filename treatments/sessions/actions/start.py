"""Start the next session of a plan, with its doses, zones and next date proposed."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Acknowledgement, Refused, gate
from mesoclinic.core.locking import lock_row
from mesoclinic.core.quantities import ZERO
from patients.actions.clinics import record_clinic_of_patient
from patients.models import records_of
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import check_review_answered
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import AppointmentStatus
from treatments.sessions.actions.charting import unsaved_dose, unsaved_zone
from treatments.sessions.actions.checks import (
    Reasons,
    acknowledgement_rows_to_store,
    refuse_unless_allowed_in_session,
)
from treatments.sessions.actions.course import create_course_session
from treatments.sessions.actions.signing import move_appointment_through_statuses
from treatments.sessions.models import Dose, Syringe, TreatmentSession, ZoneTreatment
from treatments.sessions.queries.alerts import session_alert_findings
from treatments.sessions.queries.amounts import doses_given_on_day
from treatments.sessions.queries.proposal import (
    lots_to_choose_by_product,
    next_session_day_or_none,
    proposed_zones,
    share_dose_over_lots,
)
from treatments.sessions.queries.required_answers import missing_answer_findings_at_start
from treatments.sessions.queries.signing import safety_of_injection
from treatments.sessions.rules.charting import DoseEntry
from treatments.sessions.rules.start import (
    StartFacts,
    UnsignedSession,
    check_session_can_start,
    unsigned_session_warnings,
)
from treatments.sessions.rules.states import SessionStatus


@transaction.atomic
def start_or_resume_session(
    *,
    by: User,
    clinic: Clinic,
    appointment: Appointment | None = None,
    plan: TreatmentPlan | None = None,
    reasons: Reasons = None,
    is_confirmed: bool = True,
    performed_on: date | None = None,
    now: datetime | None = None,
) -> TreatmentSession:
    """The next session of a plan, as a draft with doses, zones and the next date proposed.

    A draft of the plan that is open is returned as it is. Needs an accepted or active plan, a living
    patient, nothing on record against it, no open alert and a valid treatment consent; what may be gone past takes
    a clinician's written reason, an alert the password again too (``is_confirmed``: the page had it). The appointment becomes "in treatment". Lots that hold too little are no
    refusal here: the page says so and signing does. ``performed_on`` and ``now`` are for history.
    """
    refuse_unless_allowed_in_session(by, Permission.RUN_SESSION)
    now = now or timezone.now()
    day = performed_on or timezone.localtime(now, clinic.zone).date()
    plan = _lock_plan_given_or_of_appointment_or_refuse(appointment, plan)
    if appointment is not None:
        appointment = Appointment.objects.get(pk=appointment.pk)
        known = TreatmentSession.objects.filter(appointment=appointment).first()
        if known is not None and known.status != SessionStatus.VOID:
            return known
        if known is not None:
            appointment = None  # its session was void: the next one stands by itself
    draft = TreatmentSession.objects.filter(plan=plan, status=SessionStatus.DRAFT).first()
    if draft is not None:
        return draft
    passed = _refuse_start_or_return_acknowledgements(
        plan, appointment, by, clinic, day, reasons, is_confirmed
    )
    session = _create_draft(plan, appointment, by, clinic, day, now, passed)
    record_clinic_of_patient(patient_id=session.patient_id, clinic_id=clinic.pk)
    create_course_session(session)
    _create_syringe_with_proposed_doses_and_zones(session, plan, day, now, by)
    if appointment is not None:
        move_appointment_through_statuses(
            appointment, (AppointmentStatus.ARRIVED, AppointmentStatus.IN_TREATMENT), by
        )
    audit.record(
        by=by,
        did="session.started",
        about=session,
        patient_id=session.patient_id,
        number=session.number,
        overrides=[each.code for each in passed],
    )
    return session


def _lock_plan_given_or_of_appointment_or_refuse(
    appointment: Appointment | None, plan: TreatmentPlan | None
) -> TreatmentPlan:
    """The plan, held until the transaction ends: two starts give one session, numbers follow each other."""
    if appointment is not None and plan is None:
        if appointment.plan_id is None:
            raise Refused.because(
                "This appointment belongs to no plan. Start the session from the patient's plan.",
                code="session:no-plan",
            )
        plan_id = appointment.plan_id
    elif plan is not None:
        plan_id = plan.pk
    else:
        raise ValueError("a session is of an appointment or of a plan")
    if appointment is not None and appointment.plan_id not in (None, plan_id):
        raise Refused.because("This appointment is of another plan.", code="session:other-plan")
    return lock_row(TreatmentPlan, plan_id, "clinic", "protocol", "patient", "cocktail_version__cocktail")


def _refuse_start_or_return_acknowledgements(
    plan: TreatmentPlan,
    appointment: Appointment | None,
    by: User,
    clinic: Clinic,
    day: date,
    reasons: Reasons,
    is_confirmed: bool,
) -> list[Acknowledgement]:
    """Ask all rules of the start. Refuses, or returns what was gone past with a reason."""
    asked = safety_of_injection(
        version_id=plan.cocktail_version_id,
        patient_id=plan.patient_id,
        clinic=clinic,
        by=by,
        on=day,
        plan=plan,
        given_today=doses_given_on_day(plan.patient_id, day),
    )
    facts = StartFacts(
        plan_status=plan.status,
        died_on=plan.patient.died_on,
        is_merged=plan.patient.merged_into_id is not None,
        is_at_other_clinic=appointment is not None and appointment.clinic_id != clinic.pk,
    )
    waiting = check_review_answered(
        _next_session_number(plan),
        sessions_planned=plan.sessions_planned,
        review_at=plan.clinic.review_at_session,
        reviewed_to=plan.reviewed_to,
    )
    findings = [
        *check_session_can_start(facts, day),
        *([waiting] if waiting else []),
        *asked.findings,
        asked.consent_finding(day, is_begun=False),
        *session_alert_findings(
            asked.alerts,
            substances=asked.substances,
            zones=plan.assessment.zones.values_list("zone__code", flat=True),
            beside=asked.findings,
        ),
        *missing_answer_findings_at_start(plan, asked),
        *asked.interval_findings(is_begun=False),
        *unsigned_session_warnings(_unsigned_sessions_of_other_plans(plan, clinic)),
    ]
    return gate(findings, reasons, may_override=by.may(Permission.OVERRIDE), is_confirmed=is_confirmed)


def _unsigned_sessions_of_other_plans(plan: TreatmentPlan, clinic: Clinic) -> list[UnsignedSession]:
    """Sessions of other plans of this patient that were begun and stand unsigned."""
    begun = (
        TreatmentSession.objects.filter(patient__in=records_of(plan.patient_id), status=SessionStatus.DRAFT)
        .exclude(plan=plan)
        .select_related("plan", "clinician")
    )
    return [
        UnsignedSession(
            id=each.pk,
            number=each.number,
            plan=each.plan.name,
            begun_by=each.clinician.display_name,
            begun_on=timezone.localtime(each.started_at, clinic.zone).date(),
        )
        for each in begun
    ]


def _next_session_number(plan: TreatmentPlan) -> int:
    """One more than the last that stands. One query."""
    stands = TreatmentSession.objects.filter(plan=plan).exclude(status=SessionStatus.VOID)
    return int(stands.aggregate(number=Max("number"))["number"] or 0) + 1


def _create_draft(
    plan: TreatmentPlan,
    appointment: Appointment | None,
    by: User,
    clinic: Clinic,
    day: date,
    now: datetime,
    passed: Sequence[Acknowledgement],
) -> TreatmentSession:
    number = _next_session_number(plan)
    return TreatmentSession.objects.create(
        clinic=clinic,
        patient=plan.patient,
        plan=plan,
        appointment=appointment,
        number=number,
        clinician=by,
        room_id=appointment.room_id if appointment else None,
        cocktail_version=plan.cocktail_version,
        performed_on=day,
        started_at=now,
        saved_at=now,
        technique=plan.technique or plan.protocol.technique,
        needle=plan.protocol.needle,
        next_on=next_session_day_or_none(plan, number, day),
        acknowledged=acknowledgement_rows_to_store(passed, by, now),
    )


def _create_syringe_with_proposed_doses_and_zones(
    session: TreatmentSession, plan: TreatmentPlan, day: date, now: datetime, by: User
) -> None:
    """One syringe with the cocktail's doses, first to expire first, and the assessed zones."""
    version = plan.cocktail_version
    components = list(version.components.select_related("product"))
    lots = lots_to_choose_by_product(session.clinic, [each.product_id for each in components], day)
    syringe = Syringe.objects.create(
        treatment_session=session,
        label=f"Syringe “{version.cocktail.name}”"[:80],
        capacity_ml=version.syringe_ml,
        prepared_by=by,
        prepared_at=now,
    )
    doses: list[DoseEntry] = []
    for each in components:
        share = share_dose_over_lots(
            each.product_id, each.product.name, each.ml, lots.get(each.product_id, ()), day, now
        )
        doses += [
            DoseEntry(each.product_id, lot_id, ml, each.ml if place == 0 else ZERO)
            for place, (lot_id, ml) in enumerate(share.takes)
        ]
    Dose.objects.bulk_create(unsaved_dose(session, syringe, entry, by, now) for entry in doses)
    areas = plan.assessment.zones.values_list("zone_id", "area_cm2")
    planned = sum((each.ml for each in components), ZERO)
    ZoneTreatment.objects.bulk_create(
        unsaved_zone(session, entry) for entry in proposed_zones(plan, areas, planned)
    )
