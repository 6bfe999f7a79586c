"""The forms of hairs counted on a picture."""

from typing import Any

from django import forms

from mesoclinic.core.form_fields import Number
from patients.forms.people import form_helper
from treatments.conditions.models import MeasurementSite
from treatments.conditions.rules.hair_counts import MOST_HAIRS


class CountForm(forms.Form):
    """The marks as text, “0.1,0.2 0.3,0.4”, and the area of the picture."""

    points = forms.CharField(required=False, max_length=MOST_HAIRS * 20, widget=forms.HiddenInput)
    field_cm2 = Number(
        label="Area of the picture, cm²",
        required=False,
        max_digits=6,
        decimal_places=3,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal"}),
    )

    def clean_points(self) -> list[float]:
        return points_of_text(self.cleaned_data["points"])


class KeepCountForm(forms.Form):
    """Where the picture was taken, and how the hair was."""

    site = forms.ChoiceField(label="Where", required=False)
    preparation = forms.CharField(label="Hair on the day", required=False, max_length=120)

    def __init__(self, *args: Any, sites: list[MeasurementSite], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.sites = {str(site.pk): site for site in sites}
        field: Any = self.fields["site"]
        field.choices = [
            ("", "no pinned site"),
            *((key, f"site {site.label}, {site.zone.name}") for key, site in self.sites.items()),
        ]
        self.helper = form_helper("site", "preparation")

    def clean_site(self) -> MeasurementSite | None:
        return self.sites.get(self.cleaned_data["site"])


def points_of_text(text: str) -> list[float]:
    """The marks; none where the text is not of them."""
    try:
        values = [float(part) for pair in text.split() for part in pair.split(",")]
    except ValueError:
        return []
    return values if len(values) % 2 == 0 else []


def text_of_points(points: list[float]) -> str:
    return " ".join(f"{x:.4f},{y:.4f}" for x, y in zip(points[0::2], points[1::2], strict=True))
