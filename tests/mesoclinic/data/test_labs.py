"""The file of laboratory tests: read whole, and each of its findings understood."""

import re
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.conf import settings

from mesoclinic.data.files import read_catalogue
from mesoclinic.data.tables import CatalogueFilesError
from treatments.conditions.rules.labs import LabFact, alert_code_of_result_or_empty

FOLDER = Path(settings.BASE_DIR) / "mesoclinic" / "data"

TESTS = {test.code: test for test in read_catalogue(FOLDER).lab_tests}


def test_every_test_of_the_file_is_read():
    assert len(TESTS) == 23


@pytest.mark.parametrize(
    ("code", "unit", "other", "factor"),
    [
        ("VITD", "ng/mL", "nmol/L", D("2.5")),
        ("PLT", "10*3/uL", "10*9/L", D(1)),
        ("HB", "g/dL", "g/L", D(10)),
        ("FOLATE", "ng/mL", "nmol/L", None),
        ("HCG-U", "", "", None),
    ],
)
def test_the_other_unit_is_read_with_its_factor(code, unit, other, factor):
    test = TESTS[code]

    assert (test.unit, test.other_unit, test.other_factor) == (unit, other, factor)


def test_every_alert_that_the_file_names_is_understood_by_the_rule():
    named = {
        (test.code, side): cell
        for test in TESTS.values()
        for side, cell in (("low", test.finding_low), ("high", test.finding_high))
        if cell.startswith("alert:")
    }
    assert len(named) == 7

    for (code, side), cell in named.items():
        fact = LabFact(code=code, name=code, taken_on=date(2026, 11, 20), unit="u", low=D(50), high=D(60))
        far = D(1) if side == "low" else D(100)
        found = replace(fact, value=far, standard=far, **{f"finding_{side}": cell})
        assert alert_code_of_result_or_empty(found) == re.match(r"alert:lab:[a-z-]+", cell)[0]


def test_a_unit_that_cannot_be_read_gives_its_file_and_its_line(tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = folder / "labs.csv"
    file.write_text(
        file.read_text(encoding="utf-8").replace("nmol/L (x2.5)", "nmol/L times 2.5"), encoding="utf-8"
    )

    with pytest.raises(CatalogueFilesError) as refused:
        read_catalogue(folder)

    assert [str(bad) for bad in refused.value.bad_rows] == [
        "labs.csv line 5, other_unit: “nmol/L times 2.5” is not a unit with “(x2.5)” or “(same number)”"
    ]
