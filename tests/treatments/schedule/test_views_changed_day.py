"""The day is changed and the button pressed: nothing is saved that the button did not say."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.treatments.schedule.calendars import accepted_plan, at, pressed, ready, value, with_hours
from treatments.schedule.models import Appointment, BookingSettings

pytestmark = pytest.mark.django_db

FOOT = {"HX-Target": "booking-foot"}


@pytest.fixture
def url(patient):
    return reverse("schedule:book", args=[patient.pk])


@pytest.fixture
def typed(as_front_desk, url, clinician, room, soon):
    """An intake at ten, picked by hand; the button says so."""
    return ready(
        as_front_desk, url, {"kind": "intake", "day": soon, "slot": value(at(10, day=soon), clinician, room)}
    )


def shown(page):
    """What the page says after a refusal, in one line."""
    return " ".join(page.content.decode().split())


def button_of(page):
    return page.context["chosen"].button


# --- one visit ---------------------------------------------------------------


def test_a_page_just_opened_has_nothing_chosen_and_its_button_cannot_be_pressed(
    as_front_desk, url, clinician, room, soon
):
    page = as_front_desk.get(url, {"day": soon})

    assert (page.context["selected"], page.context["chosen"].said) == ("", "")
    assert button_of(page).startswith("Choose a time on ")
    assert 'type="submit" disabled>Choose a time on' in shown(page)
    assert "checked" not in shown(page).partition('id="times"')[2]


def test_a_picked_time_is_on_the_button_with_its_clinic_time(as_front_desk, url, typed, soon):
    foot = as_front_desk.post(url, typed | {"show": "yes"}, headers=FOOT)

    assert button_of(foot) == f"Book {soon:%a} {soon.day} {soon:%b}, 10:00 with Dr Elif Kaya".replace(
        f"{soon:%b},", f"{soon:%b}{'' if soon.year == timezone.localdate().year else f' {soon.year}'},"
    )
    assert "UTC time" in shown(foot)


@pytest.mark.parametrize(
    "changed", [{"day": 1}, {"kind": "quote"}, {"minutes": "60"}, {"around": "15:00"}, {"clinician": "other"}]
)
def test_a_change_and_the_old_button_book_nothing_and_choose_nothing(
    as_front_desk, clinic, url, typed, soon, changed
):
    if "day" in changed:
        changed = {"day": soon + timedelta(days=1)}
    if "clinician" in changed:
        other = factories.ClinicianFactory(clinic=clinic)
        with_hours(clinic, other)
        changed = {"clinician": other.pk}

    answer = as_front_desk.post(url, typed | changed)

    assert (answer.status_code, Appointment.objects.count()) == (422, 0)
    assert "nothing was saved" in shown(answer)
    assert (answer.context["selected"], answer.context["chosen"].said) == ("", "")
    day = typed["day"] if "day" not in changed else changed["day"]
    assert {s.local_start.date() for s in answer.context["same_day"]} == {day}


def test_looking_for_times_of_another_day_lets_the_old_time_go(as_front_desk, url, typed, soon):
    page = as_front_desk.post(url, typed | {"day": soon + timedelta(days=1), "show": "yes"})

    assert (page.status_code, page.context["selected"], page.context["chosen"].said) == (200, "", "")


def test_another_time_picked_without_a_script_is_asked_for_again(
    as_front_desk, url, typed, clinician, room, soon
):
    other = value(at(11, day=soon), clinician, room)

    asked = as_front_desk.post(url, typed | {"slot": other})
    booked = as_front_desk.post(url, typed | {"slot": other, "said": asked.context["chosen"].said})

    assert (asked.status_code, booked.status_code) == (422, 302)
    assert "It now says what it does" in shown(asked)
    assert asked.context["selected"] == other
    assert Appointment.objects.get().starts_at == at(11, day=soon)


def test_a_rule_that_changes_the_length_meanwhile_is_asked_about(as_front_desk, clinic, url, typed):
    BookingSettings.objects.create(clinic=clinic, intake_minutes=60)

    answer = as_front_desk.post(url, typed)

    assert (answer.status_code, Appointment.objects.count()) == (422, 0)
    assert "60 minutes" in shown(answer)


def test_a_session_that_a_colleague_booked_meanwhile_is_not_the_one_on_the_button(
    as_front_desk, clinic, clinician, room, soon
):
    plan = accepted_plan(clinic, clinician)
    url = reverse("schedule:book", args=[plan.patient_id])
    typed = ready(
        as_front_desk,
        url,
        {
            "kind": f"session-{plan.pk}",
            "day": soon,
            "minutes": "35",
            "slot": value(at(10, day=soon), clinician, room),
        },
    )
    factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        patient=plan.patient,
        plan=plan,
        session_number=1,
        kind="session",
        starts_at=at(14, day=soon),
        ends_at=at(14, 20, day=soon),
    )

    answer = as_front_desk.post(url, typed)

    assert (answer.status_code, Appointment.objects.count()) == (422, 1)
    assert answer.context["chosen"].said != typed["said"]


@pytest.mark.parametrize("left_out", ["said", "shown_for"])
def test_a_form_that_states_nothing_books_nothing(as_front_desk, url, typed, left_out):
    del typed[left_out]

    assert as_front_desk.post(url, typed).status_code == 422
    assert not Appointment.objects.exists()


def test_a_time_near_the_day_brings_its_own_day(as_front_desk, clinic, clinician, room, url, soon):
    with_hours(clinic, clinician, room=room, opens="18:00", closes="18:00", weekdays=[])
    full = factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind="intake",
        starts_at=at(9, day=soon),
        ends_at=at(17, day=soon),
    )
    page = as_front_desk.get(url, {"day": soon})
    other = page.context["other_days"][0]
    assert page.context["same_day"] == []

    picked = as_front_desk.post(
        url, {"kind": "intake", "day": soon, "pick": other.form_value, "note": "Rings twice"}
    )

    assert picked.status_code == 200
    assert picked.context["form"].cleaned_data["day"] == other.local_start.date() != full.starts_at.date()
    assert picked.context["selected"] == other.form_value
    assert "Rings twice" in shown(picked)
    typed = {
        "kind": "intake",
        "day": other.local_start.date(),
        "slot": other.form_value,
        "shown_for": picked.context["chosen"].shown_for,
        "said": picked.context["chosen"].said,
    }
    assert as_front_desk.post(url, typed).status_code == 302


def test_a_time_clicked_elsewhere_is_kept_only_while_it_is_free(as_front_desk, url, clinician, room, soon):
    slot = value(at(10, 5, day=soon), clinician, room)

    free = as_front_desk.get(url, {"slot": slot, "minutes": "30"})
    factories.AppointmentFactory(
        clinic=room.clinic,
        clinician=clinician,
        room=room,
        kind="intake",
        starts_at=at(10, day=soon),
        ends_at=at(11, day=soon),
    )
    gone = as_front_desk.get(url, {"slot": slot})

    assert (free.context["selected"], free.context["minutes"]) == (slot, 30)
    assert free.context["chosen"].said
    assert (gone.context["selected"], gone.context["chosen"].said) == ("", "")


# --- what a refused booking costs --------------------------------------------


def test_a_refused_booking_looks_for_no_times_until_it_is_asked(
    as_front_desk, clinic, clinician, room, soon, monkeypatch, count_queries
):
    plan = accepted_plan(clinic, clinician)
    factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        patient=plan.patient,
        plan=plan,
        session_number=1,
        kind="session",
        starts_at=at(9, day=soon - timedelta(days=1)),
        ends_at=at(9, 20, day=soon - timedelta(days=1)),
    )
    url = reverse("schedule:book", args=[plan.patient_id])
    slot = value(at(9, day=soon), clinician, room)
    typed = ready(as_front_desk, url, {"kind": f"session-{plan.pk}", "day": soon, "slot": slot})

    def refused():
        with count_queries() as used:
            answer = as_front_desk.post(url, typed)
        assert answer.status_code == 422
        return answer, len(used)

    answer, one = refused()
    for _ in range(2):
        with_hours(clinic, factories.ClinicianFactory(clinic=clinic))
    _, three = refused()

    assert [s.form_value for s in answer.context["offer"].all_slots] == [slot]
    assert answer.context["only_chosen"]
    assert "Show other times" in shown(answer)
    assert one == three
    more = as_front_desk.post(url, typed | {"show": "yes"})
    assert len(more.context["offer"].all_slots) > 10


def test_a_time_that_is_taken_says_what_its_clinician_has_left_that_day(
    as_front_desk, clinic, clinician, room, url, typed, soon
):
    other = factories.ClinicianFactory(clinic=clinic)
    with_hours(clinic, other)
    factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind="intake",
        starts_at=at(10, day=soon),
        ends_at=at(11, day=soon),
    )

    answer = as_front_desk.post(url, typed)

    slots = answer.context["offer"].all_slots
    assert {(s.clinician, s.local_start.date()) for s in slots} == {(clinician, soon)}
    assert (answer.context["selected"], answer.context["chosen"].said) == ("", "")
    assert "That time has gone. Nothing was saved." in shown(answer)


def test_a_picked_time_costs_no_search(as_front_desk, clinic, url, typed, count_queries):
    with count_queries() as one:
        foot = as_front_desk.post(url, typed | {"show": "yes"}, headers=FOOT)
    for _ in range(2):
        with_hours(clinic, factories.ClinicianFactory(clinic=clinic))
    with count_queries() as three:
        as_front_desk.post(url, typed | {"show": "yes"}, headers=FOOT)

    assert foot.context["offer"] is None
    assert len(one) == len(three) <= 8


# --- a move ------------------------------------------------------------------


@pytest.fixture
def course(clinic, clinician, room, soon):
    """Four sessions, a fortnight apart, at ten."""
    plan = accepted_plan(clinic, clinician, sessions_planned=4, status="active")
    return [
        factories.AppointmentFactory(
            clinic=clinic,
            clinician=clinician,
            room=room,
            patient=plan.patient,
            plan=plan,
            session_number=n + 1,
            kind="session",
            starts_at=at(10, day=soon + timedelta(days=14 * n)),
            ends_at=at(10, 20, day=soon + timedelta(days=14 * n)),
        )
        for n in range(4)
    ]


def starts_of(course):
    return [Appointment.objects.get(pk=one.pk).starts_at for one in course]


def test_a_moved_day_and_the_old_button_move_nothing(as_front_desk, clinician, room, course, soon):
    url = reverse("schedule:move", args=[course[1].pk])
    day = soon + timedelta(days=14)
    before = starts_of(course)
    slot = value(at(11, day=day), clinician, room)
    typed = ready(as_front_desk, url, {"day": day, "clinician": clinician.pk, "slot": slot})

    opened = as_front_desk.get(url)
    answer = as_front_desk.post(url, typed | {"day": day + timedelta(days=1)})

    assert (opened.context["selected"], opened.context["chosen"].said) == ("", "")
    assert (answer.status_code, answer.context["chosen"].said) == (422, "")
    assert button_of(answer).startswith("Choose a time on")
    assert starts_of(course) == before


def test_a_visit_that_a_colleague_moved_meanwhile_is_asked_about(as_front_desk, clinician, room, course):
    visit = course[3]
    day = visit.starts_at.date()
    url = reverse("schedule:move", args=[visit.pk])
    typed = ready(as_front_desk, url, {"day": day, "slot": value(at(11, day=day), clinician, room)})
    Appointment.objects.filter(pk=visit.pk).update(starts_at=at(15, day=day), ends_at=at(15, 20, day=day))

    answer = as_front_desk.post(url, typed)

    assert answer.status_code == 422
    assert starts_of([visit]) == [at(15, day=day)]


def test_a_move_within_the_day_asks_no_reason_and_leaves_the_rest(as_front_desk, clinician, room, course):
    """The session before it stands too near already: that was answered when it was booked."""
    Appointment.objects.filter(pk=course[1].pk).update(
        starts_at=at(10, day=course[0].starts_at.date() + timedelta(days=2)),
        ends_at=at(10, 20, day=course[0].starts_at.date() + timedelta(days=2)),
    )
    day = course[0].starts_at.date() + timedelta(days=2)
    url = reverse("schedule:move", args=[course[1].pk])

    moved = pressed(as_front_desk, url, {"day": day, "slot": value(at(11, day=day), clinician, room)})

    assert moved["Location"] == reverse("schedule:appointment", args=[course[1].pk])
    assert starts_of([course[1]]) == [at(11, day=day)]


# --- a course ----------------------------------------------------------------


def carried(page, **more):
    """The course as the page shows it, sent back."""
    initial = page.context["form"].initial
    data = {
        "clinician": str(initial["clinician"]),
        "first_day": initial["first_day"].isoformat(),
        "around": initial["around"].strftime("%H:%M"),
        "basis": page.context["basis"],
        "said": page.context["chosen"].said,
    }
    for row in page.context["rows"]:
        n = row["number"]
        data |= {f"day-{n}": row["day"].isoformat(), f"was-{n}": row["day"].isoformat()}
        data[f"slot-{n}"] = row["selected"]
        if row["asks"]:
            data[f"asks-{n}"] = "yes"
    return data | more


@pytest.fixture(params=["book", "rest"])
def course_page(request, clinic, clinician, room):
    """A course to book, and the rest of one to move: one form."""
    if request.param == "book":
        plan = accepted_plan(clinic, clinician, sessions_planned=3)
        return reverse("schedule:book_course", args=[plan.pk])
    return reverse("schedule:rest", args=[request.getfixturevalue("course")[0].pk])


def times_booked():
    return sorted(Appointment.objects.values_list("pk", "starts_at"))


def test_the_button_of_a_course_says_what_it_saves(as_front_desk, course_page):
    page = as_front_desk.get(course_page)

    first, last = page.context["rows"][0]["slot"], page.context["rows"][-1]["slot"]
    assert f"3 sessions, {first.weekday_and_date_text}" in button_of(page)
    assert f"to {last.weekday_and_date_text}" in button_of(page)
    assert as_front_desk.post(course_page, carried(page)).status_code == 302


@pytest.mark.parametrize("change", [{"first_day": 5}, {"around": "15:00"}])
def test_another_first_day_and_the_old_button_save_nothing(as_front_desk, course_page, change):
    page = as_front_desk.get(course_page)
    before, data = times_booked(), carried(page)
    if "first_day" in change:
        first = page.context["form"].initial["first_day"]
        change = {"first_day": (first + timedelta(days=change["first_day"])).isoformat()}

    answer = as_front_desk.post(course_page, data | change)

    assert answer.status_code == 422
    assert "Look at them again" in shown(answer)
    assert times_booked() == before
    assert answer.context["rows"][0]["slot"].weekday_and_date_text in button_of(answer)
    data = carried(answer) | change
    assert as_front_desk.post(course_page, data).status_code == 302
    saved = [row["slot"].start for row in answer.context["rows"]]
    assert set(saved) <= {start for _, start in times_booked()}


def test_another_day_of_one_session_and_the_old_button_save_nothing(as_front_desk, course_page):
    page = as_front_desk.get(course_page)
    before, row = times_booked(), page.context["rows"][1]
    n, day = row["number"], row["day"] + timedelta(days=1)

    answer = as_front_desk.post(course_page, carried(page, **{f"day-{n}": day.isoformat()}))

    row = answer.context["rows"][1]
    assert (answer.status_code, row["day"], row["selected"]) == (422, day, "")
    assert times_booked() == before
    assert button_of(answer).startswith(f"Choose a time for session {n} on ")
    assert "disabled>Choose a time for session" in shown(answer)
    again = as_front_desk.post(course_page, carried(answer))
    assert (again.status_code, times_booked()) == (422, before)
    later = as_front_desk.post(course_page, carried(answer, show="yes", **{f"slot-{n}": "later"}))
    assert "2 sessions" in button_of(later)


def test_a_time_picked_without_a_script_is_asked_for_again(as_front_desk, course_page):
    page = as_front_desk.get(course_page)
    before, row = times_booked(), page.context["rows"][0]
    other = next(slot for slot in row["free"] if slot != row["slot"])
    data = carried(page, **{f"slot-{row['number']}": other.form_value})

    asked = as_front_desk.post(course_page, data)
    assert (asked.status_code, times_booked()) == (422, before)
    assert as_front_desk.post(course_page, data | {"said": asked.context["chosen"].said}).status_code == 302
    assert other.start in {start for _, start in times_booked()}


def test_the_button_of_a_course_changes_without_a_search(as_front_desk, course_page, count_queries):
    page = as_front_desk.get(course_page)
    row = page.context["rows"][0]

    with count_queries() as used:
        foot = as_front_desk.post(
            course_page, carried(page, show="yes", **{f"slot-{row['number']}": "later"}), headers=FOOT
        )

    assert "2 sessions" in button_of(foot)
    assert foot.context["rows"] == []
    assert len(used) <= 7
