"""The intake: short, answered section by section, and by a tick for all that is not so."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from mesoclinic.demo import clinic as made_up
from mesoclinic.demo.patients import register_person
from patients.models import Intake, RiskFactor

TABLET = {"width": 1024, "height": 768}

#: Little more than half of what the page took when each question had up to three lines (5,000).
MOST_HEIGHT = 2_800


@pytest.fixture
def patient(demo):
    people = made_up.read_csv_rows("people.csv")
    return register_person(demo, next(row for row in people if row["sex_at_birth"] == "female"))


def height_of(page) -> int:
    return page.evaluate("document.documentElement.scrollHeight")


def test_the_intake_is_short_and_none_of_these_answers_each_question(patient, person):
    clinician = person()
    page = clinician.page
    clinician.sign_in("elif", at=f"/patients/{patient.pk}/intake/")
    clinician.look("Intake")
    assert height_of(page) <= MOST_HEIGHT

    def answer(question, said):
        named = re.compile(rf"^\s*{said}\s*$")
        page.locator(f"#q-{question} label").filter(has_text=named).click()

    page.locator("#q-duration input").fill("2025-03")
    answer("pattern", "Midscalp")
    answer("diabetes", "Diet")
    page.locator('[name="q-allergy-lines"]').fill("lokal anestezik (lidokain)")
    for tick in page.locator('[name^="none-"]').all():
        tick.check()
    answer("pregnant", "None")
    answer("contraception", "None")
    clinician.look("Intake")
    clinician.button("Save intake").click()
    clinician.look("Assessment")

    answers = Intake.objects.get().answers
    assert answers["duration"] == "2025-03"
    assert answers["diabetes"] == "diet"
    assert (answers["epilepsy"], answers["heart"], answers["anaesthetic"]) == ("no", ["none"], {"said": "no"})
    assert answers["meds"] == ["none"]
    stands = set(RiskFactor.objects.standing_on(timezone.localdate()).values_list("factor__code", flat=True))
    assert stands == {"diabetes", "childbearing_unprotected", "allergy_amide"}
    expect(page.get_by_text("Can become pregnant (no contraception)")).to_be_visible()


def test_on_a_tablet_the_intake_does_not_scroll_sideways(patient, person):
    clinician = person(TABLET)
    clinician.sign_in("elif", at=f"/patients/{patient.pk}/intake/")
    clinician.look("Intake")
