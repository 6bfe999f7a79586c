"""Load shipped reference data without undoing what the clinic has changed itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import models

from mesoclinic.core.json_values import as_json
from mesoclinic.core.models import LoadedRow

#: Field name to value, row by row; a foreign key is an object or an id.
Rows = Iterable[Mapping[str, object]]

#: The values of a row's key fields, in their order.
Key = tuple[object, ...]

Row = TypeVar("Row", bound=LoadedRow)


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


def merge_shipped_rows_keeping_edits(
    model: type[Row], rows: Rows, *, key: tuple[str, ...]
) -> tuple[dict[Key, Row], Loaded]:
    """Bring ``rows`` into ``model``, matched by ``key``.

    A three-way merge by field: the row keeps in ``loaded`` what the shipped data last said. A field that
    still says so takes the new value; a field the clinic has changed stays as it is. A row that the data
    no longer holds stays. Returns the rows by key, and the counts. Run in the caller's transaction.
    """
    report = Loaded()
    names = [_field_attribute_name(model, name) for name in key]
    own, shipped = _rows_under_stored_and_shipped_keys(model, names)
    by_key: dict[Key, Row] = {}
    new: list[Row] = []
    for row in rows:
        values = {_field_attribute_name(model, name): _pk_or_value(value) for name, value in row.items()}
        at = _hashable_key([values[name] for name in names])
        if at in by_key:
            raise ValueError(f"{model._meta.label} {at} stands twice in the data")
        if at in shipped:
            by_key[at] = shipped[at]
            _save_unedited_fields(shipped[at], values, report)
        elif at in own:
            # A row of the clinic's own that says this: it stays as it is, and is not doubled.
            by_key[at] = own[at]
            report.kept += 1
        else:
            by_key[at] = model(**values, loaded=as_json(values))
            new.append(by_key[at])
    model._default_manager.bulk_create(new)
    report.created = len(new)
    return by_key, report


def code_in_row_or_none(row: Mapping[str, object], name: str) -> str | None:
    """The code that ``row`` gives for ``name``; None where it gives none."""
    value = row[name]
    return None if value is None else str(value)


def non_empty_codes_in_row(row: Mapping[str, object], name: str) -> list[str]:
    """The codes that ``row`` gives for ``name``, without empty ones."""
    value = row[name]
    if not isinstance(value, list | tuple):
        raise TypeError(f"{name} is no list of codes: {value!r}")
    return [str(code) for code in value if code]


def without_fields(row: Mapping[str, object], *names: str) -> dict[str, object]:
    """``row`` without the fields ``names``."""
    return {name: value for name, value in row.items() if name not in names}


def _rows_under_stored_and_shipped_keys(
    model: type[Row], names: Sequence[str]
) -> tuple[dict[Key, Row], dict[Key, Row]]:
    """The rows by what stands in them; and by what was shipped, since a row whose key was changed is still that row."""
    own: dict[Key, Row] = {}
    shipped: dict[Key, Row] = {}
    for row in model._default_manager.all():
        own[_hashable_key([getattr(row, name) for name in names])] = row
        if row.loaded:
            shipped[_hashable_key([row.loaded.get(name, getattr(row, name)) for name in names])] = row
    return own, shipped


def _save_unedited_fields(row: LoadedRow, values: Mapping[str, object], report: Loaded) -> None:
    """Give ``row`` the new ``values`` where nobody here has changed the old ones."""
    shipped = {name: as_json(value) for name, value in values.items()}
    stands = {name: as_json(getattr(row, name)) for name in values}
    edited = {name for name in values if name in row.loaded and stands[name] != row.loaded[name]}
    news = [name for name in values if name not in edited and stands[name] != shipped[name]]
    for name in news:
        setattr(row, name, values[name])
    if news or row.loaded != shipped:
        row.loaded = shipped
        written = [*news, "loaded"]
        row.save(update_fields=written)
    if news:
        report.updated += 1
    elif edited:
        report.kept += 1
    else:
        report.unchanged += 1


def _field_attribute_name(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).attname)  # type: ignore[union-attr]


def _pk_or_value(value: object) -> object:
    return value.pk if isinstance(value, models.Model) else value


def _hashable_key(values: Iterable[object]) -> Key:
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)
