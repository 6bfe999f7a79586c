"""Reads the cases of tests/data/golden/safety_cases.csv: what is known of a patient, and what must be found.

Each finding named under ``refused`` (a block nobody passes), ``blocked`` (a block a clinician passes with a reason),
``warned`` or ``noted`` must be there at that level; others may be there too. Nothing of ``must_not_contain`` may be.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from mesoclinic.core.findings import Finding

FILE = Path(__file__).parents[1] / "data" / "golden" / "safety_cases.csv"


@dataclass(frozen=True, slots=True)
class SafetyCase:
    """One row of the file. ``history`` and ``asked`` are prose: the test that runs the case sets it up."""

    id: str
    case: str
    preparation: str
    for_whom: str
    on_record: tuple[str, ...]
    asked: str
    history: str
    drawn_ml: tuple[tuple[str, Decimal], ...]  # product code, millilitres
    area_cm2: Decimal | None
    points: int | None
    syringe_ml: Decimal
    clinic_allows: int
    refused: tuple[str, ...]
    blocked: tuple[str, ...]
    warned: tuple[str, ...]
    noted: tuple[str, ...]
    must_not_contain: str
    shown_at: str


def _drawn(text: str) -> tuple[tuple[str, Decimal], ...]:
    pairs = (part.split() for part in text.split(",") if part.strip())
    return tuple((code, Decimal(ml)) for code, ml in pairs)


def safety_cases() -> dict[str, SafetyCase]:
    """Every case of the file by its id."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["id"]: SafetyCase(
                id=row["id"],
                case=row["case"],
                preparation=row["preparation"],
                for_whom=row["for_whom"],
                on_record=tuple(row["on_record"].split()),
                asked=row["asked"],
                history=row["history"],
                drawn_ml=_drawn(row["drawn_ml"]),
                area_cm2=Decimal(row["area_cm2"]) if row["area_cm2"] else None,
                points=int(row["points"]) if row["points"] else None,
                syringe_ml=Decimal(row["syringe_ml"]),
                clinic_allows=int(row["clinic_allows"]),
                refused=tuple(row["refused"].split()),
                blocked=tuple(row["blocked"].split()),
                warned=tuple(row["warned"].split()),
                noted=() if row["noted"].startswith("suggest:") else tuple(row["noted"].split()),
                must_not_contain=row["must_not_contain"],
                shown_at=row["shown_at"],
            )
            for row in csv.DictReader(file)
        }


def missing_findings(case: SafetyCase, findings: Iterable[Finding]) -> list[str]:
    """The findings the case names that are not there, or not at their level: "refused alert:reaction:anaphylaxis"."""
    by_code = {finding.code: finding for finding in findings}
    wanted = [
        *(("refused", code) for code in case.refused),
        *(("blocked", code) for code in case.blocked),
        *(("warned", code) for code in case.warned),
        *(("noted", code) for code in case.noted),
    ]
    return [
        f"{level} {code}" for level, code in wanted if code not in by_code or _level(by_code[code]) != level
    ]


def _level(finding: Finding) -> str:
    if finding.blocks:
        return "refused" if finding.fixed else "blocked"
    return "warned" if finding.warns else "noted"
