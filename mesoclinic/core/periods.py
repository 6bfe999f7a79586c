"""Half-open spans of time: [start, end). No Django here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From ``start`` up to, not including, ``end``. Both aware; ``start`` is before ``end``."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period needs a time zone")
        if self.start >= self.end:
            raise ValueError("a period starts before it ends")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def minutes(self) -> int:
        return int(self.length.total_seconds() // 60)

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Period") -> bool:
        return self.start <= other.start and other.end <= self.end

    def without(self, others: Iterable["Period"]) -> list["Period"]:
        """What is left of this period when ``others`` are taken out, in order."""
        left: list[Period] = []
        at = self.start
        for other in sorted(o for o in others if o.overlaps(self)):
            if other.start > at:
                left.append(Period(at, other.start))
            at = max(at, other.end)
        if at < self.end:
            left.append(Period(at, self.end))
        return left

    def periods_starting_every(self, length: timedelta, every: timedelta) -> Iterator["Period"]:
        """Periods of ``length`` that fit in this one, starting ``every`` so often."""
        at = self.start
        while at + length <= self.end:
            yield Period(at, at + length)
            at += every


def overlaps_of_periods(left: Iterable[Period], right: Iterable[Period]) -> list[Period]:
    """Where both are: the overlaps of two lists of periods, in order."""
    found = [Period(max(a.start, b.start), min(a.end, b.end)) for a in left for b in right if a.overlaps(b)]
    return sorted(found)
