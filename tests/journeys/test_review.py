"""On a tablet with a camera: the picture is taken over the first one, the two are compared, and the course is decided."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from mesoclinic.accounts.models import Clinic
from mesoclinic.demo import build
from mesoclinic.demo import clinic as made_up
from mesoclinic.demo import patients as course
from mesoclinic.demo.pictures import drawn_head
from tests import factories
from treatments.conditions.actions import photograph_files, photographs
from treatments.conditions.models import Photograph, PhotoView
from treatments.sessions.actions import start

TABLET = {"width": 1024, "height": 768}
PATTERN = "pattern hair loss"
POINTS = [0.2, 0.2, 0.8, 0.2, 0.8, 0.8, 0.2, 0.8]


@pytest.fixture
def plan_to_review(demo):
    """A made-up course whose first session is signed today, at a clinic that reviews after it, photographed before."""
    clinic, by = demo.place.clinic, demo.place.staff["elif"]
    Clinic.objects.filter(pk=clinic.pk).update(review_at_session=1)
    clinic.refresh_from_db()
    patient, case = course.register_person(demo, made_up.read_csv_rows("people.csv")[0]), course.CASES[3]
    course.record_made_up_intake(demo, patient, by)
    course.record_consent(demo, patient, by, days_ago=1)
    assessment = course.record_made_up_assessment(demo, patient, case, by)
    version = course.record_answers_and_sign_cocktail(course.create_cocktail(demo, patient, case, by), by)
    plan = build.create_accepted_plan(demo, patient, assessment, version, 5, by)
    _take_first_picture(patient, by)
    session = course.run_with_override_reasons(start.start_or_resume_session, plan=plan, by=by, clinic=clinic)
    course.chart_session(demo, session, by)
    course.measure_and_sign_session(demo, session, by, 120)
    plan.refresh_from_db()
    return plan


def _take_first_picture(patient, by):
    text = factories.ConsentTextFactory(kind="photo")
    factories.ConsentFactory(patient=patient, kind="photo", text=text, taken_by=by)
    before = timezone.now() - timedelta(days=100)
    photo_set = photographs.create_photo_set(patient=patient, pattern=PATTERN, by=by, now=before)
    picture = photographs.take_photograph(
        photo_set=photo_set,
        view=PhotoView.objects.get(code="PHL-4"),
        content=drawn_head(seed=5, parted=False, missing=0.7),
        by=by,
        now=before,
    )
    photograph_files.prepare_received_photograph(picture.pk)
    photographs.place_landmarks(photograph=picture, points=POINTS, by=by)


def test_a_picture_by_the_camera_a_comparison_a_review_and_its_decision(demo, person, plan_to_review):
    patient = plan_to_review.patient
    doctor = person(TABLET)
    page = doctor.page
    doctor.sign_in("elif", at=f"/patients/{patient.pk}/photographs/")
    doctor.look("Photographs")
    page.get_by_label("Pattern").select_option(PATTERN)
    doctor.tap(doctor.button("Begin a set"))
    doctor.look("Photographs")

    line = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Vertex"))
    doctor.tap(line.get_by_role("button", name="Camera"))
    camera = page.get_by_role("dialog")
    expect(camera.get_by_role("heading", name="Vertex")).to_be_visible()
    expect(camera.locator("[data-camera-hints]")).to_contain_text("60 cm away")
    expect(camera.locator("[data-camera-ghost]")).to_be_visible()
    camera.get_by_label("Strength of the first picture").fill("60")
    assert camera.locator("[data-camera-ghost]").evaluate("canvas => canvas.style.opacity") == "0.6"
    assert doctor.violations() == []
    doctor.tap(camera.get_by_role("button", name="Take"))
    expect(camera.locator("[data-photo-said]")).to_have_text("Sent. It is being prepared.")
    taken = Photograph.objects.get(photo_set__patient=patient, status="received")
    photograph_files.prepare_received_photograph(taken.pk)
    expect(camera.locator("[data-photo-said]")).to_have_text("Kept.")
    doctor.tap(camera.get_by_role("button", name="Close"))
    expect(line.get_by_role("img")).to_be_visible()
    doctor.look("Photographs")
    _hold_a_whole_picture(taken)
    photographs.place_landmarks(photograph=taken, points=POINTS, by=demo.place.staff["elif"])

    doctor.open(f"/patients/{patient.pk}/photographs/compare/")
    doctor.look("Compare")
    share = page.get_by_label("How much of the later picture is shown")
    share.press("Home")
    share.press("ArrowRight")
    assert share.input_value() == "1"
    doctor.tap(doctor.button("Overlay"))
    doctor.look("Compare")

    before = doctor.taps
    doctor.tap(doctor.button("Go to the review"))
    doctor.look("Review")
    assert page.locator("[name=decision]:checked").count() == 0
    assert _smallest_key_px(page) >= 16
    doctor.tap(page.get_by_role("radio", name="Continue", exact=True))
    page.get_by_label("Why (kept with the decision)").fill("As planned")
    doctor.tap(doctor.button("Sign decision"))
    expect(page.get_by_role("heading", name="Continue")).to_be_visible()
    doctor.look("Review")
    assert doctor.taps - before == 3
    plan_to_review.refresh_from_db()
    assert plan_to_review.reviewed_to == 1


def _hold_a_whole_picture(taken):
    """What the camera gave is a picture of its own size."""
    taken.refresh_from_db()
    with taken.master.open() as stored, Image.open(io.BytesIO(stored.read())) as picture:
        assert picture.size == (taken.width, taken.height)
        assert min(picture.size) >= 240


def _smallest_key_px(page):
    """How tall the smallest letters are that say what a plot's marks and axes mean, as they are drawn."""
    return page.evaluate(
        """() => Math.min(...[...document.querySelectorAll(".plot-key")].map((key) => parseFloat(getComputedStyle(key).fontSize)),
             ...[...document.querySelectorAll(".plot-text")].map((text) =>
               parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))"""
    )
