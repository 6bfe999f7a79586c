"""The rules of what is made of the patient's own blood."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from treatments.sessions.rules.blood import (
    Blood,
    KitDose,
    Spin,
    check_blood_may_be_drawn,
    check_blood_may_be_thrown_away,
    check_blood_ready_for_signing,
    check_injection_may_be_recorded,
    check_spin_may_be_recorded,
    check_tube_identity_reading_is_valid,
    hours_and_minutes_text,
)
from treatments.stock.rules.lots import LotChoice

D = Decimal
DRAWN = datetime(2026, 11, 30, 9, tzinfo=UTC)
TODAY = DRAWN.date()
KIT = LotChoice(7, "K-1", "PRP kit", TODAY + timedelta(days=90), D(70))
BLOOD = Blood(7, "K-1", DRAWN, DRAWN + timedelta(hours=4))
CHECKED = replace(BLOOD, checkers=frozenset({1, 2}))
SPUN = replace(CHECKED, spun_at=DRAWN + timedelta(minutes=30), obtained_ml=D(6))
DONE = replace(SPUN, injected_at=DRAWN + timedelta(hours=1), is_rest_discarded=True)
SPIN = Spin(D(8), 1500, None, D(6))


def codes(found):
    assert all(each.blocks and each.fixed for each in found if each.code != "blood:late")
    return [each.code for each in found]


def draw(**changes):
    asked = {
        "kit": KIT,
        "is_kit_of_this_session": True,
        "ml": D(30),
        "drawn_at": DRAWN,
        "on": TODAY,
        "now": DRAWN,
        "limit_minutes": 240,
        "has_blood": False,
    } | changes
    return codes(check_blood_may_be_drawn(asked.pop("kit"), **asked))


def test_blood_is_drawn_with_a_kit_that_is_good():
    assert draw() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"has_blood": True}, "blood:again"),
        ({"is_kit_of_this_session": False}, "blood:kit"),
        ({"kit": replace(KIT, expires_on=date(2026, 11, 29))}, "lot-expired:K-1"),
        ({"kit": replace(KIT, status="recalled")}, "lot-recalled:K-1"),
        ({"kit": replace(KIT, status="quarantined")}, "lot-quarantined:K-1"),
        ({"kit": replace(KIT, on_hand_ml=D(0))}, "lot-empty:K-1"),
        ({"limit_minutes": None}, "blood:no-limit"),
        ({"ml": D(0)}, "blood:ml"),
        ({"ml": D("120.01")}, "blood:ml"),
        ({"drawn_at": DRAWN + timedelta(minutes=1)}, "blood:drawn-at"),
        ({"drawn_at": DRAWN - timedelta(minutes=241)}, "blood:drawn-at"),
    ],
)
def test_why_blood_is_not_drawn(changes, code):
    assert draw(**changes) == [code]


def test_the_kit_is_good_on_its_last_day():
    assert draw(kit=replace(KIT, expires_on=TODAY)) == []


def tube(blood, by, read):
    return codes(
        check_tube_identity_reading_is_valid(
            blood, by=by, read=read, record_number="MC-000001", patient="Ann Example"
        )
    )


def test_two_different_people_read_the_tube():
    assert tube(BLOOD, 1, "MC-000001") == []
    assert tube(replace(BLOOD, checkers=frozenset({1})), 1, "MC-000001") == ["blood:identity-same"]
    assert tube(replace(BLOOD, checkers=frozenset({1})), 2, " mc-000001 ") == []


@pytest.mark.parametrize("read", ["MC-000002", "", "Ann Example"])
def test_another_tube_is_refused(read):
    assert tube(BLOOD, 1, read) == ["blood:identity-other"]


def test_a_tube_that_was_spun_is_not_checked_any_more():
    assert tube(SPUN, 3, "MC-000001") == ["blood:identity-late"]


def spin(blood=CHECKED, **changes):
    return codes(check_spin_may_be_recorded(blood, replace(SPIN, **changes), drawn_ml=D(30), most_ml=D(7)))


def test_the_spin_waits_for_two_people():
    assert spin() == []
    assert spin(replace(BLOOD, checkers=frozenset({1}))) == ["blood:identity"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"minutes": D(0)}, "blood:spin-minutes"),
        ({"minutes": D("60.1")}, "blood:spin-minutes"),
        ({"g": None}, "blood:spin-speed"),
        ({"g": 5001}, "blood:spin-g"),
        ({"rpm": 20_001}, "blood:spin-rpm"),
        ({"obtained_ml": D(0)}, "blood:obtained"),
        ({"obtained_ml": D(30)}, "blood:obtained"),
        ({"obtained_ml": D("7.01")}, "blood:obtained"),
    ],
)
def test_a_spin_that_cannot_be(changes, code):
    assert spin(**changes) == [code]


def test_a_kit_gives_all_that_it_says():
    assert spin(obtained_ml=D(7)) == []
    assert spin(g=None, rpm=3200) == []


def inject(at, why="", blood=SPUN):
    return codes(
        check_injection_may_be_recorded(
            blood, injected_at=at, late_reason=why, now=max(at, DRAWN + timedelta(days=1))
        )
    )


def test_it_is_injected_up_to_the_last_minute_of_its_limit():
    last = DRAWN + timedelta(hours=4)

    assert inject(last) == []
    assert inject(last + timedelta(minutes=1)) == ["blood:late"]


def test_what_was_given_late_is_on_record_with_its_reason():
    late = DRAWN + timedelta(hours=4, minutes=1)

    assert inject(late, "too short") == ["blood:late"]
    assert inject(late, "It was injected before anybody looked at the clock.") == []


def test_it_is_injected_after_the_spin_and_before_now():
    assert inject(DRAWN + timedelta(minutes=29)) == ["blood:injected-at"]
    assert inject(DRAWN + timedelta(hours=1), blood=CHECKED) == ["blood:spin"]
    ahead = DRAWN + timedelta(hours=1)
    assert codes(
        check_injection_may_be_recorded(
            SPUN, injected_at=ahead, late_reason="", now=ahead - timedelta(minutes=1)
        )
    ) == ["blood:injected-at"]


def test_what_was_injected_is_not_thrown_away_whole():
    assert codes(check_blood_may_be_thrown_away(SPUN, "The tube fell")) == []
    assert codes(check_blood_may_be_thrown_away(SPUN, " ")) == ["blood:reason"]
    assert codes(check_blood_may_be_thrown_away(DONE, "The tube fell")) == ["blood:given"]


DOSE = KitDose(7, D(5))


def test_a_whole_preparation_stands_before_no_signature():
    assert check_blood_ready_for_signing(DONE, [DOSE]) == []
    assert check_blood_ready_for_signing(None, []) == []


@pytest.mark.parametrize(
    ("blood", "doses", "code"),
    [
        (None, [DOSE], "blood:none"),
        (DONE, [], "blood:unused"),
        (DONE, [replace(DOSE, lot_id=8)], "blood:lot"),
        (replace(DONE, checkers=frozenset({1})), [DOSE], "blood:identity"),
        (replace(DONE, obtained_ml=None), [DOSE], "blood:spin"),
        (DONE, [replace(DOSE, ml=D("6.01"))], "blood:more"),
        (replace(DONE, injected_at=None), [DOSE], "blood:injected"),
        (replace(DONE, is_rest_discarded=False), [DOSE], "blood:injected"),
    ],
)
def test_what_is_missing_refuses_the_signature(blood, doses, code):
    assert codes(check_blood_ready_for_signing(blood, doses)) == [code]


def test_all_that_was_obtained_may_be_in_the_syringe():
    assert check_blood_ready_for_signing(DONE, [replace(DOSE, ml=D(6))]) == []


def test_what_was_given_late_is_marked_at_the_signature():
    late = replace(DONE, injected_at=DRAWN + timedelta(hours=5), late_reason="Nobody looked at the clock.")

    [found] = check_blood_ready_for_signing(late, [DOSE])

    assert (found.code, found.level) == ("blood:late", "note")
    assert (
        found.message == "Injected 5 h after it was drawn, over the 4 h on file: Nobody looked at the clock."
    )


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (80, "1 h 20 min"), (240, "4 h")]
)
def test_how_long_in_words(minutes, text):
    assert hours_and_minutes_text(timedelta(minutes=minutes)) == text
