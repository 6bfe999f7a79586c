"""The formulation page in a browser: it follows the hand, two people meet on one draft, and others read what was signed."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from mesoclinic.demo import clinic as made_up
from mesoclinic.demo import patients as course
from mesoclinic.demo.patients import CASES, Demo
from treatments.cocktails.models import CocktailVersion

TABLET = {"width": 1024, "height": 768}


@pytest.fixture
def draft(house):
    """A made-up woman, assessed, with a mixture begun."""
    demo = Demo.load_at_clinic(house, timezone.localdate(), seed=1)
    people = made_up.read_csv_rows("people.csv")
    woman = next(row for row in people if row["sex_at_birth"] == "female")
    patient = course.register_person(demo, woman)
    by = house.staff["elif"]
    course.record_made_up_intake(demo, patient, by)
    course.record_made_up_assessment(demo, patient, CASES[0], by)
    return course.create_cocktail(demo, patient, CASES[0], by)


def test_findings_totals_and_the_drawn_syringe_follow_the_hand(draft, person):
    clinician = person()
    page = clinician.page
    clinician.sign_in("elif", at=f"/cocktails/{draft.pk}/")
    clinician.look("Cocktail")
    zinc = page.get_by_label(re.compile(r"^Zinc.*, ml$"))

    hour = f"{timezone.now().astimezone(draft.cocktail.clinic.zone):%H}"
    zinc.fill("3")

    expect(page.locator("#formulation .findings")).to_contain_text("does not fit a syringe of 5 ml")
    # The clinic's clock, not the browser's: this browser stands in another zone.
    saved = page.locator("[data-save-state]").first
    expect(saved).to_have_text(re.compile(rf"^All changes saved ({hour}|{(int(hour) + 1) % 24:02}):\d\d$"))
    zinc.fill("0.25 mg")
    expect(zinc).to_have_value("0.25")  # 0.25 mg of 1 mg/ml
    expect(page.locator("#formulation .findings")).to_contain_text("2.85 ml in a syringe of 5 ml")
    page.get_by_label("Reckoned for").fill("8")
    expect(page.locator(".formulation-figures")).to_contain_text("8 sessions, at most 3 in 30 days")
    expect(page.locator(".formulation-figures")).to_contain_text("over 78")
    expect(page.locator("svg.syringe title")).to_contain_text("Zinc")
    clinician.look("Cocktail")
    draft.refresh_from_db()
    assert draft.sessions == 8

    clinician.button("Explanation: every rule").click()
    clinician.look("Explanation of the checks")
    expect(page.locator("#explanation-fired")).to_be_visible()
    page.set_viewport_size(TABLET)
    clinician.look("Explanation of the checks")


def test_a_button_pressed_right_after_typing_does_its_work_too(draft, person):
    clinician = person()
    page = clinician.page
    clinician.sign_in("elif", at=f"/cocktails/{draft.pk}/")
    clinician.look("Cocktail")
    zinc = page.get_by_label(re.compile(r"^Zinc.*, ml$"))
    biotin = page.get_by_label(re.compile(r"^Biotin.*, ml$"))
    away = page.get_by_role("button", name=re.compile("^Take Biotin"))
    expect(biotin).to_be_visible()

    zinc.fill("0.3")
    place = away.bounding_box()
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    # The answer to what was typed comes while the finger is down.
    with page.expect_response("**/check/"):
        page.mouse.down()
    page.mouse.up()

    expect(biotin).to_have_count(0)
    expect(zinc).to_have_value(re.compile(r"0\.30?"))


@pytest.mark.fault("F11")
def test_two_people_on_one_draft_see_both_and_choose(draft, person):
    first, second = person(), person()
    for somebody, name in ((first, "elif"), (second, "marco")):
        somebody.sign_in(name, at=f"/cocktails/{draft.pk}/")
        somebody.look("Cocktail")
    first.page.get_by_label(re.compile(r"^Zinc.*, ml$")).fill("0.7")
    expect(first.page.locator("#formulation .findings")).to_contain_text("3.3 ml in a syringe")

    second.page.get_by_label(re.compile(r"^Zinc.*, ml$")).fill("0.9")

    conflict = second.page.locator("#conflict")
    expect(conflict).to_contain_text("Zinc 1 mg/ml 0.7 ml; here it holds")
    second.look("Cocktail")
    assert _zinc(draft) == "0.70"
    conflict.get_by_role("button", name="Keep this one").click()
    expect(conflict).to_have_count(0)
    second.look("Cocktail")
    assert _zinc(draft) == "0.90"


def test_a_cosmetologist_reads_and_prints_what_a_clinician_signed(draft, house, person):
    version = course.record_answers_and_sign_cocktail(draft, house.staff["elif"])
    patient = version.cocktail.patient
    cosmetologist = person(TABLET)
    page = cosmetologist.page
    cosmetologist.sign_in("cleo", at="/cocktails/")
    cosmetologist.look("Cocktails")
    page.get_by_role("link", name=f"Cocktail CV-{version.pk:06d}", exact=True).click()
    cosmetologist.look(f"Cocktail CV-{version.pk:06d}")

    expect(page.get_by_role("link", name="Education sheet")).to_be_visible()
    read = " ".join(cosmetologist.read)
    assert patient.family_name not in read
    assert patient.record_number not in read
    assert "Sign cocktail" not in read
    answer = page.request.get(f"{cosmetologist.address}/cocktails/{version.pk}/education/")
    assert answer.status == 200
    assert answer.body().startswith(b"%PDF-")
    assert page.request.get(f"{cosmetologist.address}/cocktails/{version.pk}/").status == 403


def _zinc(draft):
    version = CocktailVersion.objects.get(pk=draft.pk)
    return f"{version.components.get(product__code='zinc-1').ml}"
