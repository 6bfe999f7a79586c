"""The files of measurements and of review rules: read whole, with what nobody may claim."""

from decimal import Decimal as D
from pathlib import Path

import pytest
from django.conf import settings

from mesoclinic.data.files import read_catalogue
from mesoclinic.data.load_measurements import load_measurement_kinds, load_review_rules
from mesoclinic.data.loading import load_catalogue_table_by_table
from treatments.conditions.models import KeptAs, MeasurementKind, SeverityScale
from treatments.response.models import ReviewRule

CATALOGUE = read_catalogue(Path(settings.BASE_DIR) / "mesoclinic" / "data")
KINDS = {kind.code: kind for kind in CATALOGUE.measurement_kinds}


def test_every_row_is_read():
    assert (len(KINDS), len(CATALOGUE.review_rules)) == (28, 24)


def test_the_patients_own_items_are_seven_and_each_moves_by_two():
    items = [kind for kind in KINDS.values() if kind.kept_as == "patient"]

    assert len(items) == 7
    assert {(kind.minimum, kind.maximum, kind.smallest_change) for kind in items} == {(D(0), D(10), D(2))}


def test_blood_supply_has_no_figure():
    kind = KINDS["BLOOD_SUPPLY"]

    assert (kind.kept_as, kind.minimum, kind.smallest_change, kind.higher_is_better) == (
        "never",
        None,
        None,
        None,
    )


def test_a_brittle_hair_patient_is_not_asked_for_vertex_density():
    for_brittle = {
        kind.code
        for kind in KINDS.values()
        if kind.kept_as in ("measured", "patient")
        and (kind.for_all_conditions or "brittle-hair" in kind.conditions)
    }

    assert for_brittle == {
        "HAIR_DIAMETER",
        "PRO_SHED",
        "PRO_DENSITY",
        "PRO_SMOOTH",
        "PRO_SHINE",
        "PRO_CONFIDENCE",
    }


def test_every_verdict_has_an_honest_line_and_blood_is_never_claimed():
    rules = {rule.code: rule for rule in CATALOGUE.review_rules}

    assert all(rule.honesty_line for rule in rules.values())
    assert rules["RV-BLOOD"].no_verdict_if == "always"
    assert rules["RV-HARM"].conditions == ()


@pytest.mark.django_db
def test_the_kinds_are_loaded_with_a_scale_for_each_and_not_twice():
    for _ in load_catalogue_table_by_table(CATALOGUE):
        pass

    assert MeasurementKind.objects.count() == 28
    assert ReviewRule.objects.count() == 24
    assert MeasurementKind.objects.get(scale__code="BLOOD_SUPPLY").kept_as == KeptAs.NEVER
    assert SeverityScale.objects.get(code="PRO_SHED").higher_is_better is False
    assert SeverityScale.objects.get(code="HAIR_DENSITY").higher_is_better is True
    for loaded in (load_measurement_kinds(CATALOGUE), load_review_rules(CATALOGUE)):
        assert (loaded.created, loaded.updated) == (0, 0)
