"""Reading the bar code of a pack."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.catalogue.barcodes import possible_scans, read_scan

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
        # Symbology prefixes of GS1 DataMatrix, GS1-128, GS1 QR, DotCode and composite codes.
        (f"]Q301{GTIN}1727123110AB12\x1d21SER1", FULL),
        (f"]J101{GTIN}1727123110AB12\x1d21SER1", FULL),
        (f"]e001{GTIN}1727123110AB12\x1d21SER1", FULL),
        (f"\x1d]d201{GTIN}1727123110AB12\x1d21SER1", FULL),
        # FNC1 as keyboards and drivers write it.
        (f"01{GTIN}1727123110AB12{{GS}}21SER1", FULL),
        (f"01{GTIN}1727123110AB12[FNC1]21SER1", FULL),
        (f"01{GTIN}1727123110AB12{{FNC1}}21SER1", FULL),
        (f"01{GTIN}1727123110AB12~d02921SER1", FULL),
        (f"01{GTIN}1727123110AB12\\x1d21SER1", FULL),
        (f"01{GTIN}1727123110AB12\u241d21SER1", FULL),
        (f"01{GTIN}1727123110AB12\xe821SER1", FULL),
        (f"01{GTIN}1727123110AB12^21SER1", FULL),
        (f"01{GTIN}1727123110AB12#21SER1", FULL),
        # In another order, each value that runs on ended by a separator.
        (f"01{GTIN}21SER1\x1d1727123110AB12", FULL),
        (f"01{GTIN}10AB12\x1d21SER1\x1d17271231", FULL),
        (f"01{GTIN}70032712311200\x1d10AB12\x1d21SER1", FULL),
        # The printed line.
        (f"(01) {GTIN} (17) 271231 (10) AB12 (21) SER1", FULL),
        # A GS1 Digital Link address, at any host, with numbers or the older words.
        (f"https://id.gs1.org/01/{GTIN}/10/AB12/21/SER1?17=271231", FULL),
        (f"https://id.gs1.org/01/{GTIN}/10/AB12?17=271231", (*FULL[:3], "")),
        (f"https://brand.example/a/b/01/{GTIN[1:]}/10/AB12/21/SER1?17=271231&linkType=all", FULL),
        (f"https://brand.example/gtin/{GTIN}/lot/AB12/ser/SER1?exp=271231", FULL),
        (f"HTTPS://ID.GS1.ORG/01/{GTIN}/10/AB12/21/SER1?17=271200", FULL),
        (f"]d2https://id.gs1.org/01/{GTIN}/10/AB12/21/SER1?17=271231#top", FULL),
        (f"]Q1https://id.gs1.org/01/{GTIN}?17=271231&10=AB12&21=SER1", FULL),
        (f"https://id.gs1.org/01/{GTIN}/10/A%2FB%2B1?17=271231", (GTIN, "A/B+1", FULL[2], "")),
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


@pytest.mark.parametrize(
    "typed",
    [
        f"01{GTIN}21SER11727123110AB12",
        f"]d201{GTIN}21SER11727123110AB12",
        f"01{GTIN}11250101" + "10AB121727123121SER1",
        f"01{GTIN}10AB12700327123112" + "0021SER1",
    ],
)
def test_where_only_one_way_says_an_expiry_that_way_is_taken(typed):
    scan = read_scan(typed)

    assert (scan.gtin, scan.lot, scan.expires_on, scan.serial) == FULL
    assert "Compare" in scan.problem


def test_every_way_to_end_a_lot_is_offered():
    ways = possible_scans(f"01{GTIN}1727123110AB1221SER1")

    assert {(way.lot, way.serial) for way in ways} == {("AB12", "SER1"), ("AB1221SER1", "")}
    assert {way.expires_on for way in ways} == {FULL[2]}


@pytest.mark.parametrize(
    "address",
    [
        "https://id.gs1.org/00/106141412345678908",
        "https://id.gs1.org/ARHKVAdpQgk",
        f"https://id.gs1.org/01/{GTIN[:-1]}1/10/AB12",
        f"https://id.gs1.org/01/{GTIN}?17=271331",
        "https://mycapil.com/en/hair-mesotherapy/",
    ],
)
def test_an_address_that_says_no_product_says_what_to_do(address):
    scan = read_scan(address)

    assert scan.problem.endswith("line.")
    assert not scan.holds_any_value


def test_without_separators_nobody_guesses_where_a_lot_ends():
    scan = read_scan(f"01{GTIN}1727123110AB1221SER1")

    assert (scan.lot, scan.expires_on) == ("", date(2027, 12, 31))
    assert "cannot be told" in scan.problem


@pytest.mark.parametrize(
    "typed", ["", "AB12", "0", "x" * 300, "x" * 500, "01050123456789011727123110A", f"01{GTIN}17271331"]
)
def test_what_is_no_code_says_what_to_do(typed):
    scan = read_scan(typed)

    assert scan.problem.endswith("line.")
    assert not scan.holds_any_value


@given(st.text(max_size=80))
def test_nothing_that_is_typed_breaks_the_reading(typed):
    read_scan(typed)
