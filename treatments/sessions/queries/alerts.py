"""What open alerts say to a session: at its start, while it is charted, and before it is signed."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from mesoclinic.core.findings import Finding
from patients.alert_queries import open_alerts
from patients.rules.alerts import AlertKind, Injection, alert_findings, not_said_already
from treatments.sessions.rules.alerts import RELIEF_HOLDS, TOUCHED_THE_SKIN


def session_alert_findings(
    patient_id: int,
    *,
    substances: Iterable[str],
    zones: Iterable[str],
    on: date,
    beside: Sequence[Finding],
    relief: Iterable[str] = (),
    begun_at: datetime | None = None,
) -> list[Finding]:
    """What stands against giving these substances in these zones, with this relief (methods). One query.

    ``beside``: what the contraindications say; a fact that they say as gravely is not said twice.
    """
    holds = {RELIEF_HOLDS[method] for method in relief if method in RELIEF_HOLDS}
    injection = Injection(
        substances=frozenset([*substances, *holds, *TOUCHED_THE_SKIN]),
        zones=frozenset(zones) or None,
    )
    alerts = not_said_already(open_alerts(patient_id, on), beside)
    return alert_findings(alerts, injection, begun_at=begun_at)


def has_reaction_alert(patient_id: int) -> bool:
    """Whether a reaction stands against the next injection: then nothing is given "as last time". One query."""
    return any(alert.kind == AlertKind.REACTION and alert.blocks for alert in open_alerts(patient_id))
