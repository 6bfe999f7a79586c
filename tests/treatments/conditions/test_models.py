"""Going around the application: an assessment stays as it was written."""

from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction

from tests import factories
from treatments.conditions.models import Measurement

pytestmark = pytest.mark.django_db


def refused(statement, *values):
    """The sentence the database refuses with."""
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(error.value)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE conditions_assessment SET note = 'Changed.'",
        "UPDATE conditions_assessment SET assessed_at = now() - interval '1 year'",
    ],
)
def test_an_assessment_is_frozen(statement):
    factories.AssessmentFactory()

    assert "An assessment is frozen" in refused(statement)


def test_an_assessment_and_its_zones_are_kept():
    factories.AssessmentZoneFactory()

    assert "An assessment is kept" in refused("DELETE FROM conditions_assessmentzone")
    assert "An assessment is kept" in refused("DELETE FROM conditions_assessment")


def test_a_zone_of_an_assessment_is_frozen():
    factories.AssessmentZoneFactory()

    assert "An assessment is frozen" in refused("UPDATE conditions_assessmentzone SET area_cm2 = 80")


@pytest.mark.parametrize("area", [D(0), D(-1), D("600.1")])
def test_a_zone_has_an_area_a_scalp_can_have(area):
    with pytest.raises(IntegrityError, match="zone_area_is_a_scalps"):
        factories.AssessmentZoneFactory(area_cm2=area)


def test_a_zone_is_assessed_once():
    zone = factories.AssessmentZoneFactory()

    with pytest.raises(IntegrityError, match="zone_assessed_once"):
        factories.AssessmentZoneFactory(assessment=zone.assessment, zone=zone.zone)


@pytest.mark.parametrize(
    "statement", ["UPDATE conditions_measurement SET value = 9", "DELETE FROM conditions_measurement"]
)
def test_a_measurement_never_changes(statement):
    assessment = factories.AssessmentFactory()
    Measurement.objects.create(
        patient=assessment.patient,
        scale=factories.SeverityScaleFactory(),
        value=142,
        assessment=assessment,
        measured_by=assessment.assessed_by,
    )

    assert "A measurement is append-only" in refused(statement)


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("conditions_assessment", "An assessment"),
        ("conditions_assessmentzone", "An assessment"),
        ("conditions_measurement", "A measurement"),
    ],
)
def test_none_of_it_is_ever_emptied(table, what):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL mesoclinic.tests_may_truncate = 'off'")

    assert f"{what} is never emptied" in refused(f"TRUNCATE {table} CASCADE")


def test_a_level_stands_once_on_its_scale():
    level = factories.ScaleLevelFactory()

    with pytest.raises(IntegrityError, match="level_stands_once_on_its_scale"):
        factories.ScaleLevelFactory(scale=level.scale, value=level.value)


def test_a_scale_measures_a_condition_once():
    condition, scale = factories.ConditionFactory(), factories.SeverityScaleFactory()
    condition.condition_scales.create(scale=scale)

    with pytest.raises(IntegrityError, match="scale_once_for_a_condition"):
        condition.condition_scales.create(scale=scale)


def test_a_condition_is_reviewed_by_somebody_at_some_time():
    factories.ConditionFactory()

    assert "condition_reviewed_by_and_at_together" in refused(
        "UPDATE conditions_condition SET reviewed_at = now()"
    )
