"""The calendar of a day, the page of one appointment, rooms and hours, and who may."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from tests.treatments.schedule.calendars import accepted_plan, at, pressed, ready, value, with_hours
from treatments.schedule.models import Room, TimeOff, WorkingHours

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(front_desk):
    return factories.PatientFactory(given_names="Amira", family_name="Haddad", registered_by=front_desk)


def visit(clinic, clinician, room, start, *, minutes=30, **more):
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind=more.pop("kind", "intake"),
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        **more,
    )


def calendar_of(day):
    return f"{reverse('schedule:day')}?day={day}"


# --- the day -----------------------------------------------------------------


def test_the_day_stands_by_clinician(as_front_desk, clinic, clinician, room, patient, soon):
    plan = accepted_plan(clinic, clinician, patient)
    visit(
        clinic,
        clinician,
        room,
        at(10, day=soon),
        patient=patient,
        kind="session",
        plan=plan,
        session_number=3,
        status="arrived",
    )

    response = as_front_desk.get(calendar_of(soon))

    (column,) = response.context["day"].columns
    assert column.title == f"Dr Elif Kaya · {room.name}"
    (card,) = column.cards
    assert (card.name, card.time, card.line, card.state, card.word, card.t, card.len) == (
        "Amira Haddad",
        "10:00–10:30",
        "Session 3 of 8 · Density 8",
        "arrived",
        "arrived",
        12,
        6,
    )
    assert card.light == ("no consent +2", "stop")
    assert response.context["day"].hours[0] == (0, "9:00")
    assert column.now_t is None


def test_today_has_its_now_line(as_front_desk, clinic, clinician):
    with_hours(clinic, clinician, opens=time(0), closes=time(23, 59))

    day = as_front_desk.get(reverse("schedule:day")).context["day"]

    now = timezone.now()
    assert abs(day.columns[0].now_t - (now.hour * 60 + now.minute) // 5) <= 1


def test_the_other_days_are_a_link_away(as_front_desk, room):
    text = as_front_desk.get(calendar_of("2030-03-01")).content.decode()

    assert "?day=2030-02-28" in text
    assert "?day=2030-03-02" in text


@pytest.mark.parametrize("odd", ["2030-02-30", "tomorrow", "0001-01-01", "9999-12-31", "<b>"])
def test_a_day_that_is_none_is_said_and_today_shown(as_front_desk, room, odd):
    response = as_front_desk.get(reverse("schedule:day"), {"day": odd})

    assert (response.status_code, response.context["shown"]) == (400, timezone.localdate())
    assert "is no day of the calendar" in response.content.decode()


def test_an_absence_is_drawn_and_what_was_given_up_is_listed(
    as_front_desk, clinic, clinician, room, patient, soon
):
    TimeOff.objects.create(
        clinic=clinic,
        clinician=clinician,
        reason="Congress",
        starts_at=at(15, day=soon),
        ends_at=at(23, day=soon),
    )
    visit(clinic, clinician, room, at(9, day=soon), patient=patient, status="cancelled")

    response = as_front_desk.get(calendar_of(soon))

    (card,) = response.context["day"].columns[0].cards
    assert (card.kind, card.name, card.line, card.time) == ("off", "Away", "Congress", "15:00–17:00")
    assert [line.appointment.patient for line in response.context["given_up"]] == [patient]


@pytest.mark.parametrize(
    ("zone", "day", "labels"),
    [
        ("Europe/Paris", date(2030, 3, 31), ["1:00", "3:00", "4:00"]),
        ("Europe/Paris", date(2030, 10, 27), ["1:00", "2:00", "2:00", "3:00", "4:00"]),
        ("America/New_York", date(2030, 3, 10), ["1:00", "3:00", "4:00"]),
        ("America/New_York", date(2030, 11, 3), ["1:00", "1:00", "2:00", "3:00", "4:00"]),
    ],
)
def test_the_night_the_clock_changes_is_drawn_as_it_is(zone, day, labels):
    clinic = factories.ClinicFactory(time_zone=zone)
    clinician = factories.ClinicianFactory(clinic=clinic)
    room = with_hours(clinic, clinician, opens=time(1), closes=time(5))
    visit(clinic, clinician, room, at(4, day=day, zone=zone))

    drawn = signed_in(clinician).get(calendar_of(day)).context["day"]

    assert drawn.hours == [(12 * n, label) for n, label in enumerate(labels)]
    (card,) = drawn.columns[0].cards
    assert (card.time, card.t) == ("04:00–04:30", 12 * (len(labels) - 1))


def test_the_day_costs_the_same_for_one_visit_for_three_and_for_480(
    as_front_desk, clinic, soon, count_queries
):
    counted = []
    made = 0
    for wanted in (1, 3, 480):
        while made < wanted:
            slot = made % 40
            if slot == 0:
                clinician = factories.ClinicianFactory(clinic=clinic)
                room = with_hours(clinic, clinician, opens=time(8), closes=time(18))
            start = at(8, day=soon) + timedelta(minutes=15 * slot)
            visit(clinic, clinician, room, start, minutes=15)
            made += 1
        with count_queries() as used:
            response = as_front_desk.get(calendar_of(soon))
        counted.append(len(used))

    assert response.context["day"].booked == 480
    assert len(response.context["day"].columns) == 8  # of the twelve, so many at a time
    assert counted == [8, 8, 8]  # one of them the row that says who was shown


# --- an appointment ----------------------------------------------------------


@pytest.fixture
def now_visit(clinic, clinician, room, patient):
    """Today, just begun; ``now_visit("arrived")`` in another state."""
    start = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=1)

    def made(status="booked"):
        return visit(clinic, clinician, room, start, patient=patient, status=status)

    return made


def test_an_appointment_says_what_when_who(as_clinician, clinic, clinician, room, patient, count_queries):
    plan = accepted_plan(clinic, clinician, patient)
    start = timezone.now().replace(second=0, microsecond=0)
    made = visit(clinic, clinician, room, start, patient=patient, kind="session", plan=plan, session_number=1)

    with count_queries() as used:
        page = as_clinician.get(reverse("schedule:appointment", args=[made.pk]))

    assert page.context["line"] == "Session 1 of 8 · Density 8"
    assert page.context["can_start"]
    assert reverse("sessions:start", args=[made.pk]) in page.content.decode()
    assert len(used) == 9
    event = AuditEvent.objects.get(did="patient.viewed")
    assert (event.patient_id, event.data) == (patient.pk, {"page": "appointment"})


def test_once_begun_the_session_is_linked(as_clinician, clinic, clinician, room):
    plan = accepted_plan(clinic, clinician)
    made = visit(
        clinic,
        clinician,
        room,
        timezone.now(),
        patient=plan.patient,
        kind="session",
        plan=plan,
        session_number=1,
    )
    session = factories.TreatmentSessionFactory(plan=plan, appointment=made)

    page = as_clinician.get(reverse("schedule:appointment", args=[made.pk]))

    assert reverse("sessions:start", args=[made.pk]) not in page.content.decode()
    assert reverse("sessions:session", args=[session.pk]) in page.content.decode()


def test_the_desk_starts_no_session(as_front_desk, clinic, clinician, room):
    plan = accepted_plan(clinic, clinician)
    made = visit(
        clinic,
        clinician,
        room,
        timezone.now(),
        patient=plan.patient,
        kind="session",
        plan=plan,
        session_number=1,
    )

    page = as_front_desk.get(reverse("schedule:appointment", args=[made.pk]))

    assert not page.context["can_start"]
    assert reverse("sessions:start", args=[made.pk]) not in page.content.decode()


MOVES = [
    ("confirm", "booked", "confirmed"),
    ("arrive", "booked", "arrived"),
    ("arrive_undo", "arrived", "booked"),
    ("no_show", "booked", "no_show"),
    ("finish", "arrived", "done"),
    ("cancel", "booked", "late_cancelled"),
]


@pytest.mark.parametrize(("name", "before", "after"), MOVES)
def test_a_button_moves_the_appointment_on(as_front_desk, now_visit, name, before, after, count_queries):
    now_visit = now_visit(before)
    url = reverse(f"schedule:{name}", args=[now_visit.pk])

    with count_queries() as used:
        response = as_front_desk.post(url, {"reason": "Has a cold"})

    now_visit.refresh_from_db()
    assert response["Location"] == reverse("schedule:appointment", args=[now_visit.pk])
    assert now_visit.status == after
    assert len(used) <= 12


@pytest.mark.parametrize("name", [name for name, _, _ in MOVES])
def test_a_button_that_no_longer_fits_is_refused(as_front_desk, now_visit, name):
    status = "no_show" if name == "cancel" else "done"
    if name in ("finish", "arrive_undo"):
        status = "no_show"
    now_visit = now_visit(status)

    response = as_front_desk.post(reverse(f"schedule:{name}", args=[now_visit.pk]), {"reason": "Has a cold"})

    now_visit.refresh_from_db()
    if name == "no_show":
        assert "cannot become no show" in response.content.decode()
    assert (response.status_code, now_visit.status) == (422, status)


def test_cancelling_without_a_reason_is_refused(as_front_desk, now_visit):
    response = as_front_desk.post(reverse("schedule:cancel", args=[now_visit().pk]))

    assert response.status_code == 422
    assert "Say why it is cancelled." in response.content.decode()


def test_an_appointment_is_moved(as_front_desk, clinic, clinician, room, patient, soon, count_queries, once):
    plan = accepted_plan(clinic, clinician, patient)
    made = visit(
        clinic, clinician, room, at(9, day=soon), patient=patient, kind="session", plan=plan, session_number=1
    )
    url = reverse("schedule:move", args=[made.pk])
    typed = {"day": soon, "clinician": clinician.pk, "minutes": "30"}

    with count_queries() as read:
        page = as_front_desk.get(url)
    typed = ready(as_front_desk, url, typed | {"slot": value(at(9, 10, day=soon), clinician, room)})
    with count_queries() as written:
        response = as_front_desk.post(url, typed | {"once": once()})

    made.refresh_from_db()
    assert page.context["selected"] == ""
    assert (response.status_code, made.starts_at) == (302, at(9, 10, day=soon))
    # Within the day its distances stay as they are: the rules of intervals are not read.
    assert (len(read), len(written)) == (7, 13)


def test_an_appointment_is_not_moved_onto_another(as_front_desk, clinic, clinician, room, patient, soon):
    made = visit(clinic, clinician, room, at(9, day=soon), patient=patient)
    visit(clinic, clinician, room, at(12, day=soon))

    response = pressed(
        as_front_desk,
        reverse("schedule:move", args=[made.pk]),
        {"day": soon, "slot": value(at(12, day=soon), clinician, room)},
    )

    assert response.status_code == 422
    assert len(response.context["offer"].nearest) == 3


# --- rooms and hours ---------------------------------------------------------


def test_a_fresh_clinic_gets_its_room_and_hours(as_admin, clinic, clinician, count_queries):
    as_admin.post(reverse("schedule:room_add"), {"room-name": "Room 1"})
    room = Room.objects.get()
    response = as_admin.post(
        reverse("schedule:working_hours_add"),
        {
            "working-clinician": clinician.pk,
            "working-room": room.pk,
            "working-weekdays": ["0", "1"],
            "working-opens": "09:00",
            "working-closes": "17:00",
        },
    )
    with count_queries() as used:
        page = as_admin.get(reverse("schedule:hours"))

    assert response["Location"] == reverse("schedule:hours")
    assert [(o.weekday, o.opens) for o in WorkingHours.objects.all()] == [(0, time(9)), (1, time(9))]
    assert "Dr Elif Kaya" in page.content.decode()
    assert len(used) <= 9


def test_hours_that_overlap_are_said_at_the_field(as_admin, clinic, clinician, room):
    response = as_admin.post(
        reverse("schedule:working_hours_add"),
        {
            "working-clinician": clinician.pk,
            "working-room": room.pk,
            "working-weekdays": ["0"],
            "working-opens": "16:00",
            "working-closes": "18:00",
        },
    )

    assert (response.status_code, list(response.context["working_hours_form"].errors)) == (422, ["opens"])


def test_a_room_without_a_name_is_said_at_the_field(as_admin):
    response = as_admin.post(reverse("schedule:room_add"), {"room-name": " "})

    assert (response.status_code, list(response.context["room_form"].errors)) == (422, ["name"])


def test_hours_rooms_and_absences_go_again(as_admin, clinic, clinician, room, soon):
    as_admin.post(
        reverse("schedule:time_off_add"),
        {"off-who": f"clinician-{clinician.pk}", "off-first_day": soon, "off-last_day": soon},
    )
    off = TimeOff.objects.get()
    as_admin.post(reverse("schedule:time_off_remove", args=[off.pk]))
    as_admin.post(reverse("schedule:room_set", args=[room.pk]), {"active": "no"})
    for working in WorkingHours.objects.all():
        as_admin.post(reverse("schedule:working_hours_remove", args=[working.pk]))

    room.refresh_from_db()
    assert off.ends_at - off.starts_at == timedelta(hours=24)
    assert (TimeOff.objects.count(), room.active, WorkingHours.objects.count()) == (0, False, 0)


def test_an_absence_over_booked_visits_says_how_many(as_admin, clinic, clinician, room, soon):
    visit(clinic, clinician, room, at(9, day=soon))

    page = as_admin.post(
        reverse("schedule:time_off_add"),
        {"off-who": f"clinician-{clinician.pk}", "off-first_day": soon, "off-last_day": soon},
        follow=True,
    )

    assert "1 appointment stands in this time" in page.content.decode()


def test_an_absence_that_ends_before_it_starts_is_refused(as_admin, clinician, soon):
    response = as_admin.post(
        reverse("schedule:time_off_add"),
        {
            "off-who": f"clinician-{clinician.pk}",
            "off-first_day": soon,
            "off-last_day": soon - timedelta(days=2),
        },
    )

    assert (response.status_code, TimeOff.objects.count()) == (422, 0)


# --- who may -----------------------------------------------------------------

GUARDED = {
    "day": ("get", []),
    "book": ("post", [1]),
    "book_course": ("post", [1]),
    "appointment": ("get", [1]),
    "move": ("post", [1]),
    "confirm": ("post", [1]),
    "arrive": ("post", [1]),
    "arrive_undo": ("post", [1]),
    "no_show": ("post", [1]),
    "finish": ("post", [1]),
    "cancel": ("post", [1]),
    "hours": ("get", []),
    "room_add": ("post", []),
    "room_set": ("post", [1]),
    "working_hours_add": ("post", []),
    "working_hours_remove": ("post", [1]),
    "time_off_add": ("post", []),
    "time_off_remove": ("post", [1]),
}
ADMINS = {name for name in GUARDED if name.startswith(("hours", "room_", "working_hours", "time_off"))}


@pytest.mark.parametrize(("name", "how"), GUARDED.items(), ids=list(GUARDED))
def test_strangers_sign_in_and_other_roles_are_forbidden(
    name, how, stranger, as_cosmetologist, as_admin, as_front_desk
):
    method, args = how
    url = reverse(f"schedule:{name}", args=args)
    other = as_front_desk if name in ADMINS else as_admin

    assert getattr(stranger, method)(url).status_code == 302
    assert getattr(as_cosmetologist, method)(url).status_code == 403
    assert getattr(other, method)(url).status_code == 403


@pytest.mark.parametrize(("name", "how"), GUARDED.items(), ids=list(GUARDED))
def test_what_is_not_there_is_404_and_the_wrong_method_405(name, how, as_admin, as_front_desk):
    method, args = how
    client = as_admin if name in ADMINS else as_front_desk
    url = reverse(f"schedule:{name}", args=[987_654 for _ in args])

    if args:
        assert getattr(client, method)(url).status_code == 404
    wrong = "delete" if name in ("book", "book_course", "move") else {"get": "post", "post": "get"}[method]
    assert getattr(client, wrong)(url).status_code == 405


def test_another_clinics_room_is_not_there(as_admin):
    other = factories.RoomFactory()

    response = as_admin.post(reverse("schedule:room_set", args=[other.pk]))

    assert response.status_code == 404
