"""The map of the scalp, worked by hand, pen and keys."""

import re

import pytest
from playwright.sync_api import expect

from mesoclinic.demo.answers import record_healthy_safety_answers
from tests.journeys.charting.hands import TABLET
from treatments.cocktails.rules.required_answers import START
from treatments.sessions.actions.start import start_or_resume_session


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
    page.locator("#checklist").get_by_text("Scalp looked at, no infection").click()
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
    record_healthy_safety_answers(once_signed.patient, demo.place.staff["elif"], demo.today, START)
    second = start_or_resume_session(plan=once_signed, by=demo.place.staff["elif"], clinic=demo.place.clinic)
    clinician = person(TABLET)
    clinician.sign_in("elif", at=f"/sessions/{second.pk}/")
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
