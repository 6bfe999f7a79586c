"""What was seen at the scalp today, as alerts: read with the patient’s other alerts, in their one query."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TypedDict, cast

from django.utils import timezone

from mesoclinic.core.wording import day_text
from patients.alert_queries import RecordSource, TypeRow, add_record_source, alert_of_the_record
from patients.rules.alerts import OpenAlert
from treatments.sessions.rules.scalp_look import site_alert_codes, zones_of_look


class ScalpAlertRow(TypedDict):
    """A kind of alert about the site beside today's look."""

    type: TypeRow
    said: list[str]
    at: str


def scalp_alerts_from_rows(rows: Sequence[object], on: date) -> list[OpenAlert]:
    """The alerts that were seen, in the zones that were named."""
    found = []
    for row in cast("Sequence[ScalpAlertRow]", rows):
        if row["type"]["code"] not in site_alert_codes(row["said"]):
            continue
        zones, at = zones_of_look(row["said"]), datetime.fromisoformat(row["at"])
        where = ", ".join(zone.replace("_", " ").lower() for zone in zones)
        alert = alert_of_the_record(
            row["type"],
            on,
            {"region": where or "a region that nobody named", "date": day_text(on)},
            zones=zones,
        )
        found.append(replace(alert, raised_at=timezone.localtime(at)))
    return found


SCALP_ALERTS = RecordSource(
    "scalp",
    (Path(__file__).parent / "sql" / "scalp_alerts.sql").read_text(encoding="utf-8"),
    scalp_alerts_from_rows,
)

add_record_source(SCALP_ALERTS)
