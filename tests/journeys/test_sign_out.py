"""Somebody signs out and leaves; the next one at this browser presses Back."""

import pytest
from playwright.sync_api import expect

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.fault("F9")
def test_back_after_sign_out_shows_no_chart(person, house):
    patient = factories.PatientFactory(at=house.clinic, given_names="Lea", family_name="Razo")
    elif_ = person()
    elif_.sign_in("elif")
    elif_.look("day ")
    elif_.open(f"/patients/{patient.pk}/")
    elif_.look("Lea Razo")

    elif_.tap(elif_.page.locator(".who-menu summary"))
    elif_.tap(elif_.page.get_by_role("button", name="Sign out"))
    elif_.look("Sign in")

    # The chart, and Today before it.
    for _ in range(2):
        elif_.page.go_back()
        expect(elif_.page.get_by_label("Username")).to_be_visible()
        expect(elif_.page.locator("body")).not_to_contain_text("Razo")


@pytest.mark.fault("F9")
def test_a_form_that_back_brought_has_a_key_of_its_own_once_it_is_changed(person, house):
    """As it stands it may be sent again, and is answered as before."""
    sara = person()
    sara.sign_in("sara", at="/patients/new/")
    sara.look("New patient")
    key = sara.page.locator("main input[name=once]").first
    used = key.input_value()

    sara.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert key.input_value() == used
    sara.page.get_by_label("Family name").fill("Haddad")

    assert key.input_value() != used
    assert len(key.input_value()) == 36
