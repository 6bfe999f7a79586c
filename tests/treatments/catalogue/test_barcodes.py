"""Reading the bar code of a pack."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.catalogue.barcodes import read_scan

GTIN = "05012345678900"


FULL = (GTIN, "AB12", date(2027, 12, 31), "SER1")


# --- scans -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (f"]d201{GTIN}1727123110AB12\x1d21SER1", FULL),
        (f"]C101{GTIN}1727123110AB12\x1d21SER1", FULL),
        (f"]d2\x1d01{GTIN}1727123110AB12\x1d21SER1", FULL),
        (f"01{GTIN}1727123110AB12<GS>21SER1", FULL),
        (f"01{GTIN}10AB12|1727123121SER1", FULL),
        (f"(01){GTIN}(17)271231(10)AB12(21)SER1", FULL),
        (f"01{GTIN}1727120010AB12\x1d21SER1\r\n", FULL),
        ("5012345678900", (GTIN, "", None, "")),
        ("]E05012345678900", (GTIN, "", None, "")),
        ("96385074", ("00000096385074", "", None, "")),
        (f"01{GTIN}10LOT1727", (GTIN, "LOT1727", None, "")),
    ],
)
def test_a_scan_is_read(typed, says):
    scan = read_scan(typed)

    assert (scan.gtin, scan.lot, scan.expires_on, scan.serial) == says
    assert scan.problem == ""


def test_without_separators_the_one_way_to_read_it_is_taken_and_said():
    scan = read_scan(f"01{GTIN}10AB121727123121SER1")

    assert (scan.gtin, scan.lot, scan.expires_on, scan.serial) == FULL
    assert "Compare" in scan.problem


def test_without_separators_nobody_guesses_where_a_lot_ends():
    scan = read_scan(f"01{GTIN}1727123110AB1221SER1")

    assert (scan.lot, scan.expires_on) == ("", date(2027, 12, 31))
    assert "cannot be told" in scan.problem


@pytest.mark.parametrize(
    "typed", ["", "AB12", "0", "x" * 300, "01050123456789011727123110A", f"01{GTIN}17271331"]
)
def test_what_is_no_code_says_what_to_do(typed):
    scan = read_scan(typed)

    assert scan.problem.endswith("line.")
    assert not scan.holds_any_value


@given(st.text(max_size=80))
def test_nothing_that_is_typed_breaks_the_reading(typed):
    read_scan(typed)
