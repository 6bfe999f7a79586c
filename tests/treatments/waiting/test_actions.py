"""Who is put on the waiting list, what frees, and what becomes of an offer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from tests.treatments.schedule.calendars import MONDAY, NOW, accepted_plan, at, intake, value, with_hours
from treatments.schedule.actions.booking import move_appointment
from treatments.schedule.actions.checks import Taken, Wanted
from treatments.schedule.actions.hours import (
    add_time_off,
    add_working_hours_and_freed_times,
    remove_time_off_and_add_freed_times,
)
from treatments.schedule.actions.visits import cancel_appointment
from treatments.schedule.models import Appointment, FreedTime
from treatments.schedule.queries import courses
from treatments.schedule.queries.availability import Slot
from treatments.waiting import actions as waiting
from treatments.waiting import queries as waiting_queries
from treatments.waiting.models import Offer, WaitingListEntry


def patient_of(by):
    return factories.PatientFactory(registered_by=by)


def entries(clinic, by, *, patient=None, now=NOW, **preferences):
    return waiting.join_waiting_list(
        patient=patient or patient_of(by),
        clinic=clinic,
        by=by,
        now=now,
        **({"kind": "intake", "minutes": 30} | preferences),
    )


@pytest.fixture
def room(clinic, clinician):
    return with_hours(clinic, clinician)


@pytest.fixture
def cancelled(clinic, clinician, front_desk, room):
    """A visit on Monday at ten that was given up."""
    visit = intake(clinic, clinician, room, patient_of(front_desk), front_desk, at(10), now=NOW)
    return cancel_appointment(appointment=visit, by=front_desk, reason="Is ill", now=NOW)


def candidates(clinic, now=NOW):
    return [
        (c.entry.pk, c.slot.clock_text)
        for free in waiting_queries.freed_times_with_candidates(clinic, now)
        for c in free.candidates
    ]


# --- on the list -------------------------------------------------------------


def test_somebody_is_put_on_the_list_with_their_preferences(clinic, clinician, front_desk):
    entry = entries(
        clinic,
        front_desk,
        clinician=clinician,
        weekdays=[3, 0],
        not_before=time(9),
        not_after=time(12),
        until_day=date(2030, 6, 1),
        note=" rings back ",
    )

    assert entry.weekdays == [0, 3]
    assert entry.from_day == date(2030, 3, 1)
    assert waiting_queries.preferences_text(entry) == (
        "Mon Thu, 09:00–12:00, with Dr Elif Kaya, until 1 Jun 2030"
    )
    assert AuditEvent.objects.filter(did="wait.added", patient_id=entry.patient_id).count() == 1


@pytest.mark.parametrize(
    ("preferences", "where"),
    [
        ({"minutes": 4}, "minutes"),
        ({"not_before": time(9), "not_after": time(9, 20)}, "not_after"),
        ({"from_day": date(2030, 4, 2), "until_day": date(2030, 4, 1)}, "until_day"),
        ({"from_day": date(2030, 1, 1), "until_day": date(2030, 2, 1)}, "until_day"),
        ({"kind": "session"}, "kind"),
    ],
)
def test_preferences_that_no_time_can_meet_are_refused_at_their_field(preferences, where, clinic, front_desk):
    with pytest.raises(Refused) as refused:
        entries(clinic, front_desk, **preferences)

    assert [f.where for f in refused.value.findings] == [where]
    assert not WaitingListEntry.objects.exists()


def test_nobody_waits_twice_for_one_thing_nor_on_a_closed_record(clinic, front_desk):
    patient = patient_of(front_desk)
    entries(clinic, front_desk, patient=patient)

    with pytest.raises(Refused, match="on the waiting list for this already"):
        entries(clinic, front_desk, patient=patient)
    entries(clinic, front_desk, patient=patient, kind="review")
    patient.died_on = date(2030, 1, 1)
    with pytest.raises(Refused, match="has died"):
        entries(clinic, front_desk, patient=patient, kind="quote")


def test_a_session_waits_for_a_plan_with_something_left_to_book(clinic, clinician, front_desk):
    plan = accepted_plan(clinic, clinician)

    entry = entries(clinic, front_desk, patient=plan.patient, kind="session", plan=plan, minutes=30)

    assert entry.plan == plan
    other = patient_of(front_desk)
    with pytest.raises(Refused, match="plan of this patient"):
        entries(clinic, front_desk, patient=other, kind="session", plan=plan)


def test_whoever_leaves_the_list_declines_the_offer_they_had(clinic, front_desk):
    entry = entries(clinic, front_desk)
    offer = factories.OfferFactory(entry=entry, made_by=front_desk)

    waiting.leave_waiting_list(entry=entry, by=front_desk, reason="Moved away", now=NOW)

    entry.refresh_from_db()
    offer.refresh_from_db()
    assert (entry.status, entry.closed_reason) == ("withdrawn", "Moved away")
    assert offer.status == "declined"


def test_the_database_refuses_by_itself(clinic, clinician, front_desk):
    entry = entries(clinic, front_desk)
    factories.OfferFactory(entry=entry)
    refused = {
        "patient_waits_once": "INSERT INTO waiting_waitinglistentry (clinic_id, patient_id, kind, minutes, weekdays, from_day, note, status, added_by_id, closed_reason)"
        " SELECT clinic_id, patient_id, kind, minutes, weekdays, from_day, note, status, added_by_id, '' FROM waiting_waitinglistentry",
        "entry_is_closed": "UPDATE waiting_waitinglistentry SET status = 'booked'",
        "session_waits_for": "UPDATE waiting_waitinglistentry SET kind = 'session'",
        "entry_names_weekdays": "UPDATE waiting_waitinglistentry SET weekdays = '{9}'",
        "accepted_offer_has": "UPDATE waiting_offer SET status = 'accepted', answered_at = now()",
        "An offer says what it said": "UPDATE waiting_offer SET starts_at = starts_at + interval '1 hour'",
        "offer_expires_before": "UPDATE waiting_offer SET expires_at = starts_at + interval '1 hour'",
    }
    for words, sql in refused.items():
        with pytest.raises(IntegrityError, match=words), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    Offer.objects.update(status="declined", answered_at=NOW)
    with pytest.raises(IntegrityError, match="moves along"), transaction.atomic():
        Offer.objects.update(status="made", answered_at=None)


# --- what frees --------------------------------------------------------------


def test_a_cancelled_visit_frees_its_time_for_those_who_wait(clinic, front_desk, cancelled):
    entry = entries(clinic, front_desk)

    assert FreedTime.objects.get().because == "cancelled"
    assert candidates(clinic) == [(entry.pk, "10:00")]


def test_a_moved_visit_frees_where_it_was_and_one_that_grows_frees_nothing(
    clinic, clinician, front_desk, room
):
    visit = intake(clinic, clinician, room, patient_of(front_desk), front_desk, at(10), now=NOW)

    move_appointment(appointment=visit, wanted=Wanted(clinician, room, at(10), 60), by=front_desk, now=NOW)
    assert not FreedTime.objects.exists()
    move_appointment(appointment=visit, wanted=Wanted(clinician, room, at(14), 60), by=front_desk, now=NOW)

    freed = FreedTime.objects.get()
    assert (freed.because, freed.starts_at, freed.ends_at) == ("moved", at(10), at(11))


def test_hours_that_are_added_free_four_weeks_of_them(clinic, clinician, front_desk):
    room = factories.RoomFactory(clinic=clinic)
    # On a Monday or a Tuesday the first of them might have begun.
    wednesday = timezone.now() + timedelta(days=(2 - timezone.now().weekday()) % 7 + 7)

    with time_machine.travel(wednesday, tick=False):
        entries(clinic, front_desk, now=timezone.now())
        add_working_hours_and_freed_times(
            clinic=clinic,
            clinician=clinician,
            room=room,
            weekdays=[0, 1],
            opens=time(9),
            closes=time(10),
            by=front_desk,
        )
        offered = candidates(clinic, timezone.now())

    rows = list(FreedTime.objects.all())
    assert len(rows) == 8
    assert {r.because for r in rows} == {"hours"}
    assert {r.starts_at.weekday() for r in rows} == {0, 1}
    assert len(offered) == len(rows)


def test_an_absence_that_is_taken_back_frees_its_hours(clinic, clinician, front_desk, room):
    day = timezone.localdate() + timedelta(days=2)
    off = add_time_off(
        clinic=clinic, clinician=clinician, starts_at=at(8, day=day), ends_at=at(12, day=day), by=front_desk
    )

    remove_time_off_and_add_freed_times(off=off, by=front_desk)

    freed = FreedTime.objects.get()
    assert (freed.because, freed.starts_at, freed.ends_at) == ("back", at(9, day=day), at(12, day=day))


def test_a_time_that_was_taken_again_is_offered_to_nobody(clinic, clinician, front_desk, room, cancelled):
    entries(clinic, front_desk)
    intake(clinic, clinician, room, patient_of(front_desk), front_desk, at(10), now=NOW)

    assert candidates(clinic) == []


def test_a_longer_visit_may_use_the_free_time_beside_what_was_freed(clinic, front_desk, cancelled):
    entry = entries(clinic, front_desk, minutes=60)

    assert candidates(clinic) == [(entry.pk, "09:30")]


def test_only_those_whom_it_suits_are_named(clinic, clinician, front_desk, cancelled):
    other = factories.ClinicianFactory(clinic=clinic)
    entries(clinic, front_desk, clinician=other)
    entries(clinic, front_desk, weekdays=[1, 2])
    entries(clinic, front_desk, not_before=time(11))
    entries(clinic, front_desk, from_day=MONDAY + timedelta(days=1))
    busy = entries(clinic, front_desk)
    elsewhere = factories.ClinicFactory()
    factories.AppointmentFactory(clinic=elsewhere, patient=busy.patient, starts_at=at(10), kind="review")
    elsewhere_waits = factories.WaitingListEntryFactory(clinic=elsewhere)
    suited = entries(clinic, front_desk)

    assert candidates(clinic) == [(suited.pk, "10:00")]
    assert elsewhere_waits.pk != suited.pk


def test_the_longest_waiting_is_first_and_an_overdue_course_before_them(
    clinic, clinician, front_desk, room, cancelled
):
    second = entries(clinic, front_desk, now=NOW - timedelta(days=2))
    third = entries(clinic, front_desk, now=NOW - timedelta(days=1))
    plan = accepted_plan(clinic, clinician, sessions_planned=5, intervals=[7])
    factories.AppointmentFactory(
        clinic=clinic,
        patient=plan.patient,
        clinician=clinician,
        room=room,
        plan=plan,
        session_number=1,
        starts_at=at(10, day=MONDAY - timedelta(days=30)),
        status="done",
    )
    overdue = entries(clinic, front_desk, patient=plan.patient, kind="session", plan=plan)

    found = waiting_queries.freed_times_with_candidates(clinic, NOW)[0].candidates

    assert [c.entry.pk for c in found] == [overdue.pk, second.pk, third.pk]
    assert [c.why for c in found] == [
        "Session 2 is then 20 days past its protocol; waiting since today",
        "Waiting since 27 Feb 2030 (2 days)",
        "Waiting since 28 Feb 2030 (1 day)",
    ]


def test_nobody_is_offered_a_session_too_soon_after_the_last(clinic, clinician, front_desk, room, cancelled):
    plan = accepted_plan(clinic, clinician, sessions_planned=5, intervals=[7])
    factories.AppointmentFactory(
        clinic=clinic,
        patient=plan.patient,
        clinician=clinician,
        room=room,
        plan=plan,
        session_number=1,
        starts_at=at(10, day=MONDAY - timedelta(days=3)),
        status="done",
    )
    entries(clinic, front_desk, patient=plan.patient, kind="session", plan=plan)

    assert candidates(clinic) == []


# --- offers ------------------------------------------------------------------


def offered(entry, by, clinic, *, now=NOW):
    freed = FreedTime.objects.get()
    chosen = next(
        c for c in waiting_queries.candidates_for_freed_time(clinic, freed.pk, now) if c.entry.pk == entry.pk
    )
    return waiting.make_offer(entry=chosen.entry, slot=chosen.slot, why=chosen.why, by=by, now=now)


def test_an_offer_holds_nothing_and_accepting_it_books(clinic, clinician, front_desk, cancelled):
    first, second = entries(clinic, front_desk), entries(clinic, front_desk)
    offered(second, front_desk, clinic)
    offer = offered(first, front_desk, clinic)
    assert not Appointment.objects.holding_time().exists()

    made = waiting.accept_offer_and_book(offer=offer, by=front_desk, now=NOW)

    offer.refresh_from_db()
    first.refresh_from_db()
    assert (made.patient_id, made.starts_at, made.kind) == (first.patient_id, at(10), "intake")
    assert (offer.status, offer.appointment_id, first.status) == ("accepted", made.pk, "booked")
    assert waiting.accept_offer_and_book(offer=offer, by=front_desk, now=NOW) == made
    assert AuditEvent.objects.filter(did="appointment.booked").count() == 2


def test_accepting_a_session_books_the_next_that_is_open(clinic, clinician, front_desk, cancelled):
    plan = accepted_plan(clinic, clinician)
    course = courses.read_course(plan.pk)
    entry = entries(
        clinic,
        front_desk,
        patient=plan.patient,
        kind="session",
        plan=plan,
        minutes=course.minutes_to_propose(1),
    )

    made = waiting.accept_offer_and_book(offer=offered(entry, front_desk, clinic), by=front_desk, now=NOW)

    assert (made.plan_id, made.session_number) == (plan.pk, 1)


def test_the_second_to_accept_is_told_and_keeps_the_offer_open(
    clinic, clinician, front_desk, room, cancelled
):
    first, second = entries(clinic, front_desk), entries(clinic, front_desk)
    offers = [offered(w, front_desk, clinic) for w in (first, second)]
    waiting.accept_offer_and_book(offer=offers[0], by=front_desk, now=NOW)

    with pytest.raises(Taken):
        waiting.accept_offer_and_book(offer=offers[1], by=front_desk, now=NOW)

    offers[1].refresh_from_db()
    assert offers[1].status == "made"
    made = waiting.accept_offer_and_book(
        offer=offers[1], by=front_desk, instead=Wanted(clinician, room, at(11), 0), now=NOW
    )
    assert (made.starts_at, made.ends_at) == (at(11), at(11, 30))


def test_who_declines_keeps_their_place_and_may_be_offered_again(clinic, front_desk, cancelled):
    entry = entries(clinic, front_desk)
    offer = offered(entry, front_desk, clinic)
    with_open = waiting_queries.freed_times_with_candidates(clinic, NOW)[0].candidates[0]
    assert with_open.has_offer

    waiting.decline_offer(offer=offer, by=front_desk, reason="At work", now=NOW)

    assert candidates(clinic) == [(entry.pk, "10:00")]
    assert not waiting_queries.freed_times_with_candidates(clinic, NOW)[0].candidates[0].has_offer
    with pytest.raises(Refused, match="declined"):
        waiting.accept_offer_and_book(offer=offer, by=front_desk, now=NOW)


def test_a_second_open_offer_is_refused_and_the_same_one_is_made_once(
    clinic, clinician, front_desk, room, cancelled
):
    entry = entries(clinic, front_desk)
    offer = offered(entry, front_desk, clinic)

    assert offered(entry, front_desk, clinic) == offer
    other = Slot(at(12), at(12, 30), clinician, room, clinic.zone)
    with pytest.raises(Refused, match="open offer of another time"):
        waiting.make_offer(entry=entry, slot=other, why="", by=front_desk, now=NOW)


def test_an_offer_stands_as_long_as_the_clinic_says_and_then_expires(clinic, front_desk, cancelled):
    factories.WaitingSettingsFactory(clinic=clinic, offer_hours=2)
    entry = entries(clinic, front_desk)
    offer = offered(entry, front_desk, clinic)
    later = NOW + timedelta(hours=2)

    assert offer.expires_at == later
    with pytest.raises(Refused, match="expired"):
        waiting.accept_offer_and_book(offer=offer, by=front_desk, now=later)
    assert waiting.mark_offers_expired(now=later - timedelta(seconds=1)) == 0
    assert waiting.mark_offers_expired(now=later) == 1
    assert waiting.mark_offers_expired(now=later) == 0
    offer.refresh_from_db()
    entry.refresh_from_db()
    assert (offer.status, offer.answered_by, entry.status) == ("expired", None, "waiting")


def test_a_wait_lapses_after_its_last_day_by_the_clinics_clock(db, front_desk):
    apia = factories.ClinicFactory(time_zone="Pacific/Apia")
    entry = factories.WaitingListEntryFactory(clinic=apia, until_day=date(2030, 3, 4))
    # Apia is 13 hours ahead: its 4 March ends at 11:00 UTC.
    assert waiting.close_lapsed_entries(now=at(10, 59)) == 0
    assert waiting.close_lapsed_entries(now=at(11)) == 1
    entry.refresh_from_db()
    assert (entry.status, entry.closed_reason) == ("lapsed", "Waited until 4 Mar 2030")


def test_freed_times_that_are_over_are_forgotten(clinic):
    factories.FreedTimeFactory(clinic=clinic)

    assert waiting.delete_past_freed_times(now=at(10, 29)) == 0
    assert waiting.delete_past_freed_times(now=at(10, 30)) == 1


# --- races -------------------------------------------------------------------


@pytest.mark.fault("F21")
@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_the_same_freed_time_at_once_one_has_it(clinic, clinician, front_desk):
    day = timezone.localdate() + timedelta(days=3)
    room = with_hours(clinic, clinician)
    now = timezone.now()
    for round_ in range(5):
        start = at(9 + round_, day=day)
        offers = [
            waiting.make_offer(
                entry=entries(clinic, front_desk, now=now),
                slot=Slot(start, start + timedelta(minutes=30), clinician, room, clinic.zone),
                why="Waiting",
                by=front_desk,
                now=now,
            )
            for _ in range(2)
        ]
        clients = [signed_in(front_desk) for _ in offers]
        together = threading.Barrier(2)

        def accept(n, offers=offers, clients=clients, together=together):
            try:
                together.wait(timeout=60)
                return clients[n].post(reverse("waiting:offer", args=[offers[n].pk]))
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(accept, range(2)))

        assert sorted(a.status_code for a in answers) == [302, 422]
        loser = next(a for a in answers if a.status_code == 422)
        assert len(loser.context["nearest"]) == 3
        assert value(start, clinician, room) not in [s.form_value for s in loser.context["nearest"]]
        assert sorted(
            Offer.objects.filter(pk__in=[o.pk for o in offers]).values_list("status", flat=True)
        ) == ["accepted", "made"]
    assert Appointment.objects.count() == 5
