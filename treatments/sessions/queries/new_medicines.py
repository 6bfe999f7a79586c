"""Medicines that are new since the last session: an alert until a session is signed that knew of them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TypedDict, cast

from django.utils import timezone

from mesoclinic.core.findings import Finding
from patients.alert_queries import (
    RecordSource,
    TypeRow,
    add_record_source,
    alert_of_the_record,
    alert_type_rows,
)
from patients.models import Factor
from patients.rules.alerts import OpenAlert, alert_findings
from treatments.sessions.rules.alerts import (
    NEW_MEDICINE,
    NEW_MEDICINE_UNREAD,
    new_medicine_slots,
)
from treatments.sessions.rules.safety_questions import MEDICINE, NewRisk


class NewMedicineRow(TypedDict):
    """A kind of alert with the medicines that are it: their names, and what the rules call each (none: unread)."""

    type: TypeRow
    since: str
    names: list[str]
    factors: list[str | None]


def new_medicine_alerts_from_rows(rows: Sequence[object], on: date) -> list[OpenAlert]:
    return [
        alert_of_the_record(
            row["type"],
            timezone.localdate(datetime.fromisoformat(row["since"])),
            new_medicine_slots(row["names"], [factor or "" for factor in row["factors"]]),
        )
        for row in cast("Sequence[NewMedicineRow]", rows)
    ]


def findings_of_medicines_told_today(new: Iterable[NewRisk], on: date) -> list[Finding]:
    """What medicines told at a session say to it before they stand on the record.

    Nothing is read where none was told; else two queries.
    """
    told = [(each.label, each.factor_id) for each in new if each.kind == MEDICINE]
    if not told:
        return []
    ids = [factor for _, factor in told if factor]
    labels = dict(
        Factor.objects.filter(pk__in=ids, alert_types=None).values_list("pk", "label") if ids else ()
    )
    types = alert_type_rows([NEW_MEDICINE, NEW_MEDICINE_UNREAD])
    read = [(name, labels[factor]) for name, factor in told if factor in labels]
    unread = [(name, "") for name, factor in told if not factor]
    alerts = [
        alert_of_the_record(
            types[code], on, new_medicine_slots([name for name, _ in some], [what for _, what in some])
        )
        for code, some in ((NEW_MEDICINE, read), (NEW_MEDICINE_UNREAD, unread))
        if some and code in types
    ]
    return alert_findings(alerts)


NEW_MEDICINE_ALERTS = RecordSource(
    "medicine",
    (Path(__file__).parent / "sql" / "new_medicine_alerts.sql").read_text(encoding="utf-8"),
    new_medicine_alerts_from_rows,
)

add_record_source(NEW_MEDICINE_ALERTS)
