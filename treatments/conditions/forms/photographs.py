"""The forms of photographs."""

from typing import Any

from django import forms

from mesoclinic.core.form_fields import Number
from patients.forms.people import fields_in_a_row, form_helper
from treatments.conditions.models import PhotoSet, PhotoView
from treatments.conditions.rules.photographs import MISSING_REASONS, PATTERNS, PURPOSES


class StartSetForm(forms.Form):
    pattern = forms.ChoiceField(label="Pattern", choices=PATTERNS, required=False)
    assessment = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("pattern")


class UploadForm(forms.Form):
    """One picture. ``once`` is the key of the picture: sent again, it is the same."""

    file = forms.FileField(allow_empty_file=True)
    has_scale = forms.BooleanField(required=False)
    once = forms.UUIDField(required=False)


class PhoneForm(forms.Form):
    """One picture from a phone: of which view. ``once`` is the key of the picture: sent again, it is the same."""

    view = forms.ChoiceField(
        label="View",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the view.", "invalid_choice": "Choose the view."},
    )
    file = forms.FileField(
        label="Picture", allow_empty_file=True, error_messages={"required": "Take a picture first."}
    )
    once = forms.UUIDField(required=False)

    def __init__(self, *args: Any, views: list[PhotoView], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.views = {str(view.pk): view for view in views}
        field: Any = self.fields["view"]
        field.choices = [(key, view.name) for key, view in self.views.items()]

    def clean_view(self) -> PhotoView:
        return self.views[self.cleaned_data["view"]]


class SkipForm(forms.Form):
    view = forms.IntegerField(required=False, min_value=1)
    reason = forms.ChoiceField(label="Why", choices=MISSING_REASONS)


class HowTakenForm(forms.Form):
    """Hair and light on the day: what a comparison needs to be fair."""

    wetness = forms.ChoiceField(
        label="Hair", choices=[("", "not said"), *PhotoSet.Wetness.choices], required=False
    )
    has_product = forms.NullBooleanField(
        label="Product in the hair",
        required=False,
        widget=forms.Select(choices=[("", "not said"), ("true", "yes"), ("false", "none")]),
    )
    washed_days = forms.IntegerField(label="Days since washed", required=False, min_value=0, max_value=60)
    hair_length_cm = Number(
        label="Hair length, cm", required=False, min_value=0, max_digits=4, decimal_places=1
    )
    hair_colour = forms.CharField(label="Hair colour", required=False, max_length=40)
    light = forms.CharField(label="Light", required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper(
            fields_in_a_row("wetness", "has_product"),
            fields_in_a_row("washed_days", "hair_length_cm"),
            fields_in_a_row("hair_colour", "light"),
        )

    @classmethod
    def of_set(cls, photo_set: PhotoSet) -> "HowTakenForm":
        names = ("wetness", "has_product", "washed_days", "hair_length_cm", "hair_colour", "light")
        return cls(initial={name: getattr(photo_set, name) for name in names})


class ReleaseForm(forms.Form):
    purpose = forms.ChoiceField(label="What it is used for", choices=PURPOSES)
    agreed_by = forms.CharField(
        label="Who agrees", max_length=200, help_text="Their name, as they write it here and now."
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("purpose", "agreed_by")
