"""What the files of measurements and of review rules say, row by row."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class MeasurementKindRow:
    """One thing that is measured or asked. ``higher_is_better`` is None where there is no figure."""

    code: str
    name: str
    short_name: str
    unit: str
    benefit: str
    method: str
    device: str
    site_rule: str
    minimum: Decimal | None
    maximum: Decimal | None
    reference: str
    smallest_change: Decimal | None
    smallest_change_percent: Decimal | None
    smallest_change_text: str
    smallest_change_basis: str
    not_comparable_when: str
    higher_is_better: bool | None
    conditions: tuple[str, ...]
    for_all_conditions: bool
    when: str
    kept_as: str
    note: str
    basis: str
    sources: tuple[str, ...]
    order: int
    why: str


@dataclass(frozen=True, slots=True)
class ReviewRuleRow:
    """How a measure is judged at a review, and what is said beside it. No ``conditions``: any."""

    code: str
    conditions: tuple[str, ...]
    when: str
    measures: str
    improved_if: str
    stable_if: str
    worse_if: str
    no_verdict_if: str
    options: str
    expected_rate: str
    evidence: str
    honesty_line: str
    basis: str
    sources: tuple[str, ...]
    order: int
