"""Which made-up patient shows what (people.csv), and the page docs/demo.md that lists them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mesoclinic.demo.clinic import made_up_lot_number, read_csv_rows

_HERE = Path(__file__).parent
PAGE = Path(__file__).parents[3] / "docs" / "demo.md"

#: Where the state is read, in words.
PAGES: Mapping[str, str] = {
    "patient": "the patient’s page",
    "bench": "the cocktail",
    "start": "Start the session",
    "relief": "the session in the chair, with cream ticked",
    "sign": "the page that signs the session",
    "labs": "the laboratory results",
    "alerts": "all alerts of the patient",
    "visit": "the visit",
    "review": "the plan, then Review",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One made-up patient: the states shown, how they come about (``made_by``, ``of``), and the words of a page."""

    states: tuple[str, ...]
    person: Mapping[str, str]
    made_by: str
    of: str
    page: str
    words: str
    shows: str

    @property
    def name(self) -> str:
        return f"{self.person['given_names']} {self.person['family_name']}"


def read_people_to_show() -> list[Shown]:
    with (_HERE / "people.csv").open(encoding="utf-8", newline="") as file:
        return [
            Shown(
                states=tuple(state.strip() for state in row.pop("states").split(";")),
                made_by=row.pop("made_by"),
                of=row.pop("of"),
                page=row.pop("page"),
                words=row.pop("words"),
                shows=row.pop("shows"),
                person=row,
            )
            for row in csv.DictReader(file)
        ]


_OPENING = """# What the demo shows

`make demo` builds one made-up patient for each state that stands against an injection or a visit. Search for the name,
then open the page that is named. Written by `manage.py demo --write-page`; a test builds them and reads each page.

| Patient | Shows | Read it on | State |
|---|---|---|---|
"""


_SCANNING = """
## Codes to scan

These products have a number of their own (GTIN). What a scanner would read of the lot on the shelf can be typed where
a vial is scanned, in the session or at receiving.

| Product | Code |
|---|---|
"""


def demo_page_markdown() -> str:
    """docs/demo.md as it should be."""
    patients = "".join(
        f"| {row.name} | {row.shows} | {PAGES[row.page]} | {'<br>'.join(f'`{state}`' for state in row.states)} |\n"
        for row in read_people_to_show()
    )
    codes = "".join(
        f"| {row['name']} {row['strength']} | `01{row['gtin']}10{made_up_lot_number(place, row['code'], 1)}` |\n"
        for place, row in enumerate(read_csv_rows("products.csv"))
        if row["gtin"]
    )
    return f"{_OPENING}{patients}{_SCANNING}{codes}"
