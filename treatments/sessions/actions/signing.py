"""What a signature writes beside the session: what stayed in the syringe, and what the patient said has changed."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate
from mesoclinic.core.models import AuditEvent
from mesoclinic.core.moves import can_move as plan_can_move
from mesoclinic.core.statements import Change, together
from patients.actions.risk_factors import end_risk_factor, record_risk_factor, record_said
from patients.models import Factor, RiskFactor
from treatments.conditions.models import Measurement
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PLAN_MOVES, PlanStatus
from treatments.schedule.actions.visits import finish, set_status
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import AppointmentStatus
from treatments.schedule.rules.appointments import can_move as appointment_can_move
from treatments.sessions.actions.alerts import raise_pain_alert, raise_reaction_alert
from treatments.sessions.actions.checks import Reasons, kept, must_be_allowed
from treatments.sessions.actions.course import sign_course_session
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries import sessions, signing
from treatments.sessions.queries.proposal import next_on
from treatments.sessions.queries.reference import Reference, reference_and_catalogue
from treatments.sessions.rules.charting import MeasurementEntry
from treatments.sessions.rules.safety_questions import NewRisk, changes_of
from treatments.sessions.rules.signing import ZoneFact, delivered_ml
from treatments.sessions.rules.states import SessionStatus
from treatments.sessions.rules.zones import split_waste
from treatments.stock.actions.ledger import take_from_lots

WASTE_REASON = "Left in the syringe after session"

_TIE = """
UPDATE treatment_sessions_dose d
   SET movement_id = n.movement_id, wasted_ml = n.wasted_ml, waste_movement_id = n.waste_id
  FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::bigint[]) AS n(dose_id, movement_id, wasted_ml, waste_id)
 WHERE d.id = n.dose_id
"""


def take_doses(sheet: Any, by: User, at: datetime) -> None:
    """Every dose leaves its lot: what went into the patient as use, what stayed in the syringe as waste.

    The stock takes what was drawn up, no more and no less; all in the caller's transaction (law 4, 8).
    """
    doses = [Decimal(row["ml"]) for row in sheet.sheet_doses]
    delivered = delivered_ml(
        [ZoneFact(row["code"], row["points"], Decimal(row["ml"])) for row in sheet.sheet_zones]
    )
    wasted = split_waste(doses, delivered)

    def tie(movements: list[int]) -> tuple[str, list[Any]]:
        thrown = iter(movements[len(doses) :])
        return _TIE, [
            [row["id"] for row in sheet.sheet_doses],
            movements[: len(doses)],
            wasted,
            [next(thrown) if left else None for left in wasted],
        ]

    take_from_lots(
        needs=[
            (row["lot"], ml - left) for row, ml, left in zip(sheet.sheet_doses, doses, wasted, strict=True)
        ],
        wasted=[(row["lot"], left) for row, left in zip(sheet.sheet_doses, wasted, strict=True) if left],
        why_wasted=f"{WASTE_REASON} {sheet.pk}",
        occurred_on=sheet.performed_on,
        by=by,
        clinic=sheet.clinic,
        at=at,
        along=tie,
    )


def record_safety(sheet: Any, by: User) -> None:
    """What was said to have changed stands on the patient's record from today, as said at a session."""
    changes = changes_of(sheet.safety)
    if not changes.new and not changes.ended:
        return
    day = sheet.performed_on
    known = {
        row.pk: row
        for row in RiskFactor.objects.filter(patient=sheet.patient_id, pk__in=changes.ended).on(day)
    }
    for pk in dict.fromkeys(changes.ended):
        if pk in known:  # ended meanwhile by somebody else: it is as the patient said
            end_risk_factor(risk_factor=known[pk], by=by, on=day)
    factors = Factor.objects.in_bulk([n.factor_id for n in changes.new if n.factor_id])
    for new in changes.new:
        _record(sheet, new, factors.get(new.factor_id), by, day)


def _record(sheet: Any, new: NewRisk, factor: Factor | None, by: User, day: date) -> None:
    said = {
        "patient": sheet.patient,
        "kind": new.kind,
        "label": new.label,
        "by": by,
        "origin": RiskFactor.Origin.SESSION,
        "started_on": day,
        "today": day,
    }
    try:
        if factor is None:
            record_said(**said)
        else:
            record_risk_factor(**said, factor=factor)
    except Refused as refused:
        # It was recorded meanwhile, elsewhere: the record says it already.
        if [finding.code for finding in refused.findings] != ["stands"]:
            raise


@transaction.atomic
def sign_session(
    *,
    session: TreatmentSession,
    by: User,
    reasons: Reasons = None,
    measurements: Iterable[MeasurementEntry] | Callable[[Any, Reference], Iterable[MeasurementEntry]] = (),
    now: datetime | None = None,
) -> TreatmentSession:
    """Freeze a session and take what it gave from the lots: all of it, or nothing and a refusal.

    1. locks the session as it reads it: signing twice signs once
    2. asks again whatever can have changed: what is missing, the record, the consent, the role, every lot
    3. takes every dose from its lot, what stayed in the syringe as waste, ties both to the ledger; puts what
       the patient said has changed on the record, and writes the measurements
    4. signs; the plan becomes active (done at its last session), the appointment done; what was typed and not
       sent is dropped; the database makes the four check-ins, an alert reaction opens a follow-up

    ``measurements`` may be what reads them once the session is held: it gets the sheet (with the unsent drafts
    of ``by`` and of who began it) and the reference rows, and may refuse.
    """
    must_be_allowed(by, Permission.SIGN_SESSION)
    now = now or timezone.now()
    sheet = sessions.held(session.pk, user=by)
    held: TreatmentSession = sheet
    if held.status != SessionStatus.DRAFT:
        return held
    ref, catalogue_now = reference_and_catalogue(sheet.clinic)
    figures = measurements(sheet, ref) if callable(measurements) else measurements
    standing = signing.standing(sheet, ref, by=by, at=now, catalogue=catalogue_now)
    passed = gate(
        standing.findings, {**standing.answered, **(reasons or {})}, may_override=by.may(Permission.OVERRIDE)
    )
    take_doses(sheet, by, now)
    record_safety(sheet, by)
    _measure(sheet, figures, by, now)
    _raise_alerts(sheet, by)
    sheet.status = SessionStatus.SIGNED
    sheet.signed_by, sheet.signed_at = by, now
    sheet.acknowledged = kept(passed, by, now)
    if sheet.next_on is None:
        sheet.next_on = next_on(sheet.plan, sheet.number, sheet.performed_on)
    deeds = _close(sheet, by, now)
    sign_course_session(held, now)
    signed = audit.event(
        by=by,
        did="session.signed",
        about=sheet,
        patient_id=sheet.patient_id,
        number=sheet.number,
        doses={str(row["lot"]): row["ml"] for row in sheet.sheet_doses},
        overrides=[each.code for each in passed],
    )
    audit.record_all([signed, *deeds])
    return held


def _close(sheet: Any, by: User, now: datetime) -> list[AuditEvent]:
    """Write the signature, and with it what moves along: in one statement. The audit rows that are still to write."""
    columns = ("status", "signed_by", "signed_at", "acknowledged", "next_on")
    signature = Change(
        TreatmentSession.objects.filter(pk=sheet.pk, status=SessionStatus.DRAFT),
        {name: getattr(sheet, name) for name in columns},
    )
    changes = [signature, Change(sessions.typed_drafts(sheet, by=by), None)]
    if moved := _plan_moved(sheet):
        changes.append(moved)
    appointment = sheet.appointment
    if appointment is None or not appointment_can_move(appointment.status, AppointmentStatus.DONE):
        together(changes)
        return []
    done = finish(appointment, by=by, now=now)
    *_, finished = together([*changes, done.change])
    return [done.event] if finished else []


def _measure(sheet: Any, measurements: Iterable[MeasurementEntry], by: User, now: datetime) -> None:
    made = Measurement.objects.bulk_create(
        Measurement(
            patient_id=sheet.patient_id,
            scale_id=entry.scale_id,
            zone_id=entry.zone_id,
            value=entry.value,
            measured_at=now,
            measured_by=by,
        )
        for entry in measurements
    )
    of_session = TreatmentSession.measurements.through
    of_session.objects.bulk_create(
        of_session(treatmentsession_id=sheet.pk, measurement_id=row.pk) for row in made
    )


def _raise_alerts(sheet: Any, by: User) -> None:
    """What was seen in the chair and stands against the next injection; of the pain, the worst."""
    for row in sheet.sheet_reactions:
        raise_reaction_alert(
            sheet, pk=row["id"], effect=row["label"], level=row["level"], grade=row["grade"], by=by
        )
    if sheet.sheet_pain:
        worst = max(sheet.sheet_pain, key=lambda row: row["score"])
        raise_pain_alert(sheet, pk=worst["id"], moment=worst["moment"], score=worst["score"], by=by)


def _plan_moved(sheet: Any) -> Change | None:
    plan = sheet.plan
    status = plan.status
    is_last = sheet.number >= plan.sessions_planned
    for to in (PlanStatus.ACTIVE, *((PlanStatus.DONE,) if is_last else ())):
        if plan_can_move(PLAN_MOVES, status, to):
            status = to.value
    if status == plan.status:
        return None
    rows = TreatmentPlan.objects.filter(pk=plan.pk, status=plan.status)
    return Change(rows, {"status": status})


def walk(appointment: Appointment, way: Sequence[AppointmentStatus], by: User) -> None:
    """Move an appointment along ``way``, from wherever on it it stands; refuses where it cannot."""
    *_, goal = way
    if appointment.status == goal:
        return
    for to in way:
        if to != goal and (appointment.status == to or appointment_can_move(appointment.status, goal)):
            continue
        appointment = set_status(appointment=appointment, to=to, by=by)
