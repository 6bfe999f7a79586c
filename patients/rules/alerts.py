"""What stands against the next injection: kinds and levels of alerts, and what they say. No Django here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mesoclinic.core.findings import MIN_BLOCK_REASON, Finding, block, warn

#: What somebody reads who may not read diagnoses: that there is something, and who sees to it.
DESK_TEXT = "A clinician looks at this first"

#: The longest text of an alert and the longest reason for clearing one, in characters.
MAX_TEXT = 300


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

    @property
    def blocks_injection(self) -> bool:
        return self.level == AlertLevel.BLOCK


def sorted_worst_first(alerts: Iterable[OpenAlert]) -> list[OpenAlert]:
    """The blocking ones first, then the oldest."""
    return sorted(alerts, key=lambda alert: (not alert.blocks_injection, alert.raised_on, alert.pk))


def alert_text(alert: OpenAlert, *, clinical: bool) -> str:
    """What the alert says to somebody who may (``clinical``) or may not read diagnoses."""
    return alert.text if clinical else DESK_TEXT


def alert_code(pk: int) -> str:
    """The code under which a reason to go past an alert is given."""
    return f"alert:{pk}"


def alert_findings(alerts: Iterable[OpenAlert], *, clinical: bool = True) -> list[Finding]:
    """One finding for each open alert, the blocking ones first. A block can be passed with a written reason."""
    return [
        (block if alert.blocks_injection else warn)(
            alert_code(alert.pk),
            f"{alert_text(alert, clinical=clinical)} (since {alert.raised_on:%d %b %Y}). "
            "A clinician clears it on the patient’s page, or says why to go on.",
        )
        for alert in sorted_worst_first(alerts)
    ]


def check_alert_clearing(reason: str, *, is_open: bool) -> list[Finding]:
    """What stands against clearing an alert: it is cleared already, or the reason is too short."""
    if not is_open:
        return [block("alert:cleared", "This alert is cleared already.", fixed=True)]
    if len(reason.strip()) < MIN_BLOCK_REASON:
        message = f"Say in {MIN_BLOCK_REASON} characters or more why this alert is cleared."
        return [block("alert:reason", message, fixed=True, where="reason")]
    return []
