"""The only way a session is started, charted, signed and corrected. Signing moves the stock, all or none."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Acknowledgement, Finding, Refused, block, gate, warn
from mesoclinic.core.models import AuditEvent
from mesoclinic.core.quantities import ZERO
from mesoclinic.core.statements import Change, together
from patients.models import Patient
from patients.rules import day_words
from treatments.catalogue.models import Lot
from treatments.catalogue.queries import as_choice
from treatments.catalogue.rules import usable
from treatments.conditions.models import Measurement
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PLAN_MOVES, PlanStatus
from treatments.plans.rules import can_move as plan_can_move
from treatments.schedule import actions as schedule
from treatments.schedule.actions.finishing import finish
from treatments.schedule.models import Appointment
from treatments.schedule.rules import AppointmentStatus
from treatments.schedule.rules import can_move as appointment_can_move
from treatments.sessions import queries, rules
from treatments.sessions.actions.at_signing import record_safety, take_doses
from treatments.sessions.actions.discarding import discard_session
from treatments.sessions.actions.follow_up import (
    Seen,
    add_follow_up_note,
    add_pain,
    add_reactions,
    answer_check_in,
    cancel_check_in,
    cancel_check_ins_of,
    end_reaction,
    move_follow_up,
    note_not_reached,
    open_follow_ups,
    quarantine_asked_lot,
)
from treatments.sessions.models import (
    Addendum,
    ChecklistAnswer,
    Dose,
    Pain,
    PainRelief,
    Reaction,
    Syringe,
    TreatmentSession,
    ZoneTreatment,
)
from treatments.sessions.queries import (
    Chart,
    DoseEntry,
    MeasurementEntry,
    ReactionEntry,
    ReliefEntry,
    ZoneEntry,
    chart_of,
)
from treatments.sessions.rules import SessionStatus

__all__ = [
    "ChangedMeanwhile",
    "add_addendum",
    "discard_session",
    "add_follow_up_note",
    "add_pain",
    "add_reactions",
    "answer_check_in",
    "cancel_check_in",
    "end_reaction",
    "move_follow_up",
    "note_not_reached",
    "quarantine_asked_lot",
    "save_draft",
    "sign_session",
    "start_session",
    "void_session",
]

Reasons = Mapping[str, str] | None

_OPEN = (PlanStatus.ACCEPTED, PlanStatus.ACTIVE)


class ChangedMeanwhile(Refused):
    """Two people chart one session: ``there`` is what is stored, at ``revision``; ``here`` what was sent."""

    def __init__(self, there: Chart, here: Chart, revision: int):
        message = (
            "This session was changed meanwhile, in another window or by a colleague. "
            "Both versions are below: choose which one stays."
        )
        super().__init__(block("changed-meanwhile", message, fixed=True))
        self.there, self.here, self.revision = there, here, revision


# ── starting ─────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def start_session(
    *,
    by: User,
    clinic: Clinic,
    appointment: Appointment | None = None,
    plan: TreatmentPlan | None = None,
    reasons: Reasons = None,
    performed_on: date | None = None,
    now: datetime | None = None,
) -> TreatmentSession:
    """The next session of a plan, as a draft with doses, zones and the next date proposed.

    A draft of the plan that is open is returned as it is. Needs an accepted or active plan, a living
    patient, nothing on record against it and a valid treatment consent; what may be gone past takes a
    clinician's written reason. The appointment becomes "in treatment". Lots that hold too little are no
    refusal here: the page says so and signing does. ``performed_on`` and ``now`` are for history.
    """
    _must_be_allowed(by, Permission.RUN_SESSION)
    now = now or timezone.now()
    day = performed_on or timezone.localtime(now, clinic.zone).date()
    plan = _locked_plan(appointment, plan)
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
    passed = _gate_start(plan, appointment, by, clinic, day, reasons)
    session = _create(plan, appointment, by, clinic, day, now, passed)
    _propose(session, plan, day, now, by)
    if appointment is not None:
        _walk(appointment, (AppointmentStatus.ARRIVED, AppointmentStatus.IN_TREATMENT), by)
    audit.record(
        by=by,
        did="session.started",
        about=session,
        patient_id=session.patient_id,
        number=session.number,
        overrides=[each.code for each in passed],
    )
    return session


def _locked_plan(appointment: Appointment | None, plan: TreatmentPlan | None) -> TreatmentPlan:
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
    return (
        TreatmentPlan.objects.select_for_update(of=("self",))
        .select_related("protocol", "patient", "cocktail_version__cocktail")
        .get(pk=plan_id)
    )


def _gate_start(
    plan: TreatmentPlan,
    appointment: Appointment | None,
    by: User,
    clinic: Clinic,
    day: date,
    reasons: Reasons,
) -> list[Acknowledgement]:
    asked = queries.safety(
        version_id=plan.cocktail_version_id, patient_id=plan.patient_id, clinic=clinic, by=by, on=day
    )
    consent = queries.consent_finding(queries.consents_of_plan(plan), clinic, day)
    findings = [
        *_check_start(plan, plan.patient, appointment, clinic, day),
        *asked.findings,
        consent,
        *_not_signed(plan, clinic),
    ]
    return gate(findings, {**asked.answered, **(reasons or {})}, may_override=by.may(Permission.OVERRIDE))


def _not_signed(plan: TreatmentPlan, clinic: Clinic) -> list[Finding]:
    """A session of another plan of this patient that was begun and stands unsigned."""
    begun = (
        TreatmentSession.objects.filter(patient=plan.patient_id, status=SessionStatus.DRAFT)
        .exclude(plan=plan)
        .select_related("plan", "clinician")
    )
    return [
        warn(
            f"session:unsigned:{each.pk}",
            f"Session {each.number} of “{each.plan.name}” was begun by {each.clinician.display_name} on "
            f"{day_words(timezone.localtime(each.started_at, clinic.zone).date())} and is not signed. "
            "Finish or discard it first, or say why not.",
        )
        for each in begun
    ]


def _check_start(
    plan: TreatmentPlan, patient: Patient, appointment: Appointment | None, clinic: Clinic, day: date
) -> list[Finding]:
    found = []

    def refuse(code: str, message: str) -> None:
        found.append(block(f"session:{code}", message, fixed=True))

    if plan.status not in _OPEN:
        refuse("plan", f"The plan is {plan.status}: its quote is accepted first, then a session starts.")
    if patient.died_on and patient.died_on < day:
        refuse("deceased", "This patient has died: no session can be started.")
    if patient.merged_into_id:
        refuse("merged", "This record was merged: go on with the other one.")
    if appointment is not None and appointment.clinic_id != clinic.pk:
        refuse("clinic", "This appointment is at another clinic. Start it where the patient is.")
    return found


def _create(
    plan: TreatmentPlan,
    appointment: Appointment | None,
    by: User,
    clinic: Clinic,
    day: date,
    now: datetime,
    passed: Sequence[Acknowledgement],
) -> TreatmentSession:
    last = (
        TreatmentSession.objects.filter(plan=plan)
        .exclude(status=SessionStatus.VOID)
        .aggregate(number=Max("number"))["number"]
    )
    number = (last or 0) + 1
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
        next_on=queries.next_on(plan, number, day),
        acknowledged=_kept(passed, by, now),
    )


def _propose(session: TreatmentSession, plan: TreatmentPlan, day: date, now: datetime, by: User) -> None:
    """One syringe with the cocktail's doses, first to expire first, and the assessed zones."""
    version = plan.cocktail_version
    components = list(version.components.select_related("product"))
    lots = queries.lots_to_choose(session.clinic, [each.product_id for each in components], day)
    syringe = Syringe.objects.create(
        treatment_session=session,
        label=f"Syringe “{version.cocktail.name}”"[:80],
        capacity_ml=version.syringe_ml,
        prepared_by=by,
        prepared_at=now,
    )
    doses: list[DoseEntry] = []
    for each in components:
        share = queries.share_out(
            each.product_id, each.product.name, each.ml, lots.get(each.product_id, ()), day, now
        )
        doses += [
            DoseEntry(each.product_id, lot_id, ml, each.ml if place == 0 else ZERO)
            for place, (lot_id, ml) in enumerate(share.takes)
        ]
    Dose.objects.bulk_create(_dose(session, syringe, entry) for entry in doses)
    areas = plan.assessment.zones.values_list("zone_id", "area_cm2")
    planned = sum((each.ml for each in components), ZERO)
    ZoneTreatment.objects.bulk_create(
        _zone(session, entry) for entry in queries.proposed_zones(plan, areas, planned)
    )


# ── charting ─────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def save_draft(
    *, session: TreatmentSession, by: User, revision: int, chart: Chart, now: datetime | None = None
) -> TreatmentSession:
    """Keep the whole chart of a draft, in one transaction. Only what differs is written.

    ``revision`` is the one the chart was read at: where the session was saved since, with something else in
    it, raises :class:`ChangedMeanwhile` with both versions. A lot that may not be used is refused by name.
    """
    _must_be_allowed(by, Permission.RUN_SESSION)
    locked = _locked(session)
    if locked.status != SessionStatus.DRAFT:
        raise Refused.because("This session is signed. Add an addendum to correct it.", code="session:signed")
    if not hasattr(session, "sheet_doses") or session.revision != locked.revision:
        session = queries.sheets().get(pk=session.pk)
    stands = chart_of(session)
    if locked.revision != revision and chart != stands:
        raise ChangedMeanwhile(stands, chart, locked.revision)
    if chart == stands:
        return locked
    _check_chart(session, chart, stands, now or timezone.now())
    _write_parts(session, chart, stands, by)
    for name in queries.COLUMNS:
        setattr(locked, name, getattr(chart, name))
    locked.revision += 1
    locked.saved_at = now or timezone.now()
    locked.save(update_fields=[*queries.COLUMNS, "revision", "saved_at"])
    audit.record(
        by=by,
        did="session.saved",
        about=locked,
        patient_id=locked.patient_id,
        revision=locked.revision,
        fields=_differs(stands, chart),
    )
    return locked


def _differs(before: Chart, after: Chart) -> list[str]:
    names = ("ticked", "doses", "zones", "pain", "relief", "reactions", *queries.COLUMNS)
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _check_chart(session: Any, chart: Chart, stands: Chart, now: datetime) -> None:
    """What no draft may hold, said before the database refuses it."""
    found = []

    def refuse(code: str, message: str, where: str) -> None:
        found.append(block(code, message, fixed=True, where=where))

    for score in chart.pain.values():
        if not 0 <= score <= 10:
            message = f"Pain {score} is not on the scale. Choose a number from 0 to 10."
            refuse("pain:scale", message, "pain")
    for zone in chart.zones:
        if not (
            0 < zone.points <= 2000
            and 0 < zone.ml_per_point < 100
            and 0 < zone.depth_mm <= 13
            and 0 < zone.area_cm2 <= 1000
            and (zone.spacing_cm is None or 0 < zone.spacing_cm <= 20)
        ):
            message = "A zone on the map needs points, ml per point, a depth up to 13 mm and an area."
            refuse(f"zone-figures:{zone.zone_id or zone.name}", message, "map")
        if zone.zone_id is None and not zone.name.strip():
            refuse("zone-name", "Give the zone you drew a name.", "map")
    names = [zone.name for zone in chart.zones if zone.zone_id is None]
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = f"Two drawn zones are called “{name}”. Give one of them another name."
        refuse(f"zone-twice:{name}", message, "map")
    planned = {row["product"] for row in session.sheet_components}
    for dose in chart.doses:
        if dose.ml <= 0:
            message = "A dose is above 0 ml. Type the amount, or empty the line."
            refuse(f"dose:{dose.lot_id}", message, "syringe")
        if dose.product_id not in planned:
            message = "This product is not in the cocktail. Change the cocktail first."
            refuse(f"dose-product:{dose.product_id}", message, "syringe")
    chosen = [dose.lot_id for dose in chart.doses]
    for lot_id in sorted({lot for lot in chosen if chosen.count(lot) > 1}):
        message = "One lot stands on two lines. Put the ml together on one."
        refuse(f"lot-twice:{lot_id}", message, "syringe")
    found += [
        f
        for f in rules.check_relief([rules.ReliefFact(e.method, e.lidocaine_mg) for e in chart.relief])
        if f.blocks
    ]
    found += rules.check_told(
        [rules.Told(str(e.effect_id), e.began_on, e.ended_on) for e in chart.reactions],
        session.performed_on,
        timezone.localtime(now, session.clinic.zone).date(),
    )
    if chart.review_change is not None and not -3 <= chart.review_change <= 3:
        refuse("review:scale", "The change runs from −3 to +3.", "review")
    found += _check_new_lots(session, chart, stands, now)
    found += _check_performer(chart, stands)
    known = {row["id"] for row in session.sheet_factors}
    if chart.safety != stands.safety and not known.issuperset(rules.changes_of(chart.safety).ended):
        message = "Something that ended is not on this patient's record. Answer the safety questions again."
        refuse("safety-unknown", message, "safety")
    if found:
        raise Refused(*found)


def _check_performer(chart: Chart, stands: Chart) -> list[Finding]:
    """Who injected may inject (domain README §11). Asked where it is said anew."""
    said = chart.performed_by_id
    if said is None or said == stands.performed_by_id:
        return []
    if User.objects.clinicians().filter(pk=said).exists():
        return []
    message = "Whoever injected must be a clinician of this clinic's staff. Choose again."
    return [block("performer", message, fixed=True, where="pain")]


def _check_new_lots(session: Any, chart: Chart, stands: Chart, now: datetime) -> list[Finding]:
    """A lot that comes into the draft now: this product's, this clinic's, and usable."""
    known = {(dose.lot_id, dose.product_id) for dose in stands.doses}
    new = [d for d in chart.doses if (d.lot_id, d.product_id) not in known]
    if not new:
        return []
    lots = {
        lot.pk: lot
        for lot in Lot.objects.at(session.clinic)
        .filter(pk__in=[dose.lot_id for dose in new])
        .select_related("product")
    }
    found = []
    for dose in new:
        lot = lots.get(dose.lot_id)
        if lot is None or lot.product_id != dose.product_id:
            message = "A lot chosen here is of another product or another clinic. Choose it again."
            found.append(block(f"lot-unknown:{dose.lot_id}", message, fixed=True, where="syringe"))
        elif refused := usable(as_choice(lot), session.performed_on, now):
            found.append(refused)
    return found


def _write_parts(session: Any, chart: Chart, stands: Chart, by: User) -> None:
    mine = {"treatment_session_id": session.pk}
    gone = stands.ticked - chart.ticked
    new = chart.ticked - stands.ticked
    if gone:
        ChecklistAnswer.objects.filter(**mine, item__in=gone).delete()
    if new:
        ChecklistAnswer.objects.bulk_create(
            ChecklistAnswer(**mine, item_id=item, by=by) for item in sorted(new)
        )
    if chart.doses != stands.doses:
        _write_doses(session, chart.doses, stands.doses, by)
    if chart.zones != stands.zones:
        _write_zones(session, chart.zones, stands.zones)
    if chart.pain != stands.pain:
        _write(
            Pain,
            session,
            key="moment",
            wanted={moment: Pain(**mine, moment=moment, score=score) for moment, score in chart.pain.items()},
            stood=set(stands.pain),
            columns=["score"],
        )
    if chart.relief != stands.relief:
        _write(
            PainRelief,
            session,
            key="method",
            wanted={entry.method: _relief(session, entry) for entry in chart.relief},
            stood={entry.method for entry in stands.relief},
            columns=["lidocaine_mg"],
        )
    if chart.reactions != stands.reactions:
        _write(
            Reaction,
            session,
            key="effect_id",
            wanted={entry.effect_id: _reaction(session, entry) for entry in chart.reactions},
            stood={entry.effect_id for entry in stands.reactions},
            columns=["grade", "note", "zone", "began_on", "ended_on"],
            among=["occasion"],
        )


def _write_zones(session: Any, wanted: Sequence[ZoneEntry], stood: Sequence[ZoneEntry]) -> None:
    """Zones of the map are written over; drawn ones, which have no row of their own to meet, anew."""
    mapped = [entry for entry in wanted if entry.zone_id]
    _write(
        ZoneTreatment,
        session,
        key="zone_id",
        wanted={entry.zone_id: _zone(session, entry) for entry in mapped},
        stood={entry.zone_id for entry in stood if entry.zone_id},
        columns=["points", "ml_per_point", "depth_mm", "area_cm2", "spacing_cm"],
    )
    drawn = [entry for entry in wanted if not entry.zone_id]
    before = [entry for entry in stood if not entry.zone_id]
    if drawn != before:
        ZoneTreatment.objects.filter(treatment_session=session.pk, zone=None).delete()
        ZoneTreatment.objects.bulk_create(_zone(session, entry) for entry in drawn)


def _write(
    model: type[models.Model],
    session: TreatmentSession,
    *,
    key: str,
    wanted: Mapping[Any, models.Model],
    stood: set[Any],
    columns: list[str],
    among: Sequence[str] = (),
) -> None:
    """Rows of one part, by what is unique among them (``key`` and ``among``): gone ones deleted, the rest
    written over."""
    rows = model._default_manager.filter(treatment_session=session.pk)
    if gone := stood - wanted.keys():
        rows.filter(**{f"{key}__in": gone}).delete()
    if wanted:
        model._default_manager.bulk_create(
            wanted.values(),
            update_conflicts=True,
            unique_fields=["treatment_session", key.removesuffix("_id"), *among],
            update_fields=columns,
        )


def _write_doses(session: Any, wanted: Sequence[DoseEntry], stood: Sequence[DoseEntry], by: User) -> None:
    """A dose is its lot. One that stays is changed, not written anew: its lot may have been recalled since."""
    before = {entry.lot_id: entry for entry in stood}
    after = {entry.lot_id: entry for entry in wanted}
    rows = Dose.objects.filter(treatment_session=session.pk)
    if gone := before.keys() - after.keys():
        rows.filter(lot__in=gone).delete()
    if changed := [entry for lot, entry in after.items() if lot in before and before[lot] != entry]:
        ids = {row["lot"]: row["id"] for row in session.sheet_doses}
        Dose.objects.bulk_update(
            [
                Dose(pk=ids[entry.lot_id], ml=entry.ml, planned_ml=entry.planned_ml, lot_read=entry.lot_read)
                for entry in changed
            ],
            ["ml", "planned_ml", "lot_read"],
        )
    if new := [entry for lot, entry in after.items() if lot not in before]:
        syringe = Syringe.objects.filter(treatment_session=session.pk).first()
        if syringe is None:
            raise ValueError("a started session has its syringe")
        Dose.objects.bulk_create(_dose(session, syringe, entry) for entry in new)


def _dose(session: TreatmentSession, syringe: Syringe, entry: DoseEntry) -> Dose:
    return Dose(
        treatment_session_id=session.pk,
        syringe=syringe,
        product_id=entry.product_id,
        lot_id=entry.lot_id,
        planned_ml=entry.planned_ml,
        ml=entry.ml,
        lot_read=entry.lot_read,
    )


def _zone(session: TreatmentSession, entry: ZoneEntry) -> ZoneTreatment:
    return ZoneTreatment(
        treatment_session_id=session.pk,
        zone_id=entry.zone_id,
        points=entry.points,
        ml_per_point=entry.ml_per_point,
        depth_mm=entry.depth_mm,
        area_cm2=entry.area_cm2,
        spacing_cm=entry.spacing_cm,
        name=entry.name,
        outline=[list(corner) for corner in entry.outline],
    )


def _reaction(session: TreatmentSession, entry: ReactionEntry) -> Reaction:
    return Reaction(
        treatment_session_id=session.pk,
        effect_id=entry.effect_id,
        grade=entry.grade,
        note=entry.note[:200],
        zone_id=entry.zone_id,
        began_on=entry.began_on,
        ended_on=entry.ended_on,
    )


def _relief(session: TreatmentSession, entry: ReliefEntry) -> PainRelief:
    return PainRelief(treatment_session_id=session.pk, method=entry.method, lidocaine_mg=entry.lidocaine_mg)


# ── signing ──────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def sign_session(
    *,
    session: TreatmentSession,
    by: User,
    reasons: Reasons = None,
    measurements: Iterable[MeasurementEntry]
    | Callable[[Any, queries.Reference], Iterable[MeasurementEntry]] = (),
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
    _must_be_allowed(by, Permission.SIGN_SESSION)
    now = now or timezone.now()
    sheet = queries.held(session.pk, user=by)
    held: TreatmentSession = sheet
    if held.status != SessionStatus.DRAFT:
        return held
    ref, catalogue_now = queries.reference_and_catalogue(sheet.clinic)
    figures = measurements(sheet, ref) if callable(measurements) else measurements
    standing = queries.standing(sheet, ref, by=by, at=now, catalogue=catalogue_now)
    passed = gate(
        standing.findings, {**standing.answered, **(reasons or {})}, may_override=by.may(Permission.OVERRIDE)
    )
    take_doses(sheet, by, now)
    record_safety(sheet, by)
    _measure(sheet, figures, by, now)
    open_follow_ups(
        sheet,
        [Seen(r["id"], r["level"], r["lot_days"]) for r in sheet.sheet_reactions],
        by=by,
        on=sheet.performed_on,
    )
    sheet.status = SessionStatus.SIGNED
    sheet.signed_by, sheet.signed_at = by, now
    sheet.acknowledged = _kept(passed, by, now)
    if sheet.next_on is None:
        sheet.next_on = queries.next_on(sheet.plan, sheet.number, sheet.performed_on)
    deeds = _close(sheet, by, now)
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
    changes = [signature, Change(queries.typed_drafts(sheet, by=by), None)]
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


def _walk(appointment: Appointment, way: Sequence[AppointmentStatus], by: User) -> None:
    """Move an appointment along ``way``, from wherever on it it stands; refuses where it cannot."""
    *_, goal = way
    if appointment.status == goal:
        return
    for to in way:
        if to != goal and (appointment.status == to or appointment_can_move(appointment.status, goal)):
            continue
        appointment = schedule.set_status(appointment=appointment, to=to, by=by)


# ── afterwards ───────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def add_addendum(*, session: TreatmentSession, by: User, text: str, reason: str) -> Addendum:
    """Correct a signed session by adding to it, with the reason; it is amended from then on."""
    _must_be_allowed(by, Permission.SIGN_SESSION)
    text, reason = text.strip(), reason.strip()
    findings = []
    if not text:
        message = "Write what is to be added or corrected."
        findings.append(block("addendum:text", message, fixed=True, where="text"))
    if not 3 <= len(reason) <= 200:
        message = "Say why it is added (3 to 200 characters)."
        findings.append(block("addendum:reason", message, fixed=True, where="reason"))
    if findings:
        raise Refused(*findings)
    locked = _locked(session)
    _must_move(locked, SessionStatus.AMENDED, "Only a signed session takes an addendum.")
    addendum = Addendum.objects.create(treatment_session=locked, text=text, reason=reason, by=by)
    if locked.status != SessionStatus.AMENDED:
        locked.status = SessionStatus.AMENDED
        locked.save(update_fields=["status"])
    audit.record(
        by=by, did="session.amended", about=locked, patient_id=locked.patient_id, addendum=addendum.pk
    )
    return addendum


@transaction.atomic
def void_session(*, session: TreatmentSession, by: User, reason: str) -> TreatmentSession:
    """Declare a signed session void, with the reason as an addendum, and ring nobody about it any more.

    What it took from stock stays taken, for what was injected is used: whatever was not is counted back in the
    stock room, by a person, with a reason.
    """
    _must_be_allowed(by, Permission.SIGN_SESSION)
    reason = reason.strip()
    if not 10 <= len(reason) <= 200:
        raise Refused.because(
            "Say in a sentence why this session is void (10 to 200 characters).",
            code="void:reason",
            where="reason",
        )
    locked = _locked(session)
    _must_move(locked, SessionStatus.VOID, "Only a signed session can be made void.")
    Addendum.objects.create(
        treatment_session=locked,
        text="Session made void. What was injected stays used: nothing was returned to stock.",
        reason=reason,
        by=by,
    )
    cancel_check_ins_of(locked, by=by, now=timezone.now())
    locked.status = SessionStatus.VOID
    locked.save(update_fields=["status"])
    audit.record(by=by, did="session.voided", about=locked, patient_id=locked.patient_id)
    return locked


# ── the steps ────────────────────────────────────────────────────────────────────────────────────


def _locked(session: TreatmentSession) -> TreatmentSession:
    """The row as it stands now; nobody else charts or signs it until this transaction ends."""
    return TreatmentSession.objects.select_for_update(of=("self",)).get(pk=session.pk)


def _must_be_allowed(by: User, permission: Permission) -> None:
    """Asked again here: a role can be taken away while a page stands open."""
    if not by.may(permission):
        raise Refused.because(f"Your account may not {permission}. Ask a clinician.", code="session:role")


def _must_move(session: TreatmentSession, to: SessionStatus, message: str) -> None:
    if not rules.can_move(session.status, to):
        raise Refused.because(message, code=f"session:{to}")


def _kept(passed: Iterable[Acknowledgement], by: User, now: datetime) -> list[dict[str, Any]]:
    """What was gone past, with who and when."""
    return [
        {
            "code": each.code,
            "level": str(each.level),
            "message": each.message,
            "reason": each.reason,
            "by": by.display_name,
            "by_id": by.pk,
            "at": now.isoformat(),
        }
        for each in passed
    ]
