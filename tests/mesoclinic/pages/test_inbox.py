"""Today as an inbox: the desk's groups, the admin's set-up list, a clinician's needs by harm."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts import sign_in_tries
from mesoclinic.operations.models import BackupRun
from mesoclinic.pages.clinic_setup import alarms_of_clinic, setup_of_clinic
from mesoclinic.pages.inbox import inbox_of_desk
from mesoclinic.pages.today import MOST_OF_VISITS, Harm
from tests import factories
from tests.conftest import signed_in
from treatments.recalls.models import ContactAttempt
from treatments.schedule.actions.visit_links import CANCELLED_BY_LINK
from treatments.schedule.queries.calendar import read_calendar_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(clinic):
    return factories.UserFactory(roles=["front_desk"], clinic=clinic)


def groups(desk, clinic):
    now = timezone.now()
    return {g.key: g for g in inbox_of_desk(desk, clinic, timezone.localdate(now, clinic.zone), now)}


@pytest.fixture
def recalled(clinic, clinician):
    lot = factories.LotFactory(clinic=clinic, on_hand=D(50))
    people = [
        factories.PatientFactory(given_names="Lea", family_name=f"Moreau{n}", phone=f"+1212555010{n}")
        for n in range(4)
    ]
    for person in people:
        factories.give(lot, patient=person, by=clinician)
    return factories.make_recall(lots=[lot], by=clinician), people


def test_a_recall_reaches_the_desk_by_name_and_counts_all(desk, clinic, recalled):
    calls = groups(desk, clinic)["calls"]

    assert [line.who for line in calls.lines] == ["Lea Moreau0", "Lea Moreau1", "Lea Moreau2"]
    assert calls.count == 4
    assert (
        "4 patients to tell of a recall",
        reverse("recalls:contacts", args=[recalled[0].pk]),
    ) in calls.more


def test_who_was_reached_leaves_the_inbox_and_who_was_not_stays(desk, clinic, recalled, clinician):
    case, people = recalled
    ContactAttempt.objects.create(
        case=case, patient=people[0], outcome="reached", channel="phone", by=clinician
    )
    ContactAttempt.objects.create(
        case=case, patient=people[1], outcome="not_reached", channel="phone", by=clinician
    )

    calls = groups(desk, clinic)["calls"]

    assert [line.who for line in calls.lines] == ["Lea Moreau1", "Lea Moreau2", "Lea Moreau3"]
    assert calls.count == 3


def test_another_clinic_does_not_see_whom_this_one_treated(recalled):
    other = factories.ClinicFactory()
    stranger = factories.UserFactory(roles=["front_desk"], clinic=other)

    assert "calls" not in groups(stranger, other)


@pytest.fixture
def cancelled_by_link(clinic, clinician):
    start = (timezone.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    visit = factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        patient=factories.PatientFactory(given_names="Yuki", family_name="Tanaka"),
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
    )
    visit.status, visit.status_reason = "cancelled", CANCELLED_BY_LINK
    visit.save()
    return visit


def test_a_visit_cancelled_by_the_patient_is_offered_on(desk, clinic, cancelled_by_link):
    (line,) = groups(desk, clinic)["changes"].lines

    assert line.who == "Yuki Tanaka"
    assert line.action == "Offer the time"


def test_a_visit_the_desk_cancelled_itself_is_no_news(desk, clinic, cancelled_by_link):
    cancelled_by_link.status_reason = "Ill"
    cancelled_by_link.save()

    assert "changes" not in groups(desk, clinic)


def test_the_change_goes_once_the_time_is_taken_again(desk, clinic, clinician, cancelled_by_link):
    factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        starts_at=cancelled_by_link.starts_at,
        ends_at=cancelled_by_link.ends_at,
    )

    assert "changes" not in groups(desk, clinic)


def test_a_visit_the_patient_moved_is_told_and_one_the_desk_moved_is_not(desk, clinic, clinician):
    start = (timezone.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    patient = factories.PatientFactory(given_names="Yuki", family_name="Tanaka")
    visit = factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        patient=patient,
        starts_at=start,
        ends_at=start + timedelta(hours=1),
    )
    visit.starts_at, visit.ends_at = start + timedelta(hours=3), start + timedelta(hours=4)
    visit.save()
    assert "changes" not in groups(desk, clinic)

    visit.patient_moved_from = start
    visit.save()

    (line,) = groups(desk, clinic)["changes"].lines
    assert (line.who, line.action) == ("Yuki Tanaka", "Open")
    assert line.what.startswith("moved to ")
    assert line.url == reverse("schedule:appointment", args=[visit.pk])


def test_a_message_that_did_not_go_out_is_sent_again_or_the_patient_rung(desk, clinic):
    factories.MessageFactory(clinic=clinic, status="failed", reason="the server was busy")
    factories.MessageFactory(clinic=clinic, status="unsure", reason="no answer")
    factories.MessageFactory(clinic=clinic, status="sent")

    found = groups(desk, clinic)["messages"]

    assert [line.action for line in found.lines] == ["Send again", "Call instead"]
    assert found.count == 2


def test_the_desk_reads_all_in_today_and_the_menu_says_how_many(desk, clinic, recalled, cancelled_by_link):
    page = signed_in(desk).get(reverse("today"))

    assert "Lea Moreau0" in page.text
    assert "Offer the time" in page.text
    assert 'data-badge="today"' in page.text
    assert signed_in(desk).get(reverse("menu_badges")).json() == {"today": "5", "recalls": "4"}


def test_a_new_clinic_reads_what_it_needs_and_the_next_step_is_the_first_undone():
    clinic = factories.ClinicFactory()
    setup = setup_of_clinic(clinic, timezone.now())

    assert not setup.is_done
    assert setup.next_step is not None
    assert setup.next_step.title == "Address and telephone"
    factories.RoomFactory(clinic=clinic)
    assert {s.title: s.done for s in setup_of_clinic(clinic, timezone.now()).steps}["Rooms"]


def test_the_admin_is_told_of_expired_lots_and_messages(as_admin, clinic):
    today = timezone.localdate()
    factories.LotFactory(clinic=clinic, on_hand=D(5), expires_on=today - timedelta(days=1))
    factories.LotFactory(clinic=clinic, on_hand=D(5), expires_on=today + timedelta(days=5))
    factories.MessageFactory(clinic=clinic, status="failed", reason="x")

    said = [alarm.title for alarm in alarms_of_clinic(clinic, timezone.now())]
    page = as_admin.get(reverse("today")).text

    assert said == [
        "1 lot on the shelf has expired",
        "1 message did not go out",
        "1 lot expires within 30 days",
    ]
    assert "Set up" in page
    assert said[0] in page


def test_the_admin_is_told_who_is_locked_out(as_admin, clinic, clinician):
    factories.UserFactory(roles=["clinician"], username="elsewhere")
    for username in (clinician.username, "elsewhere"):
        for _ in range(sign_in_tries.MOST_AT_ONE_PLACE):
            sign_in_tries.count_try(sign_in_tries.counters_of_try(RequestFactory().post("/"), username))

    titles = [alarm.title for alarm in alarms_of_clinic(clinic, timezone.now())]

    assert titles == [f"{clinician.username} is locked out"]
    assert titles[0] in as_admin.get(reverse("today")).text


def test_the_badges_come_after_the_page_and_cost_one_statement(
    desk, clinic, recalled, cancelled_by_link, count_queries
):
    client = signed_in(desk)
    with count_queries() as page:
        client.get(reverse("patients:list"))
    with count_queries() as asked:
        client.get(reverse("menu_badges"))

    assert not [sql for sql in page if "badge_" in sql]
    assert sum("badge_" in sql for sql in asked) == 1


def test_who_neither_works_the_inbox_nor_signs_has_no_badges(as_admin):
    page = as_admin.get(reverse("today"))

    assert "data-badge" not in page.text
    assert as_admin.get(reverse("menu_badges")).json() == {}


def test_alerts_stand_first_in_what_needs_a_clinician_and_intervals_are_folded(
    as_clinician, clinic, clinician
):
    patient = factories.PatientFactory(given_names="Amira", family_name="Haddad")
    plan = factories.make_plan(clinic=clinic, patient=patient, by=clinician, status="active")
    factories.TreatmentSessionFactory(
        plan=plan, number=1, performed_on=timezone.localdate() - timedelta(days=1)
    )
    factories.AlertFactory(patient=patient)
    start = timezone.localtime(timezone=clinic.zone).replace(hour=12, minute=0, second=0, microsecond=0)
    factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        patient=patient,
        plan=plan,
        kind="session",
        session_number=2,
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
    )

    context = as_clinician.get(reverse("today")).context
    needs = context["needs_first"]

    assert needs[0].text == "Alert: Amira Haddad"
    assert [need.harm for need in needs] == sorted(need.harm for need in needs)
    assert Harm.NOT_SIGNED in {need.harm for need in needs}
    assert Harm.INTERVAL not in {need.harm for need in needs}


def test_of_a_full_day_the_most_harmful_are_told_and_the_others_counted(as_clinician, clinic, clinician):
    plan = factories.make_plan(clinic=clinic, by=clinician, status="active")
    last = factories.PatientFactory(given_names="Amira", family_name="Haddad")
    last_plan = factories.make_plan(clinic=clinic, patient=last, by=clinician, status="active")
    factories.AlertFactory(patient=last)
    room = factories.RoomFactory(clinic=clinic)
    first = timezone.localtime(timezone=clinic.zone).replace(hour=9, minute=0, second=0, microsecond=0)
    visits = MOST_OF_VISITS + 2
    for n in range(visits):
        of = last_plan if n == visits - 1 else plan
        start = first + timedelta(minutes=10 * n)
        factories.AppointmentFactory(
            clinic=clinic,
            clinician=clinician,
            room=room,
            booked_by=clinician,
            patient=of.patient,
            plan=of,
            kind="session",
            session_number=n + 1,
            starts_at=start,
            ends_at=start + timedelta(minutes=10),
        )
    now = timezone.now()
    at = read_calendar_day(clinic, timezone.localtime(now, clinic.zone).date(), now)
    checks = at.readiness_by_appointment(clinical=True)
    stopping = sum(finding.blocks for findings in checks.values() for finding in findings)
    reviews = sum(a.session_number == clinic.review_at_session for a in at.appointments)

    needs = as_clinician.get(reverse("today")).context["needs_first"]
    of_visits = [need for need in needs if need.harm in (Harm.ALERT, Harm.STOPS_A_VISIT, Harm.REVIEW)]

    assert of_visits[0].text == "Alert: Amira Haddad"  # though hers is the last visit of the day
    assert len(of_visits) == MOST_OF_VISITS + 1
    assert stopping + reviews >= visits
    assert of_visits[-1].text == f"{stopping + reviews - MOST_OF_VISITS} more about today’s visits"
    assert of_visits[-1].url == reverse("schedule:day", query={"view": "list"})


def test_the_set_up_list_says_when_a_backup_was_last_verified(clinic):
    now = timezone.now()

    def step():
        return next(s for s in setup_of_clinic(clinic, now).steps if s.title == "Backup")

    never = step()
    for days, is_good in [(40, True), (1, False)]:
        at = now - timedelta(days=days)
        BackupRun.objects.create(kind="verification", name="b", began_at=at, ended_at=at, is_good=is_good)
    old = step()
    BackupRun.objects.create(kind="verification", name="b", began_at=now, ended_at=now, is_good=True)

    assert (never.done, old.done, step().done) == (False, False, True)
    assert "never verified" in never.said or "ever verified" in never.said
    assert "too long ago" in old.said
    assert step().said.startswith("last verified")
