"""How far the shelf goes: what booked sessions will take, when it runs short, what expires unused. No Django here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from mesoclinic.core.findings import Finding, note, ok, ordered, warn
from mesoclinic.core.quantities import ZERO, plain_number_text
from mesoclinic.core.wording import day_text
from treatments.stock.rules.lots import (
    LOW_SESSIONS,
    SOON_DAYS,
    LotChoice,
    available_ml,
    sessions_covered_or_none,
    usable_lots_in_order,
)


@dataclass(frozen=True, slots=True)
class Demand:
    """One booked session takes ``ml`` of a product on a day."""

    on: date
    ml: Decimal


@dataclass(frozen=True, slots=True)
class Outlook:
    """A product against the sessions that are booked.

    ``covered`` of ``booked`` sessions can be given from what is usable now, in order; ``short_on`` is the day
    of the first that cannot, ``short_ml`` what is missing for all that cannot. ``per_session_ml`` is what a
    booked session takes on average. ``unused`` are the lots that
    expire with something left: (number, last good day, ml).
    """

    usable_ml: Decimal
    per_session_ml: Decimal
    booked: int
    covered: int
    short_on: date | None
    short_ml: Decimal
    unused: tuple[tuple[str, date, Decimal], ...]


def outlook_after_booked_sessions(
    lots: Sequence[LotChoice], demand: Iterable[Demand], *, on: date, at: datetime
) -> Outlook:
    """Play the booked sessions through, each taking from the lots as they are offered, none from an expired one.

    A session that finds too little takes nothing (law 4), and those after it may still be given.
    """
    good = usable_lots_in_order(lots, on, at)
    left = [available_ml(lot, at) for lot in good]
    usable = sum(left, ZERO)
    booked = covered = 0
    short_on, short_ml, asked = None, ZERO, ZERO
    for session in sorted(demand, key=lambda d: d.on):
        booked += 1
        asked += session.ml
        day = max(session.on, on)
        there = [place for place, lot in enumerate(good) if lot.expires_on >= day and left[place] > 0]
        have = sum((left[place] for place in there), ZERO)
        if have < session.ml:
            short_on = short_on or day
            short_ml += session.ml - have
            continue
        covered += 1
        wanted = session.ml
        for place in there:
            part = min(wanted, left[place])
            left[place] -= part
            wanted -= part
    unused = tuple(
        (lot.number, lot.expires_on, ml)
        for lot, ml in zip(good, left, strict=True)
        if ml > 0 and (lot.expires_on - on).days <= SOON_DAYS
    )
    per_session = asked / booked if booked else ZERO
    return Outlook(usable, per_session, booked, covered, short_on, short_ml, unused)


def outlook_findings(product: str, found: Outlook, *, low: int = LOW_SESSIONS) -> list[Finding]:
    """What somebody who orders should know of one product, worst first."""
    code = f"stock-level:{product}"
    left = sessions_covered_or_none(found.usable_ml, found.per_session_ml)
    if found.short_on is not None:
        message = (
            f"{product} runs short on {day_text(found.short_on)}: {plain_number_text(found.short_ml)} ml missing for "
            f"{_sessions_text(found.booked - found.covered)}. Order more, or release a lot."
        )
        findings = [warn(code, message)]
    elif left is None:
        message = f"{product}: {plain_number_text(found.usable_ml)} ml usable, no booked session takes it."
        findings = [ok(code, message)]
    elif left < low:
        findings = [warn(code, f"{product}: {_sessions_text(left)} left. Order more.")]
    else:
        findings = [ok(code, f"{product}: {_sessions_text(left)} left, {found.booked} booked.")]
    for number, last_day, ml in found.unused:
        message = (
            f"{number} of {product} expires on {day_text(last_day)} with {plain_number_text(ml)} ml that no booked session "
            "uses. Use it first, or return it."
        )
        findings.append(note(f"expires-unused:{number}", message))
    return ordered(findings)


def _sessions_text(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def demand_of_weeks(demand: Iterable[Demand], *, start: date, weeks: int) -> list[tuple[date, Decimal]]:
    """(Monday, ml) for ``weeks`` weeks from the week of ``start``; weeks without a session are 0."""
    first = monday_of(start)
    sums = {first + timedelta(weeks=n): ZERO for n in range(weeks)}
    for session in demand:
        week = monday_of(session.on)
        if week in sums:
            sums[week] += session.ml
    return list(sums.items())
