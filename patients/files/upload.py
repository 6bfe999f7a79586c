"""A file as it was sent: taken apart once, read again whenever the choices about it change."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mesoclinic.core.csv_in import Table
from mesoclinic.core.text_files import Unreadable, read_text
from patients.files import csv_list, fhir, fhir_bundle
from patients.files.csv_list import Choices
from patients.files.days import Order
from patients.files.people import Reading, Wrong

_NO_XML = "It is XML, and no list. Export the list as CSV, or the records as FHIR (JSON)."


@dataclass(frozen=True)
class Opened:
    """A list (``table`` and ``choices``), a bundle (``entries``), or neither, for this ``reason``."""

    file: str
    table: Table | None = None
    choices: Choices | None = None
    entries: list[dict[str, Any]] | None = None
    reason: str = ""

    def with_choices(self, **chosen: Any) -> "Opened":
        """Read with other choices."""
        assert self.choices, "only a list is read by choices"
        return replace(self, choices=replace(self.choices, **chosen))

    @property
    def unreadable_reason_or_empty(self) -> str:
        """Why it cannot be read as it stands."""
        if self.table and self.choices:
            return csv_list.rows_unreadable_reason_or_empty(self.table, self.choices)
        return self.reason

    def read_people(self, today: date) -> Reading:
        """The people in it; for a file that cannot be read, the one thing that is wrong."""
        if self.unreadable_reason_or_empty:
            return Reading(self.file, wrong=[Wrong(self.file, "", self.unreadable_reason_or_empty)])
        if self.table and self.choices:
            return csv_list.read_people(self.table, self.choices, today)
        return fhir.read_people(self.file, self.entries or [], today)

    def as_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        kept: dict[str, Any] = {"file": self.file, "entries": self.entries, "reason": self.reason}
        if self.table and self.choices:
            kept["table"] = self.table.as_dict()
            kept["choices"] = {
                "mapping": dict(self.choices.mapping),
                "order": self.choices.order,
                "name": self.choices.name,
            }
        return kept

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "Opened":
        if "table" not in kept:
            return cls(kept["file"], entries=kept["entries"], reason=kept["reason"])
        said = kept["choices"]
        order = Order(said["order"]) if said["order"] else None
        choices = Choices(said["mapping"], order, said["name"])
        return cls(kept["file"], Table(**kept["table"]), choices)


def parse_file(file: str, data: bytes) -> Opened:
    """Take ``data`` apart by what it holds; never raises for what is in it."""
    try:
        text = read_text(data)
        if text.is_xml:
            raise Unreadable(fhir_bundle.XML_TEXT if fhir_bundle.is_fhir_xml(text) else _NO_XML)
        if text.looks_like_json:
            return Opened(file, entries=fhir_bundle.read_needed_bundle_entries(text))
        table = csv_list.read_table(file, text)
    except Unreadable as unreadable:
        return Opened(file, reason=str(unreadable))
    return Opened(file, table, csv_list.guess_reading_choices(table))
