"""Photographs by hand: sent from a file and from a camera, shown when ready, and laid over each other."""

import io
import random

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from mesoclinic.demo import patients as course
from mesoclinic.demo.blood import PERSON
from tests import factories
from treatments.conditions.actions import photograph_files, photographs
from treatments.conditions.models import Photograph, PhotoView

PATTERN = "pattern hair loss"
POINTS = [0.2, 0.2, 0.8, 0.2, 0.8, 0.8, 0.2, 0.8]


def hair(seed):
    """A drawn head, other at each seed."""
    picture, drawn = Image.new("RGB", (400, 300), "silver"), random.Random(seed)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((100, 20, 300, 280), fill="tan")
    for _ in range(400):
        x, y = drawn.randint(110, 280), drawn.randint(40, 250)
        pen.line((x, y, x + drawn.randint(-8, 8), y + 15), fill="saddlebrown", width=2)
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def first_picture(demo):
    """The first set of a made-up man, with the four points on its one picture."""
    by = demo.place.staff["elif"]
    patient = course.register_person(demo, PERSON)
    text = factories.ConsentTextFactory(kind="photo")
    factories.ConsentFactory(patient=patient, kind="photo", text=text, taken_by=by)
    view = PhotoView.objects.get(code="PHL-1")
    photo_set = photographs.create_photo_set(patient=patient, pattern=PATTERN, by=by)
    picture = photographs.take_photograph(photo_set=photo_set, view=view, content=hair(1), by=by)
    photograph_files.prepare_received_photograph(picture.pk)
    photographs.place_landmarks(photograph=picture, points=POINTS, by=by)
    return picture


def test_a_picture_is_sent_shows_itself_and_is_laid_over_the_first(demo, person, first_picture):
    patient = first_picture.photo_set.patient
    doctor = person()
    page = doctor.page
    doctor.sign_in("elif", at=f"/patients/{patient.pk}/photographs/")
    doctor.look("Photographs")
    doctor.button("Begin a set").click()
    doctor.look("Photographs")

    line = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Frontal face"))
    line.get_by_label("Picture of").set_input_files(
        {"name": "telephone.jpg", "mimeType": "image/jpeg", "buffer": hair(2)}
    )
    page.route("**/take/**", lambda route: route.abort())
    line.get_by_role("button", name="Keep it").click()
    expect(line.get_by_role("status")).to_contain_text("No connection. The picture is still here.")
    page.unroute("**/take/**")
    # What the browser says of the connection that was cut.
    doctor.trouble.clear()
    line.get_by_role("button", name="Try again").click()
    expect(line.get_by_text("Being prepared.")).to_be_visible()
    later = Photograph.objects.exclude(pk=first_picture.pk).get()
    photograph_files.prepare_received_photograph(later.pk)
    expect(line.get_by_role("img")).to_be_visible()
    expect(line.get_by_role("status")).to_have_text("Kept.")
    expect(line.get_by_text("taken", exact=True)).to_be_visible()
    doctor.look("Photographs")

    doctor.open(f"/photographs/{later.pk}/points/")
    doctor.look("Four points")
    for number, (x, y) in enumerate([(80, 60), (320, 60), (320, 240), (80, 240)], 1):
        expect(page.get_by_role("heading", name=f"Point {number} of 4")).to_be_visible()
        page.get_by_role("button", name=f"Place point {number}").click(position={"x": x, "y": y})
    doctor.look("Compare")
    cut = "getComputedStyle(document.querySelectorAll('[data-photo-slider] img')[1]).clipPath"
    assert page.evaluate(cut) == "inset(0px 0px 0px 50%)"
    page.get_by_label("How much of the later picture is shown").fill("20")
    assert page.evaluate(cut) == "inset(0px 0px 0px 80%)"
