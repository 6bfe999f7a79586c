"""Keep a count of hairs on a picture, and make a measurement of one count or of two."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate
from mesoclinic.core.locking import lock_row
from treatments.conditions.actions.measurements import record_measurement
from treatments.conditions.models import HairCount, Measurement, MeasurementSite, Photograph
from treatments.conditions.queries.hair_counts import density_kind_or_none, open_hair_counts
from treatments.conditions.queries.measurements import FigureEntry
from treatments.conditions.rules.hair_counts import METHOD, check_hair_count, density_per_cm2
from treatments.conditions.rules.photographs import PhotoStatus


@transaction.atomic
def save_hair_count(
    *, photograph: Photograph, points: Sequence[float], field_cm2: Decimal | None, by: User
) -> HairCount:
    """Keep the marks. The same marks sent again are the same count; a second count has the area of the first."""
    refuse_unless_allowed(by, Permission.ASSESS)
    lock_row(Photograph, photograph.pk)
    if photograph.status != PhotoStatus.READY:
        raise Refused.because("This picture is not ready yet.", code="not-ready")
    counts = open_hair_counts(photograph)
    area = counts[-1].field_cm2 if counts else field_cm2
    gate(check_hair_count(points, area))
    if counts and (counts[-1].points, counts[-1].counted_by_id) == (list(points), by.pk):
        return counts[-1]
    assert area is not None  # the rule asks for it
    count = HairCount.objects.create(
        photograph=photograph, points=list(points), field_cm2=area, counted_by=by
    )
    audit.record(
        by=by,
        did="hair_count.saved",
        about=photograph,
        patient_id=photograph.photo_set.patient_id,
        hairs=count.hairs,
    )
    return count


@transaction.atomic
def record_counted_density(
    *, photograph: Photograph, site: MeasurementSite | None, preparation: str, by: User
) -> Measurement:
    """The last count, or the mean of the last two, becomes a measurement of the day the picture was taken."""
    refuse_unless_allowed(by, Permission.ASSESS)
    lock_row(Photograph, photograph.pk)
    counts, kind = open_hair_counts(photograph), density_kind_or_none()
    if not counts:
        raise Refused.because("Nothing was counted on this picture since it was measured.", code="nothing")
    if kind is None:
        raise Refused.because("Density is not measured at this clinic.", code="scale")
    area = counts[-1].field_cm2
    entry = FigureEntry(
        kind=kind,
        value=density_per_cm2([count.hairs for count in counts], area),
        site=site,
        method=METHOD,
        field_cm2=area,
        preparation=preparation,
        counter=counts[0].counted_by,
        photograph=photograph,
    )
    row = record_measurement(
        patient=photograph.photo_set.patient, entry=entry, by=by, now=photograph.taken_at
    )
    HairCount.objects.filter(pk__in=[count.pk for count in counts]).update(measurement=row)
    return row
