"""The session page on a tablet: what is missing is found, what is wrong is said at once."""

import re

from playwright.sync_api import expect

from mesoclinic.demo.answers import record_healthy_safety_answers
from tests import factories
from tests.journeys.charting.hands import TABLET, autosave_of, forgive, kept, note
from treatments.cocktails.rules.required_answers import START
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import TreatmentSession
from treatments.stock.models import Lot


def test_the_grid_leads_to_what_is_missing_and_a_complete_section_folds(at_the_chair):
    clinician = at_the_chair()
    page = clinician.page
    cross = page.locator('[data-progress="pain"]')
    expect(cross).to_have_accessible_name(re.compile("Pain.*missing", re.S))

    page.locator("#part-pain > summary").click()
    expect(page.locator("#part-pain")).not_to_have_attribute("open", "")
    cross.click()
    expect(page.locator("#part-pain")).to_have_attribute("open", "")
    expect(page.locator("#part-pain > summary")).to_be_focused()
    page.locator("#pain_during-nrs").get_by_text("4", exact=True).click()
    expect(cross).to_have_accessible_name(re.compile("Pain.*complete", re.S))
    note(clinician).click()

    expect(page.locator("#part-pain")).not_to_have_attribute("open", "")
    expect(page.locator("#part-pain [data-part-line]")).to_have_text("worst 4")
    clinician.look("Session 1 of 8")


def test_a_section_above_folds_after_a_press_and_not_under_it(at_the_chair):
    clinician = at_the_chair()
    page = clinician.page
    page.get_by_text("Asked all three: nothing has changed").click()
    whole = page.locator("#part-checklist [data-all]")
    whole.scroll_into_view_if_needed()
    box = whole.bounding_box()

    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    # As long as a finger rests there.
    page.evaluate("new Promise((rested) => setTimeout(rested, 150))")
    page.mouse.up()

    expect(whole).to_be_checked()
    expect(page.locator("#part-safety")).not_to_have_attribute("open", "")
    clinician.look("Session 1 of 8")


def test_the_patient_and_the_signature_stay_on_screen(at_the_chair):
    """Also with half the screen gone to a keyboard that came up for the last field of the page."""
    clinician = at_the_chair()
    page = clinician.page

    for height in (768, 400):
        page.set_viewport_size({"width": 1024, "height": height})
        note(clinician).focus()
        note(clinician).scroll_into_view_if_needed()

        for seen in (page.locator("h1"), page.locator(".patient-bar .btn-primary")):
            assert seen.evaluate(
                """(element) => {
                     const box = element.getBoundingClientRect();
                     const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                     return box.top >= 0 && box.bottom <= innerHeight && element.contains(top);
                   }"""
            )
    clinician.look("Session 1 of 8")


def test_everything_to_touch_is_44_pixels(session, chromium, live_server, person):
    clinician = person(TABLET)
    clinician.page.context.close()
    context = chromium.new_context(viewport=TABLET, has_touch=True, is_mobile=True)
    clinician.page = context.new_page()
    clinician.sign_in("elif")
    clinician.open(f"/sessions/{session.pk}/")
    page = clinician.page
    page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")

    small = page.evaluate(
        """() => [...document.querySelectorAll('main :is(a, button, input, select, textarea, summary, [role=button])')]
            .filter((e) => e.checkVisibility() && e.type !== 'hidden' && !e.closest('.visually-hidden, svg'))
            .map((e) => [e, e.matches('[type=checkbox], [type=radio]') ? e.labels[0] ?? e : e])
            .map(([e, target]) => [e, target.getBoundingClientRect()])
            .filter(([, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
            .map(([e, box]) => `${e.outerHTML.slice(0, 90)} ${Math.round(box.width)}×${Math.round(box.height)}`)"""
    )

    assert small == []
    assert clinician.is_wide_enough()
    context.close()


def test_a_number_below_zero_and_a_day_gone_by_are_remarked_at_once(at_the_chair):
    clinician = at_the_chair()
    page = clinician.page

    with kept(clinician):
        given = page.get_by_label(re.compile("^Dexpanthenol.*, ml given$"))
        given.fill("-1")
        expect(page.get_by_text("Below zero: type 0 or more.").first).to_be_visible()
        expect(given).to_have_attribute("aria-invalid", "true")
        page.get_by_label("Next session").fill("2020-02-29")
        expect(page.get_by_text("This day is not after the session.")).to_be_visible()

    clinician.look("Session 1 of 8")
    given.fill("1.0")
    expect(page.get_by_text("Below zero: type 0 or more.")).to_have_count(0)


def test_a_vial_is_scanned_or_typed_and_picks_its_lot(house, session, at_the_chair):
    """A GS1 code that agrees with the record by the server, a printed number by the page, an unknown one is said."""
    product = session.doses.get(product__name="Dexpanthenol").product
    product.gtin = "07612345678900"
    product.save()
    other = factories.LotFactory(product=product, clinic=house.clinic, number="D2-NEW", on_hand=20)
    clinician = at_the_chair()
    page, field = clinician.page, clinician.page.get_by_label(re.compile("Scan a vial"))
    lot = page.get_by_label(re.compile("^Dexpanthenol.*, lot$"))
    read = page.get_by_label(re.compile("^Dexpanthenol.*, lot read$"))

    field.fill(f"010761234567890017{other.expires_on:%y%m%d}10D2-NEW")
    field.press("Enter")
    expect(lot.locator("option:checked")).to_have_text("D2-NEW")
    expect(read).to_be_checked()
    field.fill("bt-0086")
    field.press("Enter")
    expect(page.get_by_label(re.compile("^Biotin.*, lot read$"))).to_be_checked()
    field.fill("NOBODY-1")
    field.press("Enter")
    expect(page.get_by_text("No lot NOBODY-1 is on the shelf here.")).to_be_visible()
    forgive(clinician, "422")
    clinician.look("Session 1 of 8")
    with kept(clinician):
        note(clinician).fill("scanned")

    typed = autosave_of(session).fields
    assert typed[f"dose-{product.pk}-0-lot"] == [str(other.pk)]
    assert Lot.objects.get(number="D2-NEW").on_hand_ml == 20


def test_what_has_changed_is_checked_while_it_is_said(session, at_the_chair):
    product = session.doses.get(product__name="Biotin").product
    ingredient = product.contents.get().ingredient
    factor = factories.FactorFactory(code="made_up_medicine", kind="medicine", label="Madeupin")
    factories.ContraindicationFactory(
        ingredient=ingredient, factor=factor, severity="absolute", why="Made up for a test."
    )
    clinician = at_the_chair()
    topic = clinician.page.locator('[data-topic="medicine"]')

    topic.get_by_label("Changed").check()
    topic.get_by_label("Madeupin").check()

    found = clinician.page.locator("#safety-findings")
    expect(found).to_contain_text(re.compile("Biotin|Madeupin"))
    expect(found.locator(".is-block")).not_to_have_count(0)
    clinician.look("Session 1 of 8")


def test_a_session_begun_by_mistake_is_discarded(visit, person):
    clinician = person(TABLET)
    page = clinician.page
    appointment = visit()
    clinician.sign_in("elif", at=f"/appointments/{appointment.pk}/")
    clinician.look("Appointment")
    clinician.button("Start session").click()
    clinician.look("Session 1 of 8")

    page.get_by_text("Begun by mistake?").click()
    clinician.look("Session 1 of 8")
    page.get_by_label("Why, in a sentence").fill("Wrong patient in the chair")
    page.get_by_role("button", name="Discard the session").click()

    expect(page.get_by_text("The session is discarded.")).to_be_visible()
    clinician.look("Appointment")
    appointment.refresh_from_db()
    assert appointment.status == "arrived"
    assert not TreatmentSession.objects.exists()


def test_axe_finds_nothing_in_any_state(once_signed, demo, house, person):
    """Everything open, everything wrong, everything folded."""
    record_healthy_safety_answers(once_signed.patient, demo.place.staff["elif"], demo.today, START)
    second = start_or_resume_session(plan=once_signed, by=demo.place.staff["elif"], clinic=demo.place.clinic)
    clinician = person(TABLET)
    page = clinician.page
    clinician.sign_in("elif", at=f"/sessions/{second.pk}/")
    clinician.look("Session 2 of 8")
    page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")
    for topic in page.locator("[data-topic]").all():
        topic.get_by_label("Changed").check()
    clinician.look("Session 2 of 8")
    page.get_by_label("Next session").fill("2020-02-29")
    page.locator('#scalp [data-zone="FRONTAL"]').click()
    page.locator('[name="zone-FRONTAL-depth"]').fill("14")
    clinician.button("Save draft").click()
    expect(page.get_by_text("at most 13 mm deep").first).to_be_visible()
    forgive(clinician, "422")
    clinician.look("Session 2 of 8")
    page.evaluate("document.querySelectorAll('[data-part]').forEach((d) => { d.open = false; })")
    clinician.look("Session 2 of 8")
