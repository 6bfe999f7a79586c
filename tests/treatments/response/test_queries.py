"""Density by session of one course, and of comparable patients."""

from decimal import Decimal as D

import pytest

from tests import factories
from treatments.conditions.models import Measurement
from treatments.response.queries import comparable_density_ranges, density_by_session
from treatments.response.rules import MIN_PATIENTS


@pytest.fixture
def density(db):
    return factories.SeverityScaleFactory(code="HAIR_DENSITY", kind="number")


@pytest.fixture
def plan(clinic, clinician):
    return factories.make_plan(clinic=clinic, by=clinician, status="active")


def measured(scale, plan, value, *, assessment=None, session=None):
    row = Measurement.objects.create(
        patient=plan.patient, scale=scale, value=D(value), assessment=assessment, measured_by=plan.created_by
    )
    if session is not None:
        session.measurements.add(row)
    return row


def test_density_is_the_mean_at_each_session_after_the_baseline(density, plan, count_queries):
    first = factories.TreatmentSessionFactory(plan=plan, number=1)
    measured(density, plan, 120, assessment=plan.assessment)
    measured(density, plan, 130, session=first)
    measured(density, plan, 134, session=first)

    with count_queries() as sent:
        found = density_by_session(plan.patient_id, plan.pk)

    assert [(point.session, point.value) for point in found] == [(0, D(120)), (1, D(132))]
    assert len(sent) == 1


def test_other_scales_courses_assessments_and_patients_are_left_out(density, plan, clinic, clinician):
    other_plan = factories.make_plan(
        clinic=clinic, patient=plan.patient, version=plan.cocktail_version, by=clinician
    )
    earlier = factories.AssessmentFactory(patient=plan.patient, assessed_by=clinician)
    stranger = factories.make_plan(clinic=clinic, by=clinician)
    measured(factories.SeverityScaleFactory(code="PULL_TEST", kind="count"), plan, 3)
    measured(density, other_plan, 99, session=factories.TreatmentSessionFactory(plan=other_plan, number=2))
    measured(density, plan, 98, assessment=earlier)
    measured(density, stranger, 97)
    measured(density, plan, 120)

    assert [(p.session, p.value) for p in density_by_session(plan.patient_id, plan.pk)] == [(0, D(120))]


def test_without_a_course_what_was_measured_outside_sessions_counts(density, plan):
    measured(density, plan, 120, assessment=plan.assessment)
    measured(density, plan, 150, session=factories.TreatmentSessionFactory(plan=plan, number=1))

    assert [(p.session, p.value) for p in density_by_session(plan.patient_id, None)] == [(0, D(120))]


def test_the_range_is_the_middle_half_of_enough_patients(density, clinic, clinician, count_queries):
    protocol = factories.ProtocolFactory()
    for value in (100, 110, 120, 130, 140)[:MIN_PATIENTS]:
        plan = factories.make_plan(clinic=clinic, by=clinician, protocol=protocol)
        measured(density, plan, value, assessment=plan.assessment)
    # Session 1 was measured of one patient only: that is no comparison.
    measured(density, plan, 150, session=factories.TreatmentSessionFactory(plan=plan, number=1))

    with count_queries() as sent:
        found = comparable_density_ranges(protocol.pk)

    assert [(each.session, each.low, each.high, each.patients) for each in found] == [(0, D(110), D(130), 5)]
    assert len(sent) == 1


def test_too_few_patients_and_no_protocol_have_no_range(density, plan, count_queries):
    measured(density, plan, 120, assessment=plan.assessment)

    assert comparable_density_ranges(plan.protocol_id) == []
    with count_queries() as sent:
        assert comparable_density_ranges(None) == []
    assert len(sent) == 0
