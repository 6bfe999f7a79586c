"""Write down a figure with the way it was measured, and the point of a scalp that is found again."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate
from mesoclinic.core.locking import lock_row
from patients.models import Patient
from treatments.conditions.models import KeptAs, Measurement, MeasurementSite, Zone
from treatments.conditions.queries.measurements import FigureEntry
from treatments.conditions.rules.assessments import Figure, check_figures_within_scale
from treatments.conditions.rules.measurements import check_measurement_kinds


@transaction.atomic
def record_measurement(
    *, patient: Patient, entry: FigureEntry, by: User, now: datetime | None = None
) -> Measurement:
    """Write down a figure. It is never changed: a wrong one is measured again."""
    refuse_unless_allowed(by, Permission.ASSESS)
    kind, scale = entry.kind, entry.kind.scale
    kept_elsewhere = (KeptAs.ELSEWHERE, KeptAs.GRADED)
    findings = check_measurement_kinds(
        [scale.name] if kind.kept_as == KeptAs.NEVER else [],
        [scale.name] if kind.kept_as in kept_elsewhere else [],
    )
    figure = Figure(scale.code, scale.short_name, entry.value, scale.minimum, scale.maximum, "")
    gate([*findings, *check_figures_within_scale([figure])])
    if entry.site is not None and entry.site.patient_id != patient.pk:
        raise Refused.because("This site is of another patient.", code="measurement:site", where="site")
    row = Measurement.objects.create(
        patient=patient,
        scale=scale,
        zone=entry.site.zone if entry.site else entry.zone,
        site=entry.site,
        value=entry.value,
        method=entry.method.strip(),
        device=entry.device.strip(),
        field_cm2=entry.field_cm2,
        preparation=entry.preparation.strip(),
        counter=entry.counter,
        photograph=entry.photograph,
        measured_by=by,
        measured_at=now or timezone.now(),
    )
    audit.record(by=by, did="measurement.recorded", about=row, patient_id=patient.pk, scale=scale.code)
    return row


@transaction.atomic
def record_measurement_site(
    *,
    patient: Patient,
    zone: Zone,
    from_nasion_cm: Decimal,
    from_midline_cm: Decimal,
    by: User,
    mark: str = "",
    map_x: int | None = None,
    map_y: int | None = None,
) -> MeasurementSite:
    """Pin a point of the scalp that is found again. It takes the next letter of this patient."""
    refuse_unless_allowed(by, Permission.ASSESS)
    # Two who pin at once take two letters.
    lock_row(Patient, patient.pk)
    known = MeasurementSite.objects.filter(patient=patient).count()
    site = MeasurementSite.objects.create(
        patient=patient,
        label=_letter_of_site(known),
        zone=zone,
        from_nasion_cm=from_nasion_cm,
        from_midline_cm=from_midline_cm,
        mark=mark.strip(),
        map_x=map_x,
        map_y=map_y,
        made_by=by,
    )
    audit.record(by=by, did="measurement.site", about=site, patient_id=patient.pk, zone=zone.code)
    return site


def _letter_of_site(number: int) -> str:
    """A to Z, then 27, 28…"""
    return chr(ord("A") + number) if number < 26 else str(number + 1)
