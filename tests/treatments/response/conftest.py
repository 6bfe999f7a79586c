"""A course whose first session is signed, at a clinic that reviews after the first; and kinds of measurement."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests import factories
from tests.treatments.sessions.conftest import (  # noqa: F401  # the fixtures of a session
    asked_on,
    charted,
    checklist,
    consent,
    fill,
    lots,
    patient,
    plan,
    products,
    ready,
    signed,
)
from treatments.conditions.models import KeptAs, Measurement, MeasurementKind


def sql(statement: str, *values: object) -> None:
    """Go around the application, in a savepoint of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def density(db):
    """Density with its kind: 15 % of the first figure is its error."""
    return make_kind("HAIR_DENSITY", "Density", smallest_change_percent=D(15), order=10)


def make_kind(code, short_name, *, higher_is_better=True, **fields):
    """A kind of measurement, and its scale."""
    scale = factories.SeverityScaleFactory(
        code=code,
        name=short_name,
        short_name=short_name,
        kind="number",
        higher_is_better=higher_is_better,
        minimum=0,
        maximum=600,
    )
    defaults = {"short_name": short_name, "kept_as": KeptAs.MEASURED, "for_all_conditions": True}
    return MeasurementKind.objects.create(scale=scale, **defaults | fields)


def measure(kind, whose, value, *, days_ago=0, **fields):
    """One figure of a kind, so many days ago."""
    return Measurement.objects.create(
        patient=whose,
        scale=kind.scale,
        value=D(value),
        measured_at=timezone.now() - timedelta(days=days_ago),
        **{"measured_by": whose.registered_by} | fields,
    )


@pytest.fixture
def reviewed_course(clinic, signed):  # noqa: F811
    """A course of eight under way: its first session is signed, and waits for the review."""
    clinic.review_at_session = 1
    clinic.save()
    signed.plan.refresh_from_db()
    return signed.plan


def book(course, number, *, days, clinician):
    """A booking of the course, so many days ahead."""
    start = timezone.now().replace(microsecond=0, second=0) + timedelta(days=days)
    return factories.AppointmentFactory(
        clinic=course.clinic,
        patient=course.patient,
        clinician=clinician,
        room=factories.RoomFactory(clinic=course.clinic),
        plan=course,
        session_number=number,
        starts_at=start,
        booked_by=clinician,
    )
