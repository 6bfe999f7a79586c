"""A drawn signature is data: read strictly, kept exactly, drawn again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.signatures import HEIGHT, WIDTH, read_strokes, svg_path

STROKE = [[10, 90], [20, 80], [30, 90], [40, 80], [50, 90]]
points = st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT)).map(list)
strokes = st.lists(st.lists(points, min_size=5, max_size=40), min_size=1, max_size=8)


@given(strokes)
def test_what_was_drawn_is_read_as_it_was_drawn(drawn):
    assert read_strokes(json.dumps(drawn)) == drawn


def test_nothing_drawn_is_no_stroke():
    assert read_strokes("") == []


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"a": 1}',
        "[1]",
        "[[]]",
        "[[1, 2]]",
        "[[[1, 2, 3]]]",
        "[[[1.5, 2]]]",
        "[[[true, 2]]]",
        '[[["1", 2]]]',
        "[[[601, 2]]]",
        "[[[1, -1]]]",
        "[[[5, 5]]]",
        "[" * 50_000,
        "null",
        "NaN",
        json.dumps([STROKE] * 101),
        json.dumps([STROKE * 1000]),
    ],
    ids=range(17),
)
def test_what_is_no_signature_is_refused(text):
    with pytest.raises(ValueError):
        read_strokes(text)


def test_strokes_become_a_path_and_a_tap_becomes_a_dot():
    assert svg_path([STROKE[:2], [[7, 8]]]) == "M10 90L20 80M7 8L7 8"
