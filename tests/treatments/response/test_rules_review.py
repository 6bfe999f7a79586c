"""What a review may decide, and what stands against a decision, without a database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from treatments.plans.rules import (
    check_review_answered,
    intervals_after_review,
    review_waited_for_or_none,
)
from treatments.response.rules.dose_map import GivenActive, TreatedZone, totals_per_active
from treatments.response.rules.review import (
    Decision,
    ReviewFacts,
    check_decision,
    check_review_possible,
    decisions_open,
    early_text,
    gives_up_bookings,
    is_rule_for_condition,
    plan_status_after_review_or_none,
)

FACTS = ReviewFacts(status="active", signed=5, sessions_planned=8)


def codes(facts, decision, **said):
    said = {"text": "Less shedding", "interval_days": None, "usual_days": 28} | said
    return [finding.code for finding in check_decision(facts, decision, **said)]


@pytest.mark.parametrize(
    ("number", "reviewed_to", "waits_for"),
    [(5, 0, None), (6, 0, 5), (8, 0, 5), (6, 4, 5), (6, 5, None), (8, 5, None), (9, 5, 8), (9, 8, None)],
)
def test_sessions_after_the_review_point_wait_until_it_is_answered(number, reviewed_to, waits_for):
    of = {"sessions_planned": 8, "review_at": 5, "reviewed_to": reviewed_to}

    assert review_waited_for_or_none(number, **of) == waits_for
    finding = check_review_answered(number, **of)
    assert (finding is not None and finding.fixed) is (waits_for is not None)


def test_nothing_is_decided_where_nothing_is_chosen():
    assert codes(FACTS, None) == ["review:none"]


def test_a_decision_says_why():
    assert codes(FACTS, Decision.STOP, text="  ") == ["review:text"]


@pytest.mark.parametrize(("days", "found"), [(None, True), (0, True), (28, True), (29, False), (400, True)])
def test_a_longer_interval_is_longer(days, found):
    assert ("review:interval" in codes(FACTS, Decision.LONGER, interval_days=days)) is found


def test_while_harm_is_open_nothing_goes_on_as_it_is():
    harmed = replace(FACTS, is_harm_open=True)

    assert decisions_open(harmed) == [Decision.LONGER, Decision.STOP, Decision.REFER]
    assert codes(harmed, Decision.CONTINUE) == ["review:harm"]


@pytest.mark.parametrize("facts", [replace(FACTS, status="done", signed=8), replace(FACTS, signed=8)])
def test_of_a_course_that_is_over_maintenance_stop_and_referral_are_left(facts):
    assert decisions_open(facts) == [Decision.STOP, Decision.REFER, Decision.MAINTENANCE]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (replace(FACTS, status="draft"), "review:status"),
        (replace(FACTS, status="paused"), "review:status"),
        (replace(FACTS, signed=0), "review:nothing"),
        (replace(FACTS, has_draft=True), "review:draft"),
    ],
)
def test_what_cannot_be_reviewed_says_why(facts, code):
    assert [finding.code for finding in check_review_possible(facts)] == [code]


def test_each_decision_moves_the_plan_and_what_is_booked():
    moved = {d: plan_status_after_review_or_none(d, status="active") for d in Decision}

    assert {d.value: m.value if m else None for d, m in moved.items()} == {
        "continue": None,
        "change": "changing",
        "longer": None,
        "stop": "stopped",
        "refer": "paused",
        "maintenance": "done",
    }
    assert [d.value for d in Decision if gives_up_bookings(d)] == ["longer", "stop", "refer", "maintenance"]
    assert plan_status_after_review_or_none(Decision.STOP, status="done") is None


def test_the_days_after_the_review_are_made_longer_and_those_before_it_stay():
    assert intervals_after_review([14, 28], sessions=8, number=5, days=56) == [14, 28, 28, 28, 56, 56, 56]


def test_before_twelve_weeks_it_is_too_early_to_judge():
    assert "too early" in early_text(date(2026, 9, 21), date(2026, 11, 30))
    assert early_text(date(2026, 9, 7), date(2026, 11, 30)) == ""
    assert early_text(None, date(2026, 11, 30)) == ""


def test_a_rule_without_a_condition_speaks_about_any():
    assert is_rule_for_condition([], "brittle-hair")
    assert is_rule_for_condition(["brittle-hair"], "brittle-hair")
    assert not is_rule_for_condition(["alopecia-areata"], "brittle-hair")


def test_milligrams_are_shared_over_the_zones_by_volume_and_never_over_actives():
    given = [GivenActive(1, "Biotin", D(10)), GivenActive(2, "Biotin", D(10)), GivenActive(1, "Zinc", D(2))]
    treated = [
        TreatedZone(1, "Vertex", D(3), D(50)),
        TreatedZone(1, "Frontal", D(1), D(25)),
        TreatedZone(2, "Vertex", D(2), D(50)),
    ]

    biotin, zinc = totals_per_active(given, treated)

    assert (biotin.name, biotin.mg) == ("Biotin", D(20))
    assert {zone.zone: (zone.mg_per_cm2, zone.sessions) for zone in biotin.zones} == {
        "Vertex": (D("0.35"), 2),
        "Frontal": (D("0.1"), 1),
    }
    assert zinc.mg == D(2)
