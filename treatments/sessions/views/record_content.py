"""What the record of a session says, as texts: the page and the PDF print the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core.quantities import ZERO, dose_mg, plain_number_text, round_mg
from treatments.cocktails.views.documents import date_text, instant_text
from treatments.cocktails.views.figures import number_text
from treatments.conditions.rules.measurements import unit_text
from treatments.sessions.models import ChecklistItem, Dose, Reaction
from treatments.sessions.queries.preparation import syringe_code
from treatments.sessions.queries.record import SessionRecord
from treatments.sessions.queries.sessions import reaction_end_day_or_none
from treatments.sessions.rules.late_reports import days_as_hours_or_weeks_text
from treatments.sessions.rules.pain_relief import ReliefFact
from treatments.sessions.rules.record_hash import split_hash_into_lines
from treatments.sessions.rules.safety_questions import TOPICS
from treatments.sessions.rules.signing import ZoneFact, delivered_ml
from treatments.sessions.rules.states import SessionStatus
from treatments.sessions.views.record_blood import Fact, blood_facts


@dataclass(frozen=True, slots=True)
class Ticked:
    """A line of the checklist that was done: when, and by whom."""

    text: str
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class DoseLine:
    product: str
    ml: str
    mg: str
    lot: str
    expires: str
    origin: str
    recalled: bool


@dataclass(frozen=True, slots=True)
class SyringeBlock:
    """One syringe with what was drawn into it, from which lot."""

    title: str
    doses: list[DoseLine]
    prepared: str


@dataclass(frozen=True, slots=True)
class ZoneLine:
    name: str
    points: str
    ml_per_point: str
    depth: str
    area: str
    ml_per_cm2: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A finding gone past, with the reason that was given."""

    message: str
    reason: str
    who: str


@dataclass(frozen=True, slots=True)
class RecordContent:
    """Everything on the record, in its order. Empty texts are not printed."""

    code: str
    title: str
    line: str
    clinic: str
    room: str
    status: str
    is_signed: bool
    is_void: bool
    patient: str
    patient_line: str
    allergies: list[str]
    medicines: list[str]
    condition: str
    severity: str
    consent: str
    before: list[Ticked]
    during: list[Ticked]
    aftercare: list[Ticked]
    asked: list[Fact]
    syringes: list[SyringeBlock]
    blood: list[Fact]
    given: str
    zones: list[ZoneLine]
    technique: str
    pain: list[Fact]
    relief: list[str]
    reactions: list[Fact]
    told_later: list[Fact]
    measured: list[Fact]
    passed: list[Passed]
    facts: list[Fact]
    signed: str
    signed_at: str
    hash_lines: list[str]
    addenda: list[Passed]
    printed: str
    calls: list[Fact] = field(default_factory=list)


def content_of_session_record(
    record: SessionRecord, *, by: User, now: datetime, calls: Sequence[Fact] = ()
) -> RecordContent:
    """The record of a session for who prints it now. Every time on it is that of the session's clinic.

    ``calls``: when the patient is rung about it, which is planned above this app.
    """
    with timezone.override(record.session.clinic.zone):
        return replace(_content_in_clinic_time(record, by, now), calls=list(calls))


def _content_in_clinic_time(record: SessionRecord, by: User, now: datetime) -> RecordContent:
    session = record.session
    ticked = _ticked_by_phase(record)
    consent = record.consent
    return RecordContent(
        code=record.code,
        title="Session record",
        line=f"Session {session.number} of {session.plan.sessions_planned} · {date_text(session.performed_on)}",
        clinic=session.clinic.name,
        room=session.room.name if session.room else "",
        status="" if session.status == SessionStatus.SIGNED else str(session.status),
        is_signed=not session.is_draft,
        is_void=session.status == SessionStatus.VOID,
        patient=session.patient.full_name,
        patient_line=_patient_line(record),
        allergies=_labels_standing_on_session_day(record, "allergy"),
        medicines=_labels_standing_on_session_day(record, "medicine"),
        condition=session.plan.assessment.condition.name if session.plan.assessment else "",
        severity=_severity_text_or_empty(record),
        consent=f"consent {date_text(timezone.localdate(consent.signed_at))}, wording {consent.text.version}"
        if consent
        else "no consent on file",
        before=ticked[ChecklistItem.Phase.BEFORE],
        during=ticked[ChecklistItem.Phase.DURING],
        aftercare=ticked[ChecklistItem.Phase.AFTER],
        asked=_safety_answer_facts(record),
        syringes=_syringe_blocks(record),
        blood=blood_facts(record.blood, record.thrown_away),
        given=_given_ml_text(record),
        zones=_zone_lines(record),
        technique=" · ".join(part for part in (session.technique, session.needle) if part),
        pain=[
            Fact(row.get_moment_display(), f"{row.score} of 10", _told_later_text_or_empty(row))
            for row in record.pain
        ],
        relief=[_relief_text(ReliefFact(row.method, row.lidocaine_mg)) for row in record.relief],
        reactions=_reaction_facts(record, later=False),
        told_later=_reaction_facts(record, later=True),
        measured=[
            Fact(
                f"{row.scale.short_name}, {row.zone.name}" if row.zone else row.scale.short_name,
                f"{number_text(row.value)} {unit_text(row.scale.unit)}".strip(),
            )
            for row in record.measured
        ],
        passed=[
            Passed(each["message"], each["reason"], f"{each['by']}, {_iso_instant_text(each['at'])}")
            for each in session.acknowledged
        ],
        facts=_facts_of_performer_and_note(record),
        signed=session.signed_by.display_name if session.signed_by else "",
        signed_at=instant_text(session.signed_at) if session.signed_at else "",
        hash_lines=split_hash_into_lines(record.sha256),
        addenda=[
            Passed(row.text, row.reason, f"{row.by.display_name}, {instant_text(row.at)}")
            for row in record.addenda
        ],
        printed=f"{instant_text(now)}, {by.display_name}",
    )


def _patient_line(record: SessionRecord) -> str:
    patient, day = record.session.patient, record.session.performed_on
    sex = patient.sex_at_birth[:1].upper() if patient.sex_at_birth in ("female", "male") else ""
    parts = [sex, f"{patient.age_on(day)}, born {date_text(patient.birth_date)}", patient.record_number]
    return " · ".join(part for part in parts if part)


def _labels_standing_on_session_day(record: SessionRecord, kind: str) -> list[str]:
    """What stood on the record on the day of the session."""
    day = record.session.performed_on
    return [row.label for row in record.risk_factors if row.kind == kind and row.stands_on(day)]


def _severity_text_or_empty(record: SessionRecord) -> str:
    found = record.session.plan.assessment
    if found is None or found.scale is None:
        return ""
    grade = (
        found.level.value
        if found.level
        else plain_number_text(found.value)
        if found.value is not None
        else ""
    )
    return f"{found.scale.short_name} {grade}".strip()


def _ticked_by_phase(record: SessionRecord) -> dict[str, list[Ticked]]:
    ticked: dict[str, list[Ticked]] = {phase: [] for phase in ChecklistItem.Phase.values}
    for row in record.answers:
        at = timezone.localtime(row.at)
        ticked[row.item.phase].append(Ticked(row.item.short_label, f"{at:%H:%M}", row.by.short_name))
    return ticked


def _safety_answer_facts(record: SessionRecord) -> list[Fact]:
    """The safety questions with their answers. What nobody asked says so."""
    labels = {row.pk: row.label for row in record.risk_factors}
    by_factor = {row.factor_id: row.label for row in record.risk_factors if row.factor_id}
    rows = []
    for topic, label in TOPICS.items():
        said = record.session.safety.get(topic)
        if not said:
            rows.append(Fact(label, "not asked"))
        elif not said["changed"]:
            rows.append(Fact(label, "asked: nothing has changed"))
        else:
            new = [row["label"] or by_factor.get(row["factor"], "") for row in said.get("new", ())]
            ended = [labels.get(pk, "") for pk in said.get("ended", ())]
            parts = [
                *(f"new: {name}" for name in new if name),
                *(f"ended: {name}" for name in ended if name),
            ]
            rows.append(Fact(label, "; ".join(parts) or "something has changed", said.get("ended_words", "")))
    if record.session.since_last:
        rows.append(Fact("Since last session", record.session.since_last))
    return rows


def _syringe_blocks(record: SessionRecord) -> list[SyringeBlock]:
    by_syringe: dict[int, list[Dose]] = {}
    for dose in record.doses:
        by_syringe.setdefault(dose.syringe_id, []).append(dose)
    version = record.session.cocktail_version
    blocks = []
    for doses in by_syringe.values():
        syringe = doses[0].syringe
        check = next((row for row in record.checks if row.syringe_id == syringe.pk), None)
        parts = [f"Prepared {instant_text(syringe.prepared_at)} by {syringe.prepared_by.display_name}"]
        if check:
            parts.append(f"checked {instant_text(check.at)} by {check.checked_by.display_name}")
        if syringe.use_before:
            parts.append(f"use before {instant_text(syringe.use_before)}")
        blocks.append(
            SyringeBlock(
                title=f"Syringe “{version.cocktail.name}” v{version.number}, {syringe_code(syringe)}",
                doses=[_dose_line(dose) for dose in doses],
                prepared=" · ".join(parts),
            )
        )
    return blocks


def _dose_line(dose: Dose) -> DoseLine:
    strengths = dose.strengths  # type: ignore[attr-defined]  # annotated by the query
    strength = strengths[0] if len(strengths) == 1 else None
    lot = dose.lot
    return DoseLine(
        product=f"{dose.product.name} {dose.product.strength}".strip(),
        ml=f"{number_text(dose.ml)} ml",
        mg="" if strength is None else f"{number_text(round_mg(dose_mg(dose.ml, strength)))} mg",
        lot=lot.number,
        expires=date_text(lot.expires_on),
        origin=", ".join(part for part in (lot.maker, lot.country) if part),
        recalled=lot.status == "recalled",
    )


def _given_ml_text(record: SessionRecord) -> str:
    drawn = sum((dose.ml for dose in record.doses), ZERO)
    wasted = sum((dose.wasted_ml for dose in record.doses), ZERO)
    given = delivered_ml([ZoneFact(row.code, row.points, row.ml_per_point) for row in record.zones])
    text = f"{number_text(given)} ml given of {number_text(drawn)} ml drawn"
    return f"{text}, {number_text(wasted)} ml thrown away" if wasted else text


def _zone_lines(record: SessionRecord) -> list[ZoneLine]:
    lines = []
    points, area, ml = 0, ZERO, ZERO
    for row in record.zones:
        given = row.points * row.ml_per_point
        points, area, ml = points + row.points, area + row.area_cm2, ml + given
        lines.append(
            ZoneLine(
                row.label,
                str(row.points),
                number_text(row.ml_per_point),
                number_text(row.depth_mm),
                number_text(row.area_cm2),
                _ml_per_cm2_text_or_empty(given, row.area_cm2),
            )
        )
    if len(lines) > 1:
        lines.append(
            ZoneLine("Together", str(points), "", "", number_text(area), _ml_per_cm2_text_or_empty(ml, area))
        )
    return lines


def _ml_per_cm2_text_or_empty(ml: Decimal, area: Decimal) -> str:
    return number_text((ml / area).quantize(Decimal("0.001"))) if area else ""


def _relief_text(relief: ReliefFact) -> str:
    if relief.lidocaine_mg is None:
        return relief.method_text
    return f"{relief.method_text}, {number_text(relief.lidocaine_mg)} mg lidocaine"


def _reaction_facts(record: SessionRecord, *, later: bool) -> list[Fact]:
    rows = [row for row in record.reactions if (row.added_at is not None) is later]
    facts = [_reaction_fact(row) for row in rows]
    if not later and not facts:
        facts.append(Fact("Reactions", "asked: none" if record.session.no_reactions else "not answered"))
    return facts


def _reaction_fact(row: Reaction) -> Fact:
    place = f", {row.zone.name.lower()}" if row.zone else ""
    days = [f"from {date_text(row.began_on)}"] if row.began_on else []
    ended: date | None = reaction_end_day_or_none(row)
    if ended:
        days.append(f"to {date_text(ended)}")
    words = ", ".join(part for part in (" ".join(days), row.note) if part)
    return Fact(
        f"{row.effect.effect}, {row.grade}{place}",
        words or "seen in the chair",
        _told_later_text_or_empty(row),
        row.is_alarming,
    )


def _told_later_text_or_empty(row) -> str:
    """When something was told that was not charted: “told 2 Dec 2026, 48 h check-in”."""
    if row.added_at is None:
        return ""
    told = f"told {date_text(timezone.localdate(row.added_at))}"
    return f"{told}, {days_as_hours_or_weeks_text(row.told_on_day)} check-in" if row.told_on_day else told


def _facts_of_performer_and_note(record: SessionRecord) -> list[Fact]:
    session = record.session
    rows = []
    if session.performed_by:
        rows.append(Fact("Injected by", session.performed_by.display_name))
    if session.note:
        rows.append(Fact("Note", session.note))
    if session.next_on and session.status != SessionStatus.VOID:
        rows.append(Fact("Next session", date_text(session.next_on)))
    return rows


def _iso_instant_text(at: str) -> str:
    return instant_text(datetime.fromisoformat(at))
