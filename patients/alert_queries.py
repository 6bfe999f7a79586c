"""What a patient's record says against the next injection: alerts raised, and facts and looks that are alerts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypedDict, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Value
from django.db.models.functions import JSONObject
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core.paging import FIRST, Page, Place, page_of
from mesoclinic.core.sources import SourceRow, cited_sources_subquery, source_text_of_rows
from mesoclinic.core.wording import day_text
from patients.models import (
    Alert,
    AlertClearingAnswer,
    AlertType,
    AlertTypeField,
    RiskFactor,
    SafetyAnswer,
    records_of,
)
from patients.rules.alert_clearing import ClearingFacts, ClearingField, text_of_clearing_row
from patients.rules.alerts import AlertKind, OpenAlert, Scope, text_with_filled_slots
from patients.rules.scalp_look import (
    PUS,
    SCALP_LOOK,
    SITE_ALERTS,
    Look,
    is_infection_over,
    site_alert_codes,
    zones_of_look,
)

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
    min_days: int
    cited: list[SourceRow]


class FactRow(TypedDict):
    """A risk factor of the record that is an alert, as another query brings it."""

    factor: str
    label: str
    on: str
    type: TypeRow


class ScalpLookRow(TypedDict):
    """A look at the scalp, beside the kinds of alert about the site. ``said``: what was seen, and where."""

    said: list[str]
    asked_on: str
    at: str
    types: list[TypeRow]


class PatientAlertsRead(TypedDict):
    """What :func:`patient_alert_subqueries` brings. ``asked_for``: the day of which it is asked."""

    asked_for: str
    raised: list[AlertRow]
    factors: list[FactRow]
    scalp_looks: list[ScalpLookRow]
    infected_looks: list[ScalpLookRow]


_SCOPE = ("applies_when", "substances", "in_region", "inside_level", "outside_level")

_ALERT = JSONObject(
    **{name: name for name in ("pk", "kind", "level", "text", "desk_text", "code", "source")},
    **{name: name for name in ("raised_at", "since", "suspects", "zones")},
    **{name: f"type__{name}" for name in ("priority", "basis", "with_suspects", *_SCOPE)},
    cited=cited_sources_subquery("type__source_keys"),
)

_TYPE_COLUMNS = [name for name in TypeRow.__annotations__ if name != "cited"]

#: A kind of alert with its sources, in a query over kinds of alert.
ALERT_TYPE = JSONObject(
    **{name: name for name in _TYPE_COLUMNS},
    cited=cited_sources_subquery("source_keys"),
)

_FACTOR_TYPE = "factor__alert_types__alert_type"

_FACT = JSONObject(
    factor="factor__code",
    label="label",
    on="recorded_at",
    type=JSONObject(
        **{name: f"{_FACTOR_TYPE}__{name}" for name in _TYPE_COLUMNS},
        cited=cited_sources_subquery(f"{_FACTOR_TYPE}__source_keys"),
    ),
)


def patient_alert_subqueries(patient: OuterRef, on: date) -> dict[str, ArraySubquery | Value]:
    """What this app knows against the next injection of the patient of the query around it, as it stands on ``on``.

    :func:`patient_alerts_from_read` reads it. Whoever knows more of a patient puts more beside it.
    """
    raised = Alert.objects.not_cleared().about_patient_and_merged(patient).order_by("pk")
    facts = (
        RiskFactor.objects.filter(patient__in=records_of(patient), **{f"{_FACTOR_TYPE}__retired_at": None})
        .standing_on(on)
        .exclude(factor__alert_types=None)
        .order_by("pk")
    )
    site_types = AlertType.objects.filter(trigger_kind=AlertKind.SITE, retired_at=None).order_by("code")
    looks = SafetyAnswer.objects.filter(
        patient__in=records_of(patient), question=SCALP_LOOK, asked_on__lte=on
    )
    infected = looks.filter(said__contains=[PUS])
    look = JSONObject(
        said="said",
        asked_on="asked_on",
        at="recorded_at",
        types=ArraySubquery(site_types.values(row=ALERT_TYPE)),
    )
    return {
        "asked_for": Value(on.isoformat()),
        "raised": ArraySubquery(raised.values(row=_ALERT)),
        "factors": ArraySubquery(facts.values(row=_FACT)),
        "scalp_looks": ArraySubquery(looks.order_by("-asked_on", "-pk").values(row=look)[:1]),
        "infected_looks": ArraySubquery(infected.order_by("-asked_on", "-pk").values(row=look)[:1]),
    }


def patient_alerts_from_read(read: PatientAlertsRead) -> list[OpenAlert]:
    """The alerts in what :func:`patient_alert_subqueries` brought, in no order."""
    return [
        *map(_open_alert_from_row, read["raised"]),
        *map(_open_alert_from_risk_factor_row, read["factors"]),
        *_open_alerts_from_looks(read),
    ]


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
        since=date.fromisoformat(row["since"]),
    )


def _open_alert_from_risk_factor_row(row: FactRow) -> OpenAlert:
    at = timezone.localtime(datetime.fromisoformat(row["on"]))
    slots = {"date": day_text(at.date()), "text": row["label"], "name": row["label"]}
    alert = open_alert_from_record_fact(row["type"], at.date(), slots, factor=row["factor"])
    # A fact that is written down while a session goes on came after what was given by then.
    return replace(alert, raised_at=at)


def _open_alerts_from_looks(read: PatientAlertsRead) -> list[OpenAlert]:
    """What was seen today, and pus of an earlier day until somebody looks again and sees none."""
    alerts = [
        alert
        for look in read["scalp_looks"]
        if look["asked_on"] == read["asked_for"]
        for alert in _open_alerts_from_look_row(look)
    ]
    infection = SITE_ALERTS[PUS]
    for infected in read["infected_looks"]:
        if infected["asked_on"] == read["asked_for"]:
            continue
        [latest] = read["scalp_looks"]
        alerts += [
            alert
            for kind in infected["types"]
            if kind["code"] == infection
            and not is_infection_over(_look_of_row(infected), _look_of_row(latest), kind["min_days"])
            for alert in _open_alerts_from_look_row(infected)
            if alert.code == infection
        ]
    return alerts


def _look_of_row(row: ScalpLookRow) -> Look:
    return Look(row["said"], date.fromisoformat(row["asked_on"]))


def _open_alerts_from_look_row(row: ScalpLookRow) -> list[OpenAlert]:
    """The alerts that were seen, in the zones that were named."""
    on, zones = date.fromisoformat(row["asked_on"]), zones_of_look(row["said"])
    where = ", ".join(zone.replace("_", " ").lower() for zone in zones)
    slots = {"region": where or "a region that nobody named", "date": day_text(on)}
    at = timezone.localtime(datetime.fromisoformat(row["at"]))
    seen = site_alert_codes(row["said"])
    return [
        replace(open_alert_from_record_fact(kind, on, slots, zones=zones), raised_at=at)
        for kind in row["types"]
        if kind["code"] in seen
    ]


def active_alert_types_by_code(codes: Iterable[str]) -> dict[str, TypeRow]:
    """The kinds of alert in use with these codes, by code. One query."""
    rows = AlertType.objects.filter(code__in=list(codes), retired_at=None).values(
        *_TYPE_COLUMNS, cited=cited_sources_subquery("source_keys")
    )
    return {row["code"]: cast("TypeRow", row) for row in rows}


def open_alert_from_record_fact(
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
        cited=source_text_of_rows(kind["cited"]),
        factor=factor,
    )


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
            agreed=_agreement_text_or_empty(row),
        )
        for row in page.rows
    )


def _agreement_text_or_empty(row: Alert) -> str:
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
        clear_requires=text_of_clearing_row(found.clear_requires),
        gave_that_session=gave_that_session,
        others_could_clear=gave_that_session and User.objects.clinicians().exclude(pk=by.pk).exists(),
        agreed_by_another=alert.agreements.exclude(by=by).exists(),
    )
