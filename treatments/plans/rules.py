"""How many sessions a course has and on which days of it they fall. No Django here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate, groupby

from mesoclinic.core.citations import SEED
from mesoclinic.core.findings import Finding, block, ordered, warn
from mesoclinic.core.moves import check_state_move_is_allowed

#: Best outcome is after the fifth session (seed document, docs/pricing.md).
REVIEW_SESSION = 5

#: More in one plan is a typing error; the database says the same (plan_has_sessions).
MOST_SESSIONS = 30

_RANGE = re.compile(r"\s*~?(\d+(?:\.\d+)?)\s*(?:[-–]\s*(\d+(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class ProtocolFact:
    """A protocol: ``sessions`` is (fewest, most), None where its text does not say."""

    name: str
    sessions: tuple[int, int] | None = None
    intervals: Sequence[int] = ()
    source: str = ""


def parse_intervals(text: str) -> list[int]:
    """Days between sessions, from the catalogue's ``7;7;14``; empty for empty."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        raise ValueError(f"cannot read {text!r}: give days above zero, parted by semicolons")
    return [int(part) for part in parts]


def parse_number_range_or_none(text: str) -> tuple[Decimal, Decimal] | None:
    """The figures a text begins with: ``0.05-0.1``, ``5 (3 + 2 in two steps)``; None where none."""
    found = _RANGE.match(text)
    if found is None:
        return None
    low = Decimal(found[1])
    high = Decimal(found[2]) if found[2] else low
    return (low, high) if low <= high else (high, low)


def parse_session_range_or_none(text: str) -> tuple[int, int] | None:
    """(fewest, most) sessions: ``4-10`` is (4, 10), ``12 (abstract); …`` is (12, 12)."""
    found = parse_number_range_or_none(text)
    return (int(found[0]), int(found[1])) if found else None


def course_intervals(intervals: Sequence[int], sessions: int) -> list[int]:
    """The days between ``sessions`` sessions; past its end, a pattern repeats its last interval."""
    if sessions < 1:
        raise ValueError("a course has at least one session")
    if any(days < 1 for days in intervals):
        raise ValueError("sessions are at least a day apart")
    needed = sessions - 1
    if needed and not intervals:
        raise ValueError("several sessions need an interval")
    return [*intervals[:needed], *([intervals[-1]] * (needed - len(intervals)) if intervals else [])]


def session_day_offsets(intervals: Sequence[int], sessions: int) -> list[int]:
    """The day of each session, the first being day 0: 7;14 in four sessions is 0, 7, 21, 35."""
    return list(accumulate(course_intervals(intervals, sessions), initial=0))


def course_length_days(intervals: Sequence[int], sessions: int) -> int:
    """Days from the first session to the last (docs/pricing.md example 10: 137)."""
    return session_day_offsets(intervals, sessions)[-1]


def check_enough_sessions_and_protocol_range(
    planned: int, protocol: ProtocolFact, *, review_at: int = REVIEW_SESSION
) -> list[Finding]:
    """Whether ``planned`` sessions make sense: at least to the fifth, and as the protocol says.

    ``review_at`` is the session at which this clinic reviews: it may ask for more than five.
    """
    where = "sessions"
    if planned < 1:
        message = "A plan has at least one session. Type how many."
        return [block("sessions:none", message, fixed=True, where=where)]
    findings = []
    fewest_here = max(review_at, REVIEW_SESSION)
    if planned < fewest_here:
        message = (
            f"{planned} planned: results are best after the fifth session. "
            f"Plan at least {fewest_here}, or say why fewer."
        )
        findings.append(warn("sessions:under-five", message, where=where, source=SEED, basis="stated"))
    if protocol.sessions is not None:
        fewest, most = protocol.sessions
        usual = str(fewest) if fewest == most else f"{fewest} to {most}"
        if not fewest <= planned <= most:
            side = "fewer" if planned < fewest else "more"
            message = (
                f"{planned} planned, {side} than the {usual} of {protocol.name}. "
                "Change the number, or say why."
            )
            findings.append(
                warn(f"sessions:{side}-than-protocol", message, where=where, source=protocol.source)
            )
    return ordered(findings)


def check_session_count_and_intervals(
    planned: int, intervals: Sequence[int], protocol: ProtocolFact, *, review_at: int = REVIEW_SESSION
) -> list[Finding]:
    """Whether a course of ``planned`` sessions with these days between them can be planned."""
    findings = check_enough_sessions_and_protocol_range(planned, protocol, review_at=review_at)
    if planned > MOST_SESSIONS:
        message = f"A plan has up to {MOST_SESSIONS} sessions. Plan fewer, then plan again."
        findings.append(block("sessions:too-many", message, fixed=True, where="sessions"))
    if any(days < 1 for days in intervals):
        message = "Sessions are at least a day apart. Type days above 0."
        findings.append(block("intervals:zero", message, fixed=True, where="intervals"))
    elif planned > 1 and not intervals:
        message = "Type the days between sessions: 14, or 7; 7; 14."
        findings.append(block("intervals:missing", message, fixed=True, where="intervals"))
    return ordered(findings)


def is_review_due(number: int, sessions_planned: int, review_at: int = REVIEW_SESSION) -> bool:
    """Full review at the clinic's session (5 unless it says otherwise), and at the end of the course (README §7)."""
    return number in (review_at, sessions_planned)


def review_waited_for_or_none(
    number: int, *, sessions_planned: int, review_at: int, reviewed_to: int
) -> int | None:
    """The session whose review has to be answered before session ``number`` starts; None where none has.

    ``reviewed_to``: the session of the last review.
    """
    points = (review_at, sessions_planned)
    return max((point for point in points if reviewed_to < point < number), default=None)


def check_review_answered(
    number: int, *, sessions_planned: int, review_at: int, reviewed_to: int
) -> Finding | None:
    """Why session ``number`` cannot start yet, or None. It may be booked all the same."""
    point = review_waited_for_or_none(
        number, sessions_planned=sessions_planned, review_at=review_at, reviewed_to=reviewed_to
    )
    if point is None:
        return None
    message = (
        f"Session {number} waits for the review after session {point}. "
        "Answer it on the review page: go on, change, or stop."
    )
    return block("session:review", message, fixed=True, where="review", source=SEED, basis="stated")


def intervals_after_review(intervals: Sequence[int], *, sessions: int, number: int, days: int) -> list[int]:
    """The days between sessions when from session ``number`` on the sessions are ``days`` apart."""
    kept = course_intervals(intervals, sessions)
    return [*kept[: number - 1], *([days] * (len(kept) - len(kept[: number - 1])))]


def check_plan_parts_fit_together(
    *,
    record_is_closed: bool,
    cocktail_is_signed: bool,
    is_one_patient: bool,
    protocol: str,
    protocol_is_in_use: bool,
    has_area: bool,
) -> list[Finding]:
    """Why a plan cannot be made of these parts. ``is_one_patient``: assessment and cocktail are this patient's."""
    findings = []

    def add_finding(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if record_is_closed:
        message = "This record is closed: the patient died, or it was merged into another."
        add_finding("plan:closed-record", message, "patient")
    if not cocktail_is_signed:
        message = "This cocktail is not signed yet. Sign it, then plan with it."
        add_finding("plan:unsigned-cocktail", message, "cocktail")
    if not is_one_patient:
        message = "The assessment and the cocktail are of different patients. Choose this patient's."
        add_finding("plan:other-patient", message, "cocktail")
    if not protocol_is_in_use:
        add_finding("plan:no-schedule", f"{protocol} is no schedule in use here. Choose another.", "protocol")
    if not has_area:
        message = "The assessment has no area. Assess again and choose the zones."
        add_finding("plan:no-area", message, "assessment")
    return findings


def check_cocktail_fits_course(
    *, is_signed: bool, is_of_patient: bool, is_of_clinic: bool, is_retired: bool
) -> list[Finding]:
    """Why a course cannot go on with this cocktail."""
    findings = []
    if not is_signed:
        message = "This cocktail is not signed yet. Sign it, then go on with it."
        findings.append(block("plan:unsigned-cocktail", message, fixed=True, where="cocktail"))
    if not is_of_patient:
        message = "This cocktail is of another patient. Choose this patient's."
        findings.append(block("plan:other-patient", message, fixed=True, where="cocktail"))
    if not is_of_clinic:
        message = "This cocktail was signed at another clinic. Build and sign one here, then go on with it."
        findings.append(block("plan:other-clinic", message, fixed=True, where="cocktail"))
    if is_retired:
        message = "This cocktail is retired. Choose one that is in use."
        findings.append(block("plan:retired-cocktail", message, fixed=True, where="cocktail"))
    return findings


class PlanStatus(StrEnum):
    DRAFT = "draft"
    QUOTED = "quoted"
    ACCEPTED = "accepted"
    ACTIVE = "active"  # a session has been signed
    PAUSED = "paused"  # by a review: nothing follows before somebody goes on with it
    CHANGING = "changing"  # by a review: another cocktail is chosen first
    DONE = "done"
    STOPPED = "stopped"
    DECLINED = "declined"
    EXPIRED = "expired"


#: The patient said yes, with a quote or without: from here on money is taken.
AGREED_PLANS = (
    PlanStatus.ACCEPTED,
    PlanStatus.ACTIVE,
    PlanStatus.PAUSED,
    PlanStatus.CHANGING,
    PlanStatus.DONE,
    PlanStatus.STOPPED,
)

#: A review holds the course: no session is booked or started before somebody goes on with it.
HELD_PLANS = (PlanStatus.PAUSED, PlanStatus.CHANGING)


def check_plan_quotable(status: str) -> Finding | None:
    """Why a plan cannot be quoted any more, or None. One that waits for an answer takes a new quote: the older
    one is superseded."""
    if status == PlanStatus.QUOTED:
        return None
    return check_state_move_is_allowed(PLAN_MOVES, status, PlanStatus.QUOTED, what="plan")


def check_plan_acceptable_without_quote(status: str) -> Finding | None:
    """Why a plan cannot be accepted as it is, without a quote, or None."""
    if status == PlanStatus.DRAFT:
        return None
    message = f"This plan is {status}. Only a draft is accepted without a quote."
    return block("plan:quoted", message, fixed=True)


def check_held_course_may_go_on(status: str, *, has_other_cocktail: bool) -> Finding | None:
    """Why a course that a review held cannot go on, or None. ``has_other_cocktail``: another one is chosen now."""
    if status not in HELD_PLANS:
        message = f"This plan is {status}: no review holds it."
        return block("plan:not-held", message, fixed=True, where="status")
    if status == PlanStatus.CHANGING and not has_other_cocktail:
        message = "The review asks for another cocktail: sign one, then choose it here."
        return block("plan:same-cocktail", message, fixed=True, where="cocktail")
    return None


#: Plans that somebody still has something to do for.
OPEN_PLANS = (
    PlanStatus.DRAFT,
    PlanStatus.QUOTED,
    PlanStatus.ACCEPTED,
    PlanStatus.ACTIVE,
    PlanStatus.PAUSED,
    PlanStatus.CHANGING,
)

_EVERY = {7: "weekly", 14: "fortnightly", 28: "monthly", 30: "monthly", 31: "monthly"}


def interval_text(days: int) -> str:
    """14 is “fortnightly”, 21 “every 3 weeks”, 90 “every 3 months”, 10 “every 10 days”."""
    if word := _EVERY.get(days):
        return word
    if days % 30 == 0:
        return f"every {days // 30} months"
    if days % 7 == 0:
        return f"every {days // 7} weeks"
    return "every day" if days == 1 else f"every {days} days"


def course_text(intervals: Sequence[int], sessions: int, *, review_at: int = REVIEW_SESSION) -> str:
    """“8 sessions: 4 fortnightly, then 4 monthly. Review at session 5.”"""
    if sessions == 1:
        best_after = _ordinal_text(max(review_at, REVIEW_SESSION))
        return f"Pay as you go. Best results usually come after the {best_after}."
    runs = [
        (word, len(list(days)))
        for word, days in groupby(course_intervals(intervals, sessions), key=interval_text)
    ]
    if len(runs) == 1:
        said = f"{sessions} sessions, {runs[0][0]}."
    elif len(runs) <= 3:
        # The first session opens the first run.
        counts = [runs[0][1] + 1, *(count for _, count in runs[1:])]
        parts = [f"{n} {word}" for n, (word, _) in zip(counts, runs, strict=True)]
        said = f"{sessions} sessions: {', then '.join(parts)}."
    else:
        said = f"{sessions} sessions in {sum(course_intervals(intervals, sessions))} days."
    return f"{said} Review at session {review_at}." if sessions >= review_at else said


def _ordinal_text(number: int) -> str:
    words = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
    if number <= len(words):
        return words[number - 1]
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


PLAN_MOVES: dict[PlanStatus, frozenset[PlanStatus]] = {
    # A clinic may treat without a quote: then a draft is accepted as it is.
    PlanStatus.DRAFT: frozenset({PlanStatus.QUOTED, PlanStatus.ACCEPTED, PlanStatus.STOPPED}),
    PlanStatus.QUOTED: frozenset({PlanStatus.ACCEPTED, PlanStatus.DECLINED, PlanStatus.EXPIRED}),
    PlanStatus.ACCEPTED: frozenset({PlanStatus.ACTIVE, PlanStatus.STOPPED}),
    PlanStatus.ACTIVE: frozenset(
        {PlanStatus.DONE, PlanStatus.PAUSED, PlanStatus.CHANGING, PlanStatus.STOPPED}
    ),
    PlanStatus.PAUSED: frozenset({PlanStatus.ACTIVE, PlanStatus.STOPPED}),
    PlanStatus.CHANGING: frozenset({PlanStatus.ACTIVE, PlanStatus.STOPPED}),
    PlanStatus.DONE: frozenset(),
    PlanStatus.STOPPED: frozenset(),
    # People change their minds: a new quote opens the plan again.
    PlanStatus.DECLINED: frozenset({PlanStatus.QUOTED, PlanStatus.STOPPED}),
    PlanStatus.EXPIRED: frozenset({PlanStatus.QUOTED, PlanStatus.STOPPED}),
}


def next_session_on(last_on: date, interval: int) -> date:
    """The day the protocol puts the next session on."""
    return last_on + timedelta(days=interval)
