"""The forms of a consent and of a new wording."""

from typing import Any

from django import forms

from mesoclinic.core.form_fields import StrokesField
from patients.forms.people import form_helper
from patients.models import Consent


class ConsentForm(forms.Form):
    """Who signs what, and how."""

    text = forms.IntegerField(widget=forms.HiddenInput)
    method = forms.ChoiceField(
        choices=Consent.Method.choices, widget=forms.RadioSelect, initial=Consent.Method.TYPED, label="Signed"
    )
    signed_name = forms.CharField(
        max_length=200,
        label="Name of who signs",
        error_messages={"required": "Type the name of the person who signs."},
    )
    strokes = StrokesField(label="Signature")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("text", "method")


class ConsentTextForm(forms.Form):
    """A new version of a wording."""

    title = forms.CharField(max_length=120)
    body = forms.CharField(label="Wording", max_length=30_000, widget=forms.Textarea(attrs={"rows": 22}))
    in_force_from = forms.DateField(
        label="Signed from",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Until then the version before it is signed. What was signed keeps its own wording.",
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = form_helper("title", "body", "in_force_from")
