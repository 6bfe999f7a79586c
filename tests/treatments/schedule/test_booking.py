"""One visit is booked or refused, and moved."""

from datetime import date, time, timedelta

import pytest

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.treatments.schedule.calendars import NOW, at, intake, with_hours
from treatments.schedule.actions.booking import move_appointment
from treatments.schedule.actions.checks import Taken, Wanted
from treatments.schedule.actions.visits import (
    mark_arrived,
)
from treatments.schedule.models import Appointment, TimeOff

pytestmark = pytest.mark.django_db


def codes(refused):
    return [finding.code for finding in refused.value.findings]


@pytest.fixture
def visit(clinic, clinician, front_desk, room, patient):
    return intake(clinic, clinician, room, patient, front_desk, at(10))


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
    arrived = mark_arrived(appointment=made, by=front_desk, now=then + timedelta(hours=2))

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


# --- moving ------------------------------------------------------------------


def test_a_visit_is_moved_and_leaves_its_time(clinic, clinician, front_desk, room, patient):
    made = intake(clinic, clinician, room, patient, front_desk, at(10))

    moved = move_appointment(
        appointment=made, wanted=Wanted(clinician, room, at(10, 20), 45), by=front_desk, now=NOW
    )

    stored = Appointment.objects.get()
    assert stored == moved
    assert (stored.starts_at, stored.ends_at) == (at(10, 20), at(11, 5))
    event = AuditEvent.objects.get(did="appointment.moved")
    assert (event.data["before"], event.data["after"]) == (at(10).isoformat(), at(10, 20).isoformat())


def test_a_visit_is_not_moved_onto_another(clinic, clinician, front_desk, room, patient):
    made = intake(clinic, clinician, room, patient, front_desk, at(10))
    intake(clinic, clinician, room, factories.PatientFactory(), front_desk, at(12))

    with pytest.raises(Taken):
        move_appointment(
            appointment=made, wanted=Wanted(clinician, room, at(11, 50), 30), by=front_desk, now=NOW
        )

    made.refresh_from_db()
    assert made.starts_at == at(10)


def test_what_has_begun_is_not_moved(clinic, clinician, front_desk, room, patient):
    made = intake(clinic, clinician, room, patient, front_desk, at(10))
    mark_arrived(appointment=made, by=front_desk, now=at(9, 50))

    with pytest.raises(Refused) as refused:
        move_appointment(appointment=made, wanted=Wanted(clinician, room, at(12), 30), by=front_desk, now=NOW)

    assert codes(refused) == ["booking:state"]
