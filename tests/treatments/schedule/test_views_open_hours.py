"""What the calendar shows beside its cards: closed and free hours, whose column, one tap, and the way on after a cancellation."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.treatments.schedule.calendars import accepted_plan, at, with_hours
from treatments.schedule.actions.visits import cancel_appointment
from treatments.schedule.models import Holiday

pytestmark = pytest.mark.django_db

CALENDAR = reverse("schedule:day")


@pytest.fixture
def session(clinic, clinician, room, soon):
    """The first session of a course, the day after tomorrow at ten."""
    plan = accepted_plan(clinic, clinician, status="active")
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        patient=plan.patient,
        plan=plan,
        session_number=1,
        kind="session",
        starts_at=at(10, day=soon),
        ends_at=at(10, 20, day=soon),
    )


def hatched(column):
    return [(gap.t, gap.len, gap.word) for gap in column.hatched]


def test_hours_in_which_nobody_works_are_hatched_with_their_word(as_front_desk, clinic, clinician, soon):
    other = factories.ClinicianFactory(clinic=clinic)
    with_hours(clinic, clinician, opens=time(9), closes=time(12))
    with_hours(clinic, other, opens=time(10), closes=time(14))

    page = as_front_desk.get(CALENDAR, {"day": soon})

    by_pk = {column.clinician: column for column in page.context["day"].columns}
    assert hatched(by_pk[clinician.pk]) == [(36, 24, "not working")]
    assert hatched(by_pk[other.pk]) == [(0, 12, "not working")]
    assert page.content.decode().count('class="hatch ') == 2


def test_a_day_on_which_nobody_works_is_a_strip_of_the_week(as_front_desk, clinic, clinician, soon):
    with_hours(clinic, clinician, weekdays=[0, 1])
    colleague = factories.ClinicianFactory(clinic=clinic)
    with_hours(clinic, colleague, weekdays=[2])
    Holiday.objects.create(clinic=clinic, day=soon - timedelta(days=soon.weekday()), name="Founders' day")

    page = as_front_desk.get(CALENDAR, {"day": soon, "view": "week", "who": clinician.pk})

    columns = page.context["day"].columns
    assert [c.is_strip for c in columns] == [True, False, True, True, True, True, True]
    assert [c.shut_text for c in columns if c.is_shut] == [
        "closed · Founders' day",
        "not working",
        *["closed"] * 4,
    ]


def test_a_clinicians_own_column_stands_first(as_clinician, clinic, clinician, soon):
    for family_name in ("Aaa", "Zzz"):
        with_hours(clinic, factories.ClinicianFactory(clinic=clinic, last_name=family_name))
    with_hours(clinic, clinician)

    columns = as_clinician.get(CALENDAR, {"day": soon}).context["day"].columns

    assert columns[0].clinician == clinician.pk
    assert len(columns) == 3


def test_what_stands_in_a_column_is_read_in_the_order_of_the_clock(as_front_desk, session, soon):
    (column,) = as_front_desk.get(CALENDAR, {"day": soon}).context["day"].columns

    steps = [item.t for item in column.items]
    assert steps == sorted(steps)
    assert [cell.is_first for cell in column.free][:4] == [True, False, True, False]


@pytest.mark.parametrize(("view", "leads"), [("day", "/calendar/"), ("week", "view=week"), ("today", "/")])
def test_one_tap_on_the_card_says_that_somebody_is_here_and_leads_back(
    as_front_desk, clinic, clinician, room, view, leads
):
    start = timezone.now().replace(second=0, microsecond=0)
    visit = factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind="intake",
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
    )
    address = reverse("today") if view == "today" else f"{CALENDAR}?view={view}"

    page = as_front_desk.get(address).content.decode()
    done = as_front_desk.post(reverse("schedule:check_in", args=[visit.pk]), {"view": view})

    visit.refresh_from_db()
    assert f'action="{reverse("schedule:check_in", args=[visit.pk])}"' in page
    assert f'name="view" value="{view}"' in page
    assert (visit.status, leads in done["Location"]) == ("arrived", True)
    assert "has arrived</button>" not in as_front_desk.get(address).content.decode()


def test_the_calendar_names_its_clinic_and_zone(as_front_desk, clinic, room):
    clinic.time_zone = "America/New_York"
    clinic.save()

    assert f"{clinic.name}, New York time" in as_front_desk.get(CALENDAR).content.decode()


def test_what_was_cancelled_is_booked_again_as_what_it_was(as_front_desk, session, soon):
    visit = session
    cancel_appointment(appointment=visit, by=visit.booked_by, reason="Is ill")
    again = f"{reverse('schedule:book', args=[visit.patient_id])}?kind=session-{visit.plan_id}"

    listed = as_front_desk.get(CALENDAR, {"day": soon}).content.decode()
    own = as_front_desk.get(reverse("schedule:appointment", args=[visit.pk])).content.decode()
    page = as_front_desk.get(again)

    assert again in listed
    assert again in own
    assert page.context["form"].initial["kind"] == f"session-{visit.plan_id}"
