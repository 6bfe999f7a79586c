"""What a row said before, what is planned for it, and how its price went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, TypedDict

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Model, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from mesoclinic.accounts.models import User
from mesoclinic.core.json_values import JSON
from mesoclinic.core.models import ReferenceRow
from treatments.catalogue.models import (
    BloodLimit,
    Contraindication,
    DoseLimit,
    Indication,
    Interaction,
    OtherTreatment,
    PlannedChange,
    RowVersion,
    VolumeLimit,
)

#: What a version or a plan says: field name to value, as the database keeps it.
Content = Mapping[str, JSON]

#: Who it was: the fields of a User that its name is made of.
Who = Mapping[str, str | None]

#: Who wrote a version, as :func:`staff_name` reads it.
WHO = JSONObject(
    title="by__title", first_name="by__first_name", last_name="by__last_name", username="by__username"
)

#: Versions shown on a page; older ones stay in the database.
SHOWN = 50

_WORDS = {
    "retired_at": "Retired",
    "contents": "In it",
    "is_active": "Counts as active",
    "in_syringe": "Goes into the syringe",
    "price_per_ml": "Price per ml",
    "container_ml": "One container, ml",
    "in_use_hours": "Good after opening, hours",
    "source_keys": "Source keys",
    "source_text": "Source in words",
    "gtin": "GTIN",
    "mg_per_kg": "mg per kg",
    "ingredient_class": "Class",
}


def field_label_text(name: str) -> str:
    """``price_per_ml`` as people say it."""
    words = name.removesuffix("_id").replace("_", " ")
    return _WORDS.get(name, words[:1].upper() + words[1:])


def field_value_text(name: str, value: object) -> str:
    """A value as a version keeps it, in words: nothing is “–”."""
    if name == "retired_at":
        return str(value)[:10] if value else "in use"
    if name == "contents" and isinstance(value, list):
        held = [
            f"{code} {_number_without_trailing_zeros_text(mg)} mg/ml" if mg else code for code, mg in value
        ]
        return ", ".join(held) or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return _number_without_trailing_zeros_text(value)


def _number_without_trailing_zeros_text(value: object) -> str:
    """A number without zeros at its end; other text as it is."""
    if isinstance(value, Decimal | float):
        number = Decimal(str(value)).normalize()
        return format(number, "f")
    text = str(value)
    return text.rstrip("0").rstrip(".") if _reads_as_decimal(text) else text


def _reads_as_decimal(text: str) -> bool:
    whole, point, rest = text.partition(".")
    return bool(point) and whole.lstrip("-").isdecimal() and rest.isdecimal()


@dataclass(frozen=True)
class Difference:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class VersionLine:
    """One version, with what it changed. The first changed nothing: it began."""

    number: int
    valid_from: date
    at: datetime
    by: str
    reason: str
    content: Content
    differences: Sequence[Difference]


@dataclass(frozen=True)
class PlannedLine:
    pk: int
    valid_from: date
    by: str
    reason: str
    differences: Sequence[Difference]


@dataclass(frozen=True)
class PriceLine:
    valid_from: date
    price: Decimal | None
    by: str
    reason: str


class KeptVersion(TypedDict):
    """A version as :func:`rows_with_history` reads it."""

    number: int
    valid_from: str
    at: str
    who: Who
    reason: str
    content: Content


class KeptPlan(TypedDict):
    """A planned change as :func:`rows_with_history` reads it."""

    pk: int
    valid_from: str
    who: Who
    reason: str
    changes: Content


class WithHistory(Protocol):
    """A row of :func:`rows_with_history`."""

    kept_versions: Sequence[KeptVersion]
    planned_changes: Sequence[KeptPlan]


def rows_with_history(rows: QuerySet[ReferenceRow], kind: str) -> QuerySet[ReferenceRow]:
    """``rows`` that bring their versions and planned changes along, in the same query."""
    mine = {"kind": kind, "row_id": OuterRef("pk")}
    return rows.annotate(
        kept_versions=ArraySubquery(
            RowVersion.objects.filter(**mine)
            .order_by("-number")
            .values(
                fact=JSONObject(
                    number="number",
                    valid_from="valid_from",
                    at="at",
                    who=WHO,
                    reason="reason",
                    content="content",
                )
            )[: SHOWN + 1]
        ),
        planned_changes=ArraySubquery(
            PlannedChange.objects.neither_applied_nor_withdrawn()
            .filter(**mine)
            .order_by("valid_from", "pk")
            .values(
                fact=JSONObject(
                    pk=F("pk"), valid_from="valid_from", who=WHO, reason="reason", changes="changes"
                )
            )
        ),
    )


def version_history(row: WithHistory) -> list[VersionLine]:
    """The versions of a row of :func:`rows_with_history`, newest first, each with what it changed."""
    kept = row.kept_versions
    lines = []
    for place, fact in enumerate(kept[:SHOWN]):
        before = kept[place + 1]["content"] if place + 1 < len(kept) else None
        lines.append(
            VersionLine(
                number=fact["number"],
                valid_from=date.fromisoformat(fact["valid_from"]),
                at=datetime.fromisoformat(fact["at"]),
                by=staff_name(fact["who"]),
                reason=fact["reason"],
                content=fact["content"],
                differences=differences_between_versions(before, fact["content"]) if before else [],
            )
        )
    return lines


def planned_changes_of_row(row: WithHistory) -> list[PlannedLine]:
    """What is planned for a row of :func:`rows_with_history`, soonest first."""
    stands: Content = row.kept_versions[0]["content"] if row.kept_versions else {}
    return [
        PlannedLine(
            pk=fact["pk"],
            valid_from=date.fromisoformat(fact["valid_from"]),
            by=staff_name(fact["who"]),
            reason=fact["reason"],
            differences=[
                Difference(
                    field_label_text(name),
                    field_value_text(name, stands.get(name)),
                    field_value_text(name, value),
                )
                for name, value in fact["changes"].items()
            ],
        )
        for fact in row.planned_changes
    ]


def price_history(history: Sequence[VersionLine]) -> list[PriceLine]:
    """How the price of a product went, newest first: a line for each version that changed it."""
    lines: list[PriceLine] = []
    last: object = object()
    for version in reversed(history):
        price = version.content.get("price_per_ml")
        if price == last:
            continue
        last = price
        lines.append(
            PriceLine(
                version.valid_from, None if price is None else Decimal(str(price)), version.by, version.reason
            )
        )
    return lines[::-1]


def differences_between_versions(before: Content, after: Content) -> list[Difference]:
    """What differs between two versions, field by field."""
    return [
        Difference(
            field_label_text(name),
            field_value_text(name, before.get(name)),
            field_value_text(name, after.get(name)),
        )
        for name in after
        if before.get(name) != after.get(name)
    ]


def staff_name(who: Who) -> str:
    """Who it was, as staff are called; nothing where it came with the shipped data."""
    if not who.get("username"):
        return ""
    return User(**who).short_name


def row_name_text(row: Model) -> str:
    """What a row is about, in words; with its ingredients at hand, no query."""
    if isinstance(row, Indication):
        return f"{row.ingredient.name} for {row.condition.name}"
    if isinstance(row, Interaction):
        other = row.second.name if row.second else "every other ingredient"
        return f"{row.first.name} and {other}"
    if isinstance(row, Contraindication):
        whom = row.ingredient.name if row.ingredient else "Any treatment"
        return f"{whom}: {row.factor_text}"
    if isinstance(row, DoseLimit):
        return f"{row.ingredient.name}: {row.get_kind_display()}"
    if isinstance(row, VolumeLimit):
        return _name_of_volume_limit(row)
    if isinstance(row, BloodLimit):
        return f"{row.ingredient.name}: from drawing to injecting"
    if isinstance(row, OtherTreatment):
        return f"{row.name} for {row.condition.name}"
    return str(row)


def _name_of_volume_limit(row: VolumeLimit) -> str:
    """“Volume per point: nappage”, “Volume per session: PRP”."""
    of = row.ingredient.name if row.ingredient else ""
    about = {"ingredient": of, "all_but": f"all but {of}", "cocktail": "cocktails"}.get(row.scope, "")
    parts = [row.get_technique_display() if row.technique else "", about, row.zone.capitalize()]
    what = row.get_what_display()
    return (
        f"{what[:1].upper()}{what[1:]}: {', '.join(part for part in parts if part) or 'whatever is injected'}"
    )


#: What :func:`name_of_row` reads of each kind.
NAMED_BY = {
    "catalogue.doselimit": ("ingredient",),
    "catalogue.volumelimit": ("ingredient",),
    "catalogue.bloodlimit": ("ingredient",),
    "catalogue.othertreatment": ("condition",),
    "catalogue.interaction": ("first", "second"),
    "catalogue.contraindication": ("ingredient",),
    "catalogue.indication": ("ingredient", "condition"),
}


def add_names_to_planned_changes(planned: Sequence[PlannedChange]) -> list[PlannedChange]:
    """Planned changes that know what they are about (``name``) and what they change (``fields``). A query a kind."""
    by_kind: dict[str, list[PlannedChange]] = {}
    for one in planned:
        by_kind.setdefault(one.kind, []).append(one)
    named = []
    for kind, ones in by_kind.items():
        rows = apps.get_model(kind)._default_manager.select_related(*NAMED_BY.get(kind, ()))
        found = rows.in_bulk([one.row_id for one in ones])
        for one in ones:
            one.name = row_name_text(found[one.row_id])  # type: ignore[attr-defined]
            one.fields = ", ".join(  # type: ignore[attr-defined]
                f"{field_label_text(name)}: {field_value_text(name, value)}"
                for name, value in one.changes.items()
            )
            named.append(one)
    return sorted(named, key=lambda one: (one.valid_from, one.pk))
