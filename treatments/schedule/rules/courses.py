"""The days on which the sessions of a course fall. No Django here."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from treatments.plans.rules import course_intervals


def course_dates(
    first_day: date,
    intervals: Sequence[int],
    weekdays: Collection[int] = range(7),
    *,
    sessions: int | None = None,
    closed: Collection[date] = (),
) -> list[date]:
    """The days of a course, each on an allowed weekday (0 is Monday) and not closed.

    A day that is not allowed moves to the next that is, and the following ones count from there, so
    that no distance is ever shorter than the interval. ``sessions`` beyond the pattern repeat its end.
    """
    if not set(weekdays) & set(range(7)):
        raise ValueError("a course needs at least one weekday")

    def next_allowed_day(day: date) -> date:
        """The day itself where it is allowed, else the next one that is."""
        while day.weekday() not in weekdays or day in closed:
            day += timedelta(days=1)
        return day

    days = [next_allowed_day(first_day)]
    for interval in course_intervals(intervals, sessions or len(intervals) + 1):
        days.append(next_allowed_day(days[-1] + timedelta(days=interval)))
    return days
