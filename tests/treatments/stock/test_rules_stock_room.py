"""Scans, draws, counts and the forecast: rules without a database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.uploads import MAX_CERTIFICATE_BYTES, certificate_error_text_or_empty, safe_file_name
from tests.files import data_files
from treatments.stock.rules.forecast import (
    Demand,
    demand_of_weeks,
    outlook_after_booked_sessions,
    outlook_findings,
)
from treatments.stock.rules.ledger import check_counted_ml_not_negative
from treatments.stock.rules.lots import (
    LotChoice,
    available_ml,
    check_dose_amounts_above_zero,
    check_lot_choice_usable,
    expiry_level,
    why_product_barred_text,
)
from treatments.stock.rules.stocktakes import (
    CountedLot,
    check_counts_leave_no_lot_below_zero,
    check_stocktake_can_be_signed,
    check_stocktake_has_lots_to_count,
    check_stocktake_is_open,
)
from treatments.stock.rules.vials import (
    OpenVial,
    beyond_use_at,
    check_container_is_open_to_discard,
    check_container_may_be_opened,
    plan_draws,
)

AT = datetime(2026, 11, 25, 10, tzinfo=UTC)


ON = AT.date()


ml = st.decimals(min_value="0.01", max_value="20", places=2)


# --- draws -------------------------------------------------------------------


@given(
    takes=st.lists(ml, min_size=1, max_size=4),
    spare=st.decimals(min_value="0", max_value="20", places=2),
    container=st.none() | st.decimals(min_value="0.5", max_value="10", places=2),
    hours=st.sampled_from([0, 1, 672]),
    share=st.decimals(min_value="0", max_value="1", places=2),
    stale=st.booleans(),
)
def test_draws_add_up_to_what_is_taken_and_never_to_more_than_there_is(
    takes, spare, container, hours, share, stale
):
    needed = sum(takes)
    left = (spare * share).quantize(D("0.01"))
    on_hand = needed + spare if not stale else needed + left + spare
    now_open = None
    if left > 0:
        until = AT - timedelta(minutes=1) if stale else AT + timedelta(hours=1)
        now_open = OpenVial(left, until)

    plan = plan_draws(
        takes, on_hand_ml=on_hand, container_ml=container, hours=hours, open_now=now_open, at=AT
    )

    drawn = [sum((d.ml for d in plan.draws if d.take == n), D(0)) for n in range(len(takes))]
    if container is not None:
        assert drawn == takes
    assert all(d.ml > 0 for d in plan.draws)
    assert plan.stale_ml == (left if stale else 0)
    for place, opened in enumerate(plan.opened):
        out = sum(d.ml for d in plan.draws if d.vial == place)
        assert 0 < out <= opened.ml
        last = place == len(plan.opened) - 1
        assert out == opened.ml or (last and hours)
    assert plan.stale_ml + plan.kept_none_ml + needed <= on_hand


def test_a_lot_that_does_not_hold_it_is_the_callers_mistake():
    for container in (D(2), None):
        with pytest.raises(ValueError, match="does not hold"):
            plan_draws([D(3)], on_hand_ml=D(2), container_ml=container, hours=0, open_now=None, at=AT)


def test_an_opened_vial_is_no_longer_good_than_its_lot():
    end = AT + timedelta(hours=3)

    assert beyond_use_at(AT, 672, end) == end
    assert beyond_use_at(AT, 1, end) == AT + timedelta(hours=1)
    assert beyond_use_at(AT, 1, AT - timedelta(days=1)) == AT


def lot(number="L", expires=100, on_hand="10", until=None, opened=None):
    return LotChoice(
        1,
        number,
        "Biotin",
        ON + timedelta(days=expires),
        D(on_hand),
        opened_until=until,
        opened_ml=None if opened is None else D(opened),
    )


def test_what_has_been_open_too_long_is_not_counted_and_the_sealed_rest_is():
    past = AT - timedelta(minutes=1)

    assert available_ml(lot(until=past, opened="4"), AT) == D(6)
    assert available_ml(lot(until=AT + timedelta(hours=1), opened="4"), AT) == D(10)
    assert check_lot_choice_usable(lot(until=past, opened="4"), ON, AT) is None
    assert check_lot_choice_usable(lot(until=past, opened="10"), ON, AT).code == "lot-open-too-long:L"
    assert check_lot_choice_usable(lot(until=past), ON, AT).code == "lot-open-too-long:L"


PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"


# --- certificates ------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (PDF, ""),
        (b"", "empty"),
        (b"MZ" + PDF, "no complete PDF"),
        (PDF[:20], "no complete PDF"),
        (b"%PDF-1.7 /OpenAction <</S /JavaScript>> %%EOF", "script"),
        (PDF + b" " * MAX_CERTIFICATE_BYTES, "larger"),
    ],
)
def test_a_certificate_is_judged_by_its_content(content, why):
    said = certificate_error_text_or_empty(content)

    assert (said == "") == (why == "")
    assert why in said


@pytest.mark.parametrize("path", data_files("not-certificates"), ids=lambda path: path.name)
def test_what_only_looks_like_a_certificate_is_none(path):
    assert certificate_error_text_or_empty(path.read_bytes())


@pytest.mark.realdata
def test_no_picture_is_taken_for_a_certificate(realdata):
    files = [f for f in (realdata / "broken-images").iterdir() if f.is_file()]

    assert len(files) > 30
    assert all(certificate_error_text_or_empty(f.read_bytes()) for f in files)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a.pdf", "a.pdf"),
        ("C:\\x\\CoA 1.pdf", "CoA 1.pdf"),
        ("../../etc/passwd", "passwd"),
        ("\x00", "certificate.pdf"),
    ],
)
def test_a_file_keeps_the_last_part_of_its_name(sent, kept):
    assert safe_file_name(sent) == kept


def counted(ml, reason="", lot_id=1):
    return CountedLot(lot_id, f"L{lot_id}", "Biotin", D(10), ml, reason)


# --- counting ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ([counted(D(10))], []),
        ([counted(D(8), "Spilt")], []),
        ([counted(D(8))], ["count-reason:1"]),
        ([counted(None)], ["count-nothing"]),
        ([counted(D(10)), counted(None, lot_id=2)], ["count-left-out"]),
        ([counted(D(-1), "x")], ["count-below-zero:1"]),
        ([counted(D(99999), "x")], ["count-absurd:1"]),
    ],
)
def test_what_a_count_says_before_it_is_signed(lines, codes):
    assert [finding.code for finding in check_stocktake_can_be_signed(lines)] == codes


def day(n):
    return ON + timedelta(days=n)


# --- forecast ----------------------------------------------------------------


def test_the_day_it_runs_short_and_how_much_is_missing():
    demand = [Demand(day(n), D(4)) for n in (0, 7, 14, 21)]

    seen = outlook_after_booked_sessions([lot(on_hand="10")], demand, on=ON, at=AT)

    assert (seen.covered, seen.booked, seen.short_on) == (2, 4, day(14))
    assert seen.short_ml == D(4)  # 2 and 2 missing for the two that cannot be given
    assert "runs short on" in outlook_findings("Biotin", seen)[0].message


def test_what_expires_before_it_is_used_is_named():
    lots = [lot("SOON", 10, "6"), lot("LATE", 300, "6")]
    demand = [Demand(day(n), D(2)) for n in (1, 20, 30)]

    seen = outlook_after_booked_sessions(lots, demand, on=ON, at=AT)

    assert seen.short_on is None
    assert seen.unused == (("SOON", day(10), D(4)),)


def test_an_expired_lot_covers_no_later_session():
    seen = outlook_after_booked_sessions([lot(expires=5)], [Demand(day(6), D(1))], on=ON, at=AT)

    assert (seen.covered, seen.short_on) == (0, day(6))


@pytest.mark.parametrize(("on_hand", "level"), [("20", "ok"), ("9", "warn"), ("3", "warn")])
def test_low_stock_is_told_by_the_sessions_it_still_covers(on_hand, level):
    seen = outlook_after_booked_sessions([lot(on_hand=on_hand)], [Demand(day(1), D(2))], on=ON, at=AT)

    assert outlook_findings("Biotin", seen)[0].level == level


@pytest.mark.parametrize(
    ("lots", "sessions", "said"),
    [
        pytest.param([], [], ("ok", "0 ml usable, no booked session takes it."), id="nothing, for nothing"),
        pytest.param([lot()], [], ("ok", "10 ml usable, no booked session takes it."), id="not booked"),
        pytest.param([lot(on_hand="4")], [1], ("warn", "4 sessions left. Order more."), id="four"),
        pytest.param([lot(on_hand="1")], [1], ("warn", "1 session left. Order more."), id="one"),
        pytest.param([lot(on_hand="5")], [1], ("ok", "5 sessions left, 1 booked."), id="five"),
    ],
)
def test_stock_is_said_in_sessions(lots, sessions, said):
    seen = outlook_after_booked_sessions(lots, [Demand(day(n), D(1)) for n in sessions], on=ON, at=AT)

    found = outlook_findings("Biotin", seen)[0]
    assert (found.level, found.message) == (said[0], f"Biotin: {said[1]}")


@pytest.mark.parametrize(("days", "unused"), [(89, ["L"]), (90, ["L"]), (91, [])])
def test_what_expires_later_than_in_90_days_is_no_matter_yet(days, unused):
    seen = outlook_after_booked_sessions([lot(expires=days)], [], on=ON, at=AT)

    assert [number for number, *_ in seen.unused] == unused


def test_of_two_lots_the_one_that_expires_first_keeps_the_other_waiting():
    lots = [lot("B", 11, "5"), lot("A", 9, "10")]

    seen = outlook_after_booked_sessions(lots, [Demand(day(n), D(3)) for n in range(4)], on=ON, at=AT)

    assert seen.unused == (("B", day(11), D(3)),)


def test_what_expires_says_what_to_do():
    seen = outlook_after_booked_sessions([lot("SOON", 10, "6")], [Demand(day(1), D(4))], on=ON, at=AT)

    assert [f.message for f in outlook_findings("Biotin", seen) if f.level == "note"] == [
        "SOON of Biotin expires on 5 Dec 2026 with 2 ml that no booked session uses. Use it first, or return it."
    ]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 5)), max_size=12),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=4),
)
def test_a_forecast_gives_no_more_than_there_is(sessions, shelf):
    lots = [lot(f"L{n}", d, str(m)) for n, (d, m) in enumerate(shelf)]
    demand = [Demand(day(n), D(m)) for n, m in sessions]

    seen = outlook_after_booked_sessions(lots, demand, on=ON, at=AT)

    assert seen.covered <= seen.booked == len(demand)
    assert (seen.short_on is None) == (seen.covered == seen.booked)
    assert sum(ml for *_, ml in seen.unused) <= seen.usable_ml
    weeks = demand_of_weeks(demand, start=ON, weeks=12)
    assert sum(ml for _, ml in weeks) == sum(d.ml for d in demand)


# --- opening by hand, throwing away, and counting ----------------------------


GOOD, OLD = OpenVial(D(4), AT + timedelta(hours=1)), OpenVial(D(4), AT)


@pytest.mark.parametrize(
    ("on_hand", "hours", "open_now", "expected"),
    [
        (D(10), 0, None, "lot-open:B-1"),
        (D(10), 672, GOOD, "lot-open-already:B-1"),
        (D(4), 672, OLD, "lot-nothing-sealed:B-1"),  # what is old is written off: nothing is left
        (D(0), 672, None, "lot-nothing-sealed:B-1"),
        (D("4.01"), 672, OLD, None),
        (D(10), 672, None, None),
    ],
)
def test_a_sealed_vial_that_keeps_is_opened_where_none_is_open_and_good(on_hand, hours, open_now, expected):
    found = check_container_may_be_opened("B-1", on_hand_ml=on_hand, hours=hours, open_now=open_now, at=AT)

    assert (found.code if found else None) == expected
    assert found is None or found.fixed


def test_only_what_is_open_is_thrown_away():
    assert check_container_is_open_to_discard("B-1", D(4)) is None
    assert check_container_is_open_to_discard("B-1", D(0)) is None
    assert check_container_is_open_to_discard("B-1", None).code == "lot-not-open:B-1"


def test_a_dose_of_nothing_is_refused_for_each_lot():
    findings = check_dose_amounts_above_zero([(1, D("0.01")), (2, D(0)), (3, D(-1))])

    assert [(f.code, f.where) for f in findings] == [("dose:2", "lot:2"), ("dose:3", "lot:3")]


def test_a_shelf_is_counted_from_0_up():
    assert check_counted_ml_not_negative(D(0)) is None
    assert check_counted_ml_not_negative(D("-0.01")).where == "ml"


def test_a_product_is_barred_by_what_somebody_wrote_or_else_by_what_it_holds():
    assert why_product_barred_text("Recalled by its maker.") == "Recalled by its maker."
    assert why_product_barred_text("") == "It holds a blocked ingredient."


def test_a_count_begins_where_something_is_on_hand_and_goes_on_while_it_is_open():
    assert check_stocktake_has_lots_to_count(1) is None
    assert check_stocktake_has_lots_to_count(0).code == "count-empty"
    assert check_stocktake_is_open("counting") is None
    assert {status: check_stocktake_is_open(status).code for status in ("signed", "dropped")} == {
        "signed": "count-closed",
        "dropped": "count-closed",
    }


def test_a_count_is_repeated_where_the_ledger_would_fall_below_0():
    lines = [
        CountedLot(1, "A", "Biotin", D(10), D(6)),  # 4 less, and 4 are left: 0
        CountedLot(2, "B", "Biotin", D(10), D(6)),  # 4 less, and 3.99 are left
        CountedLot(3, "C", "Biotin", D(10), D(10)),  # no difference: nothing is corrected
        CountedLot(4, "D", "Biotin", D(10), None),
    ]
    on_hand = {1: D(4), 2: D("3.99"), 3: D(0), 4: D(0)}

    assert [f.code for f in check_counts_leave_no_lot_below_zero(lines, on_hand)] == ["count-moved:2"]


@pytest.mark.parametrize(
    ("days", "level"), [(-1, "stop"), (0, "warn"), (30, "warn"), (31, "note"), (90, "note"), (91, "")]
)
def test_a_lot_that_expires_soon_says_how_soon(days, level):
    assert expiry_level(ON + timedelta(days=days), ON) == level
