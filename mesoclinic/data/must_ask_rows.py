"""What must_ask.csv says, row by row."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RequiredAnswerRow:
    """An answer that must be known, before what, and how fresh."""

    code: str
    question_code: str
    question: str
    who: str
    max_age_days: int
    gates: tuple[str, ...]
    where_asked: str
    level: str
    finding: str
    screen_says: str
    why: str
    note: str
    basis: str
    sources: tuple[str, ...]
    # of must_ask_groups.csv: the same in figures and codes
    answer_code: str
    label: str
    kind: str
    subjects: tuple[str, ...]
    age_from: int | None
    age_to: int | None
    unless_impossible: bool
    from_session: int
    levels: dict[str, str]
    choices: tuple[str, ...]
    passing: tuple[str, ...]
    stopping: tuple[str, ...]
    other: str
    least: Decimal | None
    most: Decimal | None
    none_of_these: str
    meaning: dict[str, str]  # answer to risk factor, where the intake has no such question
