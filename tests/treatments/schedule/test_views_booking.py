"""Next free, equipment and buffer, and the rest of a course."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.treatments.schedule.calendars import accepted_plan, at, pressed, value, with_hours
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.actions.courses import move_course_sessions
from treatments.schedule.models import Appointment, BookingSettings, Break, Holiday, TimeOff

pytestmark = pytest.mark.django_db


FREE = reverse("schedule:free")


def visit(clinic, clinician, room, start, *, minutes=20, **more):
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind=more.pop("kind", "intake"),
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        **more,
    )


def found(page):
    return [slot.start for slot in page.context["slots"]]


# --- next free ---------------------------------------------------------------


def asked_for(client, soon, **more):
    return client.get(FREE, {"minutes": "30", "day": soon.isoformat(), **more})


def test_the_next_free_time_is_the_first_of_the_hours(as_front_desk, room, soon, count_queries):
    with count_queries() as used:
        page = asked_for(as_front_desk, soon)

    assert found(page)[0] == at(9, day=soon)
    assert len(used) <= 8


def test_each_preference_is_met(as_front_desk, clinic, clinician, room, soon):
    other = factories.ClinicianFactory(clinic=clinic)
    theirs = with_hours(clinic, other)
    theirs.equipment = ["Mesogun"]
    theirs.save()

    with_other = asked_for(as_front_desk, soon, clinician=other.pk)
    in_theirs = asked_for(as_front_desk, soon, room=theirs.pk)
    with_gun = asked_for(as_front_desk, soon, equipment="mesogun")
    late = asked_for(as_front_desk, soon, earliest="15:00", latest="16:00")
    weekday = (soon.weekday() + 3) % 7
    on_day = asked_for(as_front_desk, soon, weekdays=str(weekday))
    short = asked_for(as_front_desk, soon, until=soon.isoformat())

    assert {s.clinician for s in with_other.context["slots"]} == {other}
    assert {s.room for s in in_theirs.context["slots"]} == {theirs}
    assert {s.room for s in with_gun.context["slots"]} == {theirs}
    assert found(late)[:4] == [at(15, day=soon)] * 2 + [at(15, day=soon + timedelta(days=1))] * 2
    assert {s.local_start.weekday() for s in on_day.context["slots"]} == {weekday}
    assert {s.local_start.date() for s in short.context["slots"]} == {soon}


def test_breaks_holidays_absences_and_buffers_are_no_free_time(as_front_desk, clinic, clinician, room, soon):
    BookingSettings.objects.create(clinic=clinic, buffer_minutes=20)
    Holiday.objects.create(clinic=clinic, day=soon, name="Founders' day")
    second, third = soon + timedelta(days=1), soon + timedelta(days=2)
    TimeOff.objects.create(
        clinic=clinic, clinician=clinician, starts_at=at(0, day=second), ends_at=at(23, day=second)
    )
    Break.objects.create(
        clinic=clinic, clinician=clinician, weekday=third.weekday(), starts="09:00", ends="10:00"
    )
    visit(clinic, clinician, room, at(10, 30, day=third), minutes=30)

    page = asked_for(as_front_desk, soon)

    # Ten to half past would leave the visit at half past without its twenty minutes.
    assert found(page)[0] == at(11, 20, day=third)


def test_the_times_are_spread_over_people_days_and_parts_of_the_day(
    as_front_desk, clinic, clinician, room, soon, count_queries
):
    with count_queries() as one:
        asked_for(as_front_desk, soon)
    others = [factories.ClinicianFactory(clinic=clinic) for _ in range(2)]
    for other in others:
        with_hours(clinic, other)
    with count_queries() as three:
        page = asked_for(as_front_desk, soon)
    afternoon = asked_for(as_front_desk, soon, part="afternoon")

    free = page.context["free"]
    assert [row.clinician for row in free.rows] == [clinician, *others]
    assert free.days == [soon + timedelta(days=n) for n in range(7)]
    for row in free.rows:
        for offer in row.days:
            assert [f"{s.local_start:%H:%M}" for s in offer.slots] == ["09:00", "12:00"]
    assert {s.local_start.hour for s in afternoon.context["slots"]} == {12}
    assert len(one) == len(three)


def test_more_goes_on_where_the_page_ended_and_two_weeks_are_read_at_a_time(
    as_front_desk, clinic, clinician, room, soon
):
    far = soon + timedelta(days=14)
    TimeOff.objects.create(
        clinic=clinic, clinician=clinician, starts_at=at(0, day=soon), ends_at=at(0, day=far)
    )

    page = asked_for(as_front_desk, soon, weekdays=str(soon.weekday()))
    more = as_front_desk.get(page.context["more_url"])

    assert found(page) == []
    assert page.context["free"].more_from == far
    assert "Nothing meets all of these preferences in these two weeks" in page.content.decode()
    assert found(more)[0] == at(9, day=far)
    assert more.context["form"].cleaned_data["weekdays"] == [soon.weekday()]


def test_a_day_without_a_time_says_closed_full_or_not_working(as_front_desk, clinic, clinician, soon):
    with_hours(clinic, clinician, weekdays=[(soon.weekday() + n) % 7 for n in (0, 1)])
    other = factories.ClinicianFactory(clinic=clinic)
    with_hours(clinic, other, weekdays=[(soon.weekday() + n) % 7 for n in (0, 1, 2)])
    Holiday.objects.create(clinic=clinic, day=soon + timedelta(days=1), name="Founders' day")
    TimeOff.objects.create(
        clinic=clinic, clinician=clinician, starts_at=at(0, day=soon), ends_at=at(23, day=soon)
    )

    rows = {row.clinician: row for row in asked_for(as_front_desk, soon).context["free"].rows}

    assert [offer.word for offer in rows[clinician].days[:3]] == ["full", "closed", "not working"]
    assert [offer.word for offer in rows[other].days[:3]] == ["", "closed", ""]


def test_a_free_time_of_a_course_opens_the_booking_of_its_session(as_front_desk, clinic, clinician, room):
    older = accepted_plan(clinic, clinician)
    newer = accepted_plan(clinic, clinician, older.patient)
    page = as_front_desk.get(FREE, {"plan": older.pk})
    slot = page.context["slots"][0]
    url = f"{reverse('schedule:book', args=[older.patient_id])}?slot={slot.form_value}"

    assert f"kind=session-{older.pk}" in page.content.decode()
    opened = as_front_desk.get(f"{url}&kind=session-{older.pk}&minutes={page.context['minutes']}")
    assert opened.context["chosen"].said.startswith(f"session-{older.pk}-1/")
    assert as_front_desk.get(url).context["chosen"].said.startswith(f"session-{newer.pk}-1/")


def test_a_course_looks_within_its_protocol_and_can_wait_for_the_stock(
    as_front_desk, clinic, clinician, room, soon
):
    plan = accepted_plan(clinic, clinician, status="active")
    last_on = timezone.localdate() - timedelta(days=5)
    factories.TreatmentSessionFactory(plan=plan, number=1, performed_on=last_on)
    until = last_on + timedelta(days=13)
    for component in plan.cocktail_version.components.all():
        factories.LotFactory(clinic=clinic, product=component.product, expires_on=until, on_hand=component.ml)

    page = asked_for(as_front_desk, timezone.localdate(), plan=plan.pk)
    stocked = asked_for(as_front_desk, timezone.localdate(), plan=plan.pk, stock="on")

    days = {s.local_start.date() for s in page.context["slots"]}
    assert min(days) == last_on + timedelta(days=12)
    assert page.context["window"] == (last_on + timedelta(days=12), last_on + timedelta(days=21))
    assert max(days) > until
    assert "does not cover this session" not in stocked.content.decode()
    assert "does not cover this session" in page.content.decode()
    assert max(s.local_start.date() for s in stocked.context["slots"]) == until
    for product in plan.cocktail_version.components.all():
        assert product.product.name not in page.content.decode()


def test_preferences_that_nothing_meets_say_what_to_do(as_front_desk, room, soon):
    page = asked_for(as_front_desk, soon, earliest="20:00")
    odd = asked_for(as_front_desk, soon, until=(soon - timedelta(days=1)).isoformat())

    assert "Leave one of them open" in page.content.decode()
    assert (odd.status_code, list(odd.context["form"].errors)) == (422, ["until"])


@pytest.mark.parametrize("plan", ["987654", "x", "9" * 30])
def test_a_plan_that_is_none_is_not_there(as_front_desk, room, plan):
    assert as_front_desk.get(FREE, {"plan": plan}).status_code == 404


# --- equipment, length, buffer: what booking asks ----------------------------


def test_a_room_without_what_the_technique_needs_asks_why(as_front_desk, clinic, clinician, room, soon):
    BookingSettings.objects.create(
        clinic=clinic, technique_names=["mesogun"], technique_minutes=[0], technique_equipment=["Mesogun"]
    )
    plan = accepted_plan(clinic, clinician, technique="by mesogun")
    url = reverse("schedule:book", args=[plan.patient_id])
    typed = {"kind": f"session-{plan.pk}", "day": soon, "slot": value(at(10, day=soon), clinician, room)}

    without = pressed(as_front_desk, url, typed)
    room.equipment = ["mesogun"]
    room.save()
    booked = pressed(as_front_desk, url, typed)

    assert without.status_code == 422
    assert f"{room.name} has no mesogun" in without.content.decode()
    assert booked.status_code == 302


def test_the_length_is_the_clinics_rule_and_is_kept_with_the_visit(
    as_front_desk, clinic, clinician, room, soon
):
    BookingSettings.objects.create(
        clinic=clinic,
        area_up_to_cm2=[60, 500],
        area_minutes=[10, 25],
        first_minutes=30,
        technique_names=["nappage"],
        technique_minutes=[20],
        technique_equipment=[""],
    )
    plan = accepted_plan(clinic, clinician, technique="nappage", area_cm2=Decimal(70))
    url = reverse("schedule:book", args=[plan.patient_id])
    typed = {"kind": f"session-{plan.pk}", "day": soon, "slot": value(at(10, day=soon), clinician, room)}

    page = as_front_desk.get(url)
    odd = pressed(as_front_desk, url, typed | {"minutes": "40"})
    booked = pressed(as_front_desk, url, typed)

    assert page.context["minutes"] == 25 + 20 + 30
    assert "by the clinic's rule" in page.content.decode().replace("&#x27;", "'")
    assert odd.status_code == 422
    assert "the clinic's rule gives this session 75" in odd.content.decode().replace("&#x27;", "'")
    assert booked.status_code == 302
    made = Appointment.objects.get()
    assert (made.minutes_by_rule, made.ends_at) == (75, at(11, 15, day=soon))


def test_less_than_the_buffer_asks_why(as_front_desk, clinic, clinician, room, soon):
    BookingSettings.objects.create(clinic=clinic, buffer_minutes=15)
    visit(clinic, clinician, room, at(10, day=soon))
    patient = factories.PatientFactory()
    url = reverse("schedule:book", args=[patient.pk])
    typed = {
        "kind": "quote",
        "day": soon,
        "minutes": "30",
        "slot": value(at(10, 30, day=soon), clinician, room),
    }

    asked = pressed(as_front_desk, url, typed)
    told = pressed(as_front_desk, url, typed | {"reason:booking:buffer": "Only a talk"})

    assert asked.status_code == 422
    assert "Less than 15 minutes are left" in asked.content.decode()
    assert told.status_code == 302


@pytest.mark.parametrize("what", ["holiday", "break"])
def test_a_time_on_a_holiday_or_in_a_break_says_so(as_front_desk, clinic, clinician, room, soon, what):
    if what == "holiday":
        Holiday.objects.create(clinic=clinic, day=soon, name="Founders' day")
    else:
        Break.objects.create(
            clinic=clinic,
            clinician=clinician,
            weekday=soon.weekday(),
            starts="12:00",
            ends="13:00",
            name="Lunch",
        )
    patient = factories.PatientFactory()

    page = pressed(
        as_front_desk,
        reverse("schedule:book", args=[patient.pk]),
        {"kind": "quote", "day": soon, "minutes": "30", "slot": value(at(12, day=soon), clinician, room)},
    )

    words = {"holiday": "is on a holiday of the clinic", "break": "break (lunch)"}
    assert page.status_code == 422
    assert words[what] in page.content.decode()


# --- the rest of a course ----------------------------------------------------


@pytest.fixture
def course(clinic, clinician, room, soon):
    """Four sessions, a fortnight apart, at ten."""
    plan = accepted_plan(clinic, clinician, sessions_planned=4, status="active")
    return [
        visit(
            clinic,
            clinician,
            room,
            at(10, day=soon + timedelta(days=14 * n)),
            patient=plan.patient,
            plan=plan,
            session_number=n + 1,
            kind="session",
        )
        for n in range(4)
    ]


def rest_posted(page, **more):
    data = {
        "clinician": str(page.context["form"].initial["clinician"]),
        "first_day": page.context["form"].initial["first_day"].isoformat(),
        "around": page.context["form"].initial["around"].strftime("%H:%M"),
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


def test_moving_one_session_offers_to_move_the_rest(
    as_front_desk, clinic, clinician, room, course, soon, count_queries, once
):
    second = course[1]
    start = at(10, day=soon + timedelta(days=17))
    answer = pressed(
        as_front_desk,
        reverse("schedule:move", args=[second.pk]),
        {
            "day": (soon + timedelta(days=17)).isoformat(),
            "clinician": clinician.pk,
            "slot": value(start, clinician, room),
            "reason:interval:3": "Travels",
        },
    )
    url = reverse("schedule:rest", args=[second.pk])
    assert answer["Location"] == url

    with count_queries() as read:
        page = as_front_desk.get(url)
    with count_queries() as written:
        done = as_front_desk.post(url, rest_posted(page, once=once()))

    assert [r["number"] for r in page.context["rows"]] == [3, 4]
    assert len(read) <= 8
    # The thirteenth reads the clinician's membership: hours are asked at the clinic of the visit.
    assert len(written) <= 14
    assert done.status_code == 302
    days = [a.starts_at.date() for a in Appointment.objects.order_by("session_number")]
    assert days == [soon + timedelta(days=n) for n in (0, 17, 31, 45)]
    event = AuditEvent.objects.get(did="course.moved")
    assert event.data["appointments"] == [course[2].pk, course[3].pk]


def test_the_rest_moves_onto_its_own_old_times(as_front_desk, clinic, clinician, room, soon):
    """Weekly sessions a week later: each takes the place the next one leaves."""
    plan = accepted_plan(clinic, clinician, sessions_planned=4, intervals=[7, 7, 7], status="active")
    made = [
        visit(
            clinic,
            clinician,
            room,
            at(10, day=soon + timedelta(days=7 * n)),
            patient=plan.patient,
            plan=plan,
            session_number=n + 1,
            kind="session",
        )
        for n in range(4)
    ]
    Appointment.objects.filter(pk=made[0].pk).update(
        starts_at=at(12, day=soon + timedelta(days=7)), ends_at=at(12, 20, day=soon + timedelta(days=7))
    )
    url = reverse("schedule:rest", args=[made[0].pk])

    page = as_front_desk.get(url)
    data = rest_posted(page)
    for n in (2, 3, 4):
        data[f"slot-{n}"] = value(at(10, day=soon + timedelta(days=7 * n)), clinician, room)
        data[f"day-{n}"] = data[f"was-{n}"] = (soon + timedelta(days=7 * n)).isoformat()
    data["said"] = as_front_desk.post(url, data | {"show": "yes"}).context["chosen"].said
    done = as_front_desk.post(url, data)

    assert done.status_code == 302
    days = [a.starts_at.date() for a in Appointment.objects.order_by("session_number")]
    assert days == [soon + timedelta(days=7 * n) for n in (1, 2, 3, 4)]


def test_the_rest_is_moved_whole_or_not_at_all(as_front_desk, clinic, clinician, room, course, soon):
    url = reverse("schedule:rest", args=[course[1].pk])
    data = rest_posted(as_front_desk.get(url))
    other = visit(clinic, clinician, room, at(15, day=soon + timedelta(days=42)))
    data["slot-3"] = value(at(9, day=soon + timedelta(days=28)), clinician, room)
    data["slot-4"] = value(other.starts_at, clinician, room)
    foot = as_front_desk.post(url, data | {"show": "yes"}, headers={"HX-Target": "booking-foot"})
    data["said"] = foot.context["chosen"].said

    refused = as_front_desk.post(url, data)

    assert refused.status_code == 422
    assert "The clinician already has an appointment then." in refused.content.decode()
    times = {a.starts_at for a in Appointment.objects.filter(plan=course[0].plan)}
    assert times == {a.starts_at for a in course}


@pytest.mark.fault("F22")
def test_what_was_cancelled_meanwhile_is_not_moved(as_front_desk, clinic, clinician, room, course):
    plan = course[0].plan
    third = course[2]
    Appointment.objects.filter(pk=third.pk).update(status="cancelled", status_reason="Ill")
    wanted = Wanted(clinician, room, third.starts_at + timedelta(hours=1), 20, 3)

    with pytest.raises(Refused, match="cancelled meanwhile"):
        move_course_sessions(plan=plan, moves=[(third, wanted)], by=plan.created_by)

    third.refresh_from_db()
    assert third.starts_at == course[2].starts_at


def test_nothing_later_leads_back_to_the_appointment(as_front_desk, course):
    answer = as_front_desk.get(reverse("schedule:rest", args=[course[3].pk]))

    assert answer["Location"] == reverse("schedule:appointment", args=[course[3].pk])


def test_a_course_page_says_why_it_leaves_the_protocols_day(as_front_desk, clinic, clinician, room):
    plan = accepted_plan(clinic, clinician, sessions_planned=2)
    url = reverse("schedule:book_course", args=[plan.pk])
    second = as_front_desk.get(url).context["rows"][1]["day"]
    Holiday.objects.create(clinic=clinic, day=second, name="Founders' day")

    page = as_front_desk.get(url)

    row = page.context["rows"][1]
    assert (row["protocol_day"], row["conflict"]) == (second, "a holiday")
    assert row["day"] != second
    assert "a holiday" in page.content.decode()
