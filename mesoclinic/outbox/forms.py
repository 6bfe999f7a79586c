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
