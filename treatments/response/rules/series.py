"""The figures of one measure at one place over time: what compares, what changed, and who else was measured. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.wording import day_text
from treatments.conditions.rules.measurements import (
    Change,
    MeasuredHow,
    change_since,
    differences_in_how,
    smallest_change_or_none,
)
from treatments.response.rules.cohort import Others

#: Said of a figure that the patient told.
TOLD = "the patient's own score, 0 to 10"


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure. ``is_earlier``: of a course before this one."""

    on: date
    value: Decimal
    how: MeasuredHow
    is_earlier: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured: its name and unit, and which change can be told from error."""

    name: str
    unit: str
    higher_is_better: bool
    smallest: Decimal | None = None
    smallest_percent: Decimal | None = None
    is_told: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said of the first and the last figure of this course."""

    text: str
    level: str  # ok, warn or plain_number_text
    first: Measured | None = None
    error: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One measure at one place, the oldest figure first."""

    measure: Measure
    place: str
    figures: Sequence[Measured]
    others: Sequence[Others] = ()
    started_on: date | None = None  # the first session: week 0 of the others

    @property
    def last(self) -> Measured:
        return self.figures[-1]

    @property
    def how_text(self) -> str:
        return TOLD if self.measure.is_told else self.last.how.text() or "how it was measured is not said"

    @property
    def value_text(self) -> str:
        """“128 /cm²”, “1 hair”."""
        unit = "hair" if self.last.value == 1 and self.measure.unit == "hairs" else self.measure.unit
        return f"{plain_number_text(self.last.value)} {unit}".strip()

    def verdict(self) -> Verdict:
        """The last figure against the first of this course that was measured the same way."""
        current = [each for each in self.figures if not each.is_earlier]
        if not current:
            return Verdict("not measured in this course", "plain")
        last = current[-1]
        comparable = [each for each in current if not differences_in_how(each.how, last.how)]
        first = comparable[0]
        if len(current) == 1:
            return Verdict("first figure of this course", "plain", first, self._error_of(first))
        if len(comparable) == 1:
            differs = ", ".join(differences_in_how(current[-2].how, last.how))
            return Verdict(f"not comparable: other {differs}", "plain")
        change = self._change(first, last)
        since = "" if first is current[0] else f" since {day_text(first.on)}"
        return Verdict(f"{change.text}{since}", change.level, first, self._error_of(first))

    def _error_of(self, first: Measured) -> Decimal | None:
        return smallest_change_or_none(
            first.value, absolute=self.measure.smallest, percent=self.measure.smallest_percent
        )

    def _change(self, first: Measured, last: Measured) -> Change:
        return change_since(
            first.value,
            last.value,
            smallest=self._error_of(first),
            higher_is_better=self.measure.higher_is_better,
        )

    def joined(self) -> list[list[Measured]]:
        """The figures that a line may join: measured the same way, in the same course, one after the other."""
        runs: list[list[Measured]] = []
        for each in self.figures:
            before = runs[-1][-1] if runs else None
            if (
                before is None
                or before.is_earlier != each.is_earlier
                or differences_in_how(before.how, each.how)
            ):
                runs.append([])
            runs[-1].append(each)
        return runs

    def others_text(self) -> str:
        """“n 23 at the start, 19 in week 16”; how many there are also where they are too few to be shown."""
        if not self.others:
            return ""
        first, last = self.others[0], self.others[-1]
        if all(each.low is None for each in self.others):
            return f"n {max(each.patients for each in self.others)}: too few others to show"
        if first is last:
            return f"n {first.patients} in week {first.week}"
        start = "at the start" if first.week == 0 else f"in week {first.week}"
        return f"n {first.patients} {start}, {last.patients} in week {last.week}"
