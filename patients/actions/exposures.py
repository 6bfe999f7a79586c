"""Keep what was given that matters to a pregnancy told later, and raise the alert when one is told."""

from collections.abc import Collection
from datetime import date

from django.db.models import Max
from django.utils import timezone

from mesoclinic.accounts.models import User
from patients.actions.alerts import raise_alerts_unless_open
from patients.models import Exposure, records_of
from patients.rules.exposures import (
    PREGNANCY,
    alert_of_pregnancy_after_exposure,
    first_exposure_day_that_counts,
    substances_kept_as_exposures,
)


def record_exposures(*, patient_id: int, substances: Collection[str], given_on: date, source: str) -> None:
    """Keep those of the substances (codes) that matter to a pregnancy told later. No statement where none does.

    ``source`` names the row that gave them. Logged by whoever calls.
    """
    kept = substances_kept_as_exposures(substances)
    if kept:
        Exposure.objects.bulk_create(
            Exposure(patient_id=patient_id, substance=code, given_on=given_on, source=source) for code in kept
        )


def raise_alert_if_pregnancy_follows_exposure(patient_id: int, codes: Collection[str], by: User) -> None:
    """``codes``: risk factors told just now. Two queries where a pregnancy is among them, none otherwise."""
    if PREGNANCY not in codes:
        return
    last_on = Exposure.objects.filter(
        patient__in=records_of(patient_id), given_on__gte=first_exposure_day_that_counts(timezone.localdate())
    ).aggregate(on=Max("given_on"))["on"]
    if last_on is not None:
        alert = alert_of_pregnancy_after_exposure(patient_id, last_on)
        raise_alerts_unless_open([(patient_id, alert)], by=by)
