"""What a chart may be given: a lot that comes into it, and who injected. And what else is said of lots and deaths."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from treatments.sessions.rules.chart_checks import (
    ChosenLot,
    check_new_lots_match_and_usable,
    check_performer_is_clinician,
    doses_from_new_lots,
)
from treatments.sessions.rules.charting import DoseEntry
from treatments.sessions.rules.signing import check_patient_alive, lot_to_take_instead_text
from treatments.stock.rules.lots import LotChoice

D = Decimal
TODAY = date(2026, 11, 25)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
BIOTIN, ZINC = 1, 2
LOT = LotChoice(7, "L-7", "Biotin", expires_on=date(2027, 3, 31), on_hand_ml=D(10))
DOSE = DoseEntry(product_id=BIOTIN, lot_id=7, ml=D(1))


def codes(found):
    return [each.code for each in found]


def said(doses, *, stored=(), lots=None):
    known = {7: ChosenLot(BIOTIN, LOT)} if lots is None else lots
    return check_new_lots_match_and_usable(doses, stored, known, TODAY, NOON)


def test_a_lot_of_this_product_and_clinic_that_is_usable_may_come_in():
    assert said([DOSE]) == []


@pytest.mark.parametrize(
    ("lots", "code"),
    [
        pytest.param({}, "lot-unknown:7", id="another clinic's"),
        pytest.param({7: ChosenLot(ZINC, LOT)}, "lot-unknown:7", id="another product's"),
        pytest.param(
            {7: ChosenLot(BIOTIN, replace(LOT, status="recalled"))}, "lot-recalled:L-7", id="recalled"
        ),
        pytest.param(
            {7: ChosenLot(BIOTIN, replace(LOT, expires_on=date(2026, 11, 24)))},
            "lot-expired:L-7",
            id="expired",
        ),
    ],
)
def test_another_lot_may_not_come_in(lots, code):
    (found,) = said([DOSE], lots=lots)

    assert (found.code, found.fixed) == (code, True)


def test_a_lot_that_stands_in_the_draft_already_is_not_asked_about():
    assert said([replace(DOSE, ml=D(2))], stored=[DOSE], lots={}) == []


def test_a_lot_that_stood_there_for_another_product_is_new():
    other = replace(DOSE, product_id=ZINC)

    assert doses_from_new_lots([DOSE, other], [DOSE]) == [other]


@pytest.mark.parametrize(
    ("said_now", "stands", "found"),
    [
        pytest.param(None, None, [], id="nobody said"),
        pytest.param(3, None, [], id="a clinician of this clinic"),
        pytest.param(4, 4, [], id="as it stands, though they left"),
        pytest.param(4, None, ["performer"], id="somebody else"),
        pytest.param(4, 3, ["performer"], id="somebody else, in place of a clinician"),
    ],
)
def test_whoever_injected_is_a_clinician_of_this_clinic(said_now, stands, found):
    assert codes(check_performer_is_clinician(said_now, stands, {3})) == found


def test_nothing_is_signed_for_a_day_after_death():
    assert codes(check_patient_alive(date(2026, 11, 24), TODAY)) == ["session:deceased"]
    assert check_patient_alive(TODAY, TODAY) == []
    assert check_patient_alive(None, TODAY) == []


def test_the_lot_to_take_instead_is_named():
    assert lot_to_take_instead_text(LOT) == "Take lot L-7 instead: expires 31 Mar 2027, 10 ml on hand."
    assert lot_to_take_instead_text(None) == "No other lot of it is usable here: receive or release one."
