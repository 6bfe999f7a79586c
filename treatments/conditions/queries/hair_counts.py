"""The counts of hairs on a picture that are not a measurement yet, and what was counted like it before."""

from decimal import Decimal

from treatments.conditions.models import HairCount, Measurement, MeasurementKind, MeasurementSite, Photograph
from treatments.conditions.queries.measurements import measurement_kinds_in_use, sites_of_patient
from treatments.conditions.rules.hair_counts import METHOD, SCALE


def open_hair_counts(photograph: Photograph) -> list[HairCount]:
    """The last two since the picture was last measured, the first first. One query."""
    counts = HairCount.objects.filter(photograph=photograph).select_related("counted_by").order_by("-pk")
    found: list[HairCount] = []
    for count in counts[:2]:
        if count.measurement_id is not None:
            break
        found.insert(0, count)
    return found


def density_kind_or_none() -> MeasurementKind | None:
    return measurement_kinds_in_use().filter(scale__code=SCALE).first()


def sites_to_choose(photograph: Photograph) -> list[MeasurementSite]:
    return list(sites_of_patient(photograph.photo_set.patient_id))


def last_field_cm2_or_none(photograph: Photograph) -> Decimal | None:
    """The area that was typed last for this patient: the same lens shows the same field. One query."""
    counts = HairCount.objects.filter(photograph__photo_set__patient=photograph.photo_set.patient_id)
    return counts.order_by("-pk").values_list("field_cm2", flat=True).first()


def last_counted_by_hand_or_none(photograph: Photograph) -> Measurement | None:
    """The last density of this patient that was counted by hand, for its place and preparation. One query."""
    of_patient = Measurement.objects.filter(patient=photograph.photo_set.patient_id, scale__code=SCALE)
    return of_patient.filter(method=METHOD).order_by("-measured_at", "-pk").first()
