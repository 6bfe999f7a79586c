"""Pictures of made-up patients who agreed to them, for tests that need some."""

import io
from datetime import timedelta

from django.utils import timezone
from PIL import Image

from mesoclinic.accounts.models import Clinic, User
from patients.models import Patient
from tests import factories
from treatments.conditions.actions import photograph_files, photographs
from treatments.conditions.models import Photograph, PhotoView

PATTERN = "pattern hair loss"


def jpeg(colour: str = "brown", size: tuple[int, int] = (80, 60)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def make_view(number: int = 1, name: str = "Vertex", **fields: object) -> PhotoView:
    known = {"pattern": PATTERN, "order": number, "name": name, "required_at": "T0;5;end"}
    return PhotoView.objects.get_or_create(code=f"PHL-{number}", defaults=known | fields)[0]


def agreed(by: User, *, at: Clinic | None = None) -> Patient:
    """Somebody who agreed to photographs for the record."""
    patient = factories.PatientFactory(registered_by=by, **({} if at is None else {"at": at}))
    text = factories.ConsentTextFactory(kind="photo")
    factories.ConsentFactory(patient=patient, kind="photo", text=text, taken_by=by)
    return patient


def take(
    patient: Patient, view: PhotoView, *, by: User, days_ago: int = 0, colour: str = "brown"
) -> Photograph:
    """A picture in a set of its own, ready to be shown."""
    at = timezone.now() - timedelta(days=days_ago)
    photo_set = photographs.create_photo_set(patient=patient, pattern=view.pattern, by=by, now=at)
    picture = photographs.take_photograph(photo_set=photo_set, view=view, content=jpeg(colour), by=by, now=at)
    photograph_files.prepare_received_photograph(picture.pk)
    picture.refresh_from_db()
    return picture
