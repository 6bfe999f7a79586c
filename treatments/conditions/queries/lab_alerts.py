"""Laboratory results that are alerts: read with the patient’s other alerts, in their one query."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Cast, JSONObject, StrIndex
from django.utils import timezone

from mesoclinic.core.quantities import decimal_of_text_or_none
from mesoclinic.core.wording import day_text
from patients.alert_queries import (
    ALERT_TYPE,
    PatientAlertsRead,
    TypeRow,
    open_alert_from_record_fact,
    patient_alert_subqueries,
    patient_alerts_from_read,
)
from patients.models import AlertType, Patient, records_of
from patients.rules.alerts import AlertKind, OpenAlert, sorted_worst_first
from treatments.conditions.models import Assessment, LabResult
from treatments.conditions.queries.labs import awaited_lab_orders
from treatments.conditions.rules.labs import LabFact, alerts_of_lab_results

#: The kind of alert of a test that was ordered and has no result.
LAB_AWAITED = "alert:lab:awaited"


class LabAlertRow(TypedDict):
    """The latest result of a test, beside the kinds of alert that the test may mean; figures as text."""

    code: str
    name: str
    taken_on: str
    at: str  # when it was entered
    value: str | None
    text: str
    unit: str
    first_unit: str
    other_unit: str
    other_factor: str | None
    low: str | None
    high: str | None
    usual_interval: str
    max_age_days: int | None
    finding_low: str
    finding_high: str
    types: list[TypeRow]


class AwaitedRow(TypedDict):
    """A test that was ordered and has no result; ``type`` is None where its kind of alert is not in use."""

    test: str
    ordered_on: str
    what_for: str
    type: TypeRow | None


class AssessedRow(TypedDict):
    """What the last assessment found."""

    condition: str
    others: list[str]


class AlertsWithLabsRead(PatientAlertsRead):
    """What :func:`alert_columns_with_labs` brings."""

    lab_results: list[LabAlertRow]
    lab_orders: list[AwaitedRow]
    last_assessed: list[AssessedRow]


def alert_columns_with_labs(patient: OuterRef, on: date) -> dict[str, ArraySubquery | Value]:
    """What the record and the laboratory say against the next injection of the patient of the query around it.

    :func:`alerts_with_labs_from_read` reads it.
    """
    assessed = Assessment.objects.filter(patient__in=records_of(patient)).order_by("-assessed_at", "-pk")
    others = Assessment.objects.filter(pk=OuterRef("pk"), other_conditions__isnull=False)
    codes = others.order_by("other_conditions__code").values("other_conditions__code")
    row = JSONObject(condition="condition__code", others=ArraySubquery(codes))
    return {
        **patient_alert_subqueries(patient, on),
        "lab_results": _lab_results_subquery(patient, on),
        "lab_orders": _awaited_lab_orders_subquery(patient, on),
        "last_assessed": ArraySubquery(assessed.values(row=row)[:1]),
    }


def _lab_results_subquery(patient: OuterRef, on: date) -> ArraySubquery:
    """The latest result of each test that may mean an alert, of this record and of those merged into it."""
    # One query deeper, the same outer column is one step further out.
    records = Patient.objects.filter(Q(pk=OuterRef(patient)) | Q(merged_into=OuterRef(patient)))
    means = "alert:"
    latest = (
        LabResult.objects.filter(
            Q(test__finding_low__contains=means) | Q(test__finding_high__contains=means),
            patient__in=records.order_by().values("pk"),
            taken_on__lte=on,
            replaced_by=None,
        )
        .order_by("test_id", "-taken_on", "-pk")
        .distinct("test_id")
    )
    types = (
        AlertType.objects.filter(trigger_kind=AlertKind.LAB, retired_at=None)
        .alias(
            in_low=StrIndex(OuterRef("test__finding_low"), F("code")),
            in_high=StrIndex(OuterRef("test__finding_high"), F("code")),
        )
        .filter(Q(in_low__gt=0) | Q(in_high__gt=0))
        .order_by("code")
    )
    columns = ("code", "name", "other_unit", "usual_interval", "max_age_days", "finding_low", "finding_high")
    row = JSONObject(
        **{name: name for name in ("taken_on", "text", "unit")},
        **{name: Cast(name, TextField()) for name in ("value", "low", "high")},
        **{name: f"test__{name}" for name in columns},
        at="entered_at",
        first_unit="test__unit",
        other_factor=Cast("test__other_factor", TextField()),
        types=ArraySubquery(types.values(row=ALERT_TYPE)),
    )
    return ArraySubquery(latest.values(row=row))


def _awaited_lab_orders_subquery(patient: OuterRef, on: date) -> ArraySubquery:
    """Tests ordered for this record, or for one merged into it, whose result is awaited."""
    records = Patient.objects.filter(Q(pk=OuterRef(patient)) | Q(merged_into=OuterRef(patient)))
    orders = (
        awaited_lab_orders()
        .filter(patient__in=records.order_by().values("pk"), ordered_on__lte=on)
        .order_by("ordered_on", "pk")
    )
    kind = AlertType.objects.filter(code=LAB_AWAITED, retired_at=None)
    row = JSONObject(
        test="test__name",
        ordered_on="ordered_on",
        what_for="what_for",
        type=Subquery(kind.values(row=ALERT_TYPE)),
    )
    return ArraySubquery(orders.values(row=row))


def _awaited_alerts_from_rows(rows: Iterable[AwaitedRow]) -> list[OpenAlert]:
    """One alert for each test that is awaited, however often it was ordered."""
    alerts: dict[str, OpenAlert] = {}
    for row in rows:
        if row["type"] is not None:
            on = date.fromisoformat(row["ordered_on"])
            test = f"{row['test']} for {row['what_for']}" if row["what_for"] else row["test"]
            slots = {"test": test, "date": day_text(on)}
            about = row["test"].casefold().replace(" ", "-")
            alerts.setdefault(about, open_alert_from_record_fact(row["type"], on, slots, about=about))
    return list(alerts.values())


def alerts_with_labs_from_read(read: AlertsWithLabsRead) -> list[OpenAlert]:
    """The alerts in what :func:`alert_columns_with_labs` brought, the worst first."""
    found = [[each["condition"], *each["others"]] for each in read["last_assessed"]]
    on = date.fromisoformat(read["asked_for"])
    of_labs = _lab_alerts_from_rows(read["lab_results"], found[0] if found else None, on)
    awaited = _awaited_alerts_from_rows(read["lab_orders"])
    return sorted_worst_first([*patient_alerts_from_read(read), *of_labs, *awaited])


def _lab_alerts_from_rows(
    rows: Iterable[LabAlertRow], conditions: list[str] | None, on: date
) -> list[OpenAlert]:
    said = [
        (
            open_alert_from_record_fact(kind, found.since, found.slots),
            found.stale_text_or_empty(on),
            timezone.localtime(datetime.fromisoformat(row["at"])),
        )
        for row in sorted(rows, key=lambda row: row["code"])
        for found in alerts_of_lab_results([_lab_fact_of_row(row)], conditions)
        for kind in row["types"]
        if found.code == kind["code"]
    ]
    return [replace(alert, text=f"{alert.text}{stale}", raised_at=at) for alert, stale, at in said]


def _lab_fact_of_row(row: LabAlertRow) -> LabFact:
    value = decimal_of_text_or_none(row["value"])
    standard, factor = value, decimal_of_text_or_none(row["other_factor"])
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
        low=decimal_of_text_or_none(row["low"]),
        high=decimal_of_text_or_none(row["high"]),
        usual_text="" if row["first_unit"] or row["other_unit"] else row["usual_interval"],
        max_age_days=row["max_age_days"],
        finding_low=row["finding_low"],
        finding_high=row["finding_high"],
    )
