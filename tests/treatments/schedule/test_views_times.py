"""The pages that book a visit and a course."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.treatments.schedule.calendars import accepted_plan, at, pressed, ready, value
from treatments.schedule.models import Appointment, TimeOff

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


# --- one visit ---------------------------------------------------------------


def test_a_visit_is_booked_from_the_times_offered(
    as_front_desk, clinic, clinician, room, patient, soon, count_queries, once
):
    url = reverse("schedule:book", args=[patient.pk])
    with count_queries() as read:
        page = as_front_desk.get(url, {"day": soon})
    chosen = page.context["offer"].nearest[0]
    typed = ready(
        as_front_desk, url, {"kind": "intake", "day": soon, "slot": chosen.form_value, "note": "Rings twice"}
    )
    with count_queries() as written:
        response = as_front_desk.post(url, typed | {"once": once()})

    made = Appointment.objects.get()
    assert response["Location"] == reverse("schedule:appointment", args=[made.pk])
    assert (made.starts_at, made.ends_at, made.kind, made.note) == (
        at(9, day=soon),
        at(9, 45, day=soon),
        "intake",
        "Rings twice",
    )
    assert (len(read), len(written)) == (8, 14)


def test_the_next_session_is_proposed_with_its_length_and_number(
    as_front_desk, clinic, clinician, room, patient, soon
):
    plan = accepted_plan(clinic, clinician, patient)
    url = reverse("schedule:book", args=[patient.pk])

    page = as_front_desk.get(url, {"day": soon})
    slot = value(at(9, day=soon), clinician, room)
    pressed(as_front_desk, url, {"kind": f"session-{plan.pk}", "day": soon, "slot": slot})

    made = Appointment.objects.get()
    assert page.context["minutes"] == 35
    assert (made.kind, made.plan, made.session_number) == ("session", plan, 1)
    assert made.ends_at - made.starts_at == timedelta(minutes=35)


def test_a_time_that_has_gone_is_said_with_others_and_everything_is_kept(
    as_front_desk, clinic, clinician, room, patient, soon
):
    visit(clinic, clinician, room, at(10, day=soon))

    response = pressed(
        as_front_desk,
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
    assert [s.clock_text for s in response.context["offer"].nearest] == ["10:30", "09:20", "10:40"]
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

    asked = pressed(as_front_desk, url, typed)
    short = pressed(as_front_desk, url, typed | {"reason:interval:2": "x"})
    passed = pressed(as_front_desk, url, typed | {"reason:interval:2": "Leaves for a year"})

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
    url = reverse("schedule:book", args=[patient.pk])
    slot = value(at(9, day=soon), clinician, room)
    typed = ready(as_front_desk, url, {"kind": "intake", "day": soon, "slot": slot}) | {"once": once()}

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
        "said": page.context["chosen"].said,
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
    assert (len(read), len(written)) == (8, 15)


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
    assert row["selected"] == ""
    assert shown.context["chosen"].said == ""
    assert [f.code for f in shown.context["findings"]] == ["interval:2", "interval:3", "stock:short"]
    assert Appointment.objects.count() == 0

    pick = {"slot-2": row["free"][0].form_value, "asks-2": "yes"}
    picked = as_front_desk.post(url, posted(shown, show="yes", **pick))
    typed = posted(picked, **pick)
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
