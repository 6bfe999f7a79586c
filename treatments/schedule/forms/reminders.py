"""TODO-DOC HoursField, _tick, ContactForm"""

from django import forms

from mesoclinic.core.form_fields import line


class HoursField(forms.CharField):
    """Whole hours before a visit: “48, 3”."""

    def prepare_value(self, value):
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value):
        parts = super().clean(value).replace(",", " ").replace(";", " ").split()
        if not all(p.isascii() and p.isdigit() and len(p) <= 4 for p in parts):
            raise forms.ValidationError("Type whole hours, parted by commas: 48, or 48, 3.")
        return [int(p) for p in parts]


def _tick(label, help_text=""):
    return forms.BooleanField(
        label=label, required=False, help_text=help_text, widget=forms.CheckboxInput(attrs={"class": "tick"})
    )


class ContactForm(forms.Form):
    by_email = _tick("Remind by e-mail")
    by_sms = _tick("Remind by text message")
    hours_before = HoursField(
        label="Hours before the visit",
        max_length=40,
        widget=line(inputmode="numeric"),
        help_text="One to four times, like 48, 3.",
    )
    phone = forms.CharField(
        label="Telephone in the messages", required=False, max_length=40, widget=line(type="tel")
    )
    offer_hours = forms.IntegerField(
        label="An offer stands, hours", widget=forms.NumberInput(attrs={"class": "form-control"})
    )
    names_in_feeds = _tick(
        "Patient names in clinicians' calendar feeds",
        "A calendar that subscribes, and the company that runs it, can then read them.",
    )
