"""The drawings of the severity scales: each step has one, no two steps of a scale look alike."""

import csv
import re
from decimal import Decimal as D
from pathlib import Path

import pytest

from treatments.conditions.rules.scale_pictures import picture_of_figure_or_none, picture_of_step_or_none

SCALES = Path(__file__).parents[3] / "mesoclinic" / "data" / "scales.csv"
DRAWN = ("HAMILTON_NORWOOD", "LUDWIG", "SINCLAIR", "OLSEN", "SALT_BAND", "SALT_S")


def steps(scale):
    with SCALES.open(encoding="utf-8", newline="") as file:
        return [row["value"] for row in csv.DictReader(file) if row["scale_code"] == scale]


@pytest.mark.parametrize("scale", DRAWN)
def test_every_step_of_the_scale_as_shipped_has_its_own_drawing(scale):
    pictures = [picture_of_step_or_none(scale, step) for step in steps(scale)]

    assert None not in pictures
    assert len(set(pictures)) == len(pictures) > 2


@pytest.mark.parametrize("scale", DRAWN)
def test_a_drawing_stays_on_the_head(scale):
    for step in steps(scale):
        for shape in picture_of_step_or_none(scale, step):
            assert 0 < float(shape.opacity) <= 1
            first = re.match(r"M([\d.]+) ([\d.]+)", shape.path)
            assert 9 <= float(first[1]) <= 91
            assert 8 <= float(first[2]) <= 112


def test_what_is_not_drawn_has_no_picture():
    assert picture_of_step_or_none("DANDRUFF5", "1") is None
    assert picture_of_step_or_none("LUDWIG", "IX") is None
    assert picture_of_figure_or_none("HAIR_DENSITY", D(140)) is None
    assert picture_of_figure_or_none("SALT", None) is None


def test_salt_shows_more_bare_scalp_the_higher_it_is():
    counts = [len(picture_of_figure_or_none("SALT", D(figure))) for figure in (0, 5, 15, 30, 60, 90)]

    assert counts == sorted(counts)
    assert counts[0] == 0
    assert len(picture_of_figure_or_none("SALT", D(100))) == 1
