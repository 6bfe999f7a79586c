"""Raise an alert, and clear it."""

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from patients.models import Alert, Patient
from patients.rules.alerts import AlertKind, AlertLevel


@transaction.atomic
def raise_alert(
    *,
    patient: Patient,
    kind: AlertKind,
    level: AlertLevel,
    text: str,
    source: str,
    by: User | None,
) -> Alert:
    """Raise an alert; the one that stands open for this source is returned as it is."""
    standing = Alert.objects.select_for_update().filter(source=source, ended_at=None).first()
    if standing is not None:
        return standing
    alert = Alert.objects.create(
        patient=patient, kind=kind.value, level=level.value, text=text[:300], source=source, raised_by=by
    )
    audit.record(by=by, did="alert.raised", about=alert, patient_id=patient.pk, kind=kind.value)
    return alert


@transaction.atomic
def clear_alert(*, alert: Alert, reason: str, by: User | None) -> Alert:
    """End an alert in writing. ``by`` is None where what raised it is over by itself (a lifted recall)."""
    locked = Alert.objects.select_for_update().get(pk=alert.pk)
    reason = reason.strip()
    if locked.ended_at is not None:
        raise Refused.because("This alert is cleared already.", code="alert:cleared")
    if len(reason) < 10:
        raise Refused.because(
            "Say in 10 characters or more why this alert is cleared.", code="alert:reason", where="reason"
        )
    locked.ended_at, locked.ended_by, locked.end_reason = timezone.now(), by, reason[:300]
    locked.save(update_fields=["ended_at", "ended_by", "end_reason"])
    audit.record(by=by, did="alert.cleared", about=locked, patient_id=locked.patient_id)
    return locked


def clear_source(*, source: str, reason: str, by: User | None) -> None:
    """Clear the alert that stands open for this source, if there is one."""
    standing = Alert.objects.filter(source=source, ended_at=None).first()
    if standing is not None:
        clear_alert(alert=standing, reason=reason, by=by)
