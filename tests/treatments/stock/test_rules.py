from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.findings import Refused
from mesoclinic.core.moves import can_move, next_states
from treatments.stock.rules.ledger import (
    Movement,
    MovementKind,
    check_movement_sign_amount_and_reason,
    ml_with_sign_of_kind,
)
from treatments.stock.rules.lots import (
    LOT_MOVES,
    LotChoice,
    LotStatus,
    check_lot_choice_usable,
    check_usable_lots_hold_enough,
    in_use_hours_or_usual,
    sessions_covered_or_none,
    split_ml_over_lots_or_refuse,
)

ON = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)


def lot(lot_id=1, number="BT-0086", ml="10", days=12, status="released", opened=None):
    """A lot that expires in ``days``; ``opened`` is how many hours the open vial still has."""
    until = None if opened is None else AT + timedelta(hours=opened)
    expires_on = ON + timedelta(days=days)
    return LotChoice(lot_id, number, "Biotin", expires_on, D(ml), status, until)


def seen(findings):
    return [(f.code, str(f.level), f.fixed) for f in findings]


@pytest.mark.parametrize(
    ("choice", "code", "said"),
    [
        pytest.param(
            lot(status="recalled", days=-1),
            "lot-recalled:BT-0086",
            "is recalled. Take another lot and put this one aside.",
            id="recalled, said before expired",
        ),
        pytest.param(
            lot(status="quarantined"),
            "lot-quarantined:BT-0086",
            "is in quarantine. Take another lot, or have it released.",
            id="quarantined",
        ),
        pytest.param(
            lot(status="received"),
            "lot-not-released:BT-0086",
            "is not released yet. Check its papers, or take another lot.",
            id="any other state",
        ),
        pytest.param(
            lot(days=-1),
            "lot-expired:BT-0086",
            "expired on 22 Nov 2026. Take another lot; record this one as waste.",
            id="expired yesterday",
        ),
        pytest.param(
            lot(opened=0),
            "lot-open-too-long:BT-0086",
            "has been open too long. Take another lot; record this one as waste.",
            id="open until now",
        ),
        pytest.param(
            lot(ml="0"), "lot-empty:BT-0086", "is empty. Take another lot, or count the shelf.", id="empty"
        ),
    ],
)
def test_a_wrong_vial_is_refused_whoever_asks(choice, code, said):
    finding = check_lot_choice_usable(choice, ON, AT)

    assert finding is not None
    assert (finding.code, finding.message, finding.blocks, finding.fixed) == (
        code,
        f"Lot BT-0086 of Biotin {said}",
        True,
        True,
    )
    assert finding.where == "lot:1"


@pytest.mark.parametrize(
    "choice",
    [
        pytest.param(lot(), id="released, in date, sealed"),
        pytest.param(lot(days=0), id="on its last day"),
        pytest.param(lot(opened=0.01), id="open, a little longer"),
        pytest.param(lot(ml="0.01"), id="nearly empty"),
    ],
)
def test_a_good_vial_has_nothing_against_it(choice):
    assert check_lot_choice_usable(choice, ON, AT) is None


LOTS = [
    lot(1, "C", "3", days=30),
    lot(2, "A", "3", days=300, opened=5),
    lot(3, "B", "3", days=9),
    lot(4, "A", "3", days=30),
    lot(5, "D", "3", days=400, opened=2),
    lot(6, "E", "3", days=-1),
    lot(7, "F", "3", status="quarantined"),
    lot(8, "A", "3", days=30),
]


@pytest.mark.parametrize(
    ("needed", "takes"),
    [
        pytest.param("0", [], id="nothing"),
        pytest.param("2", [(5, "2")], id="the opened one that ends first"),
        pytest.param("3", [(5, "3")], id="all of one"),
        pytest.param("4.5", [(5, "3"), (2, "1.5")], id="the other opened one next"),
        pytest.param("8", [(5, "3"), (2, "3"), (3, "2")], id="then sealed, first to expire"),
        pytest.param(
            "18",
            [(5, "3"), (2, "3"), (3, "3"), (4, "3"), (8, "3"), (1, "3")],
            id="then by number, then by age",
        ),
    ],
)
def test_first_to_expire_first(needed, takes):
    expected = [(lot_id, D(ml)) for lot_id, ml in takes]

    assert split_ml_over_lots_or_refuse(LOTS, D(needed), ON, AT) == expected


def test_a_shortage_refuses_all_of_it():
    with pytest.raises(Refused) as caught:
        split_ml_over_lots_or_refuse(LOTS, D("18.01"), ON, AT)

    (finding,) = caught.value.findings
    assert (finding.code, finding.fixed, finding.message) == (
        "lot-shortage:Biotin",
        True,
        "18.01 ml of Biotin needed, 18 ml usable. Receive or release a lot, or lower the volume.",
    )


def test_a_page_can_ask_for_the_shortage():
    assert check_usable_lots_hold_enough(LOTS, D(18), ON, AT) is None
    assert check_usable_lots_hold_enough([], D(1), ON, AT).message == (
        "1 ml of this product needed, 0 ml usable. Receive or release a lot, or lower the volume."
    )


def test_nobody_takes_less_than_nothing():
    with pytest.raises(ValueError, match="less than nothing"):
        split_ml_over_lots_or_refuse(LOTS, D("-1"), ON, AT)


choices = st.builds(
    lambda lot_id, number, ml, days, status, opened: lot(lot_id, number, ml, days, status, opened),
    lot_id=st.integers(1, 99),
    number=st.sampled_from("ABC"),
    ml=st.decimals(min_value=0, max_value=20, places=2),
    days=st.integers(-3, 60),
    status=st.sampled_from(LotStatus),
    opened=st.none() | st.integers(-2, 9),
)
shelves = st.lists(choices, max_size=8, unique_by=lambda c: c.lot_id)


@given(shelves, st.decimals(min_value=0, max_value=40, places=2))
def test_takes_are_all_or_nothing_from_good_vials_only(lots, needed):
    by_id = {choice.lot_id: choice for choice in lots}

    try:
        takes = split_ml_over_lots_or_refuse(lots, needed, ON, AT)
    except Refused:
        good = sum(c.on_hand_ml for c in lots if check_lot_choice_usable(c, ON, AT) is None)
        assert good < needed
    else:
        assert sum(ml for _, ml in takes) == needed
        assert all(0 < ml <= by_id[lot_id].on_hand_ml for lot_id, ml in takes)
        assert all(check_lot_choice_usable(by_id[lot_id], ON, AT) is None for lot_id, _ in takes)


@given(shelves, st.decimals(min_value=0, max_value=40, places=2), st.randoms())
def test_the_order_of_the_shelf_never_shows(lots, needed, random):
    shuffled = random.sample(lots, len(lots))
    if check_usable_lots_hold_enough(lots, needed, ON, AT):
        return

    assert split_ml_over_lots_or_refuse(shuffled, needed, ON, AT) == split_ml_over_lots_or_refuse(
        lots, needed, ON, AT
    )


@pytest.mark.parametrize(
    ("kind", "ml", "reason", "in_session", "codes"),
    [
        pytest.param("receive", "5", "", False, [], id="received"),
        pytest.param("receive", "-5", "", False, ["stock-sign"], id="received less"),
        pytest.param("use", "-5", "", True, [], id="used in a session"),
        pytest.param("use", "5", "", True, ["stock-sign"], id="used the wrong way"),
        pytest.param("use", "-5", "", False, ["stock-never-sold"], id="taken home"),
        pytest.param("waste", "-5", "expired", False, [], id="wasted"),
        pytest.param("waste", "-5", " ", False, ["stock-reason"], id="wasted silently"),
        pytest.param("waste", "5", "x", False, ["stock-sign"], id="waste coming in"),
        pytest.param("return", "-5", "recall", False, [], id="returned"),
        pytest.param("return", "-5", "", False, ["stock-reason"], id="returned silently"),
        pytest.param("count", "5", "shelf count", False, [], id="counted up"),
        pytest.param("count", "-5", "shelf count", False, [], id="counted down"),
        pytest.param("count", "-5", "", False, ["stock-reason"], id="counted silently"),
        pytest.param("count", "0", "", False, ["stock-nothing", "stock-reason"], id="nothing"),
        pytest.param("use", "-10", "", True, [], id="the last drop"),
        pytest.param("use", "-10.01", "", True, ["stock-below-zero"], id="too much"),
        pytest.param("count", "-11", "gone", False, ["stock-below-zero"], id="counted too low"),
    ],
)
def test_how_stock_moves(kind, ml, reason, in_session, codes):
    movement = Movement(MovementKind(kind), D(ml), reason, in_session)

    found = check_movement_sign_amount_and_reason(movement, D(10))

    assert [f.code for f in found] == codes
    assert all(f.fixed for f in found)


def test_what_is_wrong_with_a_movement_is_said():
    def messages(kind, ml):
        return [f.message for f in check_movement_sign_amount_and_reason(Movement(kind, D(ml), "why"), D(1))]

    assert messages(MovementKind.WASTE, 2) == ["A waste takes from stock. Correct the sign."]
    assert messages(MovementKind.RECEIVE, -2) == ["A receive adds to stock. Correct the sign."]
    assert messages(MovementKind.WASTE, -2) == ["Only 1 ml on hand. Count the shelf, or take less."]


@given(st.sampled_from(MovementKind), st.decimals(-50, 50, places=2), st.integers(0, 9))
def test_a_ledger_that_is_checked_never_falls_below_zero(kind, ml, on_hand):
    if not check_movement_sign_amount_and_reason(Movement(kind, ml, "why", True), D(on_hand)):
        assert on_hand + ml >= 0
        assert ml != 0


@pytest.mark.parametrize(
    ("kind", "ml", "signed"),
    [
        ("receive", "-2", "2"),
        ("use", "2", "-2"),
        ("waste", "2", "-2"),
        ("return", "-2", "-2"),
        ("count", "2", "2"),
        ("count", "-2", "-2"),
    ],
)
def test_amounts_take_the_sign_of_their_kind(kind, ml, signed):
    assert ml_with_sign_of_kind(MovementKind(kind), D(ml)) == D(signed)


@pytest.mark.parametrize(
    ("presentation", "hours"),
    [("ampoule", 0), ("single_dose", 1), ("multi_dose", 672), ("prefilled", 0), ("", 0)],
)
def test_how_long_an_opened_vial_is_good(presentation, hours):
    assert in_use_hours_or_usual(presentation) == hours


@pytest.mark.parametrize(
    ("on_hand", "each", "sessions"), [("10", "3", 3), ("9", "3", 3), ("2.99", "3", 0), ("10", "0", None)]
)
def test_how_many_sessions_the_stock_covers(on_hand, each, sessions):
    assert sessions_covered_or_none(D(on_hand), D(each)) == sessions


def test_lots_move_by_their_table():
    assert {state: next_states(LOT_MOVES, state) for state in LotStatus} == {
        LotStatus.QUARANTINED: [LotStatus.RELEASED, LotStatus.RECALLED],
        LotStatus.RELEASED: [LotStatus.QUARANTINED, LotStatus.RECALLED],
        LotStatus.RECALLED: [],
    }
    assert can_move(LOT_MOVES, "released", "recalled")
    assert not can_move(LOT_MOVES, "recalled", "released")
    assert set(LOT_MOVES) == set(LotStatus)
