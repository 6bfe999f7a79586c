"""What stands against the next injection, read: rows that were raised, and facts of the record that are one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NotRequired, TypedDict, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateField, F, Func, JSONField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import JSONObject
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core.paging import FIRST, Page, Place, page_of
from mesoclinic.core.sources import SourceRow, cited_sources_subquery, source_text_of_rows
from mesoclinic.core.wording import day_text
from patients.models import Alert, AlertClearingAnswer, AlertType, AlertTypeField, Patient, RiskFactor
from patients.rules.alert_clearing import ClearingFacts, ClearingField
from patients.rules.alerts import OpenAlert, Scope, sorted_worst_first, text_with_filled_slots

#: Rows of a list; one more is read to know whether there is a next page.
PAGE = 25


class AlertRow(TypedDict):
    """An open alert as another query brings it."""

    pk: int
    kind: str
    level: str
    text: str
    desk_text: str
    code: str
    source: str
    raised_at: str
    since: str
    suspects: list[str]
    zones: list[str]
    priority: int | None
    basis: str | None
    applies_when: str | None
    substances: list[str] | None
    with_suspects: bool | None
    in_region: bool | None
    inside_level: str | None
    outside_level: str | None
    cited: list[SourceRow]


class TypeRow(TypedDict):
    """A kind of alert, as another query brings it: the columns of its table that a reader needs."""

    code: str
    trigger_kind: str
    level: str
    screen_says: str
    desk_sees: str
    priority: int
    basis: str
    applies_when: str
    substances: list[str]
    in_region: bool
    inside_level: str
    outside_level: str
    cited: NotRequired[list[SourceRow]]


class FactRow(TypedDict):
    """A risk factor of the record that is an alert, as another query brings it."""

    factor: str
    label: str
    on: str
    type: TypeRow


#: What other apps keep and is an alert, by the name of the source; each source reads its own rows.
FactsRead = Mapping[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class RecordSource:
    """Rows of another app that are alerts as long as they say so: worked out each time, never stored.

    ``sql`` is a subquery over ``(VALUES (%(expressions)s)) AS asked (patient_id, day)`` that brings one JSON array;
    ``read`` makes alerts of its rows, a list as JSON holds it.
    """

    name: str
    sql: str
    read: Callable[[Sequence[object], date], list[OpenAlert]]


#: The risk factors of the record, among the sources.
_FACTORS = "factors"

_SOURCES: dict[str, RecordSource] = {}


def add_record_source(source: RecordSource) -> None:
    """An app says which of its rows are alerts, once, when it is loaded: this module knows no app above it."""
    _SOURCES[source.name] = source


_SCOPE = ("applies_when", "substances", "in_region", "inside_level", "outside_level")

_ALERT = JSONObject(
    **{name: name for name in ("pk", "kind", "level", "text", "desk_text", "code", "source")},
    **{name: name for name in ("raised_at", "since", "suspects", "zones")},
    **{name: f"type__{name}" for name in ("priority", "basis", "with_suspects", *_SCOPE)},
    cited=cited_sources_subquery("type__source_keys"),
)

_TYPE = "factor__alert_types__alert_type"

_FACT = JSONObject(
    factor="factor__code",
    label="label",
    on="recorded_at",
    type=JSONObject(
        **{name: f"{_TYPE}__{name}" for name in TypeRow.__annotations__ if name != "cited"},
        cited=cited_sources_subquery(f"{_TYPE}__source_keys"),
    ),
)


def raised_alerts_subquery(patient: OuterRef) -> ArraySubquery:
    """The open alerts of a patient within another query; :func:`alerts_from_rows` reads what it brings."""
    return ArraySubquery(
        Alert.objects.not_cleared().about_patient_and_merged(patient).order_by("pk").values(row=_ALERT)
    )


def fact_alerts_subquery(patient: OuterRef, on: date) -> JSONObject:
    """What the record of a patient says that is an alert as it stands on ``on``; read in the same way.

    The risk factors, and the rows of every source (:func:`add_record_source`).
    """
    facts = _alert_risk_factors(Q(patient=patient), on)
    return JSONObject(
        **{_FACTORS: ArraySubquery(facts.order_by("pk").values(row=_FACT))},
        **{
            source.name: Func(
                F(patient.name),  # type: ignore[attr-defined]
                Value(on, output_field=DateField()),
                template=source.sql,
                output_field=JSONField(),
            )
            for source in _SOURCES.values()
        },
    )


def _alert_risk_factors(whose: Q, on: date) -> QuerySet[RiskFactor]:
    return (
        RiskFactor.objects.filter(whose, **{f"{_TYPE}__retired_at": None})
        .standing_on(on)
        .exclude(factor__alert_types=None)
    )


def alerts_from_rows(
    rows: Iterable[AlertRow], facts: FactsRead | None = None, on: date | None = None
) -> list[OpenAlert]:
    """Alerts from the rows of the two subqueries, the worst first. ``on``: the day that is asked about."""
    found = [*map(_open_alert_from_row, rows)]
    on = on or timezone.localdate()
    for name, of_source in (facts or {}).items():
        if name == _FACTORS:
            found += map(_open_alert_from_fact_row, cast("Sequence[FactRow]", of_source))
        else:
            found += _SOURCES[name].read(of_source, on)
    return sorted_worst_first(found)


def _open_alert_from_row(row: AlertRow) -> OpenAlert:
    suspects = row["suspects"] if row["with_suspects"] in (True, None) else []
    return OpenAlert(
        pk=row["pk"],
        kind=row["kind"],
        level=row["level"],
        text=row["text"],
        raised_on=timezone.localdate(datetime.fromisoformat(row["raised_at"])),
        raised_at=datetime.fromisoformat(row["raised_at"]),
        code=row["code"],
        desk_text=row["desk_text"],
        scope=Scope(
            # An alert of no kind on file that names what it is about is about that.
            applies_when=row["applies_when"] or ("holds" if suspects else "any"),
            substances=frozenset([*(row["substances"] or ()), *suspects]),
            in_region=bool(row["in_region"]),
            zones=frozenset(row["zones"]),
            inside_level=row["inside_level"] or "",
            outside_level=row["outside_level"] or "",
        ),
        priority=row["priority"] or 2,
        basis=row["basis"] or "",
        cited=source_text_of_rows(row["cited"]),
        source=row["source"],
    )


def _open_alert_from_fact_row(row: FactRow) -> OpenAlert:
    on = timezone.localdate(datetime.fromisoformat(row["on"]))
    slots = {"date": day_text(on), "text": row["label"], "name": row["label"]}
    return alert_of_the_record(row["type"], on, slots, factor=row["factor"])


def alert_type_rows(codes: Iterable[str]) -> dict[str, TypeRow]:
    """The kinds of alert in use with these codes, by code. One query."""
    columns = [name for name in TypeRow.__annotations__ if name != "cited"]
    rows = AlertType.objects.filter(code__in=list(codes), retired_at=None).values(
        *columns, cited=cited_sources_subquery("source_keys")
    )
    return {row["code"]: cast("TypeRow", row) for row in rows}


def alert_of_the_record(
    kind: TypeRow,
    since: date,
    slots: Mapping[str, str],
    *,
    factor: str = "",
    about: str = "",
    zones: Iterable[str] = (),
) -> OpenAlert:
    """An alert that is no row of its own: what is on record is it. ``about`` stands after its code."""
    return OpenAlert(
        pk=0,
        kind=kind["trigger_kind"],
        level=kind["level"],
        text=text_with_filled_slots(kind["screen_says"], slots),
        raised_on=since,
        code=f"{kind['code']}:{about}" if about else kind["code"],
        desk_text=text_with_filled_slots(kind["desk_sees"], slots),
        scope=Scope(
            applies_when=kind["applies_when"],
            substances=frozenset(kind["substances"]),
            in_region=kind["in_region"],
            zones=frozenset(zones),
            inside_level=kind["inside_level"],
            outside_level=kind["outside_level"],
        ),
        priority=kind["priority"],
        basis=kind["basis"],
        cited=source_text_of_rows(kind.get("cited", [])),
        factor=factor,
    )


def open_alerts_of_patient(patient_pk: int, on: date | None = None) -> list[OpenAlert]:
    """What stands against this patient's next injection, the worst first: one query.

    Alerts of a record that was merged into this one count too. ``on``: the day the facts of the record are asked of.
    """
    on = on or timezone.localdate()
    rows, facts = (
        Patient.objects.filter(pk=patient_pk)
        .annotate(
            raised=raised_alerts_subquery(OuterRef("pk")),
            facts=fact_alerts_subquery(OuterRef("pk"), on),
        )
        .values_list("raised", "facts")
        .get()
    )
    return alerts_from_rows(rows, facts, on)


@dataclass(frozen=True, slots=True)
class ClearedAlert:
    """An alert that is over: who ended it, when and why, and what was written down."""

    text: str
    level: str
    raised_on: date
    ended_on: date
    ended_by: str
    reason: str
    culprit: str
    answers: Sequence[tuple[str, str]]
    agreed: str


def page_of_cleared_alerts(patient_pk: int, place: Place = FIRST) -> Page[ClearedAlert]:
    """A page of the alerts that were cleared, the last raised first. Two queries."""
    rows = (
        Alert.objects.about_patient_and_merged(patient_pk)
        .exclude(ended_at=None)
        .select_related("clearing__by", "clearing__agreement__by")
    )
    page = page_of(rows, ["pk"], place, size=PAGE, newest=True)
    answers: dict[int, list[tuple[str, str]]] = {}
    for clearing, label, value in (
        AlertClearingAnswer.objects.filter(clearing__alert__in=[row.pk for row in page.rows])
        .order_by("pk")
        .values_list("clearing", "label", "value")
    ):
        answers.setdefault(clearing, []).append((label, value))
    return page.with_rows(
        ClearedAlert(
            text=row.text,
            level=row.level,
            raised_on=timezone.localdate(row.raised_at),
            ended_on=timezone.localdate(row.ended_at),
            ended_by=row.clearing.by.display_name,
            reason=row.clearing.words,
            culprit=row.clearing.culprit,
            answers=answers.get(row.clearing.pk, []),
            agreed=_agreement_text(row),
        )
        for row in page.rows
    )


def _agreement_text(row: Alert) -> str:
    agreement = row.clearing.agreement
    return "" if agreement is None else f"{agreement.by.display_name}: {agreement.words}"


def clearing_fields_of_alert(alert: Alert) -> list[ClearingField]:
    """What is written down before this alert is cleared. One query; none for an alert of no kind on file."""
    if alert.type_id is None:
        return []
    rows = AlertTypeField.objects.filter(alert_type=alert.type_id).order_by("order", "name")
    return [ClearingField(row.name, row.label, row.kind, row.required) for row in rows]


def clearing_facts_of_alert(alert: Alert, *, by: User, today: date) -> ClearingFacts:
    """What the rule of clearing asks. Three queries, or none for an alert of no kind on file."""
    found = alert.type
    if found is None:
        return ClearingFacts(is_open=alert.ended_at is None)
    gave_that_session = alert.given_by_id == by.pk
    return ClearingFacts(
        is_open=alert.ended_at is None,
        role=found.cleared_by_role,
        since=alert.since,
        today=today,
        min_days=found.min_days,
        fields=clearing_fields_of_alert(alert),
        clear_requires=found.clear_requires,
        gave_that_session=gave_that_session,
        others_could_clear=gave_that_session and User.objects.clinicians().exclude(pk=by.pk).exists(),
        agreed_by_another=alert.agreements.exclude(by=by).exists(),
    )
