"""Requests that no page of ours sends: another site's, with fields the form has not, by somebody whose role is gone."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from mesoclinic.accounts.models import Membership, User
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in

PASSWORD = "a long made-up password"

pytestmark = pytest.mark.django_db


@pytest.fixture
def noor(clinic):
    person = factories.UserFactory(username="noor", roles=["clinician"], clinic=clinic)
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client):
    return client.post(reverse("account_login"), {"login": "noor", "password": PASSWORD})


@pytest.mark.fault("F40")
def test_a_session_number_from_before_the_sign_in_is_not_the_one_after_it(noor):
    client = Client()
    client.session.save()
    given = client.cookies[settings.SESSION_COOKIE_NAME].value

    assert sign_in(client).status_code == 302

    now = client.cookies[settings.SESSION_COOKIE_NAME]
    assert now.value != given
    assert (now["httponly"], now["samesite"]) == (True, "Lax")
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = given
    assert thief.get(reverse("today")).status_code == 302


@pytest.mark.fault("F40")
def test_a_post_without_its_token_and_a_frame_on_another_site_are_refused(clinic, admin, once):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("clinic_settings"))

    sent = client.post(reverse("clinic_settings"), {"once": once(), "name": "Another name"})

    assert sent.status_code == 403
    clinic.refresh_from_db()
    assert clinic.name != "Another name"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert page["X-Content-Type-Options"] == "nosniff"


@pytest.mark.fault("F39")
def test_fields_that_a_form_has_not_change_nothing(clinic, noor, admin, once):
    more = {"is_superuser": "on", "is_staff": "on", "username": "root", "clinic": "0", "id": str(admin.pk)}

    signed_in(admin).post(
        reverse("staff_person", args=[noor.pk]), {"roles": ["cosmetologist"], "once": once()} | more
    )
    refused = signed_in(noor).post(
        reverse("staff_person", args=[noor.pk]), {"roles": ["admin"], "once": once()} | more
    )

    assert refused.status_code == 403
    assert Membership.objects.get(user=noor).roles == ["cosmetologist"]
    assert Membership.objects.get(user=noor).clinic == clinic
    assert list(User.objects.filter(pk=noor.pk).values_list("username", "is_superuser")) == [("noor", False)]
    assert not User.objects.filter(username="root").exists()


@pytest.mark.fault("F14")
def test_a_role_that_was_taken_away_is_refused_at_the_next_click_and_both_are_in_the_log(
    noor, as_admin, once
):
    Membership.objects.filter(user=noor).update(roles=["clinician", "admin"])
    inside = signed_in(noor)
    page = reverse("staff")
    assert inside.get(page).status_code == 200

    as_admin.post(reverse("staff_person", args=[noor.pk]), {"roles": ["clinician"], "once": once()})

    assert inside.get(page).status_code == 403
    assert AuditEvent.objects.filter(did="staff.roles_changed", subject_id=str(noor.pk)).exists()
