"""The days between the sessions of a course, and when the protocol is left. No Django here."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from mesoclinic.core.findings import Finding, block, ok, warn
from mesoclinic.core.wording import day_text
from treatments.plans.rules import course_intervals


def interval_finding(
    last_on: date | None, day: date, min_days: int | None = None, max_days: int | None = None
) -> Finding:
    """Whether ``day`` keeps the protocol's distance to the last session."""
    code, where = "interval", "starts_at"
    if last_on is None:
        return ok(code, "First session.", where=where)
    days = (day - last_on).days
    if days < 0:
        message = f"Before the last session on {day_text(last_on)}. Choose a later day."
        return block(code, message, where=where)
    interval = "1 day" if days == 1 else f"{days} days"
    if min_days is not None and days < min_days:
        soonest = day_text(last_on + timedelta(days=min_days))
        message = (
            f"{interval} since the last session; the protocol asks for at least {min_days}. "
            f"Book on {soonest} or later, or say why."
        )
        return warn(code, message, where=where)
    if max_days is not None and days > max_days:
        latest = day_text(last_on + timedelta(days=max_days))
        message = (
            f"{interval} since the last session; the protocol asks for at most {max_days}. "
            f"Book by {latest}, or say why."
        )
        return warn(code, message, where=where)
    return ok(code, f"{interval} since the last session.", where=where)


def fewest_and_most_days_between_sessions(days: int) -> tuple[int, int]:
    """How early and how late a session may come where the protocol says ``days`` [GK].

    A day early for each week, half as long again late: 7 is 6 to 10, 30 is 26 to 45.
    """
    return days - days // 7, days + max(days // 2, 1)


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
