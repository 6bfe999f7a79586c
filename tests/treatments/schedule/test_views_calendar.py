"""The calendar: what a card says, its views, and the free times to click."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.templatetags.clinic import day_grid_classes
from patients.actions.alerts import raise_alert_unless_open
from patients.rules.alerts import DESK_TEXT, AlertKind, AlertLevel
from tests import factories
from tests.safety_answers import answer
from tests.treatments.schedule.calendars import accepted_plan, at, sign, value, with_hours
from treatments.schedule.models import Appointment, BookingSettings, Break, Holiday, TimeOff

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


def cards(response):
    return [c for column in response.context["day"].columns for c in column.cards]


# --- what a card says --------------------------------------------------------


def test_a_card_says_which_session_and_how_long_since_the_last(as_front_desk, session, soon):
    page = as_front_desk.get(CALENDAR, {"day": soon})

    (card,) = cards(page)
    assert (card.line, card.since) == ("Session 3 of 8 · Density 8", "14 days since the last")
    assert (card.brief, card.word) == ("3 of 8 · 14 days", "booked")


def test_what_stands_against_the_next_injection_is_said_without_its_reason_to_the_desk(
    as_front_desk, as_clinician, session, soon
):
    visit, _ = session
    raise_alert_unless_open(
        patient=visit.patient,
        kind=AlertKind.PAIN,
        level=AlertLevel.BLOCK,
        text="Pain 8 during session 2",
        source="test:1",
        by=None,
    )

    seen = cards(as_clinician.get(CALENDAR, {"day": soon}))[0]
    desk = as_front_desk.get(CALENDAR, {"day": soon})
    listed = as_front_desk.get(CALENDAR, {"day": soon, "view": "list"})

    assert seen.todo[0].code == cards(desk)[0].todo[0].code == "ready:alert"
    assert seen.todo[0].message.startswith("Pain 8 during session 2.")
    assert cards(desk)[0].light == ("alert +4", "stop")
    for page in (desk, listed):
        assert "Pain 8" not in page.content.decode()
    assert DESK_TEXT in listed.content.decode()


def test_the_light_names_what_is_missing_and_the_list_who_can_see_to_it(as_front_desk, session, soon):
    day = as_front_desk.get(CALENDAR, {"day": soon})
    listed = as_front_desk.get(CALENDAR, {"day": soon, "view": "list"}).content.decode()

    (card,) = cards(day)
    assert card.light == ("no consent +3", "stop")
    assert {f.code for f in card.todo} == {
        "ready:no-consent",
        "ready:no-intake",
        "ready:lots",
        "ready:unsigned",
    }
    assert "no consent +3" in day.content.decode()
    assert "The stock for this session is short: it has to be ordered." in listed
    assert "A clinician has to ask the safety questions." in listed
    assert "Biotin" not in listed


def test_a_risk_factor_is_no_answer_to_questions_that_nobody_asked(as_front_desk, session, soon):
    visit, _ = session
    factories.RiskFactorFactory(patient=visit.patient)

    def codes():
        return {f.code for f in cards(as_front_desk.get(CALENDAR, {"day": soon}))[0].todo}

    assert "ready:no-intake" in codes()
    answer(visit.patient, allergy="none")
    assert "ready:no-intake" not in codes()


def test_a_session_with_everything_is_ready(as_front_desk, clinician, session, soon):
    visit, before = session
    plan = visit.plan
    factories.ConsentFactory(patient=visit.patient, valid_until=soon)
    factories.IntakeFactory(patient=visit.patient, taken_by=clinician)
    sign(before)
    for component in plan.cocktail_version.components.all():
        # The very last ml, on its very last day.
        factories.LotFactory(
            clinic=plan.clinic, product=component.product, expires_on=soon, on_hand=component.ml
        )

    (card,) = cards(as_front_desk.get(CALENDAR, {"day": soon}))

    assert [f.message for f in card.todo] == []
    assert card.light == ("ready", "ok")


def test_a_card_shows_its_state_by_a_word_as_well(as_front_desk, clinic, clinician, room, soon):
    states = ["booked", "confirmed", "arrived", "in_treatment", "done"]
    for n, status in enumerate(states):
        factories.AppointmentFactory(
            clinic=clinic,
            clinician=clinician,
            room=room,
            status=status,
            kind="intake",
            starts_at=at(9 + n, day=soon),
            ends_at=at(9 + n, 40, day=soon),
        )

    page = as_front_desk.get(CALENDAR, {"day": soon})

    found = cards(page)
    assert [c.state for c in found] == states
    assert [c.word for c in found] == ["booked", "confirmed", "arrived", "in treatment", "done"]
    assert [c.movable for c in found] == [True, True, False, False, False]
    text = page.content.decode()
    for c in found:
        assert f"is-{c.state} {day_grid_classes(c.t, c.len)}" in text
        assert f'<span class="slot-word">{c.word}</span>' in text


# --- day, week, list, rooms, clinics -----------------------------------------


def test_the_day_by_room_has_a_column_for_each(as_front_desk, clinic, clinician, room, session, soon):
    other = factories.ClinicianFactory(clinic=clinic)
    second = with_hours(clinic, other)

    page = as_front_desk.get(CALENDAR, {"day": soon, "by": "room"})

    columns = page.context["day"].columns
    assert {(c.room, len(c.cards)) for c in columns} == {(room.pk, 1), (second.pk, 0)}
    assert all(c.clinician is None for c in columns)


def test_a_week_is_one_persons_seven_days(as_front_desk, clinic, clinician, room, session, soon):
    other = factories.ClinicianFactory(clinic=clinic)
    with_hours(clinic, other)

    page = as_front_desk.get(CALENDAR, {"day": soon, "view": "week", "who": clinician.pk})
    others = as_front_desk.get(CALENDAR, {"day": soon, "view": "week", "who": other.pk})

    columns = page.context["day"].columns
    assert len(columns) == 7
    assert [len(c.cards) for c in columns] == [int(n == soon.weekday()) for n in range(7)]
    assert columns[soon.weekday()].cards[0].t == 12
    assert cards(others) == []


def test_the_list_is_in_order_and_the_desk_checks_in_from_it(as_front_desk, clinic, clinician, room):
    with timezone.override("UTC"):
        start = timezone.now().replace(second=0, microsecond=0)
    visit = factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind="intake",
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
    )

    page = as_front_desk.get(CALENDAR, {"view": "list"})
    done = as_front_desk.post(reverse("schedule:check_in", args=[visit.pk]))

    ((day, lines),) = page.context["lines"]
    assert [line.appointment.pk for line in lines] == [visit.pk]
    assert lines[0].can_arrive
    visit.refresh_from_db()
    assert (done.status_code, visit.status) == (302, "arrived")
    assert "view=list" in done["Location"]


def test_check_in_of_another_day_is_refused_in_words(as_front_desk, session):
    visit, _ = session

    answer = as_front_desk.post(reverse("schedule:check_in", args=[visit.pk]), follow=True)

    visit.refresh_from_db()
    assert visit.status == "booked"
    assert "the patient arrives on that day" in answer.content.decode()


def test_another_clinic_has_its_own_calendar(as_front_desk, front_desk, clinic, session, soon):
    other = factories.ClinicFactory(time_zone="Asia/Tokyo")
    factories.MembershipFactory(user=front_desk, clinic=other, roles=["front_desk"])
    who = factories.ClinicianFactory(clinic=other)
    there = factories.AppointmentFactory(
        clinic=other,
        clinician=who,
        room=with_hours(other, who),
        kind="intake",
        starts_at=at(10, day=soon, zone="Asia/Tokyo"),
        ends_at=at(11, day=soon, zone="Asia/Tokyo"),
    )

    page = as_front_desk.get(CALENDAR, {"day": soon, "clinic": other.pk})
    own = as_front_desk.get(CALENDAR, {"day": soon, "clinic": "nonsense"})

    assert [(c.pk, c.time) for c in cards(page)] == [(there.pk, "10:00–11:00")]
    assert [c.pk for c in cards(own)] == [session[0].pk]


@pytest.mark.parametrize("view", ["day", "week", "list"])
@pytest.mark.parametrize("by", ["clinician", "room"])
def test_a_calendar_costs_the_same_for_one_and_for_four_hundred_and_eighty(
    as_clinician, clinic, soon, count_queries, view, by
):
    """Twelve clinicians with forty appointments each."""

    def fill(clinicians, each):
        rows = []
        patient = factories.PatientFactory()
        plan = accepted_plan(clinic, factories.ClinicianFactory(clinic=clinic), patient)
        for _ in range(clinicians):
            who = factories.ClinicianFactory(clinic=clinic)
            room = with_hours(clinic, who, opens=time(6), closes=time(23))
            rows += [
                Appointment(
                    clinic=clinic,
                    clinician=who,
                    room=room,
                    plan=plan,
                    session_number=1 + n % 8,
                    kind="session",
                    booked_by=who,
                    patient=factories.PatientFactory(),
                    starts_at=at(6, day=soon) + n * timedelta(minutes=20),
                    ends_at=at(6, day=soon) + n * timedelta(minutes=20) + timedelta(minutes=15),
                )
                for n in range(each)
            ]
        Appointment.objects.bulk_create(rows)

    address = {"day": soon, "view": view, "by": by}
    fill(1, 1)
    with count_queries() as one:
        as_clinician.get(CALENDAR, address)
    fill(1, 2)
    with count_queries() as three:
        as_clinician.get(CALENDAR, address)
    many = None
    if (view, by) == ("day", "clinician"):
        fill(12, 40)
        with count_queries() as many:
            page = as_clinician.get(CALENDAR, address)
        assert page.context["day"].booked == 483

    assert len(one) == len(three) <= 9  # one of them the row that says who was shown
    assert many is None or len(many) == len(one)


# --- free times to click -----------------------------------------------------


def test_free_times_are_what_is_left_of_the_hours(as_front_desk, clinic, clinician, room, session, soon):
    Break.objects.create(
        clinic=clinic, clinician=clinician, weekday=soon.weekday(), starts="12:00", ends="13:00"
    )
    TimeOff.objects.create(
        clinic=clinic, clinician=clinician, starts_at=at(15, day=soon), ends_at=at(23, day=soon)
    )

    (column,) = as_front_desk.get(CALENDAR, {"day": soon}).context["day"].columns

    clocks = [cell.clock for cell in column.free]
    assert clocks == [
        "09:00",
        "09:30",
        "10:20",
        "10:30",
        "11:00",
        "11:30",
        "13:00",
        "13:30",
        "14:00",
        "14:30",
    ]
    assert [c.name for c in column.cards if not c.pk] == ["Away", "Break"]
    by_clock = {cell.clock: cell for cell in column.free}
    assert (by_clock["10:20"].t, by_clock["10:20"].len) == (16, 2)


def test_a_holiday_has_no_free_time_and_says_so(as_front_desk, clinic, room, soon):
    Holiday.objects.create(clinic=clinic, day=soon, name="Founders' day")

    page = as_front_desk.get(CALENDAR, {"day": soon})

    (column,) = page.context["day"].columns
    assert (column.free, column.closed) == ([], "Founders' day")
    assert page.context["next_free"] is None


def test_the_buffer_is_kept_free(as_front_desk, clinic, session, soon):
    BookingSettings.objects.create(clinic=clinic, buffer_minutes=10)

    (column,) = as_front_desk.get(CALENDAR, {"day": soon}).context["day"].columns

    assert [c.clock for c in column.free][:4] == ["09:00", "09:30", "10:30", "11:00"]
    assert column.free[1].len == 4


def test_a_free_time_asks_for_whom_and_then_opens_with_it(
    as_front_desk, clinician, room, soon, count_queries
):
    patient = factories.PatientFactory(given_names="Amira", family_name="Haddad")
    slot = value(at(11, 30, day=soon), clinician, room)
    url = reverse("schedule:new")

    asked = as_front_desk.get(url, {"slot": slot})
    with count_queries() as used:
        found = as_front_desk.post(f"{url}?slot={slot}", {"q": "haddad"})
    page = as_front_desk.get(reverse("schedule:book", args=[patient.pk]), {"slot": slot})

    assert "Haddad" not in asked.content.decode()
    assert reverse("schedule:book", args=[patient.pk]) in found.content.decode()
    assert len(used) <= 9
    assert page.context["selected"] == slot
    assert page.context["offer"].nearest[0].form_value == slot


@pytest.mark.parametrize("slot", ["", "nonsense", "2030-01-01T10:00Z/1/1"])
def test_a_free_time_of_nobody_here_is_not_there(as_front_desk, room, slot):
    answer = as_front_desk.get(reverse("schedule:new"), {"slot": slot})

    assert answer.status_code == 404


def test_a_week_as_a_list_is_read_a_page_at_a_time(
    as_front_desk, clinic, clinician, room, soon, monkeypatch, count_queries
):
    monkeypatch.setattr("treatments.schedule.queries.calendar.LINES", 2)
    for hour in (9, 10, 11):
        factories.AppointmentFactory(
            clinic=clinic,
            clinician=clinician,
            room=room,
            starts_at=at(hour, day=soon),
            ends_at=at(hour, 20, day=soon),
        )
    week = {"day": soon, "view": "list", "span": "week"}

    first = as_front_desk.get(CALENDAR, week)
    with count_queries() as queries:
        second = as_front_desk.get(first.context["page"]["next"])

    def clocks(page):
        return [line.card.time[:5] for _, lines in page.context["lines"] for line in lines]

    assert [clocks(page) for page in (first, second)] == [["09:00", "10:00"], ["11:00"]]
    assert {page.context["counts"].booked for page in (first, second)} == {3}
    assert "span=week" in first.context["page"]["next"]
    assert second.context["page"]["next"] == ""
    assert not any("OFFSET" in query for query in queries)
    # What is free is not told from a part of the days.
    assert first.context["next_free"] is None


def test_a_day_of_many_clinicians_is_shown_some_columns_at_a_time(as_front_desk, clinic, soon, monkeypatch):
    monkeypatch.setattr("treatments.schedule.views.day_grid.COLUMNS", 2)
    for n in range(3):
        factories.AppointmentFactory(
            clinic=clinic,
            clinician=factories.ClinicianFactory(clinic=clinic, last_name=f"Staff{n}"),
            room=factories.RoomFactory(clinic=clinic),
            starts_at=at(9 + n, day=soon),
            ends_at=at(9 + n, 20, day=soon),
        )

    first = as_front_desk.get(CALENDAR, {"day": soon})
    second = as_front_desk.get(first.context["page"]["next"])
    back = as_front_desk.get(second.context["page"]["previous"])

    assert [len(page.context["day"].columns) for page in (first, second, back)] == [2, 1, 2]
    assert {card.pk for page in (first, second) for card in cards(page)} == set(
        Appointment.objects.values_list("pk", flat=True)
    )
    # What is counted is the day, not the page of it.
    assert second.context["counts"].booked == 3
