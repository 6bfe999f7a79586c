"""What is exported is a list and never a program."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.csv_out import cell_without_formula_guard, csv_cell, csv_text


def read(text):
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://example.org","here")',
        "+41 44 668 18 00",
        "-2+3",
        "@SUM(A1:A9)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        "\x0b=1+1",
        "\u200b=1+1",
        "\ufeff=1+1",
        "\u00a0=1+1",
        "＝1+1",
        "＠SUM(A1)",
        "\tindented",
    ],
)
def test_text_that_a_spreadsheet_would_calculate_is_held(text):
    assert csv_cell(text) == f"'{text}"
    assert cell_without_formula_guard(csv_cell(text)) == text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (Decimal("-2.50"), "-2.50"),
        (Decimal("1E+3"), "1000"),
        (-3, "-3"),
        (date(2026, 11, 25), "2026-11-25"),
        ("Vitamin B1 = thiamine", "Vitamin B1 = thiamine"),
        ("O'Neill", "O'Neill"),
        ("'quoted'", "'quoted'"),
        ("a\x00b", "ab"),
    ],
)
def test_everything_else_is_written_as_it_is(value, said):
    assert csv_cell(value) == said


@pytest.mark.fault("F37")
@given(st.text())
def test_no_text_is_a_formula_and_each_comes_back_as_it_was(text):
    written = csv_cell(text)

    assert not written.lstrip().startswith(("=", "+", "-", "@"))
    assert not written.startswith(("\t", "\r", "\n"))
    if not text.startswith("'"):
        assert cell_without_formula_guard(written) == text.replace("\x00", "")


@given(st.lists(st.text(st.characters(exclude_characters="\x00")), min_size=2))
def test_a_list_is_read_as_it_was_written(cells):
    rows = read(csv_text(["a"], [cells]))

    assert rows == [["a"], [csv_cell(one) for one in cells]]


def test_a_semicolon_inside_a_cell_stays_inside_it():
    text = csv_text(["name"], [["Zinc; 5 %"], ['say "yes"']])

    assert text == '\ufeff"name"\r\n"Zinc; 5 %"\r\n"say ""yes"""\r\n'
