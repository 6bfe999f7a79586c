"""The start that a review compares with: how it was assessed, and what was measured then and last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from treatments.conditions.models import Measurement
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.sessions import LATEST
from treatments.sessions.rules.measurements import MEASURED


@dataclass(frozen=True, slots=True)
class MeasuredThenAndNow:
    """One figure at the start, and the last one of the same scale in the same zone; None where there is none since."""

    label: str
    unit: str
    then: Decimal
    then_on: date
    now: Decimal | None
    now_on: date | None


@dataclass(frozen=True, slots=True)
class StartOfCourse:
    """How the course began."""

    assessed_on: date
    condition: str
    severity: str
    area_cm2: Decimal
    figures: Sequence[MeasuredThenAndNow]


def start_of_course(session: TreatmentSession, latest: Sequence[Measurement]) -> StartOfCourse:
    """The start of the session's course, beside the ``latest`` figures of the patient (newest first).

    No query, but one where there are more figures than those.
    """
    plan, zone = session.plan, session.clinic.zone
    assessment = plan.assessment
    rows = list(reversed(latest)) if len(latest) < LATEST else _first_figures_since_assessment(session)
    first: dict[tuple[int, int | None], Measurement] = {}
    for row in rows:
        if row.assessment_id == assessment.pk or row.measured_at >= assessment.assessed_at:
            first.setdefault((row.scale_id, row.zone_id), row)
    severity = " ".join(
        part
        for part in (
            assessment.scale.short_name if assessment.scale else "",
            str(assessment.level or assessment.value or ""),
        )
        if part
    )
    return StartOfCourse(
        assessed_on=assessment.assessed_at.astimezone(zone).date(),
        condition=assessment.condition.name,
        severity=severity,
        area_cm2=plan.area_cm2,
        figures=[_measured_then_and_now(row, latest, session) for row in first.values()],
    )


def _first_figures_since_assessment(session: TreatmentSession) -> list[Measurement]:
    """The first figures of the course, the oldest first. One query."""
    of_patient = Measurement.objects.filter(patient=session.patient_id, scale__code__in=MEASURED)
    since = of_patient.filter(measured_at__gte=session.plan.assessment.assessed_at)
    return list(since.select_related("scale", "zone").order_by("measured_at", "pk")[:LATEST])


def _measured_then_and_now(
    then: Measurement, latest: Sequence[Measurement], session: TreatmentSession
) -> MeasuredThenAndNow:
    zone = session.clinic.zone
    now = next(
        (
            row
            for row in latest
            if (row.scale_id, row.zone_id) == (then.scale_id, then.zone_id)
            and row.measured_at > then.measured_at
        ),
        None,
    )
    where = f", {then.zone.name.partition(' (')[0].lower()}" if then.zone else ""
    return MeasuredThenAndNow(
        label=f"{then.scale.name}{where}",
        unit=then.scale.unit,
        then=then.value,
        then_on=then.measured_at.astimezone(zone).date(),
        now=now.value if now else None,
        now_on=now.measured_at.astimezone(zone).date() if now else None,
    )
