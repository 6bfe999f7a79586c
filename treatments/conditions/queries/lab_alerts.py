"""Laboratory results that are alerts: read with the patient’s other alerts, in their one query."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypedDict, cast

from patients.alert_queries import RecordSource, TypeRow, add_record_source, alert_of_the_record
from patients.rules.alerts import OpenAlert
from treatments.conditions.rules.labs import LabFact, alerts_of_lab_results


class LabAlertRow(TypedDict):
    """The latest result of a test beside a kind of alert that it may mean; figures as text."""

    type: TypeRow
    code: str
    name: str
    taken_on: str
    value: str | None
    text: str
    unit: str
    first_unit: str
    other_factor: str | None
    low: str | None
    high: str | None
    usual_interval: str
    has_units: bool
    max_age_days: int | None
    finding_low: str
    finding_high: str
    conditions: list[str] | None


def lab_alerts_from_rows(rows: Sequence[object], on: date) -> list[OpenAlert]:
    """The alerts among these: of each row, where the result means the alert beside it."""
    return [
        alert_of_the_record(row["type"], found.since, found.slots)
        for row in cast("Sequence[LabAlertRow]", rows)
        for found in alerts_of_lab_results([_lab_fact_of_row(row)], row["conditions"])
        if found.code == row["type"]["code"]
    ]


def _lab_fact_of_row(row: LabAlertRow) -> LabFact:
    value = _decimal_or_none(row["value"])
    standard, factor = value, _decimal_or_none(row["other_factor"])
    if value is not None and row["unit"] != row["first_unit"]:
        standard = value / factor if factor else None
    return LabFact(
        code=row["code"],
        name=row["name"],
        taken_on=date.fromisoformat(row["taken_on"]),
        value=value,
        text=row["text"],
        unit=row["unit"],
        standard=standard,
        low=_decimal_or_none(row["low"]),
        high=_decimal_or_none(row["high"]),
        usual_text="" if row["has_units"] else row["usual_interval"],
        max_age_days=row["max_age_days"],
        finding_low=row["finding_low"],
        finding_high=row["finding_high"],
    )


def _decimal_or_none(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


LAB_ALERTS = RecordSource(
    "lab",
    (Path(__file__).parent / "sql" / "lab_alerts.sql").read_text(encoding="utf-8"),
    lab_alerts_from_rows,
)

add_record_source(LAB_ALERTS)
