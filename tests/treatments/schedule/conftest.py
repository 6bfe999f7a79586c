"""A patient, a room with somebody's hours in it, and a day on which one may book."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.treatments.schedule.calendars import with_hours


@pytest.fixture
def patient(front_desk):
    return factories.PatientFactory(registered_by=front_desk)


@pytest.fixture
def room(clinic, clinician):
    return with_hours(clinic, clinician)


@pytest.fixture
def soon():
    """Two days from now: never past, never today."""
    return timezone.localdate() + timedelta(days=2)
