"""Sign a session: freeze it, take what it gave from the lots, and move on what follows from it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Acknowledgement, Finding, gate
from mesoclinic.core.models import AuditEvent
from mesoclinic.core.moves import can_move
from patients.actions.exposures import record_exposures
from treatments.conditions.models import Measurement
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PLAN_MOVES, PlanStatus
from treatments.schedule.actions.visits import mark_done_return_unsaved_event_or_none, set_appointment_status
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import APPOINTMENT_MOVES, AppointmentStatus
from treatments.sessions.actions.alerts import end_alerts_about_last_session, raise_alerts_of_signed_session
from treatments.sessions.actions.already_given import (
    audit_and_raise_alerts_of_unusable_lots_given,
    mark_doses_already_given,
)
from treatments.sessions.actions.blood import save_rest_ml_of_blood
from treatments.sessions.actions.checks import (
    Reasons,
    acknowledgement_rows_to_store,
    refuse_unless_allowed_in_session,
)
from treatments.sessions.actions.course import mark_course_session_signed
from treatments.sessions.actions.safety import (
    save_confirmed_safety_answers,
    save_safety_changes_to_patient_record,
)
from treatments.sessions.models import Dose, SessionMeasurement, TreatmentSession
from treatments.sessions.queries.proposal import next_session_day_or_none
from treatments.sessions.queries.reference import Reference, charting_reference
from treatments.sessions.queries.required_answers import codes_of_missing_answer_flags
from treatments.sessions.queries.sessions import (
    SessionDetail,
    autosaves_of_session_queryset,
    lock_session_detail_for_signing,
)
from treatments.sessions.queries.signing import signing_review, zone_facts
from treatments.sessions.rules.charting import MeasurementEntry
from treatments.sessions.rules.measurements import DENSITY, density_zone_code_or_none
from treatments.sessions.rules.reasons import reasons_merged_with_new
from treatments.sessions.rules.signing import delivered_ml
from treatments.sessions.rules.states import SessionStatus
from treatments.sessions.rules.zones import waste_ml_of_each_dose
from treatments.stock.actions.ledger import take_from_lots_for_session

WASTE_REASON = "Left in the syringe after session"


@transaction.atomic
def sign_session(
    *,
    session: TreatmentSession,
    by: User,
    reasons: Reasons = None,
    is_confirmed: bool = True,
    measurements: Sequence[MeasurementEntry] = (),
    already_given: Collection[int] = (),
    now: datetime | None = None,
) -> TreatmentSession:
    """Freeze a session and take what it gave from the lots: all of it, or nothing and a refusal.

    1. locks the session: signing twice signs once
    2. asks again whatever can have changed: what is missing, the record, the consent, the role, alerts, every lot
    3. takes every dose from its lot, what stayed in the syringe as waste, and ties both to the ledger; keeps the
       exposures; puts what the patient said has changed on the record; writes the measurements; raises alerts
    4. signs; the course session is signed, the plan becomes active (done at its last session), the appointment
       done; what was typed and not sent is dropped

    ``is_confirmed``: whoever signs typed their password again, where the page asked for it. ``already_given``: lots (ids) that turned out not to be usable when the dose was in the patient. The doses are
    marked, recorded from those lots all the same, and the patient's alert is raised (law 16). Check-ins and
    follow-ups are made by the next tick.
    """
    refuse_unless_allowed_in_session(by, Permission.SIGN_SESSION)
    now = now or timezone.now()
    detail = lock_session_detail_for_signing(session.pk)
    locked = detail.session
    if locked.status != SessionStatus.DRAFT:
        return locked
    ref = charting_reference(locked.clinic_id)
    mark_doses_already_given(detail, already_given, by, now)
    review = signing_review(detail, ref.items, by=by, at=now)
    may_override = by.may(Permission.OVERRIDE)
    passed = gate(review.findings_still_asked, reasons, may_override=may_override, is_confirmed=is_confirmed)

    _take_doses_and_record_exposures(detail, review.substances, by, now)
    save_rest_ml_of_blood(detail)
    audit_and_raise_alerts_of_unusable_lots_given(detail, by)
    save_safety_changes_to_patient_record(locked, by)
    save_confirmed_safety_answers(locked, review.known, by)
    _save_measurements(detail, ref, measurements, by, now)
    end_alerts_about_last_session(locked, review.findings, {each.code: each.reason for each in passed}, by)
    raise_alerts_of_signed_session(detail, by)

    _save_session_as_signed(locked, review.findings, passed, by, now)
    mark_course_session_signed(locked, now)
    _save_plan_status_after_session(locked)
    finished = _mark_appointment_done_and_make_unsaved_events(locked, by, now)
    autosaves_of_session_queryset(locked).filter(owner__in={by.pk, locked.clinician_id}).delete()
    signed = audit.unsaved_event(
        by=by,
        did="session.signed",
        about=locked,
        patient_id=locked.patient_id,
        number=locked.number,
        doses={str(dose.lot_id): f"{dose.ml:.2f}" for dose in detail.doses},
        overrides=[each.code for each in passed],
    )
    audit.record_events([signed, *finished])
    return locked


def _save_session_as_signed(
    session: TreatmentSession,
    findings: Iterable[Finding],
    passed: Sequence[Acknowledgement],
    by: User,
    now: datetime,
) -> None:
    """The session is signed, with what was gone past and which answers were missing."""
    session.status = SessionStatus.SIGNED
    session.signed_by, session.signed_at = by, now
    session.acknowledged = reasons_merged_with_new(
        session.acknowledged, acknowledgement_rows_to_store(passed, by, now)
    )
    session.not_asked = codes_of_missing_answer_flags(findings)
    session.next_on = _next_day_to_store_or_none(session)
    session.save(update_fields=["status", "signed_by", "signed_at", "acknowledged", "not_asked", "next_on"])


def _next_day_to_store_or_none(session: TreatmentSession) -> date | None:
    """The day of the next session: as charted, else by the plan."""
    return session.next_on or next_session_day_or_none(session.plan, session.number, session.performed_on)


def _take_doses_and_record_exposures(
    detail: SessionDetail, substances: Collection[str], by: User, at: datetime
) -> None:
    """Before the record changes: a pregnancy told in the chair follows what was given in it."""
    _take_doses_from_lots(detail, by, at)
    record_exposures(
        patient_id=detail.session.patient_id,
        substances=substances,
        given_on=detail.session.performed_on,
        source=f"treatment_sessions.treatmentsession:{detail.session.pk}",
    )


def _take_doses_from_lots(detail: SessionDetail, by: User, at: datetime) -> None:
    """Every dose leaves its lot: what went into the patient as use, what stayed in the syringe as waste.

    The stock takes what was drawn up, no more and no less; all in the caller's transaction (law 4, 8).
    """
    session, doses = detail.session, detail.doses
    wasted = waste_ml_of_each_dose([dose.ml for dose in doses], delivered_ml(zone_facts(detail)))
    movements = take_from_lots_for_session(
        needs=[(dose.lot_id, dose.ml - left) for dose, left in zip(doses, wasted, strict=True)],
        wasted=[(dose.lot_id, left) for dose, left in zip(doses, wasted, strict=True) if left],
        why_wasted=f"{WASTE_REASON} {session.pk}",
        occurred_on=session.performed_on,
        by=by,
        clinic=session.clinic,
        at=at,
        already_given={dose.lot_id for dose in doses if dose.already_given_at is not None},
    )
    thrown = iter(movements[len(doses) :])
    for dose, left, used in zip(doses, wasted, movements, strict=False):
        dose.movement, dose.wasted_ml = used, left
        dose.waste_movement = next(thrown) if left else None
    Dose.objects.bulk_update(doses, ["movement", "wasted_ml", "waste_movement"])


def _save_measurements(
    detail: SessionDetail,
    ref: Reference,
    measurements: Sequence[MeasurementEntry],
    by: User,
    now: datetime,
) -> None:
    """Write the figures of the scales that are in use, density at its zone."""
    session = detail.session
    made = Measurement.objects.bulk_create(
        _unsaved_measurement(entry, detail, ref, by, now)
        for entry in measurements
        if entry.scale in ref.scales
    )
    SessionMeasurement.objects.bulk_create(
        SessionMeasurement(treatment_session_id=session.pk, measurement_id=row.pk) for row in made
    )


def _unsaved_measurement(
    entry: MeasurementEntry,
    detail: SessionDetail,
    ref: Reference,
    by: User,
    now: datetime,
) -> Measurement:
    """A figure of the session; density is measured the way it was the last time in that zone, as the page says."""
    last = detail.last_count
    row = Measurement(
        patient_id=detail.session.patient_id,
        scale_id=ref.scales[entry.scale].id,
        zone_id=entry.zone_id or _density_zone_id_or_none(entry.scale, detail, ref),
        value=entry.value,
        preparation=entry.preparation,
        measured_at=now,
        measured_by=by,
    )
    if entry.scale == DENSITY and last is not None and last.zone_id == row.zone_id:
        row.site_id, row.method, row.device = last.site_id, last.method, last.device
        row.field_cm2 = None if last.field_cm2 is None else Decimal(last.field_cm2)
    return row


def _density_zone_id_or_none(scale: str, detail: SessionDetail, ref: Reference) -> int | None:
    if scale != DENSITY:
        return None
    zones = {zone.code: zone.id for zone in ref.zones}
    code = density_zone_code_or_none(
        detail.last_count.zone_code if detail.last_count else None,
        [row.zone.code for row in detail.areas],
        zones,
    )
    return None if code is None else zones[code]


def _save_plan_status_after_session(session: TreatmentSession) -> None:
    """The plan is under way; done at its last session. A review decides the rest, on its own page."""
    plan = session.plan
    status = plan.status
    is_last = session.number >= plan.sessions_planned
    for to in (PlanStatus.ACTIVE, *((PlanStatus.DONE,) if is_last else ())):
        if can_move(PLAN_MOVES, status, to):
            status = to.value
    if status != plan.status:
        TreatmentPlan.objects.filter(pk=plan.pk, status=plan.status).update(status=status)


def _mark_appointment_done_and_make_unsaved_events(
    session: TreatmentSession, by: User, now: datetime
) -> list[AuditEvent]:
    """The visit is over, where it may be; the audit row that says so, still to write."""
    appointment = session.appointment
    if appointment is None or not can_move(APPOINTMENT_MOVES, appointment.status, AppointmentStatus.DONE):
        return []
    event = mark_done_return_unsaved_event_or_none(appointment, by=by, now=now)
    return [] if event is None else [event]


def move_appointment_through_statuses(
    appointment: Appointment, way: Sequence[AppointmentStatus], by: User
) -> None:
    """Move an appointment along ``way``, from wherever on it it stands; refuses where it cannot."""
    *_, goal = way
    if appointment.status == goal:
        return
    for to in way:
        if to != goal and (appointment.status == to or can_move(APPOINTMENT_MOVES, appointment.status, goal)):
            continue
        appointment = set_appointment_status(appointment=appointment, to=to, by=by)
