"""Raise an alert, and clear it."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import gate
from mesoclinic.core.locking import lock_row
from patients.models import Alert, Patient
from patients.rules.alerts import MAX_TEXT, AlertKind, AlertLevel, check_alert_clearing


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
    """Raise an alert; the one that stands open for this source is returned as it is.

    ``source`` names the row that raises it ("followup.followup:7"). ``by`` is None where nobody did it by hand.
    """
    standing = Alert.objects.not_cleared().filter(source=source)
    if found := standing.first():
        return found
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                patient=patient,
                kind=kind.value,
                level=level.value,
                text=text[:MAX_TEXT],
                source=source,
                raised_by=by,
            )
    except IntegrityError:
        # Raised by another transaction in the same moment; anything else is an error of the caller.
        if found := standing.first():
            return found
        raise
    audit.record(by=by, did="alert.raised", about=alert, patient_id=patient.pk, kind=kind.value)
    return alert


@transaction.atomic
def raise_alerts(
    *, sources: Mapping[int, str], kind: AlertKind, level: AlertLevel, text: str, by: User | None
) -> None:
    """Raise one alert for each patient (id to source), a fixed number of statements for any number of them.

    One that stands open for its source stays as it is. Part of whoever raises them, under their row in the log.
    """
    Alert.objects.bulk_create(
        [
            Alert(
                patient_id=patient_id,
                kind=kind.value,
                level=level.value,
                text=text[:MAX_TEXT],
                source=source,
                raised_by=by,
            )
            for patient_id, source in sources.items()
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def clear_alerts_with_source_prefix(*, starting_with: str, reason: str, by: User | None) -> None:
    """End every alert whose source begins so: what raised them all is over. Logged by whoever calls."""
    Alert.objects.not_cleared().filter(source__startswith=starting_with).update(
        ended_at=timezone.now(), ended_by=by, end_reason=reason.strip()[:MAX_TEXT]
    )


@transaction.atomic
def clear_alert(*, alert: Alert, reason: str, by: User) -> Alert:
    """A clinician ends an alert in writing."""
    refuse_unless_allowed(
        by, Permission.SIGN_SESSION, "An alert is cleared by a clinician.", code="permission"
    )
    locked = lock_row(Alert, alert.pk)
    gate(check_alert_clearing(reason, is_open=locked.ended_at is None))
    return _clear_locked_alert(locked, reason, by)


@transaction.atomic
def clear_alert_of_source(*, source: str, reason: str, by: User | None) -> None:
    """End the alert that stands open for this source, if there is one: what raised it is over.

    Whoever calls has asked for the permission to end that. ``by`` is None where it ended by itself.
    """
    standing = Alert.objects.select_for_update().not_cleared().filter(source=source).first()
    if standing is not None:
        _clear_locked_alert(standing, reason, by)


def _clear_locked_alert(locked: Alert, reason: str, by: User | None) -> Alert:
    locked.ended_at, locked.ended_by = timezone.now(), by
    locked.end_reason = reason.strip()[:MAX_TEXT]
    locked.save(update_fields=["ended_at", "ended_by", "end_reason"])
    audit.record(by=by, did="alert.cleared", about=locked, patient_id=locked.patient_id, kind=locked.kind)
    return locked
