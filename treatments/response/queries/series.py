"""The figures of a patient as series: one for each measure and place, with the other patients beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone

from mesoclinic.core.quantities import ZERO
from patients.models import Patient, records_of
from treatments.conditions.models import Assessment, KeptAs, Measurement, MeasurementKind
from treatments.conditions.queries.measurements import (
    how_measured,
    kind_of_measurement_or_none,
    measurements_of_patient,
    place_text,
)
from treatments.conditions.rules.measurements import MeasuredHow, unit_text
from treatments.plans.models import CourseSession, TreatmentPlan
from treatments.response.queries.cohort import CohortKey, others_of_patient
from treatments.response.rules.cohort import Others
from treatments.response.rules.series import Measure, Measured, Series

#: A measure at a place: scale, site, zone.
_Place = tuple[int, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Response:
    """How a patient responds: what was measured, and what the patient says."""

    measured: list[Series]
    told: list[Series]
    first_session_on: date | None

    @property
    def all(self) -> list[Series]:
        return [*self.measured, *self.told]


def response_of_patient(
    patient: Patient,
    plan: TreatmentPlan | None,
    *,
    until: datetime | None = None,
    with_others: bool = True,
    given: Sequence[CourseSession] | None = None,
) -> Response:
    """Every series, those of this course marked off from earlier ones. Five queries at most.

    ``plan`` is read with its clinic and its assessment. ``given``: the patient's sessions, where they are read already.
    """
    zone = plan.clinic.zone if plan else timezone.get_current_timezone()
    assert isinstance(zone, ZoneInfo)
    course = _course_days(patient, plan, given)
    grouped: dict[_Place, list[Measurement]] = {}
    for row in measurements_of_patient(patient.pk, until=until):
        grouped.setdefault((row.scale_id, row.site_id, None if row.site_id else row.zone_id), []).append(row)
    others = _others_by_key(patient, plan, grouped) if with_others else {}
    found: list[tuple[int, bool, Series]] = []
    for rows in grouped.values():
        kind = kind_of_measurement_or_none(rows[-1])
        series = Series(
            measure=_measure(rows[-1], kind),
            place=place_text(rows[-1]),
            figures=[_measured(row, course, zone) for row in rows],
            others=others.get(_cohort_key(rows[-1]), ()),
            started_on=course.started_on,
        )
        found.append((kind.order if kind else 999, series.measure.is_told, series))
    found += _graded_series(patient, course, zone, until)
    found.sort(key=lambda each: each[0])
    return Response(
        measured=[series for _, is_told, series in found if not is_told],
        told=[series for _, is_told, series in found if is_told],
        first_session_on=course.started_on,
    )


@dataclass(frozen=True, slots=True)
class _CourseDays:
    """When this course began, and the last session of an earlier one: a figure up to then is of that."""

    started_on: date | None = None
    earlier_until: date | None = None

    def is_earlier(self, on: date) -> bool:
        return self.earlier_until is not None and on <= self.earlier_until


def sessions_given_to(patient: Patient) -> list[CourseSession]:
    """Every session of every course of a patient. One query."""
    return list(CourseSession.objects.filter(plan__patient__in=records_of(patient)))


def _course_days(
    patient: Patient, plan: TreatmentPlan | None, given: Sequence[CourseSession] | None
) -> _CourseDays:
    if plan is None:
        return _CourseDays()
    if given is None:
        given = sessions_given_to(patient)
    return _CourseDays(
        started_on=min((each.performed_on for each in given if each.plan_id == plan.pk), default=None),
        earlier_until=max((each.performed_on for each in given if each.plan_id < plan.pk), default=None),
    )


def _others_by_key(
    patient: Patient, plan: TreatmentPlan | None, grouped: Iterable[_Place]
) -> dict[CohortKey, list[Others]]:
    scales = {scale for scale, _, _ in grouped}
    if plan is None or not scales:
        return {}
    return others_of_patient(
        patient.pk,
        condition_pk=plan.assessment.condition_id,
        sex=patient.sex_at_birth,
        scales=sorted(scales),
    )


def _cohort_key(row: Measurement) -> CohortKey:
    return CohortKey(row.scale_id, row.zone_id, row.method.strip().lower())


def _measure(row: Measurement, kind: MeasurementKind | None) -> Measure:
    scale = row.scale
    return Measure(
        name=kind.short_name if kind else scale.short_name,
        unit=unit_text(scale.unit),
        higher_is_better=scale.higher_is_better,
        smallest=kind.smallest_change if kind else None,
        smallest_percent=kind.smallest_change_percent if kind else None,
        is_told=kind is not None and kind.kept_as == KeptAs.PATIENT,
        minimum=scale.minimum,
        maximum=scale.maximum,
    )


def _measured(row: Measurement, course: _CourseDays, zone: ZoneInfo) -> Measured:
    on = row.measured_at.astimezone(zone).date()
    return Measured(on, row.value, how_measured(row), course.is_earlier(on))


def _graded_series(
    patient: Patient, course: _CourseDays, zone: ZoneInfo, until: datetime | None
) -> list[tuple[int, bool, Series]]:
    """What was graded at assessments on a scale whose change can be told. One query."""
    rows = (
        Assessment.objects.filter(
            patient__in=records_of(patient),
            scale__measurement_kind__smallest_change__isnull=False,
            scale__measurement_kind__kept_as=KeptAs.GRADED,
            level__value__regex=r"^[0-9]+$",
        )
        .select_related("scale__measurement_kind", "level")
        .order_by("assessed_at", "pk")
    )
    if until is not None:
        rows = rows.filter(assessed_at__lte=until)
    by_scale: dict[int, list[Assessment]] = {}
    for row in rows[:40]:
        by_scale.setdefault(row.scale_id or 0, []).append(row)
    return [
        (graded[0].scale.measurement_kind.order, False, _graded(graded, course, zone))
        for graded in by_scale.values()
        if graded[0].scale
    ]


def _graded(rows: list[Assessment], course: _CourseDays, zone: ZoneInfo) -> Series:
    scale = rows[0].scale
    assert scale is not None
    kind = scale.measurement_kind
    return Series(
        measure=Measure(kind.short_name, "", higher_is_better=False, smallest=kind.smallest_change),
        place="",
        figures=[
            Measured(
                row.assessed_at.astimezone(zone).date(),
                Decimal(row.level.value) if row.level else ZERO,
                MeasuredHow(method="graded at the assessment"),
                course.is_earlier(row.assessed_at.astimezone(zone).date()),
            )
            for row in rows
        ],
    )
