"""The same work without a script, on a phone and on a tablet."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from mesoclinic.demo import clinic as made_up
from mesoclinic.demo.patients import (
    CASES,
    accept_and_pay,
    book_session_or_none,
    create_cocktail,
    create_plan,
    draft_first_quote,
    record_answers_and_sign_cocktail,
    record_consent,
    record_made_up_assessment,
    record_made_up_intake,
    register_person,
    run_with_override_reasons,
)
from treatments.billing.actions import quotes
from treatments.schedule.actions import visits
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import TreatmentSession

PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1024, "height": 768}


@pytest.fixture
def patient(demo):
    """A made-up woman with an intake and a consent."""
    people = made_up.read_csv_rows("people.csv")
    person = next(row for row in people if row["sex_at_birth"] == "female")
    patient = register_person(demo, person)
    by = demo.place.staff["elif"]
    record_made_up_intake(demo, patient, by)
    record_consent(demo, patient, by, days_ago=1)
    return patient


@pytest.fixture
def quoted(demo, patient):
    """Assessed, with a signed cocktail and a quote that waits."""
    by = demo.place.staff["elif"]
    assessment = record_made_up_assessment(demo, patient, CASES[0], by)
    version = record_answers_and_sign_cocktail(create_cocktail(demo, patient, CASES[0], by), by)
    plan = create_plan(demo, patient, assessment, version, 8, by)
    return quotes.issue_quote(quote=draft_first_quote(demo, plan), by=demo.place.desk)


@pytest.fixture
def session(demo, quoted):
    """The first session, begun."""
    by, now = demo.place.staff["elif"], timezone.now()
    plan = accept_and_pay(demo, quoted, 8)
    visit = book_session_or_none(demo, plan, 1, demo.today, by, now)
    visits.mark_arrived(appointment=visit, by=demo.place.desk)
    return run_with_override_reasons(start_or_resume_session, plan=plan, by=by, clinic=demo.place.clinic)


def test_without_a_script_it_is_assessed_mixed_and_charted(demo, patient, person):
    clinician = person(scripts=False)
    page = clinician.page
    clinician.sign_in("elif", at=f"/patients/{patient.pk}/assess/")
    clinician.look("Assessment")
    page.get_by_label("Condition").select_option("androgenetic-alopecia")
    clinician.button("Show its scales and checks").click()
    expect(page.locator(".level").first).to_be_visible()
    clinician.look("Assessment")
    page.locator(".level").first.click()
    page.locator('[name="zone-FRONTAL-on"]').check()
    page.locator('[name="zone-FRONTAL-area"]').fill("42")
    clinician.button("Save, go to the cocktail").click()
    clinician.look("Cocktail")
    clinician.button("Start cocktail").click()
    expect(page.locator("#formulation")).to_be_visible()
    clinician.look("Cocktail")
    for name in ("Dexpanthenol", "Zinc"):
        clinician.button(f"Add {name}").click()
        expect(page.get_by_label(re.compile(rf"^{name}.*, ml$"))).to_be_visible()
    page.get_by_label(re.compile(r"^Zinc.*, ml$")).fill("0.5")
    clinician.button("Save and check").click()
    expect(page.locator("#formulation")).to_contain_text("2 actives, 2–6 allowed")
    clinician.look("Cocktail")


def test_without_a_script_a_session_is_kept_by_the_table_of_zones(session, person):
    clinician = person(scripts=False)
    page = clinician.page
    clinician.sign_in("elif", at=f"/sessions/{session.pk}/")
    clinician.look("Session 1 of 8")
    page.get_by_label("Scalp looked at, no infection").check()
    page.locator('[name="zone-VERTEX-on"]').check()
    for name, said in (("area", "20"), ("points", "20"), ("ml", "0.02"), ("depth", "2")):
        page.locator(f'[name="zone-VERTEX-{name}"]').fill(said)
    clinician.button("Save draft").click()
    expect(page.locator('[name="zone-VERTEX-points"]')).to_have_value("20")
    clinician.look("Session 1 of 8")
    kept = TreatmentSession.objects.get().zones.get(zone__code="VERTEX")
    assert kept.points == 20


def test_on_a_phone_the_desk_finds_quotes_and_books(patient, quoted, person):
    desk = person(PHONE)
    page = desk.page
    desk.sign_in("sara")
    desk.look("day ")
    desk.find(patient.record_number)
    desk.look(f"{patient.full_name} · Mesoclinic")
    desk.open(f"/quotes/{quoted.pk}/")
    desk.look("Quote")
    page.get_by_label("Name, as the patient signs").fill(patient.full_name)
    page.locator(".quote-option").last.click()
    page.get_by_role("button", name=re.compile("^Accept ")).click()
    desk.button("Book the sessions").click()
    desk.look("Book the course")
    page.get_by_role("button", name=re.compile("^Book .* sessions, ")).click()
    desk.look(f"{patient.full_name} · Mesoclinic")
    expect(page.get_by_text("sessions are booked")).to_be_visible()


def test_on_a_tablet_the_session_page_does_not_scroll_sideways(session, person):
    clinician = person(TABLET)
    clinician.sign_in("elif", at=f"/sessions/{session.pk}/")
    clinician.look("Session 1 of 8")
