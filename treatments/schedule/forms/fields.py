"""Fields for a day, a clock time, a clinician and a room."""

from datetime import date

from django import forms

#: Days a calendar is opened at; anything else is a slip of the finger.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)

ANYONE = "Whoever is free"


class _DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d", attrs={"class": "form-control"})


class _TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self):
        super().__init__(format="%H:%M", attrs={"class": "form-control"})


def select_widget():
    return forms.Select(attrs={"class": "form-select"})


class DayField(forms.DateField):
    """A day that a calendar can show."""

    widget = _DateInput

    def clean(self, value):
        """The day; ValidationError for one that no calendar shows."""
        day = super().clean(value)
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError("Choose a day between 2000 and 2100.")
        return day


class ClockField(forms.TimeField):
    widget = _TimeInput


def read_day_or_none(text):
    """The day that an address or a hidden field names; None where it names none."""
    try:
        return DayField().clean(text)
    except forms.ValidationError:
        return None
