"""The session on a tablet: few taps, a map for hand, pen and keys, and nothing that is typed is ever lost."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from mesoclinic.core.models import Autosave
from mesoclinic.demo import clinic as made_up
from mesoclinic.demo import patients as course
from mesoclinic.demo.patients import CASES, Demo
from tests import factories
from treatments.billing.actions import quotes
from treatments.schedule.actions import visits
from treatments.sessions.actions.start import start_session
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.sessions import autosave_subject, chart_of, session_detail
from treatments.stock.models import Lot

TABLET = {"width": 1024, "height": 768}
KEEP = re.compile(r"/sessions/\d+/keep/$")


@pytest.fixture(autouse=True)
def at_the_clinic(house):
    """Today is what the clinic's calendar says."""
    with timezone.override(house.clinic.zone):
        yield


@pytest.fixture
def demo(house):
    return Demo.of(house, timezone.localdate(), seed=1)


@pytest.fixture
def plan(demo):
    """A made-up woman with an accepted plan of eight sessions of four ingredients."""
    by = demo.place.staff["elif"]
    people = made_up.rows("people.csv")
    patient = course.register(demo, next(row for row in people if row["sex_at_birth"] == "female"))
    course.take_intake(demo, patient, by)
    course.give_consent(demo, patient, by, days_ago=1)
    assessment = course.assess(demo, patient, CASES[0], by)
    version = course.sign_cocktail(course.build_cocktail(demo, patient, CASES[0], by), by)
    made = course.make_plan(demo, patient, assessment, version, 8, by)
    quoted = quotes.issue_quote(quote=course.quote(demo, made), by=demo.place.desk)
    return course.accept(demo, quoted, 8)


@pytest.fixture
def visit(demo, plan):
    """The patient has arrived for the next session, today."""

    def arrives(number=1):
        by = demo.place.staff["elif"]
        booked = course.book_one(demo, plan, number, demo.today, by, timezone.now())
        return visits.arrive(appointment=booked, by=demo.place.desk)

    return arrives


@pytest.fixture
def session(demo, plan):
    """The first session, begun."""
    return course.going_past(start_session, plan=plan, by=demo.place.staff["elif"], clinic=demo.place.clinic)


@pytest.fixture
def once_signed(demo, plan, session):
    """The plan with its first session signed."""
    by = demo.place.staff["elif"]
    course.chart(demo, session, by, review=False)
    course.sign(demo, session, by, density=133)
    return plan


@pytest.fixture
def at_the_chair(session, person):
    """Dr Kaya with the session open on a tablet."""

    def sits_down(username="elif", viewport=TABLET):
        clinician = person(viewport)
        clinician.sign_in(username)
        clinician.look("day ")
        clinician.open(f"/sessions/{session.pk}/")
        clinician.look("Session 1 of 8")
        return clinician

    return sits_down


def count_taps(clinician):
    """Every press that a hand makes on the page, counted by the browser itself."""
    taps = []
    clinician.page.expose_function("tapped", lambda: taps.append(1))
    clinician.page.add_init_script(
        "addEventListener('pointerdown', (event) => event.isTrusted && window.tapped(), true)"
    )
    return taps


def forgive(clinician, *words):
    """What the browser says of a request that was meant to fail."""
    clinician.trouble[:] = [said for said in clinician.trouble if not any(word in said for word in words)]


def says(clinician, words):
    expect(clinician.page.locator("[data-save-state]").last).to_contain_text(words)


def saved(clinician):
    says(clinician, "All changes saved")


@contextmanager
def kept(clinician):
    """The draft reaches the server before the block is left."""
    with clinician.page.expect_response(lambda r: KEEP.search(r.url) and r.ok):
        yield


def note(clinician):
    return clinician.page.get_by_label("Note", exact=True)


def autosave_of(session, username="elif"):
    return Autosave.objects.get(subject=autosave_subject(session), owner__username=username)


# --- taps --------------------------------------------------------------------


def test_a_repeat_session_takes_ten_taps(once_signed, visit, person):
    clinician = person(TABLET)
    taps = count_taps(clinician)
    clinician.sign_in("elif")
    clinician.look("day ")
    clinician.open(f"/appointments/{visit(2).pk}/")
    clinician.look("Appointment")
    page = clinician.page
    taps.clear()

    clinician.button("Start session").click()
    expect(page).to_have_title(re.compile("Session 2 of 8"))
    clinician.button("Same as last").click()
    page.get_by_text("Asked all three: nothing has changed").click()
    page.locator("#checklist").get_by_text("All of these were done").click()
    page.get_by_text("Accept all proposed lots").click()
    page.locator("#pain_during-nrs").get_by_text("3", exact=True).click()
    page.get_by_label("No reactions").check()
    page.locator("#aftercare").get_by_text("All of these were done").click()
    clinician.button("Review & sign").click()
    expect(page.get_by_role("button", name="Sign", exact=True)).to_be_visible()
    assert page.locator('#sign [name^="reason:"]').count() == 0
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Session signed.")).to_be_visible()

    assert 9 <= len(taps) <= 10
    clinician.look("Session 2 of 8")
    clinician.looked_at.add("/sessions/…/sign/")
    first, second = once_signed.treatment_sessions.order_by("number")
    assert second.status == "signed"
    assert chart_of(session_detail(second.pk)).zones == chart_of(session_detail(first.pk)).zones


def test_a_first_session_takes_at_most_twenty_five(plan, visit, person):
    """One by one where a person may want to: each question, each line of the short list, each vial."""
    clinician = person(TABLET)
    taps = count_taps(clinician)
    clinician.sign_in("elif")
    clinician.look("day ")
    clinician.open(f"/appointments/{visit().pk}/")
    clinician.look("Appointment")
    page = clinician.page
    taps.clear()

    clinician.button("Start session").click()
    expect(page).to_have_title(re.compile("Session 1 of 8"))
    for topic in page.locator("[data-topic]").all():
        topic.get_by_label("No change").check()
    for tick in page.locator("#checklist [data-short]").all():
        tick.check()
    page.locator("#checklist").get_by_text("All of these were done").click()
    for vial in page.locator("#syringe [data-read]").locator("visible=true").all():
        vial.check()
    page.locator("#pain_during-nrs").get_by_text("4", exact=True).click()
    page.get_by_title("Swelling at injection sites").click()
    page.locator("#aftercare").get_by_text("All of these were done").click()
    clinician.button("Review & sign").click()
    expect(page.get_by_role("button", name="Sign", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Session signed.")).to_be_visible()

    assert 15 <= len(taps) <= 25
    clinician.look("Session 1 of 8")
    clinician.looked_at.add("/sessions/…/sign/")


# --- the page ----------------------------------------------------------------


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
    """A GS1 code by the server, a printed number by the page, an unknown one is said."""
    product = session.doses.get(product__name="Dexpanthenol").product
    product.gtin = "07612345678900"
    product.save()
    other = factories.LotFactory(product=product, clinic=house.clinic, number="D2-NEW", on_hand=20)
    clinician = at_the_chair()
    page, field = clinician.page, clinician.page.get_by_label(re.compile("Scan a vial"))
    lot = page.get_by_label(re.compile("^Dexpanthenol.*, lot$"))
    read = page.get_by_label(re.compile("^Dexpanthenol.*, lot read$"))

    field.fill("0107612345678900172703311" + "0D2-NEW")
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


# --- the map -----------------------------------------------------------------


def test_the_map_is_worked_by_keys_and_undone(at_the_chair):
    clinician = at_the_chair()
    page = clinician.page
    vertex = page.locator('#scalp [data-zone="VERTEX"]')
    points = page.locator('[data-total-points="scalp"]')
    expect(points).to_have_text("78")

    vertex.focus()
    page.keyboard.press("Enter")
    expect(vertex).to_have_attribute("aria-pressed", "true")
    expect(points).to_have_text("158")
    page.locator('[name="zone-VERTEX-spacing"]').fill("2")
    expect(page.locator('[name="zone-VERTEX-points"]')).to_have_value("20")
    expect(page.get_by_text("Differs from the plan: not among the assessed zones")).to_be_visible()
    expect(page.locator('[data-zone-row="VERTEX"] [data-zone-density]')).to_contain_text("ml/cm²")
    clinician.look("Session 1 of 8")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator('[name="zone-VERTEX-points"]')).to_have_value("80")
    vertex.focus()
    page.keyboard.press("Control+z")

    expect(vertex).to_have_attribute("aria-pressed", "false")
    expect(points).to_have_text("78")


@pytest.mark.parametrize("by", ["mouse", "pen", "touch", "keys"])
def test_a_zone_is_drawn_by_hand_pen_and_keys(session, at_the_chair, by):
    clinician = at_the_chair()
    page = clinician.page
    page.get_by_role("button", name="Draw a zone").click()
    page.locator("#scalp").evaluate("(svg) => svg.scrollIntoView({ block: 'center' })")
    if by == "mouse":
        page.mouse.move(*_on_screen(page, CORNERS[0]))
        page.mouse.down()
        for corner in [*CORNERS[1:], CORNERS[0]]:
            page.mouse.move(*_on_screen(page, corner), steps=8)
        page.mouse.up()
    elif by == "keys":
        for key in ("ArrowLeft", "ArrowUp"):
            page.keyboard.press(f"Shift+{key}")
        for moves in ([], ["Shift+ArrowRight"] * 3, ["Shift+ArrowDown"] * 3):
            for move in moves:
                page.keyboard.press(move)
            page.keyboard.press("Enter")
        page.keyboard.press("f")
    else:
        _taps_the_corners(page, by)

    drawn = page.locator("#scalp .is-drawn")
    expect(drawn).to_have_count(1)
    expect(page.locator('[name="drawn-0-name"]')).to_have_value("Drawn 1")
    page.locator('[name="drawn-0-name"]').fill("Bald patch")
    clinician.look("Session 1 of 8")
    clinician.button("Save draft").click()
    expect(page.get_by_text("Draft saved.")).to_be_visible()
    clinician.look("Session 1 of 8")
    expect(page.locator("#scalp .is-drawn")).to_have_count(1)

    zone = session.zones.get(zone=None)
    assert zone.name == "Bald patch"
    assert len(zone.outline) >= 3
    assert all(0 <= value <= 100 for corner in zone.outline for value in corner)
    assert zone.area_cm2 > 10


def test_the_map_stays_where_it_is_while_a_zone_is_drawn(at_the_chair):
    """What is said meanwhile grows from a line to three: the next corner must not move away from the hand."""
    page = at_the_chair().page
    stood = _top_on_the_page(page)

    page.get_by_role("button", name="Draw a zone").click()
    page.locator("#scalp").evaluate("(svg) => svg.scrollIntoView({ block: 'center' })")
    for corner in CORNERS:
        page.mouse.click(*_on_screen(page, corner))

    expect(page.locator("[data-map-hint]")).to_contain_text("4 corners.")
    assert _top_on_the_page(page) == stood


def _top_on_the_page(page):
    """How far down the page the map begins, wherever it is scrolled to."""
    return page.locator("#scalp").evaluate("(svg) => svg.getBoundingClientRect().top + scrollY")


#: Of a square on the picture, in the picture's own measure.
CORNERS = [(130, 90), (230, 90), (230, 190), (130, 190)]


def _on_screen(page, spot):
    """Where this spot of the picture is on the screen now."""
    return page.locator("#scalp").evaluate(
        """(svg, [x, y]) => { const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [at.x, at.y]; }""",
        spot,
    )


def _taps_the_corners(page, by):
    """By the browser's own input: a pen that touches down, a finger."""
    hand = page.context.new_cdp_session(page)
    for corner in [*CORNERS, CORNERS[0]]:
        x, y = _on_screen(page, corner)
        if by == "touch":
            hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
            hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            continue
        for kind in ("mousePressed", "mouseReleased"):
            hand.send(
                "Input.dispatchMouseEvent",
                {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1, "pointerType": "pen"},
            )


def test_last_time_is_a_ghost_and_what_differs_from_it_is_coloured(demo, once_signed, person):
    second = start_session(plan=once_signed, by=demo.place.staff["elif"], clinic=demo.place.clinic)
    clinician = person(TABLET)
    clinician.sign_in("elif")
    clinician.look("day ")
    clinician.open(f"/sessions/{second.pk}/")
    clinician.look("Session 2 of 8")
    page = clinician.page
    ghosts = page.locator("#scalp use.zone-ghost")
    expect(ghosts).to_have_count(2)
    points = page.locator('[name="zone-FRONTAL-points"]')
    was = points.get_attribute("data-was")

    page.locator('#scalp [data-zone="FRONTAL"]').click()
    points.fill("11")

    expect(points).to_have_class(re.compile("differs"))
    expect(page.get_by_text(f"was {was}", exact=True)).to_be_visible()
    clinician.look("Session 2 of 8")
    clinician.button("Same as last").click()
    expect(points).to_have_value(was)
    expect(points).not_to_have_class(re.compile("differs"))
    page.locator('[data-progress="map"]').click()
    page.get_by_label("last session", exact=True).uncheck()
    expect(ghosts.first).to_be_hidden()


# --- never lost --------------------------------------------------------------


def test_a_change_is_on_the_server_within_five_seconds_drawings_and_chips_too(session, person):
    """By the browser's own clock, stopped: somebody who never pauses is saved after five seconds all the same."""
    clinician = person(TABLET)
    page = clinician.page
    clinician.sign_in("elif")
    clinician.look("day ")
    page.clock.install()
    clinician.open(f"/sessions/{session.pk}/")
    clinician.look("Session 1 of 8")
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.get_by_title("Swelling at injection sites").click()
    page.locator('[name="drawn-0-on"]').evaluate(
        """(box) => { const row = box.closest('fieldset'); box.checked = true;
             row.querySelector('[data-outline]').value = '10,10 30,10 20,30';
             row.querySelector('[data-drawn-name]').value = 'Patch';
             box.dispatchEvent(new Event('change', { bubbles: true })); }"""
    )

    with kept(clinician):
        note(clinician).focus()
        for second in range(5):
            page.keyboard.type(str(second))
            page.clock.run_for(1000)

    page.clock.resume()
    saved(clinician)
    typed = autosave_of(session).fields
    assert typed["note"][0].startswith("0123")
    assert typed["drawn-0-outline"] == ["10,10 30,10 20,30"]
    assert [n for n in typed if n.endswith("-seen") and n.startswith("reaction-")]


def test_a_draft_is_seen_in_today_on_the_patient_and_at_the_door(demo, session, at_the_chair, visit):
    clinician = at_the_chair()
    page = clinician.page
    with kept(clinician):
        note(clinician).fill("Half a sentence")
    clinician.open("/")
    clinician.look("day ")
    named = re.compile(f"Sign session: {re.escape(session.patient.full_name)}")
    expect(page.get_by_role("link", name=named)).to_be_visible()
    clinician.open(f"/patients/{session.patient_id}/")
    clinician.look("Mesoclinic")
    page.get_by_role("link", name=re.compile("Finish and sign the draft")).first.click()
    expect(note(clinician)).to_have_value("Half a sentence")
    clinician.look("Session 1 of 8")

    clinician.open(f"/appointments/{visit(2).pk}/")
    clinician.look("Appointment")
    clinician.button("Start session").click()

    expect(page.get_by_text("is not signed. It stands as it was left.")).to_be_visible()
    expect(note(clinician)).to_have_value("Half a sentence")
    clinician.look("Session 1 of 8")


def test_signed_out_while_typing_one_signs_in_in_place(session, at_the_chair):
    clinician = at_the_chair()
    page = clinician.page
    with kept(clinician):
        note(clinician).fill("Before.")
    Session.objects.all().delete()

    note(clinician).fill("Before. And after the sign-in ran out.")
    asked = page.get_by_role("alertdialog", name="Sign in again")
    expect(asked).to_be_visible()
    assert clinician.violations() == []
    asked.get_by_label("Password").fill("wrong")
    asked.get_by_role("button", name="Sign in").click()
    expect(asked.locator(".wrong")).not_to_be_empty()
    asked.get_by_label("Password").fill(made_up.PASSWORD)
    with kept(clinician):
        asked.get_by_role("button", name="Sign in").click()

    expect(asked).to_have_count(0)
    saved(clinician)
    assert autosave_of(session).fields["note"] == ["Before. And after the sign-in ran out."]
    clinician.button("Save draft").click()
    expect(page.get_by_text("Draft saved.")).to_be_visible()
    session.refresh_from_db()
    assert session.note == "Before. And after the sign-in ran out."


def test_offline_the_page_goes_on_and_sends_once_on_return_with_the_same_key(session, at_the_chair):
    clinician = at_the_chair()
    page = clinician.page
    sent = []
    page.on("request", lambda r: sent.append(_key_in(r)) if KEEP.search(r.url) else None)
    page.context.set_offline(True)
    note(clinician).fill("Typed without a network")
    page.locator("#pain_during-nrs").get_by_text("4", exact=True).click()
    page.locator('#scalp [data-zone="MIDSCALP"]').click()
    says(clinician, "Offline, kept here")
    expect(page.locator('[data-progress="pain"]')).to_have_accessible_name(re.compile("complete"))
    clinician.button("Save draft").click()
    says(clinician, "Offline, kept here")
    assert "/sessions/" in page.url
    assert clinician.violations() == []
    assert page.evaluate(
        """async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
                         (await caches.keys()).length]"""
    ) == [0, 0, 0, 0]
    assert not Autosave.objects.filter(kind="session").exists()
    failed = list(sent)

    with kept(clinician):
        page.context.set_offline(False)

    saved(clinician)
    assert failed
    assert set(sent) == set(failed[:1])
    assert len(sent) - len(failed) == 1
    typed = autosave_of(session)
    assert typed.fields["note"] == ["Typed without a network"]
    assert str(typed.key) == sent[0]
    forgive(clinician, "ERR_INTERNET_DISCONNECTED")


def _key_in(request):
    found = re.search(r'name="autosave_key"\r\n\r\n([\w-]+)', request.post_data or "")
    return found and found[1]


def test_a_save_whose_answer_was_lost_is_sent_again_and_is_the_same_save(session, at_the_chair):
    clinician = at_the_chair()
    page = clinician.page
    lost = []

    def lose(route):
        route.fetch()  # It reached the server; the answer never comes back.
        lost.append(1)
        route.abort()

    page.route(KEEP, lose, times=1)
    note(clinician).fill("Once")
    says(clinician, "Offline, kept here")
    assert (lost, autosave_of(session).fields["note"]) == ([1], ["Once"])

    with kept(clinician):
        page.evaluate("dispatchEvent(new Event('online'))")

    saved(clinician)
    expect(page.locator("#both")).to_have_count(0)
    forgive(clinician, "ERR_FAILED")


def test_a_killed_browser_loses_nothing_that_was_saved(session, live_server, person, chromium):
    """A browser of its own process, ended by the system. What stood ten seconds is there: see the five seconds above."""
    program = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [
                program,
                "--headless=new",
                "--remote-debugging-port=0",
                f"--user-data-dir={folder}",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                *(["--no-sandbox"] if os.geteuid() == 0 else []),
                "about:blank",
            ],
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            address = next(
                found[1]
                for line in process.stderr
                if (found := re.search(r"DevTools listening on (ws://\S+)", line))
            )
            other = chromium.browser_type.connect_over_cdp(address)
            page = other.contexts[0].new_page()
            page.goto(f"{live_server.url}/")
            page.get_by_label("Username").fill("elif")
            page.get_by_label("Password").fill(made_up.PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(f"{live_server.url}/")
            page.goto(f"{live_server.url}/sessions/{session.pk}/")
            with page.expect_response(lambda r: KEEP.search(r.url) and r.ok):
                page.get_by_label("Note", exact=True).fill("Saved before the end")
            page.keyboard.type(" and a word more")
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stderr.close()

    clinician = person(TABLET)
    clinician.sign_in("elif")
    clinician.look("day ")
    clinician.open(f"/sessions/{session.pk}/")
    clinician.look("Session 1 of 8")

    expect(note(clinician)).to_have_value(re.compile("^Saved before the end"))


def test_two_windows_of_one_person_show_both_and_the_second_chooses(session, at_the_chair):
    first, second = at_the_chair(), at_the_chair()
    with kept(first):
        note(first).fill("From the first window")

    note(second).fill("From the second window")
    both = second.page.locator("#both")
    expect(both).to_contain_text("From the first window")
    expect(both).to_contain_text("From the second window")
    forgive(second, "409")
    second.look("Session 1 of 8")
    assert autosave_of(session).fields["note"] == ["From the first window"]

    with kept(second):
        second.button("Keep what is typed here").click()
    expect(both).to_have_count(0)
    assert autosave_of(session).fields["note"] == ["From the second window"]

    note(first).fill("From the first window, later")
    expect(first.page.locator("#both")).to_contain_text("From the second window")
    forgive(first, "409")
    first.button("Take the stored version").click()
    expect(note(first)).to_have_value("From the second window")


def test_two_people_show_both_and_the_second_chooses(session, house, at_the_chair):
    colleague = next(
        u.username for u in house.staff.values() if u.username != "elif" and "clinician" in u.roles
    )
    hers, his = at_the_chair(), at_the_chair(colleague)
    with kept(his):
        note(his).fill("What he typed")
    note(hers).fill("What she typed")
    hers.button("Save draft").click()
    expect(hers.page.get_by_text("Draft saved.")).to_be_visible()
    expect(note(hers)).to_have_value("What she typed")

    note(his).fill("What he typed, and more")
    both = his.page.locator("#both")
    expect(both).to_contain_text("What she typed")
    expect(both).to_contain_text("What he typed, and more")
    forgive(his, "409")
    his.look("Session 1 of 8")
    his.button("Take the stored version").click()

    expect(note(his)).to_have_value("What she typed")
    session.refresh_from_db()
    assert session.note == "What she typed"


# --- discarded ---------------------------------------------------------------


def test_a_session_begun_by_mistake_is_discarded(visit, person):
    clinician = person(TABLET)
    page = clinician.page
    appointment = visit()
    clinician.sign_in("elif")
    clinician.look("day ")
    clinician.open(f"/appointments/{appointment.pk}/")
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
    second = start_session(plan=once_signed, by=demo.place.staff["elif"], clinic=demo.place.clinic)
    clinician = person(TABLET)
    page = clinician.page
    clinician.sign_in("elif")
    clinician.look("day ")
    clinician.open(f"/sessions/{second.pk}/")
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
