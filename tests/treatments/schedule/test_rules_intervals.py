"""What the rules of intervals say to a day: too soon, early, too late, and one session entered twice."""

from datetime import date, timedelta

import pytest

from mesoclinic.core.findings import Level
from treatments.schedule.rules.intervals import (
    GivenSession,
    IntervalRule,
    SessionToCome,
    check_intervals_since_given_sessions,
)

LAST = date(2026, 11, 2)
BELOW = "Only {d} days since session {n}: {subject} is given every {usual}. Wait until {date}, or {todo}."
ABOVE = "{d} days since session {n}; {subject} is given every {usual}. Reassess before going on, or give a short reason."


def rule(code, scope="any", subject="any session", finding=None, **fields):
    values = {
        "usual": "7-30",
        "below": "block_overridable",
        "above": "warn",
        "says_below": BELOW,
        "says_above": ABOVE,
    } | fields
    return IntervalRule(code, scope, subject, finding or code, **values)


ANY = rule("interval:*any", min_days=7, max_days=90)
HOURS = rule("interval:*any:hours", finding="interval:*any", usual="", min_days=2, below="block_fixed")
LOST = rule("interval:lost", finding="interval:lapsed", max_days=180, below="none", above="block_overridable")
DRUG = rule(
    "interval:prp",
    "ingredient",
    "prp",
    usual="28-30",
    min_days=14,
    early_from_days=24,
    max_days=60,
    early="warn",
)
WEEKLY = rule("interval:weekly", "protocol", "weekly", usual="7 x3, 14 x4", min_days=6, max_days=45)
PAIR = rule(
    "interval:two-techniques", "pair", "both", "interval:pair", min_days=7, below="warn", above="none"
)
RULES = (ANY, HOURS, LOST, DRUG, WEEKLY, PAIR)


def said(days, *, given=(), is_begun=False, clinical=True, **ahead):
    """Code to level (“refused” where nobody passes it), so many days after session 3."""
    before = GivenSession(3, LAST, **{"protocol": "own", **dict(given)})
    to_come = SessionToCome(LAST + timedelta(days=days), **{"protocol": "own", **ahead})
    found = check_intervals_since_given_sessions(
        RULES, to_come, [before], is_begun=is_begun, clinical=clinical
    )
    return {each.code: "refused" if each.fixed else each.level.value for each in found}


PRP = frozenset({"prp"})


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (0, {"interval:*any:hours": "refused"}),
        (1, {"interval:*any:hours": "refused"}),
        (2, {"interval:*any": "block"}),
        (6, {"interval:*any": "block"}),
        (7, {}),
        (90, {}),
        (91, {"interval:*any": "warn"}),
        (180, {"interval:*any": "warn"}),
        (181, {"interval:*any": "warn", "interval:lapsed": "block"}),
    ],
)
def test_days_since_any_session(days, found):
    assert said(days) == found


@pytest.mark.parametrize(
    ("days", "found"),
    [(13, "block"), (14, "warn"), (23, "warn"), (24, None), (60, None), (61, "warn")],
)
def test_days_since_a_session_with_the_same_ingredient(days, found):
    assert said(days, given={"ingredients": PRP}, ingredients=PRP).get("interval:prp") == found


def test_beside_a_rule_of_what_is_given_the_rule_of_any_session_is_never_late():
    assert "interval:*any" not in said(100, given={"ingredients": PRP}, ingredients=PRP)


def test_an_ingredient_that_was_not_given_last_time_has_no_interval():
    assert "interval:prp" not in said(13, ingredients=PRP)


def test_a_protocol_speaks_for_its_course():
    weekly = {"protocol": "weekly"}

    assert said(6, given=weekly, **weekly) == {}
    assert said(5, given=weekly, **weekly) == {"interval:weekly": "block"}
    assert said(46, given=weekly, **weekly) == {"interval:weekly": "warn"}


def test_a_protocol_says_nothing_of_a_session_of_another_course():
    assert said(6, given={"protocol": "other"}, protocol="weekly") == {"interval:*any": "block"}


def test_a_later_session_of_another_course_counts_beside_the_protocols_own():
    own = GivenSession(3, LAST, "weekly")
    other = GivenSession(1, LAST + timedelta(days=4), "other")

    found = check_intervals_since_given_sessions(
        RULES, SessionToCome(LAST + timedelta(days=7), "weekly"), [own, other]
    )

    assert [each.code for each in found] == ["interval:*any"]


def test_two_courses_that_meet_in_one_region_ask_for_a_reason():
    there = {"zones": frozenset({"VERTEX"})}

    assert said(6, given=there, ingredients=PRP, **there)["interval:pair"] == "warn"
    assert "interval:pair" not in said(6, given=there, ingredients=PRP, zones=frozenset({"FRONTAL"}))
    assert "interval:pair" not in said(7, given=there, ingredients=PRP, **there)


def test_a_new_assessment_ends_a_lapse():
    assert "interval:lapsed" in said(200, assessed_on=LAST)
    assert "interval:lapsed" not in said(200, assessed_on=LAST + timedelta(days=199))


def test_what_has_begun_is_never_refused_for_its_interval():
    assert said(0, is_begun=True) == {"interval:*any:hours": "block"}


def test_a_first_session_has_no_interval():
    assert check_intervals_since_given_sessions(RULES, SessionToCome(LAST), []) == []


def test_a_session_after_this_day_says_nothing():
    assert (
        check_intervals_since_given_sessions(
            RULES, SessionToCome(LAST), [GivenSession(4, LAST + timedelta(days=3))]
        )
        == []
    )


def test_the_words_say_which_session_how_far_and_when_it_may_be():
    ahead = SessionToCome(LAST + timedelta(days=13), ingredients=PRP, names={"prp": "Platelet-rich plasma"})
    (found,) = check_intervals_since_given_sessions((DRUG,), ahead, [GivenSession(2, LAST, ingredients=PRP)])

    assert found.message == (
        "Only 13 days since session 2: Platelet-rich plasma is given every 28-30 days. "
        "Wait until 16 Nov 2026, or a clinician writes why."
    )
    assert found.level is Level.BLOCK


def test_a_second_session_on_a_day_asks_whether_it_was_entered_twice():
    (found,) = check_intervals_since_given_sessions((HOURS,), SessionToCome(LAST), [GivenSession(3, LAST)])

    assert found.message == (
        "Session 3 was given today: is this the same session, entered twice? Open that one. "
        "The next is given on 4 Nov 2026 or later."
    )


def test_the_front_desk_reads_nothing_of_what_is_injected():
    ahead = SessionToCome(LAST + timedelta(days=13), ingredients=PRP, names={"prp": "Platelet-rich plasma"})
    given = [GivenSession(2, LAST, ingredients=PRP)]
    (found,) = check_intervals_since_given_sessions((DRUG,), ahead, given, clinical=False)

    assert found.message == (
        "Only 13 days since the last session. Choose 16 Nov 2026 or later, or ask a clinician."
    )
