"""Turns the rows about views to photograph into rows of the database."""

from mesoclinic.core.reference import Loaded, merge_shipped_rows_keeping_edits
from mesoclinic.data.rows import Catalogue
from treatments.conditions.models import PhotoView


def load_photo_views(data: Catalogue) -> Loaded:
    """Bring the shipped views in; what the clinic has changed stays."""
    return merge_shipped_rows_keeping_edits(
        PhotoView,
        [
            {
                "code": view.code,
                "pattern": view.pattern,
                "order": view.order,
                "name": view.name,
                "framing": view.framing,
                "distance": view.distance,
                "patient_position": view.patient_position,
                "hair": view.hair,
                "light": view.light,
                "camera": view.camera,
                "compare_rule": view.compare_rule,
                "required_at": view.required_at,
                "why": view.why,
                "note": view.note,
                "source_keys": list(view.sources),
                "source_text": view.basis.replace("_", " "),
            }
            for view in data.photo_views
        ],
        key=("code",),
    )[1]
