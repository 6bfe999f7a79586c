"""What an administrator sets about messages to patients."""

from django import forms

from mesoclinic.core.form_fields import text_input_widget


def _checkbox_field(label):
    return forms.BooleanField(
        label=label, required=False, widget=forms.CheckboxInput(attrs={"class": "tick"})
    )


def _time_field(label):
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "form-control"}),
    )


class OutboxSettingsForm(forms.Form):
    by_email = _checkbox_field("Remind by e-mail")
    by_sms = _checkbox_field("Remind by text message")
    phone = forms.CharField(
        label="Telephone in the messages", required=False, max_length=40, widget=text_input_widget(type="tel")
    )
    quiet_from = _time_field("No texts from")
    quiet_until = _time_field("until")
    quiet_when_closed = _checkbox_field("No texts on days the clinic is closed")

    def clean(self):
        cleaned = super().clean()
        if (cleaned.get("quiet_from") is None) != (cleaned.get("quiet_until") is None):
            self.add_error("quiet_until", "Say both hours, or neither.")
        return cleaned


class MessageTextForm(forms.Form):
    """The words of a message; a text message has no subject."""

    subject = forms.CharField(label="Subject", required=False, max_length=150, widget=text_input_widget())
    body = forms.CharField(
        label="Text",
        required=False,
        max_length=6000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "form-control", "dir": "auto"}),
    )
    to = forms.CharField(label="Send a test to", required=False, max_length=200, widget=text_input_widget())
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args, has_subject, **kwargs):
        super().__init__(*args, **kwargs)
        if not has_subject:
            del self.fields["subject"]

    def clean_to(self):
        to = self.cleaned_data["to"].strip()
        if not to or "subject" not in self.fields:
            return to
        forms.EmailField().clean(to)
        return to
