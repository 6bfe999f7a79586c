"""Sessions and whole courses are booked by the protocol."""

from datetime import date, timedelta

import pytest
from django.db import connection

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.actions.alert_clearing import clear_alert
from patients.actions.alerts import raise_alert_unless_open
from patients.rules.alerts import AlertKind, AlertLevel
from tests import factories
from tests.treatments.schedule.calendars import MONDAY, NOW, accepted_plan, at, intake
from treatments.schedule.actions.booking import book_appointment, move_appointment
from treatments.schedule.actions.checks import Taken, Wanted
from treatments.schedule.actions.courses import book_course
from treatments.schedule.models import Appointment
from treatments.schedule.queries.readiness import (
    session_facts_for_readiness,
    sessions_before_by_appointment,
    with_readiness_columns,
)

pytestmark = pytest.mark.django_db


def codes(refused):
    return [finding.code for finding in refused.value.findings]


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


def test_a_session_belongs_to_a_plan(clinic, clinician, front_desk, room, patient):
    with pytest.raises(Refused) as refused:
        book_appointment(
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
        book_appointment(
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
    alert = raise_alert_unless_open(
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


def test_readiness_shows_an_alert_of_a_record_merged_into_the_patients(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)
    made = session(plan, room, 1, at(10), front_desk)
    old = factories.PatientFactory()
    raise_alert_unless_open(
        patient=old,
        kind=AlertKind.REACTION,
        level=AlertLevel.BLOCK,
        text="Skin necrosis",
        source="test:1",
        by=clinician,
    )
    factories.merge_records(old, plan.patient)

    one = with_readiness_columns(Appointment.objects.filter(pk=made.pk).select_related("plan")).get()
    before = sessions_before_by_appointment([one], clinic.zone)[made.pk]

    assert [alert.text for alert in session_facts_for_readiness(one, before, clinic.zone, []).alerts] == [
        "Skin necrosis"
    ]


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
        move_appointment(
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
    assert clinician.clinic == front_desk.clinic  # memberships are read once, as for a request
    counted = []
    for sessions in (1, 3, 8):
        plan = accepted_plan(clinic, clinician)
        start = MONDAY + timedelta(days=200 * len(counted))
        with count_queries() as used:
            course(plan, room, fortnights(sessions, start), front_desk)
        counted.append(len(used))

    assert counted == [8, 8, 8]


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
