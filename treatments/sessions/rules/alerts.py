"""Which reactions and which pain stand against the next injection, and what their alert says. No Django here."""

from dataclasses import dataclass

from patients.rules.alerts import AlertKind, AlertLevel

#: A reaction of these levels (adverse_effects.csv) raises an alert, whatever its grade.
ALERT_LEVELS = ("alert", "emergency")

SEVERE = "severe"

#: Pain of this score and more raises an alert.
ALERT_PAIN = 7


@dataclass(frozen=True, slots=True)
class RaisedAlert:
    """An alert that a session raises."""

    kind: AlertKind
    level: AlertLevel
    text: str


def reaction_alert(*, effect: str, level: str, grade: str, number: int) -> RaisedAlert | None:
    """The alert of a reaction in session ``number``: it blocks. None where it is expected and not severe."""
    if level not in ALERT_LEVELS and grade != SEVERE:
        return None
    return RaisedAlert(AlertKind.REACTION, AlertLevel.BLOCK, f"{effect}, {grade}, after session {number}")


def pain_alert(*, score: int, moment: str, number: int) -> RaisedAlert | None:
    """The alert of a pain score in session ``number``: it warns. ``moment`` in words."""
    if score < ALERT_PAIN:
        return None
    return RaisedAlert(AlertKind.PAIN, AlertLevel.WARN, f"Pain {score} of 10 {moment}, session {number}")
