"""Which times are free, near to which, and what is proposed for a course."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests import factories
from tests.treatments.schedule.calendars import MONDAY, NOW, accepted_plan, at, intake, with_hours
from treatments.schedule.actions.booking import book_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.actions.courses import book_course
from treatments.schedule.models import TimeOff
from treatments.schedule.queries import availability, courses

pytestmark = pytest.mark.django_db


def usual(number):
    """Minutes by the usual rule: a first session takes longer."""
    return 35 if number == 1 else 20


def session(plan, room, number, start, by, *, now=NOW, minutes=None, **more):
    minutes = minutes or usual(number)
    return book_appointment(
        patient=plan.patient,
        wanted=Wanted(plan.created_by, room, start, minutes, number),
        kind="session",
        by=by,
        clinic=plan.clinic,
        plan=plan,
        now=now,
        **more,
    )


def course(plan, room, days, by, *, now=NOW, **more):
    """One session a day at ten, numbered from 1."""
    wanted = [
        Wanted(plan.created_by, room, at(10, day=day), usual(number), number)
        for number, day in enumerate(days, start=1)
    ]
    return book_course(plan=plan, wanted=wanted, by=by, now=now, **more)


def fortnights(n, start=MONDAY):
    return [start + timedelta(days=14 * i) for i in range(n)]


def free_on(clinic, day, minutes=30, **more):
    whole = availability.search_period_around(day, clinic.zone)
    diary = availability.read_diary_during(clinic, availability.working_hours_of(clinic), whole, **more)
    return diary.free_slots_on(day, timedelta(minutes=minutes), now=NOW)


@pytest.mark.parametrize(
    ("zone", "day", "utc_hours"),
    [
        ("Europe/Paris", date(2030, 3, 30), (8, 16)),
        ("Europe/Paris", date(2030, 3, 31), (7, 15)),
        ("Europe/Paris", date(2030, 10, 26), (7, 15)),
        ("Europe/Paris", date(2030, 10, 27), (8, 16)),
        ("America/New_York", date(2030, 3, 9), (14, 22)),
        ("America/New_York", date(2030, 3, 10), (13, 21)),
        ("America/New_York", date(2030, 11, 2), (13, 21)),
        ("America/New_York", date(2030, 11, 3), (14, 22)),
    ],
)
def test_free_times_keep_to_the_clock_when_it_changes(zone, day, utc_hours):
    clinic = factories.ClinicFactory(time_zone=zone)
    clinician = factories.ClinicianFactory(clinic=clinic)
    with_hours(clinic, clinician)

    found = free_on(clinic, day)

    assert (found[0].clock_text, found[-1].clock_text, len(found)) == ("09:00", "16:30", 46)
    assert (found[0].start.hour, found[-1].end.hour) == utc_hours


def test_on_the_long_night_each_of_the_two_two_oclocks_is_its_own_time():
    clinic = factories.ClinicFactory(time_zone="Europe/Paris")
    clinician = factories.ClinicianFactory(clinic=clinic)
    with_hours(clinic, clinician, opens=time(1), closes=time(4))

    found = free_on(clinic, date(2030, 10, 27), minutes=60)
    short = free_on(clinic, date(2030, 3, 31), minutes=60)

    assert [s.clock_text for s in found if s.local_start.minute == 0] == [
        "01:00",
        "02:00 CEST",
        "02:00 CET",
        "03:00",
    ]
    assert len({s.form_value for s in found}) == len(found)
    assert [s.clock_text for s in short if s.local_start.minute == 0] == ["01:00", "03:00"]


def test_a_booking_in_the_repeated_hour_comes_back_as_it_was(front_desk):
    clinic = factories.ClinicFactory(time_zone="America/New_York")
    clinician = factories.ClinicianFactory(clinic=clinic)
    room = with_hours(clinic, clinician, opens=time(0), closes=time(5))
    second = datetime(2030, 11, 3, 6, 30, tzinfo=ZoneInfo("UTC"))  # 01:30 EST

    made = intake(clinic, clinician, room, factories.PatientFactory(), front_desk, second)

    made.refresh_from_db()
    local = made.starts_at.astimezone(clinic.zone)
    assert (local.hour, local.minute, local.tzname()) == (1, 30, "EST")
    assert at(1, 30, day=local.date(), zone="America/New_York") < made.starts_at


def test_what_is_taken_is_not_free(clinic, clinician, front_desk, room, patient):
    intake(clinic, clinician, room, patient, front_desk, at(9), minutes=450)
    TimeOff.objects.create(clinic=clinic, clinician=clinician, starts_at=at(16, 40), ends_at=at(18))

    assert [s.clock_text for s in free_on(clinic, MONDAY, 10)] == ["16:30"]


def test_a_room_or_a_patient_that_is_busy_is_not_free(clinic, clinician, front_desk, room, patient):
    other = factories.ClinicianFactory(clinic=clinic)
    with_hours(clinic, other, room=room, opens=time(10), closes=time(11))
    own = with_hours(clinic, other, opens=time(12), closes=time(13))
    intake(clinic, clinician, room, patient, front_desk, at(10), minutes=60)
    elsewhere = factories.ClinicFactory()
    factories.AppointmentFactory(clinic=elsewhere, patient=patient, starts_at=at(12), ends_at=at(12, 30))

    found = [s for s in free_on(clinic, MONDAY, patient_id=patient.pk) if s.clinician == other]

    assert [(s.clock_text, s.room) for s in found] == [("12:30", own)]


def test_a_clinician_of_two_clinics_is_busy_in_both(clinic, clinician, room):
    second = factories.ClinicFactory()
    with_hours(second, clinician, opens=time(18), closes=time(19))
    factories.AppointmentFactory(clinic=second, clinician=clinician, starts_at=at(9), ends_at=at(16, 30))

    assert [s.clock_text for s in free_on(clinic, MONDAY)] == ["16:30"]


def test_nobody_is_offered_who_has_left(clinic, clinician, room):
    clinician.is_active = False
    clinician.save()

    assert free_on(clinic, MONDAY) == []


def test_the_three_nearest_are_nearest(clinic, clinician, front_desk, room, patient):
    intake(clinic, clinician, room, patient, front_desk, at(9), minutes=480)
    diary = availability.read_diary_during(
        clinic, availability.working_hours_of(clinic), availability.search_period_around(MONDAY, clinic.zone)
    )

    offer = availability.offer_of_nearest_slots(
        diary, day=MONDAY, around=time(12, 50), length=timedelta(minutes=30), now=NOW
    )

    assert [(s.weekday_and_date_text, s.clock_text) for s in offer.nearest] == [
        ("Tue 5 Mar", "09:00"),
        ("Sun 3 Mar", "16:30"),
        ("Tue 5 Mar", "09:10"),
    ]
    assert offer.others == []


def test_free_times_cost_two_queries_however_many_there_are(
    clinic, clinician, front_desk, room, count_queries
):
    counted = []
    for hour in (9, 11, 13):
        intake(clinic, clinician, room, factories.PatientFactory(), front_desk, at(hour))
        with count_queries() as used:
            free_on(clinic, MONDAY)
        counted.append(len(used))

    assert counted == [2, 2, 2]


def proposals(plan, *, preferred=time(10), first_day=MONDAY, **more):
    course = courses.read_course(plan.pk)
    clinic = plan.clinic
    diary = availability.read_diary_during(
        clinic,
        availability.working_hours_of(clinic),
        courses.proposal_search_period(course, first_day),
        patient_id=plan.patient_id,
        clinician_id=plan.created_by_id,
    )
    return courses.session_time_proposals(
        course,
        diary,
        first_day=first_day,
        clinician_id=plan.created_by_id,
        preferred=preferred,
        now=NOW,
        **more,
    )


def test_a_course_is_proposed_on_its_protocol_days_at_the_hour_wished_for(clinic, clinician, room):
    plan = accepted_plan(clinic, clinician)

    found = proposals(plan)

    assert [(p.number, p.day, p.slot.clock_text) for p in found] == [
        (n, day, "10:00") for n, day in enumerate(fortnights(8), start=1)
    ]


def test_a_day_off_or_two_hours_off_weigh_the_same(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician, sessions_planned=2, intervals=[14])
    second = fortnights(2)[1]
    patient = factories.PatientFactory()
    intake(clinic, clinician, room, patient, front_desk, at(9, day=second), minutes=420)

    found = proposals(plan)

    # The day itself is free again at 16:00 only; the day after has ten o'clock.
    assert (found[1].protocol_day, found[1].slot.local_start.date()) == (second, second + timedelta(days=1))
    assert found[1].slot.clock_text == "10:00"


def test_a_course_keeps_to_the_days_the_clinician_works(clinic, clinician):
    with_hours(clinic, clinician, weekdays=[1])
    plan = accepted_plan(clinic, clinician, sessions_planned=3, intervals=[7, 7])

    found = proposals(plan)

    assert [p.slot.local_start.date().weekday() for p in found] == [1, 1, 1]
    assert len({p.day for p in found}) == 3


def test_two_sessions_put_on_one_day_are_not_offered_one_time(clinic, clinician, room):
    plan = accepted_plan(clinic, clinician, sessions_planned=2, intervals=[7])

    found = proposals(plan, chosen_days={1: MONDAY, 2: MONDAY})

    assert [p.slot.clock_text for p in found] == ["10:00", "09:40"]


def test_where_nothing_is_free_nothing_is_proposed(clinic, clinician, room):
    plan = accepted_plan(clinic, clinician, sessions_planned=2, intervals=[7])
    TimeOff.objects.create(
        clinic=clinic,
        clinician=clinician,
        starts_at=at(0, day=MONDAY + timedelta(days=2)),
        ends_at=at(0, day=date(2031, 1, 1)),
    )

    found = proposals(plan)

    assert [bool(p.slot) for p in found] == [True, False]
