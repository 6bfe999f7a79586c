"""How much measures changed beside cocktail, condition and dose: person by person by hand, thirds by rule."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from tests import factories
from tests.treatments.outcomes.conftest import with_triggers_off
from treatments.conditions.models import KeptAs, Measurement, MeasurementKind
from treatments.outcomes.actions.figures import refresh_outcomes
from treatments.outcomes.models import ChangeCell
from treatments.outcomes.queries.changes import change_tables_of_clinic, measured_changes
from treatments.outcomes.rules.changes import Changed, groups_by_cocktail, groups_by_dose, thirds_of
from treatments.sessions.models import ZoneTreatment


def changed(patient, change, *, zone=1, dose=None, condition=1, cocktail="cocktail:1+2"):
    ingredient = None if dose is None else 5
    return Changed(1, patient, condition, cocktail, 9, zone, change, ingredient, dose)


def test_a_person_measured_in_two_zones_counts_once_by_the_mean():
    rows = [changed(1, 10.0), changed(1, 20.0, zone=2), *(changed(pk, 5.0) for pk in range(2, 11))]

    (group,) = groups_by_cocktail(rows)

    assert (group.people, group.quartiles.low, group.quartiles.high) == (10, 5.0, 5.0)
    (alone,) = groups_by_cocktail([changed(1, 10.0), changed(1, 20.0, zone=2)])
    assert (alone.people, alone.quartiles) == (1, None)


def test_one_person_given_two_actives_is_one_person():
    both = [changed(1, 10.0, dose=D(1)), Changed(1, 1, 1, "cocktail:1+2", 9, 1, 10.0, 6, D(2))]

    assert groups_by_cocktail(both)[0].people == 1
    assert [group.name for group in groups_by_dose(both)] == ["ingredient:5", "ingredient:6"]


def test_thirty_people_fall_in_three_tens_by_their_dose():
    rows = [changed(pk, float(pk), dose=D(pk) / 100) for pk in range(30)]

    low, middle, high = groups_by_dose(rows)

    assert [low.people, middle.people, high.people] == [10, 10, 10]
    assert (low.dose_low, low.dose_high, high.dose_high) == (D("0"), D("0.09"), D("0.29"))
    assert (low.quartiles.median, high.quartiles.median) == (4.5, 24.5)
    assert high.third == 2


def test_people_of_one_dose_stay_together():
    same = [(D(1), pk, 0.0) for pk in range(10)]

    assert [len(part) for part in thirds_of(same)] == [10, 0, 0]
    assert [len(part) for part in thirds_of([*same, (D(2), 99, 0.0)])] == [10, 0, 1]


@pytest.fixture
def density(db):
    scale = factories.SeverityScaleFactory(code="DENSITY", kind="number", minimum=0, maximum=600)
    MeasurementKind.objects.create(
        scale=scale, short_name="Density", kept_as=KeptAs.MEASURED, smallest_change=14
    )
    return scale


@pytest.fixture
def course(give, lot, clinician, density):
    """Two sessions of 1 ml on the vertex, three quarters of it there, with a figure before and after 18 weeks."""
    zones = [factories.ZoneFactory(code=code) for code in ("VERTEX", "FRONTAL")]

    def make(before=100, after=112, method="counted", later_method="counted", later_on=126):
        first = give(days_ago=200)
        for session in (first, give(days_ago=186, patient=first.patient, plan=first.plan, number=2)):
            with_triggers_off(
                lambda session=session: [
                    ZoneTreatment.objects.create(
                        treatment_session=session,
                        zone=zone,
                        points=points,
                        ml_per_point=D("0.01"),
                        depth_mm=4,
                        area_cm2=50,
                    )
                    for zone, points in zip(zones, (75, 25), strict=True)
                ]
            )
        for value, on, how in ((before, 0, method), (after, later_on, later_method)):
            Measurement.objects.create(
                patient=first.patient,
                scale=density,
                zone=zones[0],
                value=D(value),
                method=how,
                measured_at=timezone.now() - timedelta(days=200 - on),
                measured_by=clinician,
            )
        return first

    return make


@pytest.mark.django_db
def test_a_change_stands_beside_what_had_added_up_in_its_zone(course, lot):
    first = course()
    content = lot.product.contents.get()
    refresh_outcomes()

    (found,) = measured_changes()

    assert (found.patient, found.change, found.ingredient) == (first.patient_id, 12.0, content.ingredient_id)
    # Two sessions of 1 ml, three quarters in this zone of 50 cm².
    assert found.mg_per_cm2 == pytest.approx(2 * content.mg_per_ml * D("0.75") / 50)


@pytest.mark.django_db
@pytest.mark.parametrize("otherwise", [{"later_method": "TrichoScan"}, {"later_on": 90}, {"later_on": 150}])
def test_another_method_and_another_time_are_no_change(course, otherwise):
    course(**otherwise)
    refresh_outcomes()

    assert measured_changes() == []


@pytest.mark.django_db
def test_the_tick_keeps_how_many_there_are_and_no_figures_of_few(course, clinic):
    for _ in range(2):
        course()
    refresh_outcomes()

    assert set(ChangeCell.objects.values_list("people", "median")) == {(2, None)}
    tables = change_tables_of_clinic(clinic)
    (table,) = tables.by_cocktail
    assert (table.title, table.smallest) == ("Density", "±14")
    assert [figure.is_shown for row in table.rows for figure in row.figures] == [False]
    assert tables.by_dose == []
