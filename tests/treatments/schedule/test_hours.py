"""Rooms, working hours and absences."""

from datetime import time, timedelta

import pytest

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.treatments.schedule.calendars import MONDAY, NOW, at, intake
from treatments.schedule.actions.hours import (
    add_room,
    add_time_off,
    add_working_hours_and_freed_times,
    add_working_hours_on_weekday,
    remove_time_off_and_add_freed_times,
    remove_working_hours,
    set_room_in_use,
)
from treatments.schedule.actions.visits import (
    cancel_appointment,
)
from treatments.schedule.models import BookingSettings, Room, TimeOff, WorkingHours
from treatments.schedule.queries import availability
from treatments.schedule.queries.appointments import appointments_during_time_off

pytestmark = pytest.mark.django_db


def codes(refused):
    return [finding.code for finding in refused.value.findings]


@pytest.fixture
def visit(clinic, clinician, front_desk, room, patient):
    return intake(clinic, clinician, room, patient, front_desk, at(10))


def free_on(clinic, day, minutes=30, **more):
    whole = availability.search_period_around(day, clinic.zone)
    diary = availability.read_diary_during(clinic, availability.working_hours_of(clinic), whole, **more)
    return diary.free_slots_on(day, timedelta(minutes=minutes), now=NOW)


def test_hours_are_added_for_several_days_at_once(clinic, clinician, admin):
    room = add_room(clinic=clinic, name=" Room 7 ", by=admin)

    made = add_working_hours_and_freed_times(
        clinic=clinic,
        clinician=clinician,
        room=room,
        weekdays=[0, 2],
        opens=time(9),
        closes=time(12),
        by=admin,
    )

    assert room.name == "Room 7"
    assert [o.weekday for o in made] == [0, 2]
    assert list(AuditEvent.objects.order_by("pk").values_list("did", flat=True)) == [
        "room.added",
        "opening.added",
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"closes": time(8)}, "hours:times"),
        ({"weekdays": []}, "hours:days"),
        ({"opens": time(16), "closes": time(18)}, "hours:clinician"),
    ],
)
def test_hours_make_sense(clinic, clinician, admin, room, change, code):
    wanted = {"weekdays": [0], "opens": time(18), "closes": time(20)} | change

    with pytest.raises(Refused) as refused:
        add_working_hours_and_freed_times(clinic=clinic, clinician=clinician, room=room, by=admin, **wanted)

    assert codes(refused) == [code]


def test_a_room_is_used_by_one_clinician_at_a_time(clinic, clinician, admin, room):
    other = factories.ClinicianFactory(clinic=clinic)

    with pytest.raises(Refused) as refused:
        add_working_hours_on_weekday(
            clinic=clinic, clinician=other, room=room, weekday=0, opens=time(16), closes=time(18), by=admin
        )

    assert str(refused.value) == (
        "Somebody else has this room then, Monday 09:00–17:00. Choose another room or other hours."
    )


def test_hours_are_given_to_clinicians_in_rooms_of_this_clinic(clinic, clinician, admin, room):
    for who, where, code in (
        (admin, room, "hours:clinician"),
        (clinician, factories.RoomFactory(), "hours:room"),
    ):
        with pytest.raises(Refused) as refused:
            add_working_hours_on_weekday(
                clinic=clinic, clinician=who, room=where, weekday=0, opens=time(18), closes=time(20), by=admin
            )
        assert codes(refused) == [code]


def test_hours_removed_leave_what_is_booked(clinic, admin, room, visit):
    remove_working_hours(working=WorkingHours.objects.get(weekday=0), by=admin)

    visit.refresh_from_db()
    assert (visit.status, WorkingHours.objects.count()) == ("booked", 6)
    assert AuditEvent.objects.filter(did="opening.removed").count() == 1


def test_a_room_is_named_and_named_once(clinic, admin):
    add_room(clinic=clinic, name="Room 7", by=admin)

    for name in ("  ", "room 7"):
        with pytest.raises(Refused) as refused:
            add_room(clinic=clinic, name=name, by=admin)
        assert codes(refused) == ["room:name"]


def test_a_room_out_of_use_is_not_offered(clinic, admin, room):
    set_room_in_use(room=room, active=False, by=admin)

    assert free_on(clinic, MONDAY) == []
    assert not Room.objects.get().active


def test_an_absence_is_somebodys_and_has_a_length(clinic, clinician, admin, room):
    whom = {"clinician": clinician, "room": room}
    for given, code in (
        ({}, "off:who"),
        (whom, "off:who"),
        ({"clinician": clinician, "ends_at": at(9)}, "off:times"),
    ):
        with pytest.raises(Refused) as refused:
            add_time_off(**{"clinic": clinic, "starts_at": at(9), "ends_at": at(12), "by": admin} | given)
        assert codes(refused) == [code]


def test_an_absence_comes_and_goes(clinic, clinician, admin, room, visit):
    off = add_time_off(clinic=clinic, clinician=clinician, starts_at=at(9), ends_at=at(12), by=admin)
    standing = list(appointments_during_time_off(off))
    remove_time_off_and_add_freed_times(off=off, by=admin)

    assert standing == [visit]
    assert TimeOff.objects.count() == 0


@pytest.mark.parametrize(("notice", "status"), [(48, "late_cancelled"), (10, "cancelled")])
def test_each_clinic_says_how_late_is_late(visit, front_desk, clinic, notice, status):
    BookingSettings.objects.create(clinic=clinic, notice_hours=notice)

    given_up = cancel_appointment(
        appointment=visit, by=front_desk, reason="Has a cold", now=visit.starts_at - timedelta(hours=24)
    )

    assert given_up.status == status
