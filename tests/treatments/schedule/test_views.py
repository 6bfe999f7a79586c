"""The calendar's pages: who may, what they show, what they cost."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from tests.treatments.schedule.calendars import accepted_plan, at, value, with_hours
from treatments.schedule.models import Appointment, Room, TimeOff, WorkingHours

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(clinic, clinician):
    return with_hours(clinic, clinician)


@pytest.fixture
def patient(front_desk):
    return factories.PatientFactory(given_names="Amira", family_name="Haddad", registered_by=front_desk)


@pytest.fixture
def soon():
    """The day after tomorrow: never past, never today."""
    return timezone.localdate() + timedelta(days=2)


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
    assert len(response.context["day"].columns) == 12
    assert counted == [6, 6, 6]


# --- one visit ---------------------------------------------------------------


def test_a_visit_is_booked_from_the_times_offered(
    as_front_desk, clinic, clinician, room, patient, soon, count_queries, once
):
    url = reverse("schedule:book", args=[patient.pk])
    with count_queries() as read:
        page = as_front_desk.get(url, {"day": soon})
    chosen = page.context["offer"].nearest[0]
    with count_queries() as written:
        response = as_front_desk.post(
            url, {"kind": "intake", "day": soon, "slot": chosen.value, "note": "Rings twice", "once": once()}
        )

    made = Appointment.objects.get()
    assert response["Location"] == reverse("schedule:appointment", args=[made.pk])
    assert (made.starts_at, made.ends_at, made.kind, made.note) == (
        at(9, day=soon),
        at(9, 45, day=soon),
        "intake",
        "Rings twice",
    )
    assert (len(read), len(written)) == (8, 12)


def test_the_next_session_is_proposed_with_its_length_and_number(
    as_front_desk, clinic, clinician, room, patient, soon
):
    plan = accepted_plan(clinic, clinician, patient)
    url = reverse("schedule:book", args=[patient.pk])

    page = as_front_desk.get(url, {"day": soon})
    as_front_desk.post(
        url, {"kind": f"session-{plan.pk}", "day": soon, "slot": value(at(9, day=soon), clinician, room)}
    )

    made = Appointment.objects.get()
    assert page.context["minutes"] == 35
    assert (made.kind, made.plan, made.session_number) == ("session", plan, 1)
    assert made.ends_at - made.starts_at == timedelta(minutes=35)


def test_a_time_that_has_gone_is_said_with_others_and_everything_is_kept(
    as_front_desk, clinic, clinician, room, patient, soon
):
    visit(clinic, clinician, room, at(10, day=soon))

    response = as_front_desk.post(
        reverse("schedule:book", args=[patient.pk]),
        {
            "kind": "quote",
            "day": soon,
            "around": "10:00",
            "minutes": "40",
            "note": "Rings twice",
            "slot": value(at(10, day=soon), clinician, room),
        },
    )

    assert response.status_code == 422
    text = response.content.decode()
    assert "The clinician already has an appointment then." in text
    assert "Rings twice" in text
    assert response.context["minutes"] == 40
    assert [s.clock for s in response.context["offer"].nearest] == ["10:30", "09:20", "10:40"]
    assert Appointment.objects.count() == 1


def test_a_warning_asks_for_a_reason_and_passes_with_it(
    as_front_desk, clinic, clinician, room, patient, soon
):
    plan = accepted_plan(clinic, clinician, patient)
    visit(
        clinic,
        clinician,
        room,
        at(9, day=soon - timedelta(days=1)),
        patient=patient,
        kind="session",
        plan=plan,
        session_number=1,
    )
    url = reverse("schedule:book", args=[patient.pk])
    typed = {"kind": f"session-{plan.pk}", "day": soon, "slot": value(at(9, day=soon), clinician, room)}

    asked = as_front_desk.post(url, typed)
    short = as_front_desk.post(url, typed | {"reason:interval:2": "x"})
    passed = as_front_desk.post(url, typed | {"reason:interval:2": "Leaves for a year"})

    assert (asked.status_code, short.status_code, passed.status_code) == (422, 422, 302)
    assert [f.code for f in asked.context["findings"]] == ["interval:2"]
    assert (asked.context["missing"], short.context["missing"]) == ([], ["interval:2"])
    assert asked.context["selected"] == typed["slot"]
    assert Appointment.objects.filter(session_number=2).count() == 1


@pytest.mark.parametrize("slot", ["", "nonsense", "2030-01-01T10:00Z/0/0", "2030-13-01T10:00Z/1/1"])
def test_without_a_time_nothing_is_booked(as_front_desk, room, patient, soon, slot):
    response = as_front_desk.post(
        reverse("schedule:book", args=[patient.pk]), {"kind": "intake", "day": soon, "slot": slot}
    )

    assert response.status_code == 422
    assert "Choose one of the free times." in response.content.decode()


@pytest.mark.parametrize(
    ("field", "typed"), [("day", "soon"), ("minutes", "4"), ("kind", "party"), ("around", "late")]
)
def test_what_is_badly_typed_is_said_at_the_field(
    as_front_desk, clinician, room, patient, soon, field, typed
):
    response = as_front_desk.post(
        reverse("schedule:book", args=[patient.pk]),
        {"kind": "intake", "day": soon, "slot": value(at(9, day=soon), clinician, room)} | {field: typed},
    )

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert Appointment.objects.count() == 0


def test_looking_for_times_books_nothing(as_front_desk, clinician, room, patient, soon):
    response = as_front_desk.post(
        reverse("schedule:book", args=[patient.pk]),
        {
            "kind": "quote",
            "day": soon,
            "show": "yes",
            "minutes": "60",
            "slot": value(at(9, day=soon), clinician, room),
        },
    )

    assert (response.status_code, response.context["minutes"]) == (200, 60)
    assert Appointment.objects.count() == 0


def test_a_double_click_books_once(as_front_desk, clinician, room, patient, soon, once):
    typed = {"kind": "intake", "day": soon, "once": once(), "slot": value(at(9, day=soon), clinician, room)}
    url = reverse("schedule:book", args=[patient.pk])

    first, second = as_front_desk.post(url, typed), as_front_desk.post(url, typed)

    assert first["Location"] == second["Location"]
    assert Appointment.objects.count() == 1


def test_a_clinic_without_hours_says_what_is_missing(as_front_desk, patient):
    text = as_front_desk.get(reverse("schedule:book", args=[patient.pk])).content.decode()

    assert "No working hours are kept yet" in text


# --- a course ----------------------------------------------------------------


def posted(page, **more):
    """The course as the page shows it, sent back."""
    data = {
        "clinician": page.context["form"].initial["clinician"],
        "first_day": page.context["form"].initial["first_day"].isoformat(),
        "around": "10:00",
        "basis": page.context["basis"],
    }
    for row in page.context["rows"]:
        n = row["number"]
        data |= {
            f"day-{n}": row["day"].isoformat(),
            f"was-{n}": row["day"].isoformat(),
            f"slot-{n}": row["selected"],
        }
    return data | more


@pytest.mark.parametrize("sessions", [1, 3, 8])
def test_a_course_is_proposed_and_booked_in_one_go(
    as_front_desk, clinic, clinician, room, patient, sessions, count_queries, once
):
    plan = accepted_plan(clinic, clinician, patient, sessions_planned=sessions)
    url = reverse("schedule:book_course", args=[plan.pk])

    with count_queries() as read:
        page = as_front_desk.get(url)
    with count_queries() as written:
        response = as_front_desk.post(url, posted(page, once=once()))

    assert response["Location"] == reverse("patient", args=[patient.pk])
    booked = Appointment.objects.filter(plan=plan).order_by("session_number")
    assert [a.session_number for a in booked] == list(range(1, sessions + 1))
    assert {timezone.localtime(a.starts_at).time() for a in booked} == {time(10)}
    assert (len(read), len(written)) == (7, 12)


def test_a_course_shows_nothing_clinical(as_front_desk, clinic, clinician, room):
    plan = accepted_plan(clinic, clinician, technique="nappage")

    text = as_front_desk.get(reverse("schedule:book_course", args=[plan.pk])).content.decode()

    assert "Density 8" in text
    for clinical in ("Androgenetic", "nappage", "cm²", "Density A"):
        assert clinical not in text


def test_another_day_of_a_session_is_shown_with_its_times_and_the_gap(as_front_desk, clinic, clinician, room):
    plan = accepted_plan(clinic, clinician, sessions_planned=3)
    url = reverse("schedule:book_course", args=[plan.pk])
    page = as_front_desk.get(url)
    late = (page.context["rows"][1]["day"] + timedelta(days=9)).isoformat()

    shown = as_front_desk.post(url, posted(page, show="yes", **{"day-2": late}))

    row = shown.context["rows"][1]
    assert (row["day"].isoformat(), shown.status_code) == (late, 200)
    assert row["selected"].startswith(late)
    assert [f.code for f in shown.context["findings"]] == ["interval:2", "interval:3", "stock:short"]
    assert Appointment.objects.count() == 0

    typed = posted(shown)
    asked = as_front_desk.post(url, typed)
    passed = as_front_desk.post(url, typed | {"reason:interval:2": "Travels", "reason:interval:3": "Travels"})
    assert (asked.status_code, passed.status_code) == (422, 302)


def test_a_session_taken_meanwhile_gets_another_time_proposed(as_front_desk, clinic, clinician, room):
    plan = accepted_plan(clinic, clinician, sessions_planned=3)
    url = reverse("schedule:book_course", args=[plan.pk])
    page = as_front_desk.get(url)
    second = page.context["rows"][1]
    visit(clinic, clinician, room, at(9, day=second["day"]), minutes=480)

    refused = as_front_desk.post(url, posted(page))

    row = refused.context["rows"][1]
    assert refused.status_code == 422
    assert "Session 2: The clinician already has an appointment then. Choose another time." in row["errors"]
    assert row["day"] == second["day"] + timedelta(days=1)
    assert row["selected"] == value(at(10, day=row["day"]), clinician, room)
    assert not Appointment.objects.filter(plan=plan).exists()
    assert as_front_desk.post(url, posted(refused)).status_code == 302


def test_with_fewer_free_times_than_sessions_what_is_chosen_is_booked(as_front_desk, clinic, clinician, room):
    plan = accepted_plan(clinic, clinician, sessions_planned=3)
    TimeOff.objects.create(
        clinic=clinic,
        clinician=clinician,
        starts_at=timezone.now() + timedelta(days=10),
        ends_at=timezone.now() + timedelta(days=900),
    )
    url = reverse("schedule:book_course", args=[plan.pk])

    page = as_front_desk.get(url)
    response = as_front_desk.post(url, posted(page))

    assert "Only 1 of 3 sessions find a free time" in page.content.decode()
    assert response.status_code == 302
    assert [a.session_number for a in Appointment.objects.all()] == [1]


def test_a_plan_not_accepted_yet_says_so(as_front_desk, clinic, clinician, room):
    plan = accepted_plan(clinic, clinician, status="quoted")

    page = as_front_desk.get(reverse("schedule:book_course", args=[plan.pk]))

    assert "This plan cannot be booked yet" in page.content.decode()


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
    assert len(used) == 7
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
    with count_queries() as written:
        response = as_front_desk.post(
            url, typed | {"once": once(), "slot": value(at(9, 10, day=soon), clinician, room)}
        )

    made.refresh_from_db()
    assert page.context["selected"] == value(at(9, day=soon), clinician, room)
    assert (response.status_code, made.starts_at) == (302, at(9, 10, day=soon))
    assert (len(read), len(written)) == (6, 12)


def test_an_appointment_is_not_moved_onto_another(as_front_desk, clinic, clinician, room, patient, soon):
    made = visit(clinic, clinician, room, at(9, day=soon), patient=patient)
    visit(clinic, clinician, room, at(12, day=soon))

    response = as_front_desk.post(
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
    assert len(used) <= 8


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
