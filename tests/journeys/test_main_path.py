"""The whole path, in a browser, on a patient that another system exported: found, treated, signed, and what comes next."""

import os
import re
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import formats, timezone
from playwright.sync_api import expect

from patients.models import Patient
from tests.files import data_files
from tests.journeys.charting.hands import answers_what_is_due
from treatments.stock.models import Lot

#: How the patient's own page is called; every other page about him says more.
OVERVIEW = "Joaquín Ibáñez · Mesoclinic"

#: What the front desk must never meet: words of the assessment and of the session.
CONDITION = "Androgenetic alopecia (pattern hair loss)"
NOTE = "Canary note: miniaturised hairs behind the hairline"
SESSION_NOTE = "Canary note: cold pack five minutes"

#: The syringe of the journey: product, ml, and the lot on the shelf that expires first (demo/house.py).
SYRINGE = (("Dexpanthenol", "1.0", "D2-2100"), ("Biotin", "1.0", "BT-0086"), ("Zinc", "0.5", "Z1-2211"))


@pytest.fixture
def imported(house):
    """Joaquín Ibáñez, written as Synthea writes people.

    An adult with an accent to be found without, whose only condition is a sinusitis. Not Soledad Garmendia: she has
    coronary heart disease and takes clopidogrel, so the rules rightly stand in the way of a first cocktail.
    """
    (bundle,) = data_files("fhir", "Joaq*.json")
    call_command("import_fhir", str(bundle), stdout=StringIO())
    return Patient.objects.get()


def picture(person, name):
    """For the eye, when it is asked for: JOURNEY_PICTURES=/tmp/journey make pytest args=tests/journeys"""
    if folder := os.environ.get("JOURNEY_PICTURES"):
        person.page.evaluate("scrollTo(0, 0)")
        person.page.screenshot(path=Path(folder) / f"{name}.png", caret="initial")


def test_a_patient_from_another_system_is_treated_and_signed(house, imported, person):
    clinician, desk = person(), person()

    clinician.sign_in_by_hand("elif")
    clinician.look("day ")
    finds_the_patient(clinician, imported)
    takes_the_intake(clinician)
    takes_the_consent(clinician, imported)
    assesses(clinician)
    fills_the_syringe(clinician)
    plans_and_quotes(clinician)
    before = stock()
    desk.sign_in_by_hand("sara")
    desk.look("day ")
    accepts_and_books(desk, imported)
    starts_the_session(clinician, imported)
    charts(clinician)
    signs_the_session(clinician)

    shows_what_happened_and_what_comes_next(clinician, imported)
    sees_nothing_clinical(desk, imported)
    given = {lot: Decimal(ml) for _, ml, lot in SYRINGE}
    assert stock() == {lot: ml - given.get(lot, 0) for lot, ml in before.items()}


def stock():
    """What every lot holds, by its number."""
    return dict(Lot.objects.values_list("number", "on_hand_ml"))


# --- the clinician, up to the quote ------------------------------------------


def finds_the_patient(clinician, imported):
    clinician.find("joaquin iba")
    clinician.look(OVERVIEW)
    assert "joaquin" not in clinician.page.url.lower()
    expect(clinician.page.locator("h1")).to_have_text(imported.full_name)


def takes_the_intake(clinician):
    page = clinician.page
    clinician.button("Take the intake").click()
    clinician.look("Intake")

    def answer(question, said):
        named = re.compile(rf"^\s*{said}\s*$")
        page.locator(f"#q-{question} label").filter(has_text=named).click()

    since = timezone.localdate() - timedelta(days=400)
    page.locator("#q-duration input").fill(since.isoformat()[:7])
    answer("pattern", "Midscalp")
    answer("pattern", "Frontal")
    for question in ("scalp-disease", "heart", "kidney", "autoimmune", "allergy", "cancer", "anticoag"):
        answer(question, "None")
    for question in ("infection", "bleeding", "epilepsy", "diabetes", "keloid", "anaesthetic", "partner"):
        answer(question, "No")
    answer("family", "Yes")
    clinician.button("Save intake").click()
    clinician.look("Assessment")


def takes_the_consent(clinician, imported):
    page = clinician.page
    page.locator("h1").get_by_role("link").click()
    clinician.look(OVERVIEW)
    page.get_by_role("link", name="Consent", exact=True).click()
    clinician.look("Consent")
    page.get_by_label("Name of who signs").fill(imported.full_name)
    clinician.button("Record this consent").click()
    expect(page.get_by_text("Consent recorded.")).to_be_visible()
    clinician.look("Consent")


def assesses(clinician):
    page = clinician.page
    page.get_by_role("link", name="2 Assessment").click()
    clinician.look("Assessment")
    page.get_by_label("Condition").select_option(label=CONDITION)
    page.locator(".level").filter(has_text="III").first.click()
    for zone, area in (("FRONTAL", "42"), ("MIDSCALP", "36")):
        page.locator(f'#scalp [data-zone="{zone}"]').click()
        page.locator(f'[name="zone-{zone}-area"]').fill(area)
    expect(page.locator('[data-total-area="scalp"]')).to_have_text("78")
    page.get_by_label("Figure, line 1").fill("124")
    page.get_by_label("Note", exact=True).fill(NOTE)
    clinician.look("Assessment")
    clinician.button("Save, go to the cocktail").click()


def fills_the_syringe(clinician):
    page = clinician.page
    clinician.look("Cocktail")
    clinician.button("Start cocktail").click()
    clinician.look("Cocktail")
    checks = page.get_by_role("region", name="Checks")
    for name, ml, _ in SYRINGE:
        _adds(clinician, name)
        _says(page, _ml_of(page, name), ml)
    _adds(clinician, "Copper")
    _adds(clinician, "Vitamin C")
    clinician.look("Cocktail")
    picture(clinician, "cocktail-blocked")
    blocked = checks.locator(".is-block").filter(has_text="Copper")
    expect(blocked).to_be_visible()
    for name in ("Copper", "Vitamin C"):
        with page.expect_response(_is_check):
            clinician.button(f"Take {name}").click()
    expect(blocked).to_have_count(0)
    clinician.look("Cocktail")
    # What the intake does not ask is asked here, and answered here.
    clinician.button("None of these: write “no” to each").click()
    expect(page.get_by_text("Answers written.")).to_be_visible()
    expect(page.get_by_text("Not asked is not “no”")).to_have_count(0)
    _gives_reasons(page)
    clinician.look("Cocktail")
    picture(clinician, "cocktail")
    clinician.button("Sign cocktail").click()
    clinician.look("Plan")


def _is_check(response):
    return response.url.endswith("/check/")


def _adds(clinician, name):
    """What is suggested has its button; anything else is in the list."""
    page = clinician.page
    button = page.get_by_role("button", name=re.compile(f"^Add {name}"))
    if not button.count():
        option = page.locator("#pick option").filter(has_text=name).first
        page.locator("#pick").select_option(option.get_attribute("value"))
        button = clinician.button("Add to the syringe")
    with page.expect_response(_is_check):
        button.first.click()
    expect(_ml_of(page, name)).to_be_visible()


def _ml_of(page, name):
    return page.get_by_label(re.compile(rf"^{name}\b.*, ml$"))


def _says(page, field, text):
    with page.expect_response(_is_check):
        field.fill(text)


def _gives_reasons(page):
    """A warning is answered where it stands."""
    for field in page.locator('#formulation [name^="reason:"]').all():
        _says(page, field, "Discussed; the patient knows and agrees")


def plans_and_quotes(clinician):
    """The protocol proposes how many sessions, and how far apart."""
    page = clinician.page
    expect(page.get_by_role("spinbutton", name="Sessions")).to_have_value("8")
    page.get_by_label("Name of the plan").fill("Density 8")
    clinician.button("Save and quote").click()
    clinician.look("quote")
    clinician.button("Issue").click()
    expect(page.get_by_role("heading", name="Accept and sign")).to_be_visible()
    clinician.look("Q-")
    picture(clinician, "quote")


# --- the front desk ----------------------------------------------------------


def accepts_and_books(desk, imported):
    page = desk.page
    page.get_by_role("link", name=re.compile("Density 8")).click()
    desk.look("Q-")
    page.locator(".quote-option").filter(has_text="Density 8").click()
    page.get_by_label("Name, as the patient signs").fill(imported.full_name)
    page.get_by_role("button", name=re.compile("^Accept Density 8, ")).click()
    expect(page.get_by_text("Accepted. Book the sessions now.")).to_be_visible()
    desk.look("Q-")
    desk.button("Plan and payments").click()
    desk.look("Plan")
    _books_the_course(desk)
    _takes_the_deposit(desk)


def _books_the_course(desk):
    """From the plan, the first session today."""
    page = desk.page
    desk.taps = 0
    desk.tap(desk.button("Book the sessions"))
    desk.look("Book the course")
    desk.tap(page.get_by_label("First day"))
    with page.expect_response(lambda response: response.url.endswith("/book/")):
        page.get_by_label("First day").fill(timezone.localdate().isoformat())
        page.keyboard.press("Tab")
    today = formats.date_format(timezone.localdate(), "D j M")
    chosen = page.get_by_label("Time of session 1").locator("option:checked")
    expect(chosen).to_contain_text(today)
    desk.look("Book the course")
    desk.tap(page.get_by_role("button", name=re.compile("^Book 8 sessions, ")))
    expect(page.get_by_text("8 sessions are booked")).to_be_visible()
    assert desk.taps <= 6
    desk.look(OVERVIEW)


def _takes_the_deposit(desk):
    page = desk.page
    page.get_by_role("link", name="Density 8").first.click()
    desk.look("Plan")
    page.locator("#id_amount").fill("500.00")
    desk.button("Take payment").click()
    expect(page.get_by_text("Payment taken.")).to_be_visible()
    expect(page.locator("#balance")).to_contain_text("$500.00")
    desk.look("Plan")


def sees_nothing_clinical(desk, imported):
    """The desk opens everything it may about this patient, after all of it was written."""
    desk.find("ibanez")
    desk.look(OVERVIEW)
    shown = "".join(desk.read)
    assert imported.family_name in shown
    for secret in (CONDITION, "Androgenetic", NOTE, SESSION_NOTE, "Norwood"):
        assert secret not in shown


# --- the session -------------------------------------------------------------


def starts_the_session(clinician, imported):
    page = clinician.page
    clinician.open("/")
    clinician.look("day ")
    picture(clinician, "today")
    page.get_by_role("region", name="The day").get_by_role("link", name=re.compile("Ibáñez")).click()
    clinician.look("Appointment")
    clinician.button("Arrived").click()
    expect(clinician.button("Start session")).to_be_visible()
    clinician.look("Appointment")
    clinician.button("Start session").click()
    answers_what_is_due(clinician)
    clinician.look("Session 1 of 8")


def charts(clinician):
    page = clinician.page
    for name, ml, number in SYRINGE:
        lot = page.get_by_label(re.compile(rf"^{name}.*, lot$"))
        expect(lot.locator("option:checked")).to_have_text(number)
        given = page.get_by_label(re.compile(rf"^{name}.*, ml given$"))
        expect(given).to_have_value(ml)
    for tick in page.locator("#checklist [data-short]").all():
        tick.check()
    page.get_by_label("Scalp looked at, no infection").check()
    page.locator("#checklist").get_by_text("Adrenaline, oxygen, BP cuff").click()
    page.get_by_text("Asked all three: nothing has changed").click()
    for whole in page.locator("[data-all]").all():
        whole.check()
    page.get_by_text("Accept all proposed lots").click()
    _treats_by_map(page)
    page.locator("#pain_during-nrs").get_by_text("4", exact=True).click()
    page.get_by_title("Swelling at injection sites").click()
    page.get_by_label("Note", exact=True).fill(SESSION_NOTE)
    clinician.look("Session 1 of 8")
    picture(clinician, "session")


def _treats_by_map(page):
    """The assessed zones are proposed; a tap on the map takes one up, lets it go, and chooses it again."""
    midscalp = page.locator('#scalp [data-zone="MIDSCALP"]')
    points = page.locator('[data-total-points="scalp"]')
    expect(points).to_have_text("78")
    midscalp.click()
    midscalp.click()
    expect(points).to_have_text("42")
    midscalp.click()
    expect(points).to_have_text("78")
    expect(page.locator(".delivered")).to_contain_text("2.50 ml delivered of 2.5 drawn")


def signs_the_session(clinician):
    page = clinician.page
    clinician.button("Review & sign").click()
    expect(page.get_by_role("button", name="Sign", exact=True)).to_be_visible()
    clinician.look("Session 1 of 8")
    for field in page.locator('#sign [name^="reason:"]').all():
        field.fill("Discussed; the patient knows and agrees")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Session signed.")).to_be_visible()
    clinician.look("Session 1 of 8")
    expect(page.locator("main")).to_contain_text(SESSION_NOTE)
    picture(clinician, "session-signed")


def shows_what_happened_and_what_comes_next(clinician, imported):
    page = clinician.page
    page.get_by_role("link", name="Patient", exact=True).click()
    clinician.look(OVERVIEW)
    picture(clinician, "patient")
    row = page.get_by_role("region", name="Sessions").locator("tbody tr")
    expect(row).to_have_count(1)
    for said in ("2.5", "4", "Swelling", "Kaya"):
        expect(row).to_contain_text(said)
    following = page.get_by_role("region", name="What comes next")
    expect(following).to_contain_text("Review at session 5")
