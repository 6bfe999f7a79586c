"""What was done elsewhere stands against a day: read from the patient's words, with its day."""

from datetime import date, timedelta

import pytest

from tests.treatments.schedule.test_rules_intervals import rule
from treatments.schedule.rules.elsewhere import (
    DoneElsewhere,
    Elsewhere,
    days_named_in_text,
    treatments_done_elsewhere,
)
from treatments.schedule.rules.intervals import (
    GivenSession,
    SessionToCome,
    check_intervals_since_given_sessions,
)

TOLD = date(2026, 11, 25)
SAYS = "Injected elsewhere on {date}: {d} days. Wait, or give a short reason."
ELSEWHERE = rule(
    "interval:elsewhere",
    "event",
    "mesotherapy, PRP or filler elsewhere",
    min_days=7,
    below="warn",
    above="none",
    says_below=SAYS,
)
NEEDLED = rule(
    "interval:microneedling",
    "pair",
    "microneedling in the same region",
    "interval:pair",
    min_days=7,
    below="warn",
    above="none",
    says_below="Microneedling {d} days ago in {region}. Give a short reason.",
)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("PRP 2026-11-20", [date(2026, 11, 20)]),
        ("filler, 20.11.2026", [date(2026, 11, 20)]),
        ("PRP on 20 November 2026", [date(2026, 11, 20)]),
        ("PRP on 31/02/2026", []),
        ("some time ago", []),
    ],
)
def test_a_day_is_read_from_words(text, days):
    assert days_named_in_text(text) == days


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("never", []),
        ("PRP, 20.11.2026", [DoneElsewhere(Elsewhere.INJECTION, date(2026, 11, 20))]),
        ("dermaroller 24.11.2026", [DoneElsewhere(Elsewhere.MICRONEEDLING, date(2026, 11, 24))]),
        ("mesotherapy, a while ago", [DoneElsewhere(Elsewhere.INJECTION, TOLD)]),
        ("PRP 1.12.2027", [DoneElsewhere(Elsewhere.INJECTION, TOLD)]),
    ],
)
def test_a_day_that_nobody_can_read_is_the_day_it_was_told(said, read):
    assert treatments_done_elsewhere([said], TOLD) == read


@pytest.mark.parametrize(
    ("days", "codes"), [(0, ["interval:elsewhere"]), (6, ["interval:elsewhere"]), (7, [])]
)
def test_an_injection_elsewhere_warns_for_seven_days_before_a_first_session_too(days, codes):
    ahead = SessionToCome(TOLD + timedelta(days=days), elsewhere=(DoneElsewhere(Elsewhere.INJECTION, TOLD),))

    assert [
        each.code for each in check_intervals_since_given_sessions([ELSEWHERE, NEEDLED], ahead, [])
    ] == codes


def test_it_says_when_it_was_and_the_desk_reads_nothing_of_it():
    ahead = SessionToCome(TOLD + timedelta(days=2), elsewhere=(DoneElsewhere(Elsewhere.INJECTION, TOLD),))

    [told] = check_intervals_since_given_sessions([ELSEWHERE], ahead, [])
    [desk] = check_intervals_since_given_sessions([ELSEWHERE], ahead, [], clinical=False)

    assert told.message == "Injected elsewhere on 25 Nov 2026: 2 days. Wait, or give a short reason."
    assert "njected" not in desk.message
    assert "2 Dec 2026" in desk.message


def test_microneedling_is_a_rule_of_its_own():
    ahead = SessionToCome(TOLD + timedelta(days=1), elsewhere=(DoneElsewhere(Elsewhere.MICRONEEDLING, TOLD),))

    [found] = check_intervals_since_given_sessions([ELSEWHERE, NEEDLED], ahead, [])

    assert (found.code, found.level.value) == ("interval:pair", "warn")
    assert found.message == "Microneedling 1 day ago in the same region. Give a short reason."


PRP = frozenset({"prp"})
COURSE = rule("interval:prp", "ingredient", "prp", min_days=14, max_days=60)
MAINTENANCE = rule(
    "interval:prp:maintenance",
    "ingredient",
    "prp maintenance",
    "interval:prp",
    min_days=90,
    max_days=365,
    below="warn",
)


@pytest.mark.parametrize(
    ("fewest_days", "days", "levels"),
    [
        (30, 13, ["block"]),
        (30, 61, ["warn"]),
        (180, 61, ["warn"]),  # too soon for maintenance
        (180, 89, ["warn"]),
        (180, 180, []),
        (180, 366, ["warn"]),
        (None, 61, ["warn"]),
    ],
)
def test_a_course_of_half_yearly_prp_keeps_the_days_of_maintenance(fewest_days, days, levels):
    given = GivenSession(3, TOLD, ingredients=PRP)
    ahead = SessionToCome(TOLD + timedelta(days=days), ingredients=PRP, fewest_days=fewest_days)

    found = check_intervals_since_given_sessions([COURSE, MAINTENANCE], ahead, [given])

    assert [each.level.value for each in found] == levels
