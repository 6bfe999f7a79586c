"""allauth's pages stand in our frame and our words."""

import re
from html import unescape

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
BEFORE_SIGN_IN = (
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_signup",
    "account_inactive",
    "account_email_verification_sent",
)
SIGNED_IN = (
    "account_change_password",
    "account_email",
    "account_logout",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
)
#: What the library says and a clinic does not.
NOT_OURS = re.compile(
    r"two-factor|authenticat|TOTP|WebAuthn|recovery code|token|verification|spam|contact us|please|"
    r"security key|deactivate|Email Addresses|sign up",
    re.IGNORECASE,
)


@pytest.fixture
def person(clinic):
    person = factories.UserFactory(roles=["front_desk"], clinic=clinic)
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def signed_in_by_hand(person):
    """With a password just typed: allauth asks for it again otherwise."""
    client = Client()
    client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def words_of(answer):
    """What a reader of the page sees, its title first."""
    assert answer.status_code == 200
    text = re.sub(r"<(script|style|svg).*?</\1>", "", answer.text, flags=re.S)
    title = re.search(r"<title>(.*?)</title>", text, re.S)[1]
    body = re.search(r"<main.*?</main>", text, re.S)[0]
    return unescape(re.sub(r"\s+", " ", title + " " + re.sub(r"<[^>]+>", " ", body)))


@pytest.mark.parametrize("name", BEFORE_SIGN_IN)
def test_a_page_before_sign_in_is_in_our_words(name):
    answer = Client().get(reverse(name))

    assert NOT_OURS.findall(words_of(answer)) == []
    assert len(re.findall(r"<h1[\s>]", answer.text)) == 1


@pytest.mark.parametrize("name", SIGNED_IN)
def test_a_page_of_ones_account_is_in_our_words(name, signed_in_by_hand):
    answer = signed_in_by_hand.get(reverse(name))

    assert NOT_OURS.findall(words_of(answer)) == []
    assert len(re.findall(r"<h1[\s>]", answer.text)) == 1


def test_a_link_for_a_new_password_that_was_used_says_so():
    said = words_of(Client().get("/accounts/password/reset/key/1-abc/"))

    assert "This link no longer works" in said
    assert NOT_OURS.findall(said) == []


def test_the_keys_page_lists_keys_and_spare_codes_are_shown_in_our_words(person, signed_in_by_hand):
    Authenticator.objects.create(
        user=person, type="webauthn", data={"name": "Blue key", "passwordless": False, "credential": {}}
    )
    keys = signed_in_by_hand.get(reverse("mfa_list_webauthn"))
    codes = signed_in_by_hand.post(reverse("mfa_generate_recovery_codes"), follow=True)

    assert "Blue key" in words_of(keys)
    assert NOT_OURS.findall(words_of(keys)) == []
    assert NOT_OURS.findall(words_of(codes)) == []
    assert "spare codes are left" in words_of(codes)


def test_the_menu_names_two_step_sign_in_as_its_page_does(signed_in_by_hand):
    menu = signed_in_by_hand.get(reverse("today")).text

    assert 'href="/accounts/2fa/">Two-step sign-in</a>' in menu
    assert re.search(r"<h1>\s*Two-step sign-in\s*</h1>", signed_in_by_hand.get(reverse("mfa_index")).text)
