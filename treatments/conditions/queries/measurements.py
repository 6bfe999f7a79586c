"""What can be measured in a condition, and what was measured of a patient."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from mesoclinic.accounts.models import User
from patients.models import records_of
from treatments.conditions.models import (
    KeptAs,
    Measurement,
    MeasurementKind,
    MeasurementSite,
    Photograph,
    Zone,
)
from treatments.conditions.rules.measurements import MeasuredHow

#: So many of the last figures of a patient are read, however many there are.
LATEST = 400


@dataclass(frozen=True, slots=True)
class FigureEntry:
    """One figure, and how it was measured."""

    kind: MeasurementKind
    value: Decimal
    zone: Zone | None = None
    site: MeasurementSite | None = None
    method: str = ""
    device: str = ""
    field_cm2: Decimal | None = None
    preparation: str = ""
    counter: User | None = None
    photograph: Photograph | None = None


def measurement_kinds_in_use() -> QuerySet[MeasurementKind]:
    """Every kind with its scale, in the clinic's order."""
    return (
        MeasurementKind.objects.filter(retired_at=None, scale__retired_at=None)
        .select_related("scale")
        .order_by("order", "pk")
    )


def kinds_never_measured() -> list[MeasurementKind]:
    """What no clinic can measure, and says so. One query."""
    return list(measurement_kinds_in_use().filter(kept_as=KeptAs.NEVER))


def sites_of_patient(patient_pk: int) -> QuerySet[MeasurementSite]:
    return (
        MeasurementSite.objects.filter(patient__in=records_of(patient_pk))
        .select_related("zone")
        .order_by("label")
    )


def measurements_of_patient(patient_pk: int, *, until: datetime | None = None) -> list[Measurement]:
    """The last figures, the oldest first, with scale, kind, place and who counted. One query."""
    rows = Measurement.objects.filter(patient__in=records_of(patient_pk))
    if until is not None:
        rows = rows.filter(measured_at__lte=until)
    rows = rows.select_related("scale__measurement_kind", "zone", "site", "counter", "measured_by")
    return list(rows.order_by("-measured_at", "-pk")[:LATEST])[::-1]


def kind_of_measurement_or_none(row: Measurement) -> MeasurementKind | None:
    """The kind that was read with it; None of a scale that nobody describes."""
    return getattr(row.scale, "measurement_kind", None)


def place_text(row: Measurement) -> str:
    """“site A”, “vertex”; empty for the whole scalp."""
    if row.site is not None:
        return f"site {row.site.label}"
    return row.zone.name.partition(" (")[0].lower() if row.zone else ""


def how_measured(row: Measurement) -> MeasuredHow:
    return MeasuredHow(
        place=place_text(row),
        method=row.method,
        device=row.device,
        field_cm2=row.field_cm2,
        preparation=row.preparation,
    )
