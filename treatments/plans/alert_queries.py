"""All that stands against a patient's next injection, read in one query: the record, the laboratory, new medicines."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, OuterRef, Subquery, Value, When
from django.db.models.functions import JSONObject
from django.utils import timezone

from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from patients.alert_queries import ALERT_TYPE, TypeRow, open_alert_from_record_fact
from patients.models import AlertType, AlertTypeFactor, Factor, Patient, RiskFactor, records_of
from patients.rules.alerts import OpenAlert, sorted_worst_first
from patients.rules.new_medicines import NEW_MEDICINE, NEW_MEDICINE_UNREAD, new_medicine_slots
from treatments.conditions.queries.lab_alerts import (
    AlertsWithLabsRead,
    alert_columns_with_labs,
    alerts_with_labs_from_read,
)
from treatments.plans.models import CourseSession

#: What is told in the chair is recorded by the signature itself, moments after its time: the session knew of it.
_RECORDED_BY_SIGNATURE = timedelta(minutes=1)


class NewMedicineRow(TypedDict):
    """A medicine that came onto the record since the last session. ``factor``: what the rules call it; None: unread."""

    name: str
    factor: str | None
    at: str
    type: TypeRow | None


class OpenAlertsRead(AlertsWithLabsRead):
    """What :func:`open_alerts_subquery` brings."""

    new_medicines: list[NewMedicineRow]


def open_alerts_subquery(patient: OuterRef, on: date) -> JSONObject:
    """The open alerts of the patient of the query around it, as they stand on ``on``.

    :func:`open_alerts_from_read` reads what it brings. Alerts of a record that was merged into this one count too.
    """
    return JSONObject(
        **alert_columns_with_labs(patient, on), new_medicines=new_medicines_subquery(patient, on)
    )


def open_alerts_from_read(read: OpenAlertsRead) -> list[OpenAlert]:
    """The alerts in what :func:`open_alerts_subquery` brought, the worst first."""
    medicines = new_medicine_alerts_from_rows(read["new_medicines"])
    return sorted_worst_first([*alerts_with_labs_from_read(read), *medicines])


def open_alerts_of_patient(patient_pk: int, on: date | None = None) -> list[OpenAlert]:
    """What stands against this patient's next injection, the worst first: one query.

    ``on``: the day the facts of the record are asked of.
    """
    return open_alerts_from_read(
        _open_alerts_of_patient(on or timezone.localdate()).ask_for_one(patient=patient_pk)
    )


@lru_cache(maxsize=16)
def _open_alerts_of_patient(on: date) -> CompiledQuery[Patient, OpenAlertsRead]:
    alerts = open_alerts_subquery(OuterRef("pk"), on)
    return CompiledQuery(Patient.objects.filter(pk=Blank("patient")).values_list(alerts, flat=True))


def new_medicines_subquery(patient: OuterRef, on: date) -> ArraySubquery:
    """Medicines that came onto the record since the last signed session and are no alert of their own."""
    # One query deeper, the same outer column is one step further out.
    signed = CourseSession.objects.filter(
        plan__patient__in=records_of(OuterRef(patient)), signed_at__isnull=False
    )
    own_alert = AlertTypeFactor.objects.filter(factor=OuterRef("factor"), alert_type__retired_at=None)
    code = Case(When(factor=None, then=Value(NEW_MEDICINE_UNREAD)), default=Value(NEW_MEDICINE))
    new = (
        RiskFactor.objects.filter(
            ~Exists(own_alert), patient__in=records_of(patient), kind=Factor.Kind.MEDICINE
        )
        .standing_on(on)
        .alias(
            alert_code=code,
            last_signed_at=Subquery(signed.order_by("-signed_at").values("signed_at")[:1]),
        )
        .filter(
            recorded_at__gt=Case(
                When(
                    origin=RiskFactor.Origin.SESSION,
                    then=F("last_signed_at") + Value(_RECORDED_BY_SIGNATURE),
                ),
                default=F("last_signed_at"),
            )
        )
        .order_by("pk")
    )
    kind = AlertType.objects.filter(code=OuterRef("alert_code"), retired_at=None)
    row = JSONObject(
        name="label", factor="factor__label", at="recorded_at", type=Subquery(kind.values(row=ALERT_TYPE))
    )
    return ArraySubquery(new.values(row=row))


def new_medicine_alerts_from_rows(rows: Iterable[NewMedicineRow]) -> list[OpenAlert]:
    """One alert of each kind, which names all its medicines."""
    by_code: dict[str, list[NewMedicineRow]] = {}
    kinds: dict[str, TypeRow] = {}
    for row in rows:
        if row["type"] is not None:
            kinds[row["type"]["code"]] = row["type"]
            by_code.setdefault(row["type"]["code"], []).append(row)
    return [
        open_alert_from_record_fact(
            kinds[code],
            timezone.localdate(min(datetime.fromisoformat(row["at"]) for row in new)),
            new_medicine_slots([row["name"] for row in new], [row["factor"] or "" for row in new]),
        )
        for code, new in sorted(by_code.items())
    ]
