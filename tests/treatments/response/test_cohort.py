"""Comparable patients: counted by the tick, read without the patient herself, and of the same kind only."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from tests import factories
from tests.treatments.response.conftest import measure
from treatments.response.actions.cohort import EVERY, refresh_cohort
from treatments.response.models import CohortCell
from treatments.response.queries.cohort import CohortKey, others_of_patient
from treatments.response.queries.series import response_of_patient

DAYS_AGO = 30


@pytest.fixture
def lot(clinic):
    return factories.LotFactory(clinic=clinic, on_hand=D(100))


@pytest.fixture
def course(lot, clinician):
    """Makes a patient whose first course has begun with a signed session."""

    def make(**fields):
        patient = factories.PatientFactory(registered_by=clinician, **fields)
        on = timezone.localdate() - timedelta(days=DAYS_AGO)
        return factories.give(lot, patient=patient, by=clinician, on=on).plan

    return make


@pytest.fixture
def vertex(db):
    return factories.ZoneFactory(code="VERTEX", name="Vertex")


def others_of(plan, density, vertex, method=""):
    found = others_of_patient(
        plan.patient_id,
        condition_pk=plan.assessment.condition_id,
        sex=plan.patient.sex_at_birth,
        scales=[density.scale_id],
    )
    return found.get(CohortKey(density.scale_id, vertex.pk, method), [])


def test_the_others_are_counted_without_the_patient_herself(course, density, vertex, count_queries):
    plans = [course() for _ in range(12)]
    for place, plan in enumerate(plans):
        measure(density, plan.patient, 100 + 10 * place, days_ago=DAYS_AGO, zone=vertex)
    refresh_cohort()

    with count_queries() as sent:
        (lowest,) = others_of(plans[0], density, vertex)
    (highest,) = others_of(plans[11], density, vertex)

    # 110 … 210 and 100 … 200.
    assert (lowest.week, lowest.patients, lowest.low, lowest.high) == (0, 11, D(135), D(185))
    assert (highest.patients, highest.low, highest.high) == (11, D(125), D(175))
    assert len(sent) == 2


def test_ten_patients_are_nine_others_and_not_shown(course, density, vertex):
    plans = [course() for _ in range(10)]
    for plan in plans:
        measure(density, plan.patient, 100, days_ago=DAYS_AGO, zone=vertex)
    refresh_cohort()

    (hers,) = others_of(plans[0], density, vertex)
    (strangers,) = others_of(course(), density, vertex)

    assert (hers.patients, hers.low) == (9, None)
    assert (strangers.patients, strangers.low) == (10, D(100))


def test_another_sex_condition_method_zone_and_course_are_others_of_nobody(
    course, density, vertex, clinician
):
    here = course()
    measure(density, here.patient, 100, days_ago=DAYS_AGO, zone=vertex)
    measure(density, course(sex_at_birth="male").patient, 1, days_ago=DAYS_AGO, zone=vertex)
    measure(density, course().patient, 2, days_ago=DAYS_AGO, zone=vertex, method="TrichoScan")
    frontal = factories.ZoneFactory(code="FRONTAL", name="Frontal")
    measure(density, course().patient, 3, days_ago=DAYS_AGO, zone=frontal)
    refresh_cohort()

    assert [each.patients for each in others_of(here, density, vertex)] == [0]
    assert CohortCell.objects.get(scale=density.scale, method="trichoscan").patients == 1


def test_one_figure_of_a_patient_counts_in_a_stretch_of_weeks(course, density, vertex):
    plan = course()
    for days_ago, value in ((DAYS_AGO, 100), (DAYS_AGO + 5, 90), (2, 120), (1, 500)):
        measure(density, plan.patient, value, days_ago=days_ago, zone=vertex)
    refresh_cohort()

    cells = CohortCell.objects.filter(zone=vertex).order_by("week")
    assert [(cell.week, cell.patients) for cell in cells] == [(0, 1), (4, 1)]


def test_the_tick_counts_again_only_after_hours(course, density, vertex):
    measure(density, course().patient, 100, days_ago=DAYS_AGO, zone=vertex)
    now = timezone.now()

    assert refresh_cohort(now=now) == 1
    assert refresh_cohort(now=now + EVERY / 2) == 0
    assert refresh_cohort(now=now + EVERY) == 1
    assert CohortCell.objects.count() == 1


def test_figures_measured_after_the_count_are_not_taken_out(course, density, vertex):
    plans = [course() for _ in range(11)]
    for place, plan in enumerate(plans[1:]):
        measure(density, plan.patient, 100 + place, days_ago=DAYS_AGO, zone=vertex)
    refresh_cohort()
    measure(density, plans[0].patient, 900, days_ago=DAYS_AGO, zone=vertex)

    (others,) = others_of(plans[0], density, vertex)

    assert (others.patients, others.low) == (10, D("102.25"))


def test_the_series_of_a_patient_has_the_others_beside_it(course, density, vertex):
    plans = [course() for _ in range(11)]
    for plan in plans:
        measure(density, plan.patient, 100, days_ago=DAYS_AGO, zone=vertex)
    refresh_cohort()

    (series,) = response_of_patient(plans[0].patient, plans[0]).measured

    assert series.others_text() == "n 10 in week 0"
    assert (series.place, series.value_text) == ("vertex", "100")


def test_figures_of_an_earlier_course_are_marked(course, density, vertex):
    plan = course()
    later = factories.make_plan(
        clinic=plan.clinic,
        patient=plan.patient,
        by=plan.created_by,
        status="active",
        version=plan.cocktail_version,
    )
    measure(density, plan.patient, 90, days_ago=DAYS_AGO + 5, zone=vertex)
    measure(density, plan.patient, 100, zone=vertex)

    (series,) = response_of_patient(plan.patient, later).measured

    assert [figure.is_earlier for figure in series.figures] == [True, False]
