"""What is said of a dose that was in the patient before its lot turned out not to be usable. No Django here."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from mesoclinic.core.findings import Finding, Level
from mesoclinic.core.wording import day_text
from patients.rules.alerts import AlertKind, AlertLevel, NewAlert
from treatments.stock.rules.lots import LotStatus

_SAID = {LotStatus.RECALLED: "recalled", LotStatus.QUARANTINED: "put aside"}


def findings_lowered_as_already_given(findings: Iterable[Finding]) -> list[Finding]:
    """What stands against taking from a lot, once it is marked that it was injected: said, and refusing nothing."""
    return [
        replace(
            each,
            level=Level.NOTE,
            fixed=False,
            message=(
                f"{_first_sentence(each.message)} It was already injected: it is recorded from this lot and marked, "
                "and a clinician is told at the next visit."
            ),
            detail="",
        )
        for each in findings
    ]


def _first_sentence(message: str) -> str:
    head, dot, _ = message.partition(". ")
    return f"{head}{dot.strip()}"


def alert_of_received_lot(lot_number: str, lot_status: str, on: date, source: str) -> NewAlert:
    """The alert of who received it: of its kind where the lot is recalled or put aside, a warning where it expired."""
    said = _SAID.get(LotStatus(lot_status), "expired")
    is_expired = said == "expired"
    return NewAlert(
        AlertKind.OTHER if is_expired else AlertKind.RECALL,
        AlertLevel.WARN if is_expired else AlertLevel.BLOCK,
        f"This patient received lot {lot_number}, {said}, on {day_text(on)}: tell and examine first, "
        "or write why you go on before that.",
        source,
        codes=() if is_expired else ("alert:recall:received",),
        slots={"lot": lot_number, "date": day_text(on)},
        since=on,
    )


def alert_source_of_recipient(hold_source: str, patient_id: int) -> str:
    """How the alert of a recipient is named: after what holds the lot (a recall), and the patient."""
    return f"{hold_source}/{patient_id}"
