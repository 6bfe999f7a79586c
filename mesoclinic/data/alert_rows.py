"""What the files about alerts say, row by row: the kinds of alert, and what is written down before one is cleared."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertTypeRow:
    """One kind of alert: who says what while it stands, and what ends it."""

    code: str
    trigger_kind: str
    trigger: str
    state: str
    applies_to: str
    stored: bool  # a row of the patient's; else worked out from the record
    level: str
    stands_from: str
    cleared_by: str
    clear_requires: str
    min_days: int
    desk_sees: str
    screen_says: str
    after_clearing: str
    priority: int
    note: str
    sources: tuple[str, ...]
    basis: str
    # As software reads it:
    applies_when: str  # any; holds: these substances are given; without: none of them is
    substances: tuple[str, ...]
    with_suspects: bool  # what was given before the reaction counts with the substances
    in_region: bool
    inside_level: str
    outside_level: str
    cleared_by_role: str
    ends_with: str
    after: str
    factors: tuple[str, ...]  # of the record: one of them is this fact
    words: tuple[str, ...]  # in which somebody writes of it
    why: str  # it is read so


@dataclass(frozen=True, slots=True)
class AlertClearingFieldRow:
    """One thing that is written down before an alert of this kind is cleared."""

    code: str
    name: str
    label: str
    kind: str
    required: bool
    order: int
