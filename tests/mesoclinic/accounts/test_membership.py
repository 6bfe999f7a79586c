"""A person works at clinics by membership, with roles at each."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.middleware import CLINIC_KEY
from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, Role
from tests import factories
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return factories.ClinicFactory(name="North", time_zone="Europe/Paris")


@pytest.fixture
def south():
    return factories.ClinicFactory(name="South", time_zone="Asia/Tokyo")


@pytest.fixture
def ama(north, south):
    """A clinician at North, an administrator at South."""
    user = factories.UserFactory(roles=["clinician"], clinic=north)
    factories.MembershipFactory(user=user, clinic=south, roles=["admin"])
    return User.objects.get(pk=user.pk)


def page_at(user, clinic):
    client = signed_in(user)
    if clinic is not None:
        session = client.session
        session[CLINIC_KEY] = clinic.pk
        session.save()
    return client.get(reverse("clinic_settings"))


def test_outside_a_request_the_first_membership_counts(ama, north):
    assert (ama.clinic, ama.clinic_id, ama.roles) == (north, north.pk, ["clinician"])
    assert ama.may(Permission.SIGN_SESSION)
    assert not ama.may(Permission.MANAGE_CLINIC)


def test_permissions_are_those_of_the_clinic_where_one_is_working(ama, south):
    ama.set_current_membership_in_memory(ama.memberships.get(clinic=south))

    assert (ama.clinic, ama.roles) == (south, ["admin"])
    assert ama.may(Permission.MANAGE_CLINIC)
    assert not ama.may(Permission.SIGN_SESSION)


def test_a_request_is_at_the_clinic_its_session_names(ama, north, south):
    refused, shown = page_at(ama, north), page_at(ama, south)

    assert refused.status_code == 403
    assert shown.status_code == 200
    assert shown.wsgi_request.clinic == south
    assert "South" in shown.content.decode()


def test_a_session_that_names_no_clinic_is_at_the_first(ama, north):
    answer = page_at(ama, None)

    assert answer.status_code == 403
    assert answer.wsgi_request.clinic == north


def test_a_session_that_names_somebody_elses_clinic_changes_nothing(ama, north):
    elsewhere = factories.ClinicFactory(name="Elsewhere")
    answer = page_at(ama, elsewhere)

    assert answer.status_code == 403
    assert answer.wsgi_request.clinic == north


def test_a_membership_that_ended_gives_nothing_to_a_session_that_names_it(ama, north, south):
    factories.UserFactory(roles=["admin"], clinic=south)  # a clinic keeps one
    ama.memberships.filter(clinic=south).delete()

    answer = page_at(ama, south)

    assert answer.status_code == 403
    assert answer.wsgi_request.clinic == north


def test_without_a_membership_one_may_do_nothing(north):
    user = User.objects.get(pk=factories.UserFactory(roles=["admin"], clinic=None).pk)

    assert (user.clinic, user.clinic_id, user.roles) == (None, None, [])
    assert user.permissions == frozenset()
    assert not user.has_role(Role.ADMIN)
    assert not user.has_role(Role.ADMIN, north)
    assert page_at(user, None).status_code == 403
    assert page_at(user, north).status_code == 403


def test_a_role_is_held_at_a_clinic(ama, north, south):
    assert ama.has_role(Role.CLINICIAN, north)
    assert not ama.has_role(Role.CLINICIAN, south)
    assert ama.has_role(Role.ADMIN, south)
    assert not ama.has_role(Role.ADMIN, north)


def test_who_holds_a_role_is_asked_of_one_clinic_or_of_all(ama, north, south):
    left = factories.UserFactory(roles=["clinician"], clinic=north, is_active=False)
    other = factories.UserFactory(roles=["clinician"], clinic=south)

    assert list(User.objects.clinicians(north)) == [ama]
    assert list(User.objects.clinicians(south)) == [other]
    assert set(User.objects.clinicians()) == {ama, other}
    assert left not in User.objects.clinicians()


def test_a_clinician_at_two_clinics_is_listed_once(ama, south):
    factories.UserFactory(roles=["admin"], clinic=south)  # a clinic keeps one
    ama.memberships.filter(clinic=south).update(roles=["clinician"])

    assert list(User.objects.clinicians()) == [ama]


def test_person_membership_and_clinic_are_one_query(ama, count_queries):
    with count_queries() as queries:
        user = User.objects.get(pk=ama.pk)
        user.may(Permission.SIGN_SESSION)
        assert user.clinic.name == "North"

    assert len(queries) == 1


def test_a_person_read_through_another_row_asks_for_the_membership_once(ama, count_queries):
    lot_receiver = factories.PatientFactory(registered_by=ama)
    patient = type(lot_receiver).objects.select_related("registered_by").get(pk=lot_receiver.pk)

    with count_queries() as queries:
        assert patient.registered_by.clinic.name == "North"
        patient.registered_by.may(Permission.SIGN_SESSION)

    assert len(queries) == 1


def test_the_zone_of_a_request_is_that_of_the_clinic_chosen(ama, south):
    page_at(ama, south)

    # The middleware puts the zone back after the request.
    assert timezone.get_current_timezone_name() != "Asia/Tokyo"
    assert page_at(ama, south).wsgi_request.clinic.zone.key == "Asia/Tokyo"


@pytest.mark.parametrize("roles", ["{surgeon}", "{clinician,surgeon}", "{}"])
def test_the_database_refuses_a_membership_of_unknown_or_no_roles(ama, roles):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_membership SET roles = %s::varchar[] WHERE user_id = %s", [roles, ama.pk]
        )


def test_the_database_refuses_a_second_membership_at_one_clinic(ama, north):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.MembershipFactory(user=ama, clinic=north, roles=["admin"])


# --- another clinic of one's own ---------------------------------------------


def test_somebody_at_two_clinics_goes_on_at_the_other_with_the_role_held_there(ama, north, south, once):
    client = signed_in(ama)
    page = client.get(reverse("work_at"))
    assert "Work at another clinic" in client.get(reverse("today")).content.decode()
    assert "Work at South" in page.content.decode()
    assert client.get(reverse("clinic_settings")).status_code == 403

    gone_on = client.post(reverse("work_at"), {"clinic": south.pk, "once": once()})

    assert gone_on.url == reverse("today")
    settings = client.get(reverse("clinic_settings"))
    assert (settings.status_code, settings.wsgi_request.clinic) == (200, south)


def test_nobody_goes_on_at_a_clinic_where_they_do_not_work(ama, north, once):
    elsewhere = factories.ClinicFactory(name="Elsewhere")
    client = signed_in(ama)

    assert client.post(reverse("work_at"), {"clinic": elsewhere.pk, "once": once()}).status_code == 404
    assert client.get(reverse("today")).wsgi_request.clinic == north


def test_who_works_at_one_clinic_is_offered_no_other(as_front_desk):
    assert "another clinic" not in as_front_desk.get(reverse("today")).content.decode()
