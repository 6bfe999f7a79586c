"""What is typed about calendar feeds and busy times."""

from django import forms

from mesoclinic.core.form_fields import select_widget, text_input_widget
from treatments.schedule.rules.feeds import MOST_BYTES


class FeedForm(forms.Form):
    label = forms.CharField(
        label="Where it will be read", max_length=60, widget=text_input_widget(placeholder="My phone")
    )


class BusyForm(forms.Form):
    clinician = forms.TypedChoiceField(label="Whose", coerce=int, widget=select_widget())
    file = forms.FileField(
        label="Calendar file (.ics)",
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".ics,text/calendar"}),
        error_messages={"empty": "The file is empty. Export the calendar once more."},
    )

    def __init__(self, *args, clinicians, **kwargs):
        """``clinicians``: names by id."""
        super().__init__(*args, **kwargs)
        self.fields["clinician"].choices = list(clinicians.items())

    def clean_file(self):
        """The file; ValidationError where it is too large."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 2 MB. Export the coming year only.")
        return file
