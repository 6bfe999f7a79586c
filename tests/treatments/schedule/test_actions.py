"""Booking, moving, giving up: what is refused, what is written, what it costs."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.actions.alerts import clear_alert, raise_alert
from patients.rules.alerts import AlertKind, AlertLevel
from tests import factories
from tests.treatments.schedule.calendars import MONDAY, NOW, accepted_plan, at, intake, with_hours
from treatments.schedule.actions.booking import book, move
from treatments.schedule.actions.checks import Taken, Wanted
from treatments.schedule.actions.courses import book_course
from treatments.schedule.actions.hours import (
    add_room,
    add_time_off,
    add_working_day,
    add_working_hours,
    remove_time_off,
    remove_working_hours,
    set_room_active,
)
from treatments.schedule.actions.visits import (
    arrive,
    cancel,
    confirm,
    finish_visit,
    mark_no_show,
    set_status,
    take_back_arrival,
)
from treatments.schedule.models import Appointment, BookingSettings, Room, TimeOff, WorkingHours
from treatments.schedule.queries import availability, courses
from treatments.schedule.queries.appointments import appointments_during
from treatments.schedule.rules.appointments import AppointmentStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(clinic, clinician):
    return with_hours(clinic, clinician)


@pytest.fixture
def patient(front_desk):
    return factories.PatientFactory(registered_by=front_desk)


def codes(refused):
    return [finding.code for finding in refused.value.findings]


# --- one visit ---------------------------------------------------------------


def test_a_visit_is_booked_and_audited(clinic, clinician, front_desk, room, patient):
    made = intake(clinic, clinician, room, patient, front_desk, at(10), note="By the back door")

    stored = Appointment.objects.get()
    assert stored == made
    assert (
        stored.starts_at,
        stored.ends_at,
        stored.kind,
        stored.status,
        stored.note,
        stored.booked_by,
        stored.booked_at,
        stored.status_at,
    ) == (at(10), at(10, 30), "intake", "booked", "By the back door", front_desk, NOW, NOW)
    event = AuditEvent.objects.get()
    assert (event.did, event.by, event.patient_id, event.subject_id) == (
        "appointment.booked",
        front_desk,
        patient.pk,
        str(made.pk),
    )


@pytest.mark.parametrize(
    ("same", "code"),
    [
        ("clinician", "taken:clinician_is_in_one_place"),
        ("room", "taken:room_is_in_one_place"),
        ("patient", "taken:patient_is_in_one_place"),
    ],
)
def test_a_taken_time_is_refused_with_who_has_it(clinic, front_desk, same, code):
    first, second = (factories.ClinicianFactory(clinic=clinic) for _ in range(2))
    rooms = {p.pk: with_hours(clinic, p) for p in (first, second)}
    patients = [factories.PatientFactory() for _ in range(2)]
    intake(clinic, first, rooms[first.pk], patients[0], front_desk, at(10))
    who = first if same == "clinician" else second
    where = rooms[first.pk] if same == "room" else rooms[second.pk]
    if same == "clinician":
        with_hours(clinic, first, room=where, opens=time(7), closes=time(8))
    whom = patients[0] if same == "patient" else patients[1]

    with pytest.raises(Taken) as refused:
        intake(clinic, who, where, whom, front_desk, at(10, 10))

    assert code in codes(refused)
    assert Appointment.objects.count() == 1
    assert AuditEvent.objects.filter(did="appointment.booked").count() == 1


def test_outside_the_hours_needs_a_reason(clinic, clinician, front_desk, room, patient):
    with pytest.raises(Refused) as refused:
        intake(clinic, clinician, room, patient, front_desk, at(7))

    assert codes(refused) == ["booking:closed"]

    intake(clinic, clinician, room, patient, front_desk, at(7), reasons={"booking:closed": "Flies at ten"})

    appointment = Appointment.objects.get()
    [kept] = appointment.acknowledged
    assert appointment.starts_at == at(7)
    assert (kept["code"], kept["reason"]) == ("booking:closed", "Flies at ten")
    assert (kept["by"], kept["level"]) == (front_desk.pk, "warn")
    # The log says which finding, not what was written about it.
    assert AuditEvent.objects.get().data["went_past"] == ["booking:closed"]
    assert "Flies" not in str(AuditEvent.objects.get().data)


def test_another_room_than_the_clinicians_is_outside_the_hours(clinic, clinician, front_desk, room, patient):
    other = factories.RoomFactory(clinic=clinic)

    with pytest.raises(Refused) as refused:
        intake(clinic, clinician, other, patient, front_desk, at(10))

    assert codes(refused) == ["booking:closed"]


@pytest.mark.parametrize("who", ["clinician", "room"])
def test_an_absence_needs_a_reason(clinic, clinician, front_desk, room, patient, who):
    TimeOff.objects.create(
        clinic=clinic,
        starts_at=at(10, 20),
        ends_at=at(12),
        **({"clinician": clinician} if who == "clinician" else {"room": room}),
    )

    with pytest.raises(Refused) as refused:
        intake(clinic, clinician, room, patient, front_desk, at(10))

    assert codes(refused) == ["booking:away"]


def test_the_past_is_refused_but_for_the_last_quarter_of_an_hour(
    clinic, clinician, front_desk, room, patient
):
    with pytest.raises(Refused) as refused:
        intake(clinic, clinician, room, patient, front_desk, at(10), now=at(10, 16))

    assert codes(refused) == ["booking:past"]

    intake(clinic, clinician, room, patient, front_desk, at(10), now=at(10, 15))

    assert Appointment.objects.count() == 1


def test_history_is_replayed_at_its_own_time(clinic, clinician, front_desk, room, patient):
    day = date(2020, 6, 1)
    then = at(8, day=day)

    made = intake(clinic, clinician, room, patient, front_desk, at(10, day=day), now=then)
    arrived = arrive(appointment=made, by=front_desk, now=then + timedelta(hours=2))

    assert (made.booked_at, arrived.status_at) == (then, then + timedelta(hours=2))


@pytest.mark.parametrize("minutes", [0, 4, 481])
def test_a_visit_has_a_length(clinic, clinician, front_desk, room, patient, minutes):
    with pytest.raises(Refused) as refused:
        intake(clinic, clinician, room, patient, front_desk, at(10), minutes=minutes)

    assert codes(refused) == ["booking:length"]


def test_nothing_is_booked_for_the_dead_or_the_merged(clinic, clinician, front_desk, room, patient):
    dead = factories.PatientFactory(died_on=date(2029, 1, 1))
    merged = factories.PatientFactory(merged_into=patient)

    for who, code in ((dead, "booking:deceased"), (merged, "booking:merged")):
        with pytest.raises(Refused) as refused:
            intake(clinic, clinician, room, who, front_desk, at(10))
        assert codes(refused) == [code]


def test_only_a_clinician_and_a_room_in_use_here_are_booked(clinic, clinician, front_desk, room, patient):
    elsewhere = factories.RoomFactory()

    for who, where, code in ((front_desk, room, "booking:clinician"), (clinician, elsewhere, "booking:room")):
        with pytest.raises(Refused) as refused:
            intake(clinic, who, where, patient, front_desk, at(10))
        assert codes(refused) == [code]


# --- sessions and courses ----------------------------------------------------


def usual(number):
    """Minutes by the usual rule: a first session takes longer."""
    return 35 if number == 1 else 20


def session(plan, room, number, start, by, *, now=NOW, minutes=None, **more):
    minutes = minutes or usual(number)
    return book(
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


def test_a_session_belongs_to_a_plan(clinic, clinician, front_desk, room, patient):
    with pytest.raises(Refused) as refused:
        book(
            patient=patient,
            wanted=Wanted(clinician, room, at(10), 30),
            kind="session",
            by=front_desk,
            clinic=clinic,
            now=NOW,
        )

    assert codes(refused) == ["booking:plan"]


@pytest.mark.parametrize(
    ("status", "code"), [("draft", "booking:not_accepted"), ("stopped", "booking:not_accepted")]
)
def test_a_plan_nobody_agreed_to_is_not_booked(clinic, clinician, front_desk, room, status, code):
    plan = accepted_plan(clinic, clinician, status=status)

    with pytest.raises(Refused) as refused:
        session(plan, room, 1, at(10), front_desk)

    assert codes(refused) == [code]


def test_a_plan_is_booked_for_its_own_patient(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)

    with pytest.raises(Refused) as refused:
        book(
            patient=factories.PatientFactory(),
            wanted=Wanted(clinician, room, at(10), 30, 1),
            kind="session",
            by=front_desk,
            clinic=clinic,
            plan=plan,
            now=NOW,
        )

    assert codes(refused) == ["booking:plan"]


def test_a_session_is_booked_once_and_within_the_plan(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)
    session(plan, room, 1, at(10), front_desk)

    for number, code in ((1, "booking:again:1"), (9, "booking:number:9")):
        with pytest.raises(Refused) as refused:
            session(plan, room, number, at(12), front_desk)
        assert codes(refused) == [code]


def test_a_session_is_booked_past_an_open_alert_with_a_reason(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)
    alert = raise_alert(
        patient=plan.patient,
        kind=AlertKind.REACTION,
        level=AlertLevel.BLOCK,
        text="Skin necrosis",
        source="test:1",
        by=clinician,
    )

    with pytest.raises(Refused) as refused:
        session(plan, room, 1, at(10), front_desk)

    assert codes(refused) == ["booking:alert"]
    assert "necrosis" not in str(refused.value)
    said = {"booking:alert": "The doctor sees them before it"}
    made = session(plan, room, 1, at(10), front_desk, reasons=said)
    assert [row["code"] for row in made.acknowledged] == ["booking:alert"]
    clear_alert(alert=alert, reason="Healed without a scar", by=clinician)
    later = at(10, day=MONDAY + timedelta(days=14))
    assert session(plan, room, 2, later, front_desk).session_number == 2


def test_a_session_charted_without_an_appointment_is_not_booked_again(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)
    factories.TreatmentSessionFactory(plan=plan, performed_on=date(2030, 2, 18))

    with pytest.raises(Refused) as refused:
        session(plan, room, 1, at(10), front_desk)

    assert codes(refused) == ["booking:again:1"]
    assert session(plan, room, 2, at(10), front_desk).session_number == 2


def test_too_soon_after_the_last_session_needs_a_reason(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)
    session(plan, room, 1, at(10), front_desk)
    soon = at(10, day=MONDAY + timedelta(days=7))

    with pytest.raises(Refused) as refused:
        session(plan, room, 2, soon, front_desk)

    assert codes(refused) == ["interval:2"]
    assert str(refused.value) == (
        "Session 2: 7 days since the last session; the protocol asks for at least 12. "
        "Book on 16 Mar 2030 or later, or say why."
    )
    made = session(plan, room, 2, soon, front_desk, reasons={"interval:2": "Travels after"})
    assert made.session_number == 2


def test_the_gap_to_a_later_session_counts_too(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)
    course(plan, room, fortnights(3), front_desk)
    second = Appointment.objects.get(session_number=2)

    with pytest.raises(Refused) as refused:
        move(
            appointment=second,
            wanted=Wanted(clinician, room, at(10, day=MONDAY + timedelta(days=20)), 20),
            by=front_desk,
            now=NOW,
        )

    assert codes(refused) == ["interval:3"]


def test_before_the_last_session_only_a_clinician_with_a_sentence(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)
    session(plan, room, 1, at(10), front_desk)
    before = at(10, day=MONDAY - timedelta(days=1))
    reasons = {"interval:2": "The first is moved to April today"}

    with pytest.raises(Refused):
        session(plan, room, 2, before, front_desk, reasons=reasons)
    made = session(plan, room, 2, before, clinician, reasons=reasons)

    assert made.starts_at == before


def test_a_course_is_booked_whole(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)

    made = course(plan, room, fortnights(8), front_desk)

    assert [(a.session_number, a.starts_at) for a in made] == [
        (n, at(10, day=day)) for n, day in enumerate(fortnights(8), start=1)
    ]
    event = AuditEvent.objects.get(did="course.booked")
    assert (event.subject_id, event.data["appointments"]) == (str(plan.pk), [a.pk for a in made])


def test_a_course_with_one_taken_time_books_none(clinic, clinician, front_desk, room, patient):
    plan = accepted_plan(clinic, clinician)
    third = fortnights(3)[2]
    intake(clinic, clinician, room, patient, front_desk, at(10, day=third))

    with pytest.raises(Taken) as refused:
        course(plan, room, fortnights(4), front_desk)

    assert set(codes(refused)) == {"taken:clinician_is_in_one_place:3", "taken:room_is_in_one_place:3"}
    assert {f.where for f in refused.value.findings} == {"slot-3"}
    assert not Appointment.objects.filter(plan=plan).exists()


def test_two_sessions_of_a_course_cannot_overlap(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)

    with pytest.raises(Refused) as refused:
        course(plan, room, [MONDAY, MONDAY], front_desk, reasons={"interval:2": "Why not"})

    assert codes(refused) == ["booking:twice"]


def test_a_course_needs_a_time(clinic, clinician, front_desk):
    plan = accepted_plan(clinic, clinician)

    with pytest.raises(Refused) as refused:
        book_course(plan=plan, wanted=[], by=front_desk, now=NOW)

    assert codes(refused) == ["booking:none"]


def test_a_course_costs_the_same_for_one_session_and_for_eight(
    clinic, clinician, front_desk, room, count_queries
):
    counted = []
    for sessions in (1, 3, 8):
        plan = accepted_plan(clinic, clinician)
        start = MONDAY + timedelta(days=200 * len(counted))
        with count_queries() as used:
            course(plan, room, fortnights(sessions, start), front_desk)
        counted.append(len(used))

    assert counted == [6, 6, 6]


def test_everybody_is_locked_in_one_statement_and_in_order(
    clinic, clinician, front_desk, room, patient, count_queries
):
    with count_queries() as used:
        made = intake(clinic, clinician, room, patient, front_desk, at(10))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
                " AND objsubid = 2 ORDER BY classid"
            )
            held = cursor.fetchall()

    assert held == [(1, clinician.pk), (2, room.pk), (3, patient.pk)]
    assert sum("pg_advisory" in sql for sql in used) == 1
    assert made.pk


# --- moving ------------------------------------------------------------------


def test_a_visit_is_moved_and_leaves_its_time(clinic, clinician, front_desk, room, patient):
    made = intake(clinic, clinician, room, patient, front_desk, at(10))

    moved = move(appointment=made, wanted=Wanted(clinician, room, at(10, 20), 45), by=front_desk, now=NOW)

    stored = Appointment.objects.get()
    assert stored == moved
    assert (stored.starts_at, stored.ends_at) == (at(10, 20), at(11, 5))
    event = AuditEvent.objects.get(did="appointment.moved")
    assert (event.data["before"], event.data["after"]) == (at(10).isoformat(), at(10, 20).isoformat())


def test_a_visit_is_not_moved_onto_another(clinic, clinician, front_desk, room, patient):
    made = intake(clinic, clinician, room, patient, front_desk, at(10))
    intake(clinic, clinician, room, factories.PatientFactory(), front_desk, at(12))

    with pytest.raises(Taken):
        move(appointment=made, wanted=Wanted(clinician, room, at(11, 50), 30), by=front_desk, now=NOW)

    made.refresh_from_db()
    assert made.starts_at == at(10)


def test_what_has_begun_is_not_moved(clinic, clinician, front_desk, room, patient):
    made = intake(clinic, clinician, room, patient, front_desk, at(10))
    arrive(appointment=made, by=front_desk, now=at(9, 50))

    with pytest.raises(Refused) as refused:
        move(appointment=made, wanted=Wanted(clinician, room, at(12), 30), by=front_desk, now=NOW)

    assert codes(refused) == ["booking:state"]


# --- along the way -----------------------------------------------------------


@pytest.fixture
def visit(clinic, clinician, front_desk, room, patient):
    return intake(clinic, clinician, room, patient, front_desk, at(10))


def test_a_visit_goes_its_way(visit, front_desk):
    confirm(appointment=visit, by=front_desk, now=NOW)
    arrive(appointment=visit, by=front_desk, now=at(9, 55))
    finish_visit(appointment=visit, by=front_desk, now=at(10, 40))

    visit.refresh_from_db()
    assert (visit.status, visit.status_by, visit.status_at) == ("done", front_desk, at(10, 40))
    assert list(AuditEvent.objects.order_by("pk").values_list("did", flat=True)) == [
        "appointment.booked",
        "appointment.confirmed",
        "appointment.arrived",
        "appointment.in_treatment",
        "appointment.done",
    ]


def test_the_same_state_twice_changes_nothing(visit, front_desk):
    for _ in range(2):
        confirm(appointment=visit, by=front_desk, now=NOW)

    assert AuditEvent.objects.filter(did="appointment.confirmed").count() == 1


def test_a_way_that_is_not_in_the_table_is_refused(visit, front_desk):
    with pytest.raises(Refused) as refused:
        set_status(appointment=visit, to=AppointmentStatus.DONE, by=front_desk, now=NOW)

    assert str(refused.value) == "This appointment is booked: it cannot become done."


def test_the_patient_arrives_on_the_day_of_the_clinics_clock(front_desk):
    clinic = factories.ClinicFactory(time_zone="Pacific/Auckland")
    clinician = factories.ClinicianFactory(clinic=clinic)
    room = with_hours(clinic, clinician)
    start = at(9, zone="Pacific/Auckland")  # still Sunday in UTC
    made = intake(clinic, clinician, room, factories.PatientFactory(), front_desk, start)

    with pytest.raises(Refused) as refused:
        arrive(appointment=made, by=front_desk, now=start - timedelta(hours=10))
    arrived = arrive(appointment=made, by=front_desk, now=start - timedelta(hours=8))

    assert codes(refused) == ["booking:day"]
    assert arrived.status == "arrived"


def test_an_arrival_is_taken_back(visit, front_desk):
    arrive(appointment=visit, by=front_desk, now=at(9))

    back = take_back_arrival(appointment=visit, by=front_desk, now=at(9, 1))

    assert back.status == "booked"


def test_nobody_has_missed_what_is_not_yet(visit, front_desk):
    with pytest.raises(Refused) as refused:
        mark_no_show(appointment=visit, by=front_desk, now=at(9, 59))

    assert codes(refused) == ["booking:early"]
    assert mark_no_show(appointment=visit, by=front_desk, now=at(10, 20)).status == "no_show"


def test_who_comes_late_after_all_gets_the_time_if_it_is_free(clinic, clinician, front_desk, room, visit):
    mark_no_show(appointment=visit, by=front_desk, now=at(10, 15))
    visit.refresh_from_db()
    intake(
        clinic,
        clinician,
        room,
        factories.PatientFactory(),
        front_desk,
        at(10, 10),
        now=at(10, 16),
        minutes=20,
    )

    with pytest.raises(Taken):
        arrive(appointment=visit, by=front_desk, now=at(10, 17))

    visit.refresh_from_db()
    assert visit.status == "no_show"


def test_a_session_is_not_finished_by_hand(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)
    made = session(plan, room, 1, at(10), front_desk)

    with pytest.raises(Refused) as refused:
        finish_visit(appointment=made, by=front_desk, now=at(11))

    assert codes(refused) == ["booking:sign"]


@pytest.mark.parametrize(("hours", "status"), [(24, "cancelled"), (23, "late_cancelled")])
def test_cancelling_late_is_late(visit, front_desk, hours, status):
    given_up = cancel(
        appointment=visit, by=front_desk, reason=" Has a cold ", now=at(10) - timedelta(hours=hours)
    )

    assert (given_up.status, given_up.status_reason) == (status, "Has a cold")
    assert AuditEvent.objects.last().data == {"before": "booked"}


def test_cancelling_says_why(visit, front_desk):
    with pytest.raises(Refused) as refused:
        cancel(appointment=visit, by=front_desk, reason="  ", now=NOW)

    assert codes(refused) == ["booking:reason"]


def test_cancelling_twice_keeps_the_first_reason(visit, front_desk):
    cancel(appointment=visit, by=front_desk, reason="A cold", now=NOW)

    again = cancel(appointment=visit, by=front_desk, reason="Other", now=at(9))

    assert (again.status, again.status_reason) == ("cancelled", "A cold")


def test_a_cancelled_time_is_free_again(clinic, clinician, front_desk, room, visit):
    cancel(appointment=visit, by=front_desk, reason="A cold", now=NOW)

    made = intake(clinic, clinician, room, factories.PatientFactory(), front_desk, at(10))

    assert made.status == "booked"


# --- free times --------------------------------------------------------------


def free_on(clinic, day, minutes=30, **more):
    whole = availability.around(day, clinic.zone)
    diary = availability.diary(clinic, availability.working_hours_of(clinic), whole, **more)
    return diary.slots_on(day, timedelta(minutes=minutes), now=NOW)


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

    assert (found[0].clock, found[-1].clock, len(found)) == ("09:00", "16:30", 46)
    assert (found[0].start.hour, found[-1].end.hour) == utc_hours


def test_on_the_long_night_each_of_the_two_two_oclocks_is_its_own_time():
    clinic = factories.ClinicFactory(time_zone="Europe/Paris")
    clinician = factories.ClinicianFactory(clinic=clinic)
    with_hours(clinic, clinician, opens=time(1), closes=time(4))

    found = free_on(clinic, date(2030, 10, 27), minutes=60)
    short = free_on(clinic, date(2030, 3, 31), minutes=60)

    assert [s.clock for s in found if s.local.minute == 0] == ["01:00", "02:00 CEST", "02:00 CET", "03:00"]
    assert len({s.value for s in found}) == len(found)
    assert [s.clock for s in short if s.local.minute == 0] == ["01:00", "03:00"]


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

    assert [s.clock for s in free_on(clinic, MONDAY, 10)] == ["16:30"]


def test_a_room_or_a_patient_that_is_busy_is_not_free(clinic, clinician, front_desk, room, patient):
    other = factories.ClinicianFactory(clinic=clinic)
    with_hours(clinic, other, room=room, opens=time(10), closes=time(11))
    own = with_hours(clinic, other, opens=time(12), closes=time(13))
    intake(clinic, clinician, room, patient, front_desk, at(10), minutes=60)
    elsewhere = factories.ClinicFactory()
    factories.AppointmentFactory(clinic=elsewhere, patient=patient, starts_at=at(12), ends_at=at(12, 30))

    found = [s for s in free_on(clinic, MONDAY, patient_id=patient.pk) if s.clinician == other]

    assert [(s.clock, s.room) for s in found] == [("12:30", own)]


def test_a_clinician_of_two_clinics_is_busy_in_both(clinic, clinician, room):
    second = factories.ClinicFactory()
    with_hours(second, clinician, opens=time(18), closes=time(19))
    factories.AppointmentFactory(clinic=second, clinician=clinician, starts_at=at(9), ends_at=at(16, 30))

    assert [s.clock for s in free_on(clinic, MONDAY)] == ["16:30"]


def test_nobody_is_offered_who_has_left(clinic, clinician, room):
    clinician.is_active = False
    clinician.save()

    assert free_on(clinic, MONDAY) == []


def test_the_three_nearest_are_nearest(clinic, clinician, front_desk, room, patient):
    intake(clinic, clinician, room, patient, front_desk, at(9), minutes=480)
    diary = availability.diary(
        clinic, availability.working_hours_of(clinic), availability.around(MONDAY, clinic.zone)
    )

    offer = availability.offer_in(
        diary, day=MONDAY, around=time(12, 50), length=timedelta(minutes=30), now=NOW
    )

    assert [(s.day_words, s.clock) for s in offer.nearest] == [
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
    course = courses.course(plan.pk)
    clinic = plan.clinic
    diary = availability.diary(
        clinic,
        availability.working_hours_of(clinic),
        courses.course_span(course, first_day),
        patient_id=plan.patient_id,
        clinician_id=plan.created_by_id,
    )
    return courses.proposed(
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

    assert [(p.number, p.day, p.slot.clock) for p in found] == [
        (n, day, "10:00") for n, day in enumerate(fortnights(8), start=1)
    ]


def test_a_day_off_or_two_hours_off_weigh_the_same(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician, sessions_planned=2, intervals=[14])
    second = fortnights(2)[1]
    patient = factories.PatientFactory()
    intake(clinic, clinician, room, patient, front_desk, at(9, day=second), minutes=420)

    found = proposals(plan)

    # The day itself is free again at 16:00 only; the day after has ten o'clock.
    assert (found[1].protocol_day, found[1].slot.local.date()) == (second, second + timedelta(days=1))
    assert found[1].slot.clock == "10:00"


def test_a_course_keeps_to_the_days_the_clinician_works(clinic, clinician):
    with_hours(clinic, clinician, weekdays=[1])
    plan = accepted_plan(clinic, clinician, sessions_planned=3, intervals=[7, 7])

    found = proposals(plan)

    assert [p.slot.local.date().weekday() for p in found] == [1, 1, 1]
    assert len({p.day for p in found}) == 3


def test_two_sessions_put_on_one_day_are_not_offered_one_time(clinic, clinician, room):
    plan = accepted_plan(clinic, clinician, sessions_planned=2, intervals=[7])

    found = proposals(plan, chosen_days={1: MONDAY, 2: MONDAY})

    assert [p.slot.clock for p in found] == ["10:00", "09:40"]


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


# --- rooms and hours ---------------------------------------------------------


def test_hours_are_added_for_several_days_at_once(clinic, clinician, admin):
    room = add_room(clinic=clinic, name=" Room 7 ", by=admin)

    made = add_working_hours(
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
        add_working_hours(clinic=clinic, clinician=clinician, room=room, by=admin, **wanted)

    assert codes(refused) == [code]


def test_a_room_is_used_by_one_clinician_at_a_time(clinic, clinician, admin, room):
    other = factories.ClinicianFactory(clinic=clinic)

    with pytest.raises(Refused) as refused:
        add_working_day(
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
            add_working_day(
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
    set_room_active(room=room, active=False, by=admin)

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
    standing = list(appointments_during(off))
    remove_time_off(off=off, by=admin)

    assert standing == [visit]
    assert TimeOff.objects.count() == 0


@pytest.mark.parametrize(("notice", "status"), [(48, "late_cancelled"), (10, "cancelled")])
def test_each_clinic_says_how_late_is_late(visit, front_desk, clinic, notice, status):
    BookingSettings.objects.create(clinic=clinic, notice_hours=notice)

    given_up = cancel(
        appointment=visit, by=front_desk, reason="Has a cold", now=visit.starts_at - timedelta(hours=24)
    )

    assert given_up.status == status
