"""A card is put somewhere else; what leaves the protocol stands on Today."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.conftest import signed_in
from tests.treatments.schedule.calendars import accepted_plan, at, with_hours
from treatments.schedule.models import Appointment

pytestmark = pytest.mark.django_db


CALENDAR = reverse("schedule:day")


@pytest.fixture
def session(clinic, clinician, room, soon):
    """The third session of a course, the day after tomorrow at ten; the second was fourteen days before it."""
    plan = accepted_plan(clinic, clinician, status="active")
    before = factories.TreatmentSessionFactory(plan=plan, number=2, performed_on=soon - timedelta(days=14))
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        patient=plan.patient,
        plan=plan,
        session_number=3,
        kind="session",
        starts_at=at(10, day=soon),
        ends_at=at(10, 20, day=soon),
        minutes_by_rule=20,
    ), before


def drop(client, appointment, start, *, script=True, **more):
    headers = {"X-Requested-With": "calendar"} if script else {}
    return client.post(
        reverse("schedule:place", args=[appointment.pk]),
        {"start": f"{start:%Y-%m-%dT%H:%MZ}", **more},
        headers=headers,
    )


# --- a card is put somewhere else --------------------------------------------


def test_a_card_is_dropped_at_another_time(as_front_desk, session, soon, count_queries):
    visit, _ = session

    with count_queries() as used:
        answer = drop(as_front_desk, visit, at(14, day=soon))

    visit.refresh_from_db()
    assert (answer.status_code, visit.starts_at, visit.ends_at) == (
        200,
        at(14, day=soon),
        at(14, 20, day=soon),
    )
    assert "Moved to" in answer.content.decode()
    # The thirteenth reads the rules of intervals, up to a day known only once the course is read under its lock.
    assert len(used) <= 13


def test_a_card_dropped_with_a_colleague_goes_to_the_colleagues_room(as_front_desk, clinic, session, soon):
    visit, _ = session
    other = factories.ClinicianFactory(clinic=clinic)
    theirs = with_hours(clinic, other)

    answer = drop(as_front_desk, visit, at(9, day=soon), clinician=other.pk)

    visit.refresh_from_db()
    assert (answer.status_code, visit.clinician, visit.room) == (200, other, theirs)


def test_a_card_dropped_on_another_goes_back_and_three_times_are_offered(
    as_front_desk, clinic, clinician, room, session, soon
):
    visit, _ = session
    factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind="intake",
        starts_at=at(14, day=soon),
        ends_at=at(15, day=soon),
    )

    answer = drop(as_front_desk, visit, at(14, 30, day=soon))

    visit.refresh_from_db()
    text = answer.content.decode()
    assert (answer.status_code, visit.starts_at) == (422, at(10, day=soon))
    assert "it stays where it was" in text
    assert "The clinician already has an appointment then." in text
    nearest = [s.start for s in answer.context["nearest"]]
    assert nearest == [at(15, day=soon), at(15, 10, day=soon), at(13, 40, day=soon)]
    assert "<html" not in text


def test_the_times_offered_instead_are_not_refused(as_front_desk, clinician, room, session, soon):
    """Dragged too far from the session before it: what is offered asks for no reason."""
    visit, _ = session

    answer = drop(as_front_desk, visit, at(10, day=soon + timedelta(days=9)))

    assert [f.code for f in answer.context["findings"]] == ["interval:3"]
    slots = answer.context["nearest"]
    assert len(slots) == 3
    # Three weeks after the session before it are the most.
    assert {s.local_start.date() for s in slots} == {soon + timedelta(days=7)}
    first = slots[0]
    taken = drop(
        as_front_desk, visit, first.start, minutes=first.minutes, clinician=clinician.pk, room=room.pk
    )
    assert taken.status_code == 200


def test_a_refused_drag_costs_the_same_among_one_visit_and_among_three(
    as_front_desk, clinic, clinician, room, session, soon, count_queries
):
    visit, _ = session
    counts = []
    for hours in ([12], [13, 15]):
        for hour in hours:
            factories.AppointmentFactory(
                clinic=clinic,
                clinician=clinician,
                room=room,
                kind="intake",
                starts_at=at(hour, day=soon),
                ends_at=at(hour, 40, day=soon),
            )
        with count_queries() as used:
            answer = drop(as_front_desk, visit, at(12, 30, day=soon))
        assert (answer.status_code, len(answer.context["nearest"])) == (422, 3)
        counts.append(len(used))

    assert counts[0] == counts[1] <= 20


def test_a_drag_within_the_day_asks_no_reason_and_says_nothing_of_later_sessions(
    as_front_desk, clinic, clinician, room, session, soon
):
    """It stands too far from the session before it already: that was answered when it was put there."""
    visit, _ = session
    late = soon + timedelta(days=9)
    Appointment.objects.filter(pk=visit.pk).update(starts_at=at(10, day=late), ends_at=at(10, 20, day=late))
    factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        patient=visit.patient,
        plan=visit.plan,
        session_number=4,
        kind="session",
        starts_at=at(10, day=late + timedelta(days=14)),
        ends_at=at(10, 20, day=late + timedelta(days=14)),
    )

    moved = drop(as_front_desk, visit, at(15, day=late))
    away = drop(as_front_desk, visit, at(15, day=late + timedelta(days=1)))

    assert (moved.status_code, away.status_code) == (200, 422)
    assert "later session" not in moved.content.decode()


def test_a_refused_drag_says_who_is_there(as_front_desk, clinic, clinician, room, session, soon):
    visit, _ = session
    other = factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind="intake",
        starts_at=at(14, day=soon),
        ends_at=at(15, day=soon),
    )

    text = drop(as_front_desk, visit, at(14, 30, day=soon)).content.decode()

    assert f"{other.patient.full_name} has Dr Elif Kaya, {room.name} from 14:00 to 15:00." in text


def test_a_stretched_session_asks_why_and_keeps_the_reason(as_front_desk, session, soon):
    visit, _ = session

    asked = drop(as_front_desk, visit, at(10, day=soon), minutes="40")
    told = drop(
        as_front_desk,
        visit,
        at(10, day=soon),
        minutes="40",
        **{"reason:booking:length": "Comes by wheelchair"},
    )

    visit.refresh_from_db()
    assert (asked.status_code, told.status_code) == (422, 200)
    assert 'name="reason:booking:length"' in asked.content.decode()
    assert visit.ends_at == at(10, 40, day=soon)
    (row,) = visit.acknowledged
    assert (row["code"], row["reason"]) == ("booking:length", "Comes by wheelchair")
    page = as_front_desk.get(reverse("schedule:appointment", args=[visit.pk])).content.decode()
    assert "Comes by wheelchair" in page
    assert "the clinic's rule: 20" in page.replace("&#x27;", "'")


def test_without_a_script_the_same_stands_on_a_page(as_front_desk, clinic, session, soon):
    visit, _ = session

    refused = drop(as_front_desk, visit, at(3, day=soon), script=False)
    moved = drop(as_front_desk, visit, at(11, day=soon), script=False)

    text = refused.content.decode()
    assert refused.status_code == 422
    assert "<html" in text
    assert "is outside Dr Elif Kaya" in text
    assert moved["Location"].startswith(CALENDAR)


@pytest.mark.parametrize(
    "typed",
    [
        {"start": ""},
        {"start": "tomorrow"},
        {"start": "2030-02-30T10:00Z"},
        {"minutes": "many"},
        {"minutes": "-5"},
        {"minutes": "9999"},
        {"clinician": "987654"},
        {"room": "987654"},
        {"room": "x"},
    ],
)
def test_what_is_no_place_is_refused_and_nothing_moves(as_front_desk, session, soon, typed):
    visit, _ = session
    data = {"start": f"{at(11, day=soon):%Y-%m-%dT%H:%MZ}"} | typed

    answer = as_front_desk.post(reverse("schedule:place", args=[visit.pk]), data)

    visit.refresh_from_db()
    assert (answer.status_code, visit.starts_at) == (422, at(10, day=soon))


def test_a_visit_that_has_begun_is_not_carried_away(as_front_desk, clinic, clinician, room, soon):
    visit = factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind="intake",
        status="arrived",
        starts_at=at(10, day=soon),
        ends_at=at(11, day=soon),
    )

    answer = drop(as_front_desk, visit, at(12, day=soon))

    assert answer.status_code == 422
    assert "it cannot be moved" in answer.content.decode()


# --- Today -------------------------------------------------------------------


def test_the_clinician_is_told_where_a_gap_leaves_the_protocol(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician, status="active")
    today = timezone.localdate()
    factories.TreatmentSessionFactory(plan=plan, number=1, performed_on=today - timedelta(days=30))
    factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        patient=plan.patient,
        plan=plan,
        session_number=2,
        kind="session",
        starts_at=at(10, day=today + timedelta(days=5)),
        ends_at=at(10, 20, day=today + timedelta(days=5)),
    )

    told = signed_in(clinician).get(reverse("today")).context["needs"]
    others = signed_in(factories.ClinicianFactory(clinic=clinic)).get(reverse("today")).context["needs"]

    gaps = [n.text for n in told if n.chip == "interval"]
    assert len(gaps) == 1
    assert gaps[0].startswith("Gap of 35 days, protocol 12 to 21: ")
    assert not [n for n in others if n.chip == "interval"]


def test_the_calendar_is_closed_to_others(as_admin, stranger, session):
    visit, _ = session

    assert as_admin.post(reverse("schedule:place", args=[visit.pk])).status_code == 403
    assert as_admin.post(reverse("schedule:check_in", args=[visit.pk])).status_code == 403
    assert as_admin.get(reverse("schedule:new")).status_code == 403
    assert stranger.get(reverse("schedule:free")).status_code == 302
