"""Thoughts of self-harm, told at any question: they stand against the next injection from that minute."""

from collections.abc import Iterable

from mesoclinic.accounts.models import User
from patients.actions.alerts import raise_alerts_unless_open
from patients.rules.alerts import AlertKind, AlertLevel, NewAlert
from patients.rules.self_harm import names_self_harm


def raise_alert_if_self_harm_is_named(patient_id: int, texts: Iterable[str], by: User | None) -> None:
    """Raise the alert where one of these texts speaks of it. Nothing is read or written where none does."""
    if not any(map(names_self_harm, texts)):
        return
    alert = NewAlert(
        AlertKind.PATIENT_STATE,
        AlertLevel.FIXED,
        "Thoughts of self-harm: arrange a review today.",
        f"patients.patient:{patient_id}/self-harm",
        codes=("alert:state:suicidal",),
    )
    raise_alerts_unless_open([(patient_id, alert)], by=by)
