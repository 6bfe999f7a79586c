"""The bench on a tablet: what blocks is in sight without scrolling, is counted beside Sign, and is repaired from there."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.test_formulation_page import draft  # noqa: F401

SIZES = {"tablet": {"width": 1024, "height": 768}, "desk": {"width": 1366, "height": 900}}


def picture(page, name):
    """For the eye, when it is asked for: JOURNEY_PICTURES=/tmp/journey."""
    if folder := os.environ.get("JOURNEY_PICTURES"):
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(folder) / f"{name}.png", caret="initial")


@pytest.mark.parametrize("name", SIZES)
def test_the_blocks_are_in_sight_and_a_product_is_found_and_taken_out(draft, person, name):  # noqa: F811
    clinician = person(SIZES[name])
    page = clinician.page
    clinician.sign_in("elif", at=f"/cocktails/{draft.pk}/")
    clinician.look("Cocktail")
    zinc = page.get_by_label(re.compile(r"^Zinc.*, ml$"))

    zinc.fill("6")
    count = page.locator("#checks-count")
    expect(count).to_contain_text("block")
    page.get_by_label("Find a product to add").press_sequentially("pyri")
    expect(page.locator("#product-hits")).to_contain_text("product")
    picture(page, f"bench-{name}")
    clinician.look("Cocktail")

    page.evaluate("scrollTo(0, 0)")
    box = page.locator("#checks .is-block").first.bounding_box()
    assert box["y"] + box["height"] <= SIZES[name]["height"]
    assert count.bounding_box()["y"] < box["y"]
    expect(page.locator(".formulation-table tr.is-block").first).to_be_visible()

    page.get_by_role("button", name=re.compile("^Add Pyri")).first.click()
    expect(page.get_by_label(re.compile(r"^Pyri.*, ml$"))).to_be_visible()
    zinc.fill("0.3")
    expect(count).not_to_contain_text("block")
    clinician.look("Cocktail")
