"""The disk of the photographs is really full: neither a row nor half a file stays, and the same picture is taken afterwards."""

import io

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from tests import factories
from tests.full_disk import small_disk
from treatments.conditions.actions import photograph_files, photographs
from treatments.conditions.models import Photograph, PhotoView


def jpeg():
    out = io.BytesIO()
    Image.new("RGB", (80, 60), "brown").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def address(clinician):
    """Where a picture of somebody who agreed to it is sent."""
    patient = factories.PatientFactory(registered_by=clinician)
    text = factories.ConsentTextFactory(kind="photo")
    factories.ConsentFactory(patient=patient, kind="photo", text=text, taken_by=clinician)
    view = PhotoView.objects.create(
        code="PHL-1", pattern="pattern hair loss", order=1, name="Frontal", required_at="T0;5;end"
    )
    photo_set = photographs.create_photo_set(patient=patient, pattern=view.pattern, by=clinician)
    return reverse("conditions:photo_take", args=[photo_set.pk, view.pk])


@pytest.fixture
def full_storage(monkeypatch):
    """Pictures lie on a disk of one megabyte, which is full."""
    with small_disk(1) as disk:
        storage = FileSystemStorage(location=disk.folder / "pictures")
        for module in (photographs, photograph_files):
            monkeypatch.setattr(module, "photograph_storage", lambda: storage)
        disk.fill()
        yield disk, storage


@pytest.mark.fault("F6")
@pytest.mark.django_db
def test_a_full_disk_of_photographs_leaves_neither_row_nor_file_and_takes_the_same_picture_afterwards(
    as_clinician, address, full_storage, once
):
    disk, storage = full_storage
    as_clinician.raise_request_exception = False
    key = once()

    def upload():
        data = {"file": SimpleUploadedFile("x.jpg", jpeg()), "once": key}
        return as_clinician.post(address, data, headers={"Accept": "application/json"})

    refused = upload()
    rows = Photograph.objects.count()
    left = sorted(photograph_files._files_in(storage, "")) if storage.exists("") else []
    disk.make_room()
    taken = upload()

    assert refused.status_code == 503
    assert refused.json()["fault"] == "full"
    assert (rows, left) == (0, [])
    assert taken.status_code == 201
    assert [storage.exists(picture.incoming.name) for picture in Photograph.objects.all()] == [True]
