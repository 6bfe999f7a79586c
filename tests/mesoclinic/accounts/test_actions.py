import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from mesoclinic.accounts import actions
from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, Role
from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories

pytestmark = pytest.mark.django_db


def add(**changed):
    values = {
        "username": "ines",
        "password": "a-long-made-up-phrase",
        "roles": [Role.CLINICIAN, Role.ADMIN],
        "clinic": factories.ClinicFactory(),
    }
    return actions.add_staff(**(values | changed))


def test_somebody_may_hold_several_roles():
    user = add()

    assert user.check_password("a-long-made-up-phrase")
    assert user.may(Permission.SIGN_SESSION)
    assert user.may(Permission.MANAGE_STOCK)
    assert AuditEvent.objects.get().did == "staff.added"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "short"}, "too short"),
        ({"password": "password1234"}, "too common"),
        ({"username": "not a user name"}, "valid username"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_added(changed, said):
    with pytest.raises(Refused) as refused:
        add(**changed)

    assert said in str(refused.value)
    assert not User.objects.exists()


def test_somebody_who_has_left_may_do_nothing():
    user = add()
    user.is_active = False

    assert user.permissions == frozenset()


def test_a_clinic_needs_a_time_zone_that_exists():
    with pytest.raises(Refused) as refused:
        actions.add_clinic(name="Nowhere", time_zone="Mars/Olympus")

    assert "Mars/Olympus" in str(refused.value)
    assert not Clinic.objects.exists()


def test_the_database_knows_the_roles():
    membership = factories.MembershipFactory()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_membership SET roles = '{surgeon}' WHERE id = %s", [membership.pk])


@pytest.mark.parametrize("most", [1, 7])
def test_the_database_keeps_the_clinics_maximum_between_two_and_six(most):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.ClinicFactory(max_actives=most)


def test_a_clinic_is_started_by_a_command(capsys):
    call_command(
        "start_clinic",
        "Test clinic",
        admin="ada",
        password="a-long-made-up-phrase",
        time_zone="Europe/Paris",
        currency="eur",
        country="fr",
    )

    clinic = Clinic.objects.get()
    assert (clinic.currency, clinic.country, clinic.zone.key) == ("EUR", "FR", "Europe/Paris")
    assert (clinic.amounts, clinic.day_order, clinic.language) == ("space", "dmy", "fr")
    assert User.objects.get().roles == ["admin"]


def test_a_clinic_that_cannot_be_started_leaves_nothing_behind():
    with pytest.raises(CommandError):
        call_command("start_clinic", "Test clinic", admin="ada", password="short")

    assert not Clinic.objects.exists()


def test_staff_is_added_by_a_command_that_asks_which_clinic():
    factories.ClinicFactory(name="North")
    factories.ClinicFactory(name="South")
    arguments = {"role": ["front_desk"], "password": "a-long-made-up-phrase"}

    with pytest.raises(CommandError, match="North, South"):
        call_command("add_staff", "sara", **arguments)
    call_command("add_staff", "sara", clinic="South", **arguments)

    assert User.objects.get().clinic.name == "South"
