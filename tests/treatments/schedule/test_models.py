"""Law 2, said by the database to whoever goes around the application."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from tests import factories
from tests.treatments.schedule.calendars import at
from treatments.schedule.models import (
    Appointment,
    BookingSettings,
    Break,
    Holiday,
    Room,
    TimeOff,
    WorkingHours,
)
from treatments.schedule.rules.appointments import APPOINTMENT_MOVES, OVER, AppointmentStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def standing():
    return factories.AppointmentFactory(starts_at=at(10), ends_at=at(11))


def raw_appointment(like, *, starts_at, ends_at, status="booked", **other):
    """A row by SQL: everybody as in ``like`` unless told."""
    who = {
        name: getattr(other.get(name), "pk", None) or getattr(like, f"{name}_id")
        for name in ("clinician", "room", "patient")
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO schedule_appointment (clinic_id, patient_id, clinician_id, room_id, starts_at, ends_at,"
            " kind, status, note, booked_by_id, status_reason, acknowledged) VALUES (%s, %s, %s, %s, %s, %s, 'intake', %s, '', %s, '', '[]')",
            [
                like.clinic_id,
                who["patient"],
                who["clinician"],
                who["room"],
                starts_at,
                ends_at,
                status,
                like.booked_by_id,
            ],
        )


def others(*names):
    made = {
        "clinician": factories.ClinicianFactory,
        "room": factories.RoomFactory,
        "patient": factories.PatientFactory,
    }
    return {name: made[name]() for name in names}


@pytest.mark.parametrize(
    ("name", "different"),
    [
        ("clinician_is_in_one_place", ("room", "patient")),
        ("room_is_in_one_place", ("clinician", "patient")),
        ("patient_is_in_one_place", ("clinician", "room")),
    ],
)
def test_nobody_and_nothing_is_in_two_places(standing, name, different):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        raw_appointment(standing, starts_at=at(10, 59), ends_at=at(12), **others(*different))

    assert Appointment.objects.count() == 1


def test_the_next_may_begin_when_the_last_ends(standing):
    raw_appointment(standing, starts_at=at(11), ends_at=at(12))

    assert Appointment.objects.count() == 2


@pytest.mark.parametrize("status", ["cancelled", "late_cancelled", "no_show"])
def test_what_was_given_up_holds_no_time(standing, status):
    Appointment.objects.filter(pk=standing.pk).update(status=status, status_reason="Has a cold")

    raw_appointment(standing, starts_at=at(10), ends_at=at(11))

    assert Appointment.objects.count() == 2


@pytest.mark.parametrize("status", ["booked", "confirmed", "arrived", "in_treatment", "done"])
def test_everything_else_holds_its_time(status):
    standing = factories.AppointmentFactory(starts_at=at(10), ends_at=at(11), status=status)

    with pytest.raises(IntegrityError, match="is_in_one_place"), transaction.atomic():
        raw_appointment(standing, starts_at=at(10), ends_at=at(11))


def test_a_missed_appointment_cannot_come_back_into_a_time_that_is_taken(standing):
    Appointment.objects.filter(pk=standing.pk).update(status="no_show")
    raw_appointment(standing, starts_at=at(10), ends_at=at(11))

    with pytest.raises(IntegrityError, match="is_in_one_place"), transaction.atomic():
        Appointment.objects.filter(pk=standing.pk).update(status="arrived")


EVERY_MOVE = [
    (before, after) for before in AppointmentStatus for after in AppointmentStatus if before != after
]


@pytest.mark.parametrize(("before", "after"), EVERY_MOVE, ids=[f"{a}-{b}" for a, b in EVERY_MOVE])
def test_raw_sql_moves_along_the_table_and_no_other_way(before, after):
    made = factories.AppointmentFactory(status=before.value)

    def move():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE schedule_appointment SET status = %s, status_reason = 'Has a cold' WHERE id = %s",
                [after.value, made.pk],
            )

    if after in APPOINTMENT_MOVES[before]:
        move()
    else:
        with pytest.raises(IntegrityError, match="this move is not in it"):
            move()

    made.refresh_from_db()
    assert made.status == (after if after in APPOINTMENT_MOVES[before] else before)


@pytest.mark.parametrize("status", ["cancelled", "late_cancelled"])
@pytest.mark.parametrize("reason", ["", "   "])
def test_raw_sql_cancels_nothing_without_a_reason(standing, status, reason):
    with pytest.raises(IntegrityError, match="says why"), transaction.atomic():
        Appointment.objects.filter(pk=standing.pk).update(status=status, status_reason=reason)


@pytest.mark.parametrize("status", sorted(OVER))
def test_a_visit_that_is_over_stays_where_it_was(status):
    over = factories.AppointmentFactory(status=status)

    with pytest.raises(IntegrityError, match="stays where it was"), transaction.atomic():
        Appointment.objects.filter(pk=over.pk).update(ends_at=over.ends_at + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"area_up_to_cm2": [50], "area_minutes": [15, 20]}, "every_area_has_its_minutes"),
        ({"area_up_to_cm2": [], "area_minutes": []}, "every_area_has_its_minutes"),
        ({"technique_names": ["prp"]}, "every_technique_has_its_minutes"),
        ({"buffer_minutes": 121}, "booking_notice_and_buffer_are_in_reason"),
        ({"notice_hours": 400}, "booking_notice_and_buffer_are_in_reason"),
        ({"intake_minutes": 0}, "a_visit_takes_five_minutes_at_least"),
    ],
)
def test_booking_settings_make_sense(clinic, change, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        BookingSettings.objects.create(clinic=clinic, **change)


def test_breaks_and_holidays_make_sense(clinic, clinician):
    Holiday.objects.create(clinic=clinic, day=date(2030, 12, 25), name="Christmas")

    with pytest.raises(IntegrityError, match="holiday_stands_once"), transaction.atomic():
        Holiday.objects.create(clinic=clinic, day=date(2030, 12, 25), name="Again")
    with pytest.raises(IntegrityError, match="break_ends_after_it_starts"), transaction.atomic():
        Break.objects.create(clinic=clinic, clinician=clinician, weekday=0, starts="13:00", ends="12:00")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("ends_at = starts_at", "appointment_ends_after_it_starts"),
        ("session_number = 3", "numbered_session_belongs_to_a_plan"),
    ],
)
def test_a_row_makes_sense(standing, change, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE schedule_appointment SET {change} WHERE id = %s", [standing.pk])


def test_a_status_nobody_knows_is_refused(standing):
    with pytest.raises(IntegrityError, match="appointment_status_is_known"), transaction.atomic():
        raw_appointment(standing, starts_at=at(12), ends_at=at(13), status="lost")


def test_hours_close_after_they_open():
    with pytest.raises(IntegrityError, match="working_hours_close_after_they_open"), transaction.atomic():
        factories.WorkingHoursFactory(opens="17:00", closes="09:00")

    assert WorkingHours.objects.count() == 0


def test_a_weekday_is_one_of_seven():
    with pytest.raises(IntegrityError, match="working_hours_have_a_weekday"), transaction.atomic():
        factories.WorkingHoursFactory(weekday=7)


def test_the_same_hours_stand_once():
    working = factories.WorkingHoursFactory()

    with pytest.raises(IntegrityError, match="working_hours_stand_once"), transaction.atomic():
        factories.WorkingHoursFactory(clinician=working.clinician, clinic=working.clinic)


def test_a_room_is_named_once_in_a_clinic():
    room = factories.RoomFactory(name="Room 1")

    with pytest.raises(IntegrityError, match="room_name_once_in_a_clinic"), transaction.atomic():
        factories.RoomFactory(clinic=room.clinic, name="Room 1")

    assert Room.objects.count() == 1


def test_an_absence_ends_after_it_starts(clinic, clinician):
    with pytest.raises(IntegrityError, match="time_off_ends_after_it_starts"), transaction.atomic():
        TimeOff.objects.create(
            clinic=clinic, clinician=clinician, starts_at=at(10), ends_at=at(10) - timedelta(hours=1)
        )
