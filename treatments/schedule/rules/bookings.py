"""What stands against booking a visit for a patient or a course. No Django here."""

from collections.abc import Sequence

from mesoclinic.core.findings import Finding, block, warn
from patients.rules.alerts import AlertLevel, OpenAlert, alert_texts_for_desk


def check_patient_alive_and_not_merged(*, died: bool, merged: bool) -> list[Finding]:
    """Nothing is booked for somebody who has died, or on a record that was merged into another."""
    if died:
        return [block("booking:deceased", "This patient has died: nothing can be booked.", fixed=True)]
    if merged:
        message = "This record was merged: book on the other one."
        return [block("booking:merged", message, fixed=True)]
    return []


def alert_findings(alerts: Sequence[OpenAlert]) -> list[Finding]:
    """A session is booked past open alerts with a reason: they may be cleared by then.

    Whoever books reads what the desk is told, never a diagnosis; nor does the code name one.
    """
    told = alert_texts_for_desk(alert for alert in alerts if alert.level != AlertLevel.NOTE)
    if not told:
        return []
    return [warn("booking:alert", f"{' '.join(told)} Say why it is booked.")]


def check_plan_is_patients_and_bookable(*, same_patient: bool, bookable: bool, status: str) -> list[Finding]:
    """A session is booked for the patient of its plan, once the plan is agreed."""
    if not same_patient:
        return [block("booking:plan", "This plan is another patient's.", fixed=True)]
    if not bookable:
        message = f"The plan is {status}: accept its quote first, then book."
        return [block("booking:not_accepted", message, fixed=True)]
    return []
