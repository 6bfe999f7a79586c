"""Somebody signs out and leaves; the next one at this browser presses Back."""

import pytest
from playwright.sync_api import expect

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_back_after_sign_out_shows_no_chart(person, house):
    patient = factories.PatientFactory(at=house.clinic, given_names="Lea", family_name="Razo")
    elif_ = person()
    elif_.sign_in("elif")
    elif_.look("Today")
    elif_.open(f"/patients/{patient.pk}/")
    elif_.look("Lea Razo")

    # Signing out as the page does it: its form is sent.
    elif_.page.locator('form[action="/accounts/logout/"] button, a[href="/accounts/logout/"]').first.click()
    expect(elif_.page).not_to_have_title("Lea Razo")
    if elif_.page.url.endswith("/accounts/logout/"):
        elif_.look("Sign out")
        elif_.page.get_by_role("button", name="Sign out").click()
    expect(elif_.page.get_by_label("Username")).to_be_visible()
    elif_.look("Sign in")

    for _ in range(3):
        elif_.page.go_back()
        expect(elif_.page.locator("body")).not_to_contain_text("Razo")
        expect(elif_.page.get_by_label("Username")).to_be_visible()
