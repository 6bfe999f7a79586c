"""Any file is either a list of rows or a reason why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.csv_in import read_table, row_width_error_text_or_empty
from mesoclinic.core.text_files import Unreadable, read_text


def table(data, *, names_columns=lambda header: True):
    return read_table("list.csv", read_text(data), names_columns=names_columns)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "It is empty"),
        (b"  \r\n", "It is empty"),
        (b'""', "nothing between them"),
        (b",,\n,,\n", "nothing between them"),
        (b"code,name\n", "no row below"),
        (b'code,name\n"a,b\n', "Line 2 cannot be taken apart"),
        (b"PK\x03\x04....", "spreadsheet or an archive"),
        (b"%PDF-1.7", "not text"),
        (b"a,b\n1,\x00\n", "Line 2 holds a NUL byte"),
    ],
)
def test_what_is_no_list_says_why(data, said):
    with pytest.raises(Unreadable, match=said):
        table(data)


def test_a_first_line_that_names_no_column_is_said():
    with pytest.raises(Unreadable, match="does not name the columns"):
        table(b"a,b\n1,2\n", names_columns=lambda header: False)


@pytest.mark.fault("F34")
@pytest.mark.parametrize(
    "data",
    [
        "code;name\nä;Ça\n".encode(),
        b"\xef\xbb\xbf" + "code;name\nä;Ça\n".encode(),
        "code;name\nä;Ça\n".encode("cp1252"),
        "code;name\nä;Ça\n".encode("utf-16"),
        "code;name\nä;Ça\n".encode("utf-16-be"),
        "code;name\nä;Ça\n".encode("utf-32"),
    ],
)
def test_accents_are_right_whatever_the_encoding(data):
    read = table(data)

    assert (read.header, read.rows, read.lines) == (["code", "name"], [["ä", "Ça"]], [2])


def test_a_row_begins_on_its_line_also_after_a_cell_of_two_lines():
    read = table(b'code,name\na,"one\ntwo"\n\nb,three\n')

    assert read.lines == [2, 5]


@pytest.mark.fault("F34")
@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["a", "b"], ""),
        (["a", "b", ""], ""),
        (["a"], "has 1 cell where the first line names 2 columns"),
        (["a", "b", "c"], "has 3 cells where the first line names 2 columns"),
    ],
)
def test_a_row_that_does_not_fit_its_header_is_ragged(cells, said):
    assert row_width_error_text_or_empty(cells, table(b"x,y\n1,2\n")).startswith(said)
    assert bool(row_width_error_text_or_empty(cells, table(b"x,y\n1,2\n"))) == bool(said)


@pytest.mark.fault("F34")
@given(st.binary(max_size=300))
def test_no_bytes_are_an_error(data):
    try:
        read = table(data)
    except Unreadable:
        return

    assert read.header
    assert len(read.rows) == len(read.lines) > 0
