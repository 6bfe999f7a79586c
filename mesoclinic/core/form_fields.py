"""Form fields that several apps use: a signature that is drawn or typed."""

from typing import Any

from django import forms

from mesoclinic.core.signatures import Strokes, read_strokes


class StrokesField(forms.CharField):
    """A drawn signature as ``static/js/clinic/signature.js`` writes it; cleans to strokes, [] for none.

    Printed by ``parts/_signature.html`` together with a field for a typed name, so that nobody needs a
    script to sign.
    """

    widget = forms.HiddenInput

    def __init__(self, **options: Any):
        super().__init__(**{"required": False, "max_length": 60_000} | options)

    def clean(self, value: Any) -> Strokes:
        text = super().clean(value)
        try:
            return read_strokes(text)
        except ValueError:
            raise forms.ValidationError(
                "That drawing is no signature. Clear it and sign again, or type the name."
            ) from None


class SignatureMixin(forms.Form):
    """``signed_name`` (typed) and ``strokes`` (drawn): one of the two is there, or both."""

    signed_name = forms.CharField(
        label="Name, as typed by whoever signs",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    strokes = StrokesField(label="Signature")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        wrong = "strokes" in self.errors or "signed_name" in self.errors
        if not wrong and not cleaned["signed_name"] and not cleaned["strokes"]:
            self.add_error("signed_name", "Sign in the box, or type the name.")
        return cleaned
