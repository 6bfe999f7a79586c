"""What an administrator sets about booking."""

from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from mesoclinic.core.templatetags.clinic import form_errors
from tests import factories
from tests.conftest import signed_in
from tests.treatments.schedule.calendars import accepted_plan, at
from treatments.schedule.models import BookingSettings, Break, Holiday

pytestmark = pytest.mark.django_db


def visit(clinic, clinician, room, start, *, minutes=20, **more):
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind=more.pop("kind", "intake"),
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        **more,
    )


RULE = {
    "notice_hours": "48",
    "buffer_minutes": "10",
    "first_minutes": "15",
    "per_100_cm2": "10",
    "intake_minutes": "60",
    "review_minutes": "20",
    "quote_minutes": "25",
    "area-TOTAL_FORMS": "6",
    "area-INITIAL_FORMS": "0",
    "area-0-up_to": "50",
    "area-0-minutes": "15",
    "area-1-up_to": "120",
    "area-1-minutes": "25",
    "technique-TOTAL_FORMS": "8",
    "technique-INITIAL_FORMS": "0",
    "technique-0-name": "mesogun",
    "technique-0-minutes": "5",
    "technique-0-equipment": "mesogun",
}


def test_the_rule_is_set_and_booking_goes_by_it(
    as_admin, as_front_desk, clinic, clinician, room, count_queries, once
):
    url = reverse("schedule:settings")
    with count_queries() as read:
        page = as_admin.get(url)
    with count_queries() as written:
        answer = as_admin.post(url, RULE | {"once": once()})

    assert answer["Location"] == url
    own = BookingSettings.objects.get(clinic=clinic)
    assert (own.area_up_to_cm2, own.area_minutes) == ([Decimal(50), Decimal(120)], [15, 25])
    assert own.equipment_by_technique == {"mesogun": "mesogun"}
    assert own.notice_hours == 48
    assert (len(read) <= 8, len(written) <= 12) == (True, True)
    assert page.context["areas"][0]["up_to"].value() == "50"
    plan = accepted_plan(clinic, clinician)
    intake = as_front_desk.get(reverse("schedule:book", args=[plan.patient_id]))
    assert intake.context["minutes"] == 25 + 15


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"area-1-up_to": "40"}, "area-1-up_to"),
        ({"area-1-minutes": "10"}, "area-1-minutes"),
        ({"area-0-up_to": ""}, "area-0-up_to"),
        ({"area-0-minutes": ""}, "area-0-minutes"),
        ({"area-0-up_to": "lots"}, "area-0-up_to"),
        ({"area-3-up_to": "100", "area-3-minutes": "30"}, "area-3-up_to"),
        (
            dict.fromkeys(("area-0-up_to", "area-0-minutes", "area-1-up_to", "area-1-minutes"), ""),
            "area-0-up_to",
        ),
        ({"technique-0-name": ""}, "technique-0-name"),
        ({"technique-1-name": "MESOGUN"}, "technique-1-name"),
        ({"technique-2-name": "mesogun"}, "technique-2-name"),
        ({"buffer_minutes": "500"}, "buffer_minutes"),
        ({"notice_hours": ""}, "notice_hours"),
    ],
)
def test_a_rule_that_makes_no_sense_is_said_at_the_field_and_kept_as_typed(as_admin, clinic, change, field):
    page = as_admin.post(reverse("schedule:settings"), RULE | change)

    assert page.status_code == 422
    assert [error["id"] for error in form_errors(page.context["forms"])] == [f"id_{field}"]
    assert page.context["booking_form"]["intake_minutes"].value() == "60"
    assert not BookingSettings.objects.exists()


def test_breaks_holidays_and_equipment_come_and_go(as_admin, clinic, clinician, room, soon):
    as_admin.post(
        reverse("schedule:break_add"),
        {
            "break-clinician": clinician.pk,
            "break-name": "Lunch",
            "break-weekdays": ["0", "1"],
            "break-starts": "12:00",
            "break-ends": "13:00",
        },
    )
    again = as_admin.post(
        reverse("schedule:break_add"),
        {
            "break-clinician": clinician.pk,
            "break-name": "Lunch",
            "break-weekdays": ["1"],
            "break-starts": "12:30",
            "break-ends": "13:30",
        },
    )
    as_admin.post(reverse("schedule:holiday_add"), {"holiday-day": soon, "holiday-name": "Feast"})
    twice = as_admin.post(reverse("schedule:holiday_add"), {"holiday-day": soon, "holiday-name": "Feast"})
    as_admin.post(reverse("schedule:equipment_set", args=[room.pk]), {"equipment": "mesogun, , mesogun"})

    assert Break.objects.count() == 2
    assert (again.status_code, list(again.context["break_form"].errors)) == (422, ["starts"])
    assert (twice.status_code, list(twice.context["holiday_form"].errors)) == (422, ["day"])
    room.refresh_from_db()
    assert room.equipment == ["mesogun"]
    for row in Break.objects.all():
        as_admin.post(reverse("schedule:break_remove", args=[row.pk]))
    as_admin.post(reverse("schedule:holiday_remove", args=[Holiday.objects.get().pk]))
    assert (Break.objects.count(), Holiday.objects.count()) == (0, 0)


def test_a_holiday_over_booked_visits_says_how_many(as_admin, clinic, clinician, room, soon):
    visit(clinic, clinician, room, at(9, day=soon))

    page = as_admin.post(
        reverse("schedule:holiday_add"), {"holiday-day": soon, "holiday-name": "Feast"}, follow=True
    )

    assert "1 appointment stands on this day" in page.content.decode()


GUARDED = {
    "settings": [],
    "break_add": [],
    "break_remove": [1],
    "holiday_add": [],
    "holiday_remove": [1],
    "equipment_set": [1],
}


@pytest.mark.parametrize("name", GUARDED)
def test_only_who_manages_the_clinic_sets_it(name, as_front_desk, stranger):
    url = reverse(f"schedule:{name}", args=GUARDED[name])

    assert as_front_desk.post(url).status_code == 403
    assert stranger.post(url).status_code == 302


@pytest.mark.parametrize("name", ["break_remove", "holiday_remove", "equipment_set"])
def test_another_clinics_rows_are_not_there(name, as_admin):
    other = factories.ClinicFactory()
    who = factories.ClinicianFactory(clinic=other)
    rows = {
        "break_remove": lambda: Break.objects.create(
            clinic=other, clinician=who, weekday=0, starts=time(12), ends=time(13)
        ),
        "holiday_remove": lambda: Holiday.objects.create(clinic=other, day="2030-01-01", name="x"),
        "equipment_set": lambda: factories.RoomFactory(clinic=other),
    }
    row = rows[name]()

    assert as_admin.post(reverse(f"schedule:{name}", args=[row.pk])).status_code == 404
    assert signed_in(who).get(reverse("schedule:free")).status_code == 200
