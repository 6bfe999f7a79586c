"""Passwords and codes may be tried a few times; nobody locks out a colleague, and nobody gets round the count."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts import sign_in_tries
from mesoclinic.accounts.models import SignIn
from mesoclinic.accounts.sign_in_tries import MOST_AT_ONE_PLACE, MOST_FROM_AN_ADDRESS, plain_account
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from tests.passkeys import Passkey

PASSWORD = "a long made-up password"
ELSEWHERE = "198.51.100.7"


@pytest.fixture
def tlock(clinic):
    person = factories.UserFactory(
        username="tlock", roles=["clinician"], clinic=clinic, email="tlock@example.com"
    )
    person.set_password(PASSWORD)
    person.save()
    return person


def try_password(client, username="tlock", password="wrong", address="192.0.2.1"):
    return client.post(
        reverse("account_login"), {"login": username, "password": password}, REMOTE_ADDR=address
    )


def wrong_times(number, **tried):
    return [try_password(Client(), **tried).status_code for _ in range(number)]


@pytest.mark.fault("F41")
@pytest.mark.django_db
def test_the_sixth_try_at_one_place_is_refused_though_it_is_right(tlock):
    assert wrong_times(MOST_AT_ONE_PLACE) == [200] * MOST_AT_ONE_PLACE

    assert try_password(Client(), password=PASSWORD).status_code == 429


@pytest.mark.django_db
def test_other_cases_and_unicode_forms_of_a_name_are_one_account(tlock):
    for name in ("TLOCK", "Tlock", "ｔｌｏｃｋ", "tloc\u212a", "tLOCK"):
        try_password(Client(), username=name)

    assert try_password(Client(), password=PASSWORD).status_code == 429


def test_a_name_is_plain_once():
    assert {plain_account(name) for name in ("İstanbul", "i̇stanbul")} == {plain_account("İSTANBUL")}
    assert plain_account("Straße") == plain_account("STRASSE")


@pytest.mark.fault("F41")
@pytest.mark.django_db
def test_wrong_guesses_from_another_address_lock_nobody_out(tlock):
    wrong_times(MOST_AT_ONE_PLACE, address=ELSEWHERE)

    assert try_password(Client(), password=PASSWORD).status_code == 302


@pytest.mark.fault("F41")
@pytest.mark.django_db
def test_a_known_device_is_not_locked_by_guesses_from_everywhere(tlock):
    device = Client()
    assert try_password(device, password=PASSWORD).status_code == 302
    device.post(reverse("account_logout"))
    for number in range(40):
        try_password(Client(), address=f"198.51.100.{number}")

    assert try_password(Client(), password=PASSWORD, address="203.0.113.5").status_code == 429
    assert try_password(device, password=PASSWORD).status_code == 302


@pytest.mark.django_db
def test_a_cookie_of_another_account_or_by_hand_is_no_known_device(tlock, clinic):
    other = factories.UserFactory(username="other", roles=["clinician"], clinic=clinic)
    other.set_password(PASSWORD)
    other.save()
    device = Client()
    try_password(device, username="other", password=PASSWORD)
    device.post(reverse("account_logout"))
    wrong_times(MOST_AT_ONE_PLACE)
    forged = Client()
    forged.cookies[sign_in_tries.DEVICE_COOKIE] = "WyJ0bG9jayJd:1abc:x"

    assert [try_password(one, password=PASSWORD).status_code for one in (device, forged)] == [429, 429]


@pytest.mark.fault("F41")
@pytest.mark.django_db
def test_one_password_tried_on_every_account_is_stopped_by_the_address(tlock):
    said = [
        try_password(Client(), username=f"person{number}", address=ELSEWHERE).status_code
        for number in range(MOST_FROM_AN_ADDRESS + 1)
    ]

    assert said == [200] * MOST_FROM_AN_ADDRESS + [429]
    assert try_password(Client(), password=PASSWORD).status_code == 302


@pytest.mark.fault("F41")
@pytest.mark.django_db
def test_the_lock_opens_by_itself(tlock):
    wrong_times(MOST_AT_ONE_PLACE)

    with time_machine.travel(timezone.now() + sign_in_tries.WINDOW + timedelta(minutes=1), tick=False):
        assert try_password(Client(), password=PASSWORD).status_code == 302


@pytest.mark.django_db
def test_a_right_password_gives_its_tries_back(tlock):
    for _ in range(3):
        wrong_times(MOST_AT_ONE_PLACE - 1)
        assert try_password(Client(), password=PASSWORD).status_code == 302


@pytest.mark.django_db
def test_codes_are_counted_and_the_password_gives_none_of_them_back(tlock):
    TOTP.activate(tlock, generate_totp_secret())
    RecoveryCodes.activate(tlock)
    said = []
    for _ in range(MOST_AT_ONE_PLACE + 1):
        client = Client()
        assert try_password(client, password=PASSWORD)["Location"] == reverse("mfa_authenticate")
        said.append(
            client.post(reverse("mfa_authenticate"), {"code": "000000"}, REMOTE_ADDR="192.0.2.1").status_code
        )

    assert said == [200] * MOST_AT_ONE_PLACE + [429]
    assert get_adapter().is_mfa_enabled(tlock)


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["account_reauthenticate", "account_change_password"])
def test_a_password_asked_again_inside_is_counted_too(tlock, page):
    client = signed_in(tlock)
    said = [
        client.post(reverse(page), {"password": "wrong", "oldpassword": "wrong"}).status_code
        for _ in range(sign_in_tries.MOST_ON_A_KNOWN_DEVICE + 2)
    ]

    assert said[0] == 200
    assert said[-1] == 429


@pytest.mark.django_db
def test_letters_for_a_new_password_are_few(tlock, mailoutbox):
    for _ in range(sign_in_tries.MOST_LETTERS + 3):
        said = Client().post(reverse("account_reset_password"), {"email": "tlock@example.com"}).status_code

    assert said == 429
    assert len(mailoutbox) == sign_in_tries.MOST_LETTERS


@pytest.mark.django_db
def test_a_password_is_reset_by_e_mail(tlock, mailoutbox):
    Client().post(reverse("account_reset_password"), {"email": "tlock@example.com"})
    link = next(word for word in mailoutbox[0].body.split() if word.startswith("http"))
    client = Client()
    form = client.get(link, follow=True)
    new = "another long made-up password"

    client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})

    assert try_password(Client(), password=new).status_code == 302
    assert AuditEvent.objects.filter(did="staff.password_set", subject_id=str(tlock.pk)).exists()


@pytest.mark.django_db
def test_sign_ins_and_wrong_tries_are_in_the_log_without_what_was_typed(tlock):
    try_password(Client(), username="my secret password")
    try_password(Client())
    try_password(Client(), password=PASSWORD)

    rows = list(AuditEvent.objects.filter(did__startswith="staff.").order_by("pk"))
    assert [row.did for row in rows] == ["staff.wrong_try", "staff.wrong_try", "staff.signed_in"]
    assert [row.subject_id for row in rows] == ["0", str(tlock.pk), str(tlock.pk)]
    assert {row.address for row in rows} == {"192.0.2.1"}
    assert "secret" not in str([row.data for row in rows])
    assert SignIn.objects.get().address == "192.0.2.1"


@pytest.mark.django_db
def test_a_header_of_a_stranger_gives_no_new_tries(tlock):
    said = [
        Client()
        .post(
            reverse("account_login"),
            {"login": "tlock", "password": "wrong"},
            REMOTE_ADDR="192.0.2.1",
            HTTP_X_FORWARDED_FOR=f"198.51.100.{number}",
        )
        .status_code
        for number in range(MOST_AT_ONE_PLACE + 1)
    ]

    assert said[-1] == 429


@pytest.mark.django_db
def test_a_role_that_needs_a_second_factor_goes_nowhere_without_one(tlock, settings):
    settings.SECOND_FACTOR_ROLES = ["clinician"]
    client = signed_in(tlock)
    assert client.get(reverse("today"))["Location"] == reverse("mfa_activate_totp")

    TOTP.activate(tlock, generate_totp_secret())

    assert client.get(reverse("today")).status_code == 200


@pytest.mark.django_db
def test_a_role_that_needs_none_goes_on_without(tlock, settings):
    settings.SECOND_FACTOR_ROLES = ["admin"]

    assert signed_in(tlock).get(reverse("today")).status_code == 200


def logged_in(person):
    """By the form, as a browser: the session knows when it began."""
    client = Client()
    assert try_password(client, username=person.username, password=PASSWORD).status_code == 302
    return client


def later(minutes):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


@pytest.mark.django_db
def test_a_screen_that_nobody_touches_is_locked_until_the_password(tlock, clinic):
    client = logged_in(tlock)
    unlock = reverse("session_unlock")
    by_script = {"headers": {"X-Requested-With": "fetch"}}
    with later(clinic.idle_minutes + 2):
        page = client.get(reverse("today"))
        assert page.status_code == 423
        assert "Locked" in page.content.decode()
        assert client.post(unlock, **by_script).status_code == 423
        assert client.post(unlock, {"password": "wrong"}, **by_script).status_code == 422
        assert client.get(reverse("today")).status_code == 423
        assert client.post(unlock, {"password": PASSWORD}, **by_script).status_code == 204
        assert client.get(reverse("today")).status_code == 200


@pytest.mark.django_db
def test_touches_that_ask_for_no_page_keep_it_open(tlock, clinic):
    client = logged_in(tlock)
    start = timezone.now()
    for minutes in range(2, 3 * clinic.idle_minutes, clinic.idle_minutes - 2):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            said = client.post(reverse("session_unlock"), headers={"X-Requested-With": "fetch"})
            assert said.status_code == 204


@pytest.mark.django_db
def test_the_lock_leads_back_to_the_page_and_to_no_other_site(tlock, clinic):
    client = logged_in(tlock)
    with later(clinic.idle_minutes + 2):
        url = f"{reverse('account_change_password')}?x=1"
        assert client.get(url).context["next"] == url
        answer = client.post(reverse("session_unlock"), {"password": PASSWORD, "next": url})
        assert answer["Location"] == url
        for told in ("https://evil.example/", "2026-02-30"):
            answer = client.post(reverse("session_unlock"), {"password": PASSWORD, "next": told})
            assert answer["Location"] == reverse("today")


@pytest.mark.django_db
def test_a_form_that_meets_the_lock_is_kept_and_sent_after_it(tlock, clinic):
    client = logged_in(tlock)
    url = reverse("patients:register")
    with later(clinic.idle_minutes + 2):
        said = client.post(url, {"family_name": "Haddad", "password": "typed here", "once": "x"})
        assert said.status_code == 423
        assert "Haddad" not in said.content.decode()
        kept = client.post(reverse("session_unlock"), {"password": PASSWORD, "next": ""})

    assert (kept.context["path"], kept.context["fields"]) == (url, [["family_name", "Haddad"]])
    assert "typed here" not in kept.content.decode()
    assert client.post(reverse("session_unlock"), {"password": PASSWORD})["Location"] == reverse("today")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "made_up",
    ["", "[]", "null", "{}", '{"id": "x"}', "not json", '{"id": 1, "response": {}}', "[" * 50_000],
    ids=lambda made_up: made_up[:30],
)
def test_a_passkey_that_is_made_up_opens_nothing(tlock, clinic, made_up):
    client = logged_in(tlock)
    unlock = reverse("session_unlock")
    assert client.post(unlock, {"ask": "passkey"}).status_code == 404
    Passkey().register_for(tlock)
    with later(clinic.idle_minutes + 2):
        assert client.get(reverse("today")).status_code == 423
        options = client.post(unlock, {"ask": "passkey"}).json()["publicKey"]
        assert [each["type"] for each in options["allowCredentials"]] == ["public-key"]
        said = client.post(
            unlock, {"credential": made_up, "password": ""}, headers={"X-Requested-With": "fetch"}
        )
        assert said.status_code == 422
        assert client.get(reverse("today")).status_code == 423


@pytest.mark.django_db
def test_ones_own_passkey_opens_the_lock_once_for_each_question(tlock, clinic):
    client, key, unlock = logged_in(tlock), Passkey(), reverse("session_unlock")
    key.register_for(tlock)
    by_script = {"headers": {"X-Requested-With": "fetch"}}
    with later(clinic.idle_minutes + 2):
        assert client.get(reverse("today")).status_code == 423
        options = client.post(unlock, {"ask": "passkey"}).json()
        # Another's key, that signs the same.
        assert client.post(unlock, {"credential": Passkey().answer(options)}, **by_script).status_code == 422
        options = client.post(unlock, {"ask": "passkey"}).json()
        signed = key.answer(options)
        assert client.post(unlock, {"credential": signed}, **by_script).status_code == 204
        assert client.get(reverse("today")).status_code == 200
        assert client.post(unlock, {"credential": signed}, **by_script).status_code == 422


@pytest.mark.django_db
def test_the_password_of_the_lock_is_counted(tlock, clinic):
    client = logged_in(tlock)
    said = [
        client.post(reverse("session_unlock"), {"password": "wrong"}).status_code
        for _ in range(sign_in_tries.MOST_ON_A_KNOWN_DEVICE + 2)
    ]

    assert (said[0], said[-1]) == (422, 429)


@pytest.mark.fault("F18")
@pytest.mark.django_db
def test_a_session_ends_after_its_longest_time_though_it_is_used(tlock):
    client = logged_in(tlock)
    start = timezone.now()
    for minutes in range(10, 600, 10):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert client.post(reverse("session_unlock")).status_code == 204

    with time_machine.travel(start + timedelta(hours=10, minutes=1), tick=False):
        assert client.get(reverse("today"))["Location"].startswith(reverse("account_login"))


@pytest.mark.fault("F18")
@pytest.mark.django_db
def test_a_session_that_began_on_a_clock_since_set_back_ends(tlock):
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        client = logged_in(tlock)

    assert client.get(reverse("today"))["Location"].startswith(reverse("account_login"))
