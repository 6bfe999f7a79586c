"""Check-ins, follow-ups, later reactions and relief, without a database."""

from datetime import date
from decimal import Decimal

import pytest

from mesoclinic.core.findings import Level
from mesoclinic.core.moves import can_move
from treatments.followup.rules import (
    CHECK_IN_MOVES,
    FOLLOW_UP_MOVES,
    Alarm,
    CheckInStatus,
    FollowUpStatus,
    Noticed,
    ToldByLink,
    answered_share_or_none,
    check_call_still_due,
    check_follow_up_status_may_change,
    check_pain_asked_at_this_call,
    check_text_long_enough,
    days_late,
    effects_told,
    emergency_number,
    follow_up_due_on,
    needs_action_now,
)
from treatments.sessions.rules.late_reports import (
    ReactionDays,
    check_late_pain_moment_and_score,
    check_reaction_days_possible,
    days_as_hours_or_weeks_text,
    first_day_of_suspect_lots,
)
from treatments.sessions.rules.pain_relief import (
    ReliefFact,
    check_relief_says_lidocaine_mg,
    lidocaine_mg_in_pain_relief,
)

D = Decimal
DONE, TODAY = date(2026, 2, 27), date(2026, 3, 1)


@pytest.mark.parametrize(("days", "name"), [(2, "48 h"), (14, "2 weeks"), (42, "6 weeks"), (84, "12 weeks")])
def test_a_check_in_is_named_as_people_say_it(days, name):
    assert days_as_hours_or_weeks_text(days) == name


def test_a_check_in_that_ended_moves_no_more():
    ends = {s: ways for s, ways in CHECK_IN_MOVES.items() if s != CheckInStatus.DUE}

    assert set(ends.values()) == {frozenset()}
    assert CHECK_IN_MOVES[CheckInStatus.DUE] == set(CheckInStatus) - {CheckInStatus.DUE}


def test_a_follow_up_is_closed_and_may_come_back():
    assert set(FOLLOW_UP_MOVES) == set(FollowUpStatus)
    assert can_move(FOLLOW_UP_MOVES, "open", "in_hand")
    assert can_move(FOLLOW_UP_MOVES, "in_hand", "closed")
    assert can_move(FOLLOW_UP_MOVES, "closed", "open")
    assert not can_move(FOLLOW_UP_MOVES, "closed", "in_hand")
    assert not can_move(FOLLOW_UP_MOVES, "in_hand", "open")


@pytest.mark.parametrize(
    ("level", "due"), [("emergency", TODAY), ("alert", TODAY), ("expected", date(2026, 3, 3))]
)
def test_an_alert_is_looked_at_the_day_it_is_told(level, due):
    assert follow_up_due_on(level, TODAY) == due


def test_the_lots_of_the_whole_incubation_are_asked_about():
    assert first_day_of_suspect_lots(date(2026, 3, 1), 365) == date(2025, 3, 1)
    assert first_day_of_suspect_lots(date(2028, 2, 29), 1) == date(2028, 2, 28)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (ReactionDays("7"), None),
        (ReactionDays("7", DONE, TODAY), None),
        (ReactionDays("7", TODAY, TODAY), None),
        (ReactionDays("7", date(2026, 2, 26)), "reaction-began:7"),
        (ReactionDays("7", date(2026, 3, 2)), "reaction-began:7"),
        (ReactionDays("7", DONE, date(2026, 3, 2)), "reaction-ends-ahead:7"),
        (ReactionDays("7", date(2026, 2, 28), DONE), "reaction-ended:7"),
        (ReactionDays("7", None, date(2026, 2, 26)), "reaction-ended:7"),
    ],
)
def test_a_reaction_is_told_with_days_that_can_be(told, code):
    found = check_reaction_days_possible([told], DONE, TODAY)

    assert [f.code for f in found] == ([code] if code else [])
    assert all(f.fixed for f in found)


@pytest.mark.parametrize(
    ("moment", "score", "code"),
    [
        ("1h", 0, None),
        ("24h", 10, None),
        ("during", 3, "pain:moment"),
        ("24h", 11, "pain:scale"),
        ("1h", -1, "pain:scale"),
    ],
)
def test_only_the_later_moments_are_added_later(moment, score, code):
    assert [f.code for f in check_late_pain_moment_and_score(moment, score)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("relief", "code", "level"),
    [
        (ReliefFact("ice"), None, None),
        (ReliefFact("nerve_block", D(60)), None, None),
        (ReliefFact("cream", D(0)), None, None),
        (ReliefFact("cream"), "relief-mg:cream", Level.WARN),
        (ReliefFact("nerve_block", D(-1)), "relief-mg:nerve_block", Level.BLOCK),
        (ReliefFact("nerve_block", D(2001)), "relief-mg:nerve_block", Level.BLOCK),
        (ReliefFact("ice", D(5)), "relief-mg:ice", Level.BLOCK),
        (ReliefFact("hypnosis"), "relief:hypnosis", Level.BLOCK),
    ],
)
def test_relief_with_lidocaine_says_how_much(relief, code, level):
    found = check_relief_says_lidocaine_mg([relief])

    assert [(f.code, f.level) for f in found] == ([(code, level)] if code else [])


def test_lidocaine_adds_up_over_the_relief():
    relief = [ReliefFact("cream", D("25.5")), ReliefFact("nerve_block", D(40)), ReliefFact("ice")]

    assert lidocaine_mg_in_pain_relief(relief) == D("65.5")


def test_the_pain_a_day_after_is_asked_at_the_first_call_only():
    assert check_pain_asked_at_this_call(2) is None
    assert [check_pain_asked_at_this_call(days).code for days in (14, 42, 84)] == ["pain:moment"] * 3


def test_only_a_check_in_that_is_due_is_answered():
    assert check_call_still_due("due") is None
    assert "is taken over already" in check_call_still_due("taken_over").message


def test_a_follow_up_that_moved_meanwhile_is_looked_at_again():
    assert check_follow_up_status_may_change("open", "in_hand") is None
    found = check_follow_up_status_may_change("in_hand", "open")
    assert found.code == "follow-up:open"
    assert found.message.startswith("This follow-up is in hand: somebody was quicker.")


def test_what_is_to_be_done_is_asked_for_an_alert_until_the_follow_up_is_closed():
    asked = [
        (level, status)
        for level in ("expected", "alert", "emergency")
        for status in FollowUpStatus
        if needs_action_now(level, status)
    ]

    assert asked == [
        ("alert", "open"),
        ("alert", "in_hand"),
        ("emergency", "open"),
        ("emergency", "in_hand"),
    ]


def test_a_call_is_late_from_the_day_after():
    assert [days_late(date(2026, 3, day), TODAY) for day in (1, 2)] == [0, -1]
    assert days_late(date(2026, 2, 27), TODAY) == 2


@pytest.mark.parametrize(("text", "ok"), [("Rang", True), ("abc", True), (" ab ", False), ("", False)])
def test_what_is_written_about_a_call_is_a_few_words_at_least(text, ok):
    found = check_text_long_enough(text, "Say why.", "reason")

    assert (found is None) == ok
    assert found is None or (found.code, found.message, found.where) == (
        "follow-up:reason",
        "Say why.",
        "reason",
    )


# --- a check-in by link --------------------------------------------------------------------------


def test_what_is_alarming_is_written_down_once_an_effect_and_in_red():
    told = ToldByLink(pain=8, noticed=(Noticed.REDNESS,), alarms=(Alarm.PUS, Alarm.FEVER, Alarm.SIGHT))

    found = effects_told(told, days=2)

    assert [(each.code, each.grade, each.is_red) for each in found] == [
        ("infection", "moderate", True),
        ("skin-necrosis", "moderate", True),
        ("soreness", "severe", True),
        ("irritation", "mild", False),
    ]
    assert found[0].words == "The patient, by link: pus or heat, fever."


@pytest.mark.parametrize(("days", "code"), [(2, "abscess"), (14, "abscess"), (42, "mycobacterial-infection")])
def test_a_lump_told_of_late_asks_about_the_lots_of_half_a_year(days, code):
    assert effects_told(ToldByLink(pain=0, alarms=(Alarm.LUMP,)), days)[0].code == code


def test_an_answer_is_red_by_an_alarm_or_by_pain_of_seven():
    assert [ToldByLink(pain=pain).is_red for pain in (0, 6, 7, 10)] == [False, False, True, True]
    assert ToldByLink(pain=0, alarms=(Alarm.HIVES,)).is_red


def test_the_emergency_number_is_that_of_the_country():
    assert [emergency_number(country) for country in ("US", "gb", "TR", "FR", "")] == [
        "911", "999", "112", "112", "112",
    ]  # fmt: skip


def test_the_share_answered_is_none_where_nobody_was_asked():
    assert [answered_share_or_none(*pair) for pair in ((0, 0), (0, 3), (2, 3))] == [None, 0, 67]
