"""A visit that cannot take place as booked: on the light, on its page, in Today, and in the list of whom to ring."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import Membership
from mesoclinic.core.models import AuditEvent
from patients.models import Factor
from tests import factories
from tests.alert_types import load_alert_types
from tests.conftest import signed_in
from treatments.schedule.models import Holiday, TimeOff
from treatments.schedule.queries.going_ahead import visits_that_cannot_go_ahead

pytestmark = pytest.mark.django_db

CALENDAR, TO_RING = reverse("schedule:day"), reverse("schedule:to_ring")


@pytest.fixture
def room(clinic):
    return factories.RoomFactory(clinic=clinic, name="Back room")


@pytest.fixture
def visit(clinic, clinician, room):
    """The first session of a course, today a minute before midnight: ahead at any hour a test runs."""
    plan = factories.make_plan(
        clinic=clinic,
        patient=factories.PatientFactory(given_names="Amira", family_name="Haddad", phone="+33612345678"),
        by=clinician,
        status="active",
    )
    end = timezone.localtime().replace(hour=23, minute=59, second=30, microsecond=0)
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        patient=plan.patient,
        plan=plan,
        session_number=1,
        kind="session",
        starts_at=end - timedelta(seconds=20),
        ends_at=end,
    )


def has_died(visit):
    visit.patient.died_on = timezone.localdate()
    visit.patient.save()


def closed_day(visit):
    Holiday.objects.create(clinic=visit.clinic, day=timezone.localdate(visit.starts_at), name="Republic Day")


def clinician_away(visit):
    _absence(visit, clinician=visit.clinician)


def room_closed(visit):
    _absence(visit, room=visit.room)


def _absence(visit, **who):
    TimeOff.objects.create(
        clinic=visit.clinic,
        starts_at=visit.starts_at - timedelta(hours=1),
        ends_at=visit.ends_at + timedelta(hours=1),
        **who,
    )


def clinician_inactive(visit):
    visit.clinician.is_active = False
    visit.clinician.save()


def clinician_treats_no_more(visit):
    Membership.objects.filter(user=visit.clinician, clinic=visit.clinic).update(roles=["admin"])


def room_out_of_use(visit):
    visit.room.active = False
    visit.room.save()


STATES = {
    has_died: ("Has died", "The patient has died."),
    closed_day: ("Clinic closed", "closed on this day: Republic Day"),
    clinician_away: ("Clinician away", "is away at this time"),
    clinician_inactive: ("No clinician", "no longer treats here"),
    clinician_treats_no_more: ("No clinician", "no longer treats here"),
    room_out_of_use: ("Room out of use", "Back room is out of use"),
    room_closed: ("Room closed", "Back room is closed"),
}


@pytest.mark.parametrize("happens", STATES, ids=lambda happens: happens.__name__)
def test_each_is_on_the_light_on_the_visits_page_and_a_line_in_today(as_front_desk, visit, happens):
    happens(visit)
    word, said = STATES[happens]

    light = as_front_desk.get(CALENDAR, {"view": "list"}).content.decode()
    page = as_front_desk.get(reverse("schedule:appointment", args=[visit.pk])).content.decode()
    today = as_front_desk.get(reverse("today")).content.decode()
    listed = as_front_desk.get(TO_RING).content.decode()

    assert said in light
    assert said in page
    assert f"{word}: Amira Haddad" in today
    assert "1 visit ahead cannot take place" in today
    assert said in listed
    assert "+33612345678" in listed


def test_nothing_of_it_is_said_of_a_visit_that_can_take_place(as_front_desk, visit):
    Holiday.objects.create(
        clinic=visit.clinic, day=timezone.localdate(visit.starts_at) + timedelta(days=1), name="Later"
    )
    TimeOff.objects.create(
        clinic=visit.clinic,
        clinician=visit.clinician,
        starts_at=visit.ends_at,
        ends_at=visit.ends_at + timedelta(hours=1),
    )
    other = factories.RoomFactory(clinic=visit.clinic, active=False)
    assert other.pk != visit.room_id

    assert not visits_that_cannot_go_ahead(visit.clinic, timezone.now()).exists()
    assert "cannot take place" not in as_front_desk.get(reverse("today")).content.decode()
    assert "Every visit ahead can take place" in as_front_desk.get(TO_RING).content.decode()


def test_a_visit_that_is_no_session_has_its_light_too(as_front_desk, clinic, clinician, room, visit):
    visit.delete()
    talk = factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind="quote",
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
    )
    before = as_front_desk.get(reverse("schedule:appointment", args=[talk.pk])).content.decode()
    room_out_of_use(talk)
    after = as_front_desk.get(reverse("schedule:appointment", args=[talk.pk])).content.decode()

    assert "Ready for the visit?" not in before
    assert "Back room is out of use" in after


def take_out_of_use(client, room):
    return client.post(reverse("schedule:room_set", args=[room.pk]), {"active": "no"}, follow=True)


def test_taking_a_room_out_of_use_says_how_many_visits_that_touches(as_admin, visit, room):
    before = as_admin.get(reverse("schedule:hours")).content.decode()
    after = take_out_of_use(as_admin, room).content.decode()

    assert "1 visit ahead" in before
    assert "Back room is out of use now. 1 visit ahead stands in it" in after
    assert "The front desk finds in Today whom to ring." in after
    assert "Haddad" not in after


def test_who_may_read_names_is_told_whom_to_ring(clinic, visit, room):
    owner = factories.UserFactory(roles=["admin", "front_desk"], clinic=clinic)

    answer = take_out_of_use(signed_in(owner), room)
    page = answer.content.decode()

    assert answer.redirect_chain == [(f"{TO_RING}?room={room.pk}", 302)]
    assert "Ring these patients" in page
    assert "Amira Haddad" in page
    assert "+33612345678" in page


def test_a_room_that_nobody_is_booked_in_touches_nobody(as_admin, clinic):
    page = take_out_of_use(as_admin, factories.RoomFactory(clinic=clinic)).content.decode()

    assert "No visit ahead stands in it." in page


def test_whom_to_ring_is_read_by_those_who_may_see_the_calendar(as_admin, as_cosmetologist, visit):
    room_out_of_use(visit)

    assert as_admin.get(TO_RING).status_code == 403
    assert as_cosmetologist.get(TO_RING).status_code == 403


def test_the_list_costs_the_same_for_one_visit_and_for_three(
    as_front_desk, clinic, clinician, visit, count_queries
):
    room_out_of_use(visit)
    counts = []
    for more in (0, 2):
        for turn in range(more):
            factories.AppointmentFactory(
                clinic=clinic,
                clinician=factories.UserFactory(roles=["clinician"], clinic=clinic),
                room=factories.RoomFactory(clinic=clinic, active=False),
                starts_at=visit.starts_at + timedelta(days=turn + 1),
                ends_at=visit.ends_at + timedelta(days=turn + 1),
            )
        with count_queries() as queries:
            page = as_front_desk.get(TO_RING)
        assert len(page.context["rows"]) == 1 + more
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 20


def test_a_pregnancy_is_on_the_light_and_a_line_in_today_and_the_desk_reads_no_word_of_it(
    as_front_desk, as_clinician, visit
):
    load_alert_types()
    factories.RiskFactorFactory(
        patient=visit.patient,
        kind="pregnancy",
        label="Pregnant",
        factor=Factor.objects.get(code="pregnancy"),
    )

    desk = as_front_desk.get(CALENDAR, {"view": "list"}).content.decode()
    today = as_front_desk.get(reverse("today")).content.decode()
    read = as_clinician.get(reverse("schedule:appointment", args=[visit.pk])).content.decode()

    assert "Alert: Amira Haddad" in today
    assert "Hold: a clinician must look first." in desk
    assert "regnan" not in desk + today
    assert "regnan" in read


def let_go(client, clinician):
    return client.post(reverse("schedule:clinician_set", args=[clinician.pk]), {"active": "no"}, follow=True)


def test_a_clinician_who_leaves_touches_visits_that_are_counted(as_admin, visit, clinician):
    before = as_admin.get(reverse("schedule:hours")).content.decode()
    after = let_go(as_admin, clinician).content.decode()

    clinician.refresh_from_db()
    assert "1 visit ahead" in before
    assert not clinician.is_active
    assert (
        f"{clinician.display_name} does not work here any more and cannot sign in. 1 visit ahead stands"
        in after
    )
    assert "Haddad" not in after
    assert "not here any more" in after
    assert AuditEvent.objects.filter(did="staff.deactivated").exists()


def test_who_may_read_names_is_told_whom_to_ring_when_a_clinician_leaves(clinic, visit, clinician):
    owner = factories.UserFactory(roles=["admin", "front_desk"], clinic=clinic)

    answer = let_go(signed_in(owner), clinician)

    assert answer.redirect_chain == [(f"{TO_RING}?clinician={clinician.pk}", 302)]
    assert "Amira Haddad" in answer.content.decode()


def test_who_left_works_here_again(as_admin, clinician):
    let_go(as_admin, clinician)
    as_admin.post(reverse("schedule:clinician_set", args=[clinician.pk]), {"active": "yes"})

    clinician.refresh_from_db()
    assert clinician.is_active


def test_nobody_ends_their_own_access(clinic, room):
    owner = factories.UserFactory(roles=["admin", "clinician"], clinic=clinic)

    page = let_go(signed_in(owner), owner).content.decode()

    owner.refresh_from_db()
    assert owner.is_active
    assert "You cannot end your own access" in page


def test_a_clinician_of_another_clinic_is_not_let_go_of_here(as_admin):
    elsewhere = factories.UserFactory(roles=["clinician"], clinic=factories.ClinicFactory())

    assert let_go(as_admin, elsewhere).status_code == 404


@pytest.mark.parametrize("who", ["as_clinician", "as_front_desk"])
def test_only_an_admin_lets_go_of_a_clinician(request, who, clinician):
    assert let_go(request.getfixturevalue(who), clinician).status_code == 403
