"""Load shipped reference data without undoing what the clinic has changed itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models


@dataclass
class Loaded:
    """What a load did to one table."""

    created: int = 0
    updated: int = 0
    kept: int = 0
    unchanged: int = 0

    def __add__(self, other: "Loaded") -> "Loaded":
        return Loaded(
            self.created + other.created,
            self.updated + other.updated,
            self.kept + other.kept,
            self.unchanged + other.unchanged,
        )

    def __str__(self) -> str:
        return f"{self.created} new, {self.updated} updated, {self.kept} edited here and kept, {self.unchanged} unchanged"


def load_rows(
    model: type[models.Model], rows: Iterable[Mapping[str, Any]], *, key: tuple[str, ...]
) -> tuple[dict[tuple[Any, ...], Any], Loaded]:
    """Bring ``rows`` (field name to value; foreign keys as objects or ids) into ``model``, matched by ``key``.

    A three-way merge by field: the row keeps in ``loaded`` what the shipped data last said. A field that
    still says so takes the new value; a field the clinic has changed stays as it is. A row that the data
    no longer holds stays. Returns the rows by key, and the counts. Run in the caller's transaction.
    """
    report = Loaded()
    names = [_attname(model, k) for k in key]
    # By what was shipped: a row whose key the clinic has changed is still that row.
    own: dict[tuple[Any, ...], Any] = {}
    existing: dict[tuple[Any, ...], Any] = {}
    stored: Any
    for stored in model._default_manager.all():
        own[tuple(_key_value(getattr(stored, name)) for name in names)] = stored
        if stored.loaded:
            shipped_key = [stored.loaded.get(name, getattr(stored, name)) for name in names]
            existing[tuple(_key_value(value) for value in shipped_key)] = stored
    by_key: dict[tuple[Any, ...], Any] = {}
    new: list[Any] = []
    for values in rows:
        values = {_attname(model, name): _id(value) for name, value in values.items()}
        at = tuple(_key_value(values[_attname(model, k)]) for k in key)
        if at in by_key:
            raise ValueError(f"{model._meta.label} {at} stands twice in the data")
        shipped = {name: _plain(value) for name, value in values.items()}
        row: Any = existing.get(at)
        if row is None and at in own:
            # A row of the clinic's own that says this: it stays as it is, and is not doubled.
            row = own[at]
            report.kept += 1
        elif row is None:
            row = model(**values, loaded=shipped)
            new.append(row)
        else:
            mine = [
                name
                for name in values
                if name in row.loaded and _plain(getattr(row, name)) != row.loaded[name]
            ]
            news = {
                name: value
                for name, value in values.items()
                if name not in mine and _plain(getattr(row, name)) != shipped[name]
            }
            for name, value in news.items():
                setattr(row, name, value)
            if news or row.loaded != shipped:
                row.loaded = shipped
                row.save(update_fields=[*news, "loaded"])
            if news:
                report.updated += 1
            elif mine:
                report.kept += 1
            else:
                report.unchanged += 1
        by_key[at] = row
    model._default_manager.bulk_create(new)
    report.created = len(new)
    return by_key, report


def _attname(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).attname)  # type: ignore[union-attr]


def _id(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


def _key_value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    """As JSON keeps it, so that what was loaded compares equal to what is stored."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


Rows = Iterable[Mapping[str, Any]]
