"""What the calendar works out of the visits it read: once, and for each visit by itself."""

from datetime import timedelta

import pytest
from django.db.models import Model
from django.utils import timezone

from tests import factories
from tests.treatments.schedule.calendars import accepted_plan, at
from treatments.schedule.models import Appointment
from treatments.schedule.queries import calendar, readiness

pytestmark = pytest.mark.django_db


@pytest.fixture
def visits(clinic, clinician, room, soon):
    """One visit on the day and two of the same clinician in the weeks after it."""
    plan = accepted_plan(clinic, clinician)
    return [
        Appointment.objects.create(
            clinic=clinic,
            clinician=clinician,
            room=room,
            plan=plan,
            session_number=n,
            kind="session",
            booked_by=clinician,
            patient=plan.patient,
            starts_at=at(10, day=soon) + timedelta(days=(n - 1) * 14),
            ends_at=at(11, day=soon) + timedelta(days=(n - 1) * 14),
        )
        for n in (1, 2, 3)
    ]


def test_no_visit_is_compared_with_another(clinic, clinician, visits, soon, monkeypatch):
    compared = []
    same = Model.__eq__
    monkeypatch.setattr(
        Appointment, "__eq__", lambda one, other: compared.append(1) or same(one, other), raising=False
    )
    monkeypatch.setattr(Appointment, "__hash__", Model.__hash__, raising=False)

    day = calendar.read_calendar_day(clinic, soon, timezone.now(), ahead_of=clinician)

    assert compared == []
    assert [a.pk for a in day.appointments] == [visits[0].pk]
    assert [a.pk for a in day.ahead] == [visits[1].pk, visits[2].pk]
    assert visits[0] == day.appointments[0]
    assert compared == [1]


def test_nobody_elses_visits_ahead_are_read(clinic, clinician, visits, soon):
    other = factories.ClinicianFactory(clinic=clinic)
    now = timezone.now()
    assert calendar.read_calendar_day(clinic, soon, now).ahead == []
    assert calendar.read_calendar_day(clinic, soon, now, ahead_of=other).ahead == []


@pytest.mark.parametrize("view", ["day", "week", "list"])
def test_the_readiness_of_a_visit_is_worked_out_once_a_page(
    as_clinician, clinic, clinician, visits, soon, monkeypatch, view
):
    asked = []
    worked_out = readiness.readiness_findings
    monkeypatch.setattr(
        readiness,
        "readiness_findings",
        lambda ahead, **more: asked.append(ahead.number) or worked_out(ahead, **more),
    )

    address = {"day": soon, "view": view, "by": "clinician", "who": clinician.pk}
    page = as_clinician.get("/calendar/", address)

    assert page.status_code == 200
    assert asked == [1]
