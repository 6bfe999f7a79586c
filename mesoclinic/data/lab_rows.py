"""What the file of laboratory tests says, row by row."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class LabTestRow:
    """One laboratory test. ``other_factor``: a figure in ``unit`` × this is the one in ``other_unit``."""

    code: str
    name: str
    unit: str
    other_unit: str
    other_factor: Decimal | None
    loinc: str
    loinc_status: str
    usual_interval: str
    interval_note: str
    asked_for: str
    max_age_days: int | None
    finding_low: str
    finding_high: str
    action: str
    note: str
    basis: str
    sources: tuple[str, ...]
    order: int
