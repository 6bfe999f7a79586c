"""A shared tablet that nobody touched: the page is covered, and a passkey opens it with what was typed."""

import pytest
from playwright.sync_api import expect

from mesoclinic.accounts.models import Clinic, User
from tests.passkeys import Passkey

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_passkey_opens_the_covered_page_and_nothing_typed_is_lost(person, house):
    key = Passkey(host="localhost")
    key.register_for(User.objects.get(username="sara"))
    sara = person()
    protocol = sara.page.context.new_cdp_session(sara.page)
    protocol.send("WebAuthn.enable")
    held = protocol.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}},
    )
    protocol.send(
        "WebAuthn.addCredential",
        {"authenticatorId": held["authenticatorId"], "credential": key.for_chromium()},
    )
    minutes = Clinic.objects.get(pk=house.clinic.pk).idle_minutes
    sara.page.clock.install()
    sara.sign_in("sara", at="/patients/new/")
    sara.look("New patient")
    sara.page.get_by_label("Family name").fill("Haddad")

    sara.page.clock.fast_forward(minutes * 60_000 + 10_000)

    locked = sara.page.get_by_role("dialog", name="Locked")
    expect(locked).to_be_visible()
    expect(sara.page.get_by_label("Family name")).not_to_be_visible()
    assert sara.violations() == []
    locked.get_by_role("button", name="Use the passkey").click()
    expect(locked).not_to_be_visible()
    expect(sara.page.get_by_label("Family name")).to_have_value("Haddad")
