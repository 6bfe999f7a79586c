"""The middle half of others, without the patient herself, from three figures around each quartile."""

from decimal import Decimal as D
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.response.rules.cohort import HIGH, LEAST_PATIENTS, LOW, Cell, others_in_cell


def cell_of(figures):
    """As the statement of the tick keeps it."""
    figures = sorted(figures)

    def around(share):
        first = floor(share * (len(figures) - 2))
        return figures[first : first + 3]

    return Cell(8, len(figures), around(LOW), around(HIGH))


def percentile(figures, share):
    """PostgreSQL's percentile_cont, written out."""
    figures = sorted(figures)
    place = share * (len(figures) - 1)
    below = floor(place)
    above = min(below + 1, len(figures) - 1)
    return figures[below] + (figures[above] - figures[below]) * (place - below)


FIGURES = st.lists(st.integers(0, 400).map(D), min_size=LEAST_PATIENTS + 1, max_size=60)


@given(FIGURES, st.data())
def test_taking_the_patient_out_gives_the_quartiles_of_the_others(figures, data):
    place = data.draw(st.integers(0, len(figures) - 1))
    others = figures[:place] + figures[place + 1 :]

    found = others_in_cell(cell_of(figures), figures[place])

    assert found.patients == len(others)
    assert (found.low, found.high) == (percentile(others, LOW), percentile(others, HIGH))


@given(FIGURES)
def test_who_is_not_among_them_is_not_taken_out(figures):
    found = others_in_cell(cell_of(figures), None)

    assert (found.low, found.high) == (percentile(figures, LOW), percentile(figures, HIGH))


@pytest.mark.parametrize(
    ("patients", "own", "shown"), [(10, None, True), (10, D(5), False), (11, D(5), True), (9, None, False)]
)
def test_fewer_than_ten_others_are_counted_and_not_shown(patients, own, shown):
    found = others_in_cell(cell_of([D(n) for n in range(patients)]), own)

    assert found.patients == patients - (own is not None)
    assert (found.low is not None) is shown
