"""What stands against the next injection: kinds and levels of alerts, and what they say. No Django here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, warn


class AlertKind(StrEnum):
    REACTION = "reaction"
    FOLLOW_UP = "follow_up"
    RECALL = "recall"
    PAIN = "pain"
    OTHER = "other"


class AlertLevel(StrEnum):
    BLOCK = "block"  # refuses signing and starting, until it is cleared or a clinician says why to go on
    WARN = "warn"  # asks for a short reason


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that nobody has cleared."""

    pk: int
    kind: str
    level: str
    text: str
    raised_on: date


def alert_code(pk: int) -> str:
    """The code under which a reason to go past an alert is given."""
    return f"alert:{pk}"


def alert_findings(alerts: Iterable[OpenAlert]) -> list[Finding]:
    """One finding for each open alert, the blocking ones first. A block can be passed with a written reason."""
    ordered = sorted(alerts, key=lambda alert: (alert.level != AlertLevel.BLOCK, alert.raised_on, alert.pk))
    return [
        (block if alert.level == AlertLevel.BLOCK else warn)(
            alert_code(alert.pk),
            f"{alert.text} (since {alert.raised_on:%d %b %Y}). Clear it on the patient's page, or say why to go on.",
        )
        for alert in ordered
    ]
