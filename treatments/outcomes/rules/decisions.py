"""What a person may decide about an alarm of a lot. No Django here."""

from enum import StrEnum

from mesoclinic.core.findings import Finding, block

LEAST_REASON = 10


class AlarmDecision(StrEnum):
    QUARANTINE = "quarantine"
    USE = "use"

    @property
    def label(self) -> str:
        return {"quarantine": "Put aside until it is clear", "use": "Leave it in use"}[self.value]


def check_alarm_may_be_decided(*, is_decided: bool, decision: str, reason: str) -> list[Finding]:
    """Once, one of the two, and why."""
    found = []
    if is_decided:
        found.append(block("alarm:decided", "Somebody has decided about this alarm.", fixed=True))
    if decision not in {each.value for each in AlarmDecision}:
        message = "Choose whether the lot is put aside or stays in use."
        found.append(block("alarm:decision", message, fixed=True, where="decision"))
    if len(reason) < LEAST_REASON:
        message = f"Write why, in {LEAST_REASON} characters or more."
        found.append(block("alarm:reason", message, fixed=True, where="reason"))
    return found
