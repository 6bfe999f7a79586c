"""What intervals.csv says, row by row."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """How far apart two sessions are: of anything, of one ingredient, on one protocol, or after an event."""

    code: str
    scope: str
    subject: str
    usual_days: str
    min_days: int | None
    max_days: int | None
    below_min_level: str
    early_level: str
    early_from_days: int | None
    above_max_level: str
    finding: str
    screen_below: str
    screen_above: str
    clears: str
    note: str
    basis: str
    sources: tuple[str, ...]
