"""What an administrator sets about messages to patients."""

from django import forms

from mesoclinic.core.form_fields import text_input_widget


def _checkbox_field(label):
    return forms.BooleanField(
        label=label, required=False, widget=forms.CheckboxInput(attrs={"class": "tick"})
    )


class OutboxSettingsForm(forms.Form):
    by_email = _checkbox_field("Remind by e-mail")
    by_sms = _checkbox_field("Remind by text message")
    phone = forms.CharField(
        label="Telephone in the messages", required=False, max_length=40, widget=text_input_widget(type="tel")
    )
