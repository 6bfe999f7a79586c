"""States, lengths of courses, and until when. Prices and payments have files of their own."""

import csv
from datetime import date, timedelta
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.citations import SEED
from mesoclinic.core.moves import can_move, check_state_move_is_allowed, next_states
from treatments.billing.rules.quotes import (
    check_quote_expired_or_expiring,
    is_past_last_valid_day,
    last_valid_day,
)
from treatments.billing.rules.states import QUOTE_MOVES, QuoteStatus
from treatments.plans.rules import (
    PLAN_MOVES,
    PlanStatus,
    ProtocolFact,
    check_cocktail_fits_course,
    check_enough_sessions_and_protocol_range,
    check_held_course_may_go_on,
    check_plan_acceptable_without_quote,
    check_plan_parts_fit_together,
    check_plan_quotable,
    course_intervals,
    course_length_days,
    course_text,
    parse_intervals,
    parse_number_range_or_none,
    parse_session_range_or_none,
    session_day_offsets,
)

DATA = Path(__file__).parents[3] / "mesoclinic" / "data"
TODAY = date(2026, 11, 23)
GENERIC = "7;7;7;14;14;14;14;30;30"


def protocols():
    with (DATA / "protocols.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def seen(findings):
    return [(f.code, str(f.level), f.fixed) for f in findings]


def test_how_a_plan_moves_on():
    assert {str(s): [str(to) for to in next_states(PLAN_MOVES, s)] for s in PlanStatus} == {
        "draft": ["quoted", "accepted", "stopped"],
        "quoted": ["accepted", "declined", "expired"],
        "accepted": ["active", "stopped"],
        "active": ["paused", "changing", "done", "stopped"],
        "paused": ["active", "stopped"],
        "changing": ["active", "stopped"],
        "done": [],
        "stopped": [],
        "declined": ["quoted", "stopped"],
        "expired": ["quoted", "stopped"],
    }


@pytest.mark.parametrize(
    ("status", "has_other", "code"),
    [
        ("paused", False, None),
        ("paused", True, None),
        ("changing", True, None),
        ("changing", False, "plan:same-cocktail"),
        ("active", True, "plan:not-held"),
        ("stopped", True, "plan:not-held"),
    ],
)
def test_a_course_that_a_review_held_goes_on_where_it_may(status, has_other, code):
    found = check_held_course_may_go_on(status, has_other_cocktail=has_other)

    assert (found and found.code) == code
    assert found is None or found.fixed


def test_a_course_goes_on_with_a_signed_cocktail_of_its_own_patient_and_clinic_that_is_in_use():
    fits = {"is_signed": True, "is_of_patient": True, "is_of_clinic": True, "is_retired": False}

    assert check_cocktail_fits_course(**fits) == []
    assert [
        f.code for f in check_cocktail_fits_course(**{name: not is_so for name, is_so in fits.items()})
    ] == [
        "plan:unsigned-cocktail",
        "plan:other-patient",
        "plan:other-clinic",
        "plan:retired-cocktail",
    ]


@pytest.mark.parametrize(
    ("review_at", "text"),
    [(8, "eighth"), (9, "9th"), (11, "11th"), (12, "12th"), (13, "13th"), (20, "20th")]
    + [(21, "21st"), (22, "22nd"), (23, "23rd"), (24, "24th"), (30, "30th"), (111, "111th")],
)
def test_after_which_session_results_are_best_is_said_as_people_say_it(review_at, text):
    assert course_text([], 1, review_at=review_at).endswith(f"come after the {text}.")


def test_how_a_quote_moves_on():
    assert {str(s): [str(to) for to in next_states(QUOTE_MOVES, s)] for s in QuoteStatus} == {
        "draft": ["issued"],
        "issued": ["accepted", "declined", "expired", "superseded"],
        "accepted": [],
        "declined": ["superseded"],
        "expired": ["superseded"],
        "superseded": [],
    }


def test_bare_text_of_a_column_moves_by_the_table_it_belongs_to():
    assert can_move(QUOTE_MOVES, "draft", "issued")
    assert not can_move(PLAN_MOVES, "draft", "issued")
    assert not can_move(QUOTE_MOVES, QuoteStatus.ACCEPTED, QuoteStatus.DECLINED)


def test_an_unknown_state_is_not_moved():
    with pytest.raises(ValueError, match="'lost' is not a state"):
        can_move(QUOTE_MOVES, "lost", "issued")


@pytest.mark.parametrize(
    ("state", "to", "message"),
    [
        ("issued", "accepted", None),
        (
            "issued",
            "draft",
            "This quote is issued and cannot become draft. "
            "It can still become accepted or declined or expired or superseded.",
        ),
        (
            "accepted",
            "declined",
            "This quote is accepted and cannot become declined. Nothing follows: make a new one.",
        ),
    ],
)
def test_a_move_that_is_refused_says_what_can_be_done(state, to, message):
    finding = check_state_move_is_allowed(QUOTE_MOVES, state, to, what="quote")

    assert (finding.message if finding else None) == message
    assert finding is None or (finding.code, finding.fixed) == (f"move:quote:{to}", True)


@pytest.mark.parametrize(
    ("text", "intervals"), [("7;7;14", [7, 7, 14]), (" 90 ; 90;", [90, 90]), ("", []), ("30", [30])]
)
def test_intervals_are_read(text, intervals):
    assert parse_intervals(text) == intervals


@pytest.mark.parametrize("text", ["7,7", "weekly", "0", "-7", "7;7.5", "7;٧"])
def test_intervals_that_cannot_be_read_are_said(text):
    with pytest.raises(ValueError, match="give days above zero"):
        parse_intervals(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.05-0.1", (D("0.05"), D("0.1"))),
        ("5 (3 + 2 in two steps)", (D(5), D(5))),
        ("~1", (D(1), D(1))),
        ("20–40", (D(20), D(40))),
        ("40-20", (D(20), D(40))),
        ("2 - 4", (D(2), D(4))),
        ("surface", None),
        ("", None),
    ],
)
def test_ranges_are_read(text, found):
    assert parse_number_range_or_none(text) == found


@pytest.mark.parametrize(
    ("text", "sessions"),
    [
        ("4-10", (4, 10)),
        ("12 (abstract); schedule text adds to 11", (12, 12)),
        ("4 (first year)", (4, 4)),
        ("10", (10, 10)),
        ("", None),
    ],
)
def test_sessions_are_read(text, sessions):
    assert parse_session_range_or_none(text) == sessions


def test_every_protocol_of_the_data_can_be_read():
    rows = [row for row in protocols() if not row["code"].startswith("technique-")]

    counts = {row["code"]: parse_session_range_or_none(row["sessions"]) for row in rows}
    lengths = {
        row["code"]: course_length_days(parse_intervals(row["interval_days_between"]), 10) for row in rows
    }
    assert None not in counts.values()
    assert (len(rows), lengths["generic-cocktail"], lengths["aga-duta-3monthly"]) == (19, 137, 810)


@pytest.mark.parametrize(
    ("intervals", "sessions", "days"),
    [
        pytest.param("7;14", 1, [0], id="one session has no gap"),
        pytest.param("", 1, [0], id="one session needs no interval"),
        pytest.param("7;14", 3, [0, 7, 21], id="as the pattern says"),
        pytest.param("7;14", 5, [0, 7, 21, 35, 49], id="the last gap repeats"),
        pytest.param(GENERIC, 5, [0, 7, 14, 21, 35], id="a pattern cut short"),
    ],
)
def test_the_days_of_a_course(intervals, sessions, days):
    assert session_day_offsets(parse_intervals(intervals), sessions) == days


def test_example_10_a_course_of_ten_lasts_137_days():
    # docs/pricing.md example 10; its 2,700.00 is in test_rules_quotes
    assert course_length_days(parse_intervals(GENERIC), 10) == 137


@pytest.mark.parametrize(
    ("intervals", "sessions", "why"),
    [([7], 0, "at least one session"), ([], 2, "need an interval"), ([7, 0], 3, "at least a day apart")],
)
def test_what_is_no_course(intervals, sessions, why):
    with pytest.raises(ValueError, match=why):
        course_intervals(intervals, sessions)


@given(st.lists(st.integers(1, 120), min_size=1, max_size=12), st.integers(1, 30))
def test_a_course_has_its_sessions_in_order(intervals, sessions):
    days = session_day_offsets(intervals, sessions)

    assert len(days) == sessions
    assert days == sorted(set(days))


PROTOCOL = ProtocolFact("Turkish clinic", (4, 8), source="[DRECE]")


@pytest.mark.parametrize(
    ("planned", "protocol", "found"),
    [
        pytest.param(0, PROTOCOL, [("sessions:none", "block", True)], id="none"),
        pytest.param(
            3,
            PROTOCOL,
            [("sessions:fewer-than-protocol", "warn", False), ("sessions:under-five", "warn", False)],
            id="under both",
        ),
        pytest.param(4, PROTOCOL, [("sessions:under-five", "warn", False)], id="four"),
        pytest.param(5, PROTOCOL, [], id="five"),
        pytest.param(8, PROTOCOL, [], id="the most"),
        pytest.param(9, PROTOCOL, [("sessions:more-than-protocol", "warn", False)], id="more"),
        pytest.param(9, ProtocolFact("Own"), [], id="a protocol that does not say"),
    ],
)
def test_how_many_sessions_make_sense(planned, protocol, found):
    assert seen(check_enough_sessions_and_protocol_range(planned, protocol)) == found


def test_too_few_sessions_are_said_with_their_source():
    few, under = check_enough_sessions_and_protocol_range(3, ProtocolFact("Ours", (6, 6), source="[X]"))

    assert (few.message, few.source) == (
        "3 planned, fewer than the 6 of Ours. Change the number, or say why.",
        "[X]",
    )
    assert (under.message, under.source, under.basis) == (
        "3 planned: results are best after the fifth session. Plan at least 5, or say why fewer.",
        SEED,
        "stated",
    )


def test_a_range_of_sessions_is_said_as_one():
    (more,) = check_enough_sessions_and_protocol_range(9, PROTOCOL)

    assert more.message == (
        "9 planned, more than the 4 to 8 of Turkish clinic. Change the number, or say why."
    )


def test_a_quote_is_valid_for_thirty_days():
    # design/quote.png: issued 23 November, valid to 23 December
    assert last_valid_day(TODAY) == date(2026, 12, 23)
    assert last_valid_day(TODAY, 14) == date(2026, 12, 7)


@pytest.mark.parametrize(
    ("days", "expired", "message"),
    [
        pytest.param(
            -1,
            True,
            "This quote was valid to 22 Nov 2026. Issue a new one at today's prices.",
            id="yesterday",
        ),
        pytest.param(
            0, False, "This quote ends today. Ask for an answer, or issue a new one.", id="its last day"
        ),
        pytest.param(
            1, False, "This quote ends tomorrow. Ask for an answer, or issue a new one.", id="the day before"
        ),
        pytest.param(
            7, False, "This quote ends in 7 days. Ask for an answer, or issue a new one.", id="a week"
        ),
        pytest.param(8, False, None, id="later"),
    ],
)
def test_when_a_quote_expires(days, expired, message):
    until = TODAY + timedelta(days=days)
    finding = check_quote_expired_or_expiring(until, TODAY)

    assert is_past_last_valid_day(until, TODAY) is expired
    assert (finding.message if finding else None) == message
    assert finding is None or finding.fixed is expired


FITTING = {
    "record_is_closed": False,
    "cocktail_is_signed": True,
    "is_one_patient": True,
    "protocol": "Monthly",
    "protocol_is_in_use": True,
    "has_area": True,
}


@pytest.mark.parametrize(
    ("parts", "code", "where"),
    [
        ({"record_is_closed": True}, "plan:closed-record", "patient"),
        ({"cocktail_is_signed": False}, "plan:unsigned-cocktail", "cocktail"),
        ({"is_one_patient": False}, "plan:other-patient", "cocktail"),
        ({"protocol_is_in_use": False}, "plan:no-schedule", "protocol"),
        ({"has_area": False}, "plan:no-area", "assessment"),
    ],
)
def test_a_plan_is_made_of_parts_that_fit(parts, code, where):
    found = check_plan_parts_fit_together(**FITTING | parts)

    assert [(each.code, each.fixed, each.where) for each in found] == [(code, True, where)]
    assert check_plan_parts_fit_together(**FITTING) == []


@pytest.mark.parametrize("status", list(PlanStatus))
def test_a_plan_is_quoted_until_it_is_agreed_and_again_when_it_came_to_nothing(status):
    quotable = {"draft", "quoted", "declined", "expired"}

    found = check_plan_quotable(status)

    assert (found.code if found else None) == (None if status in quotable else "move:plan:quoted")


@pytest.mark.parametrize("status", list(PlanStatus))
def test_only_a_draft_is_accepted_without_a_quote(status):
    found = check_plan_acceptable_without_quote(status)

    assert (found.code if found else None) == (None if status == "draft" else "plan:quoted")
