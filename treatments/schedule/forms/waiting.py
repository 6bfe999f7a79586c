"""What may be typed about the waiting list, reminders and calendars. Shape only."""

import calendar

from django import forms

from treatments.schedule.forms import ClockField, DayField
from treatments.schedule.models import Appointment
from treatments.schedule.rules.calendars import MOST_BYTES

ANYBODY, ANY_ROOM = "Anybody", "Any room"


def _select():
    return forms.Select(attrs={"class": "form-select"})


def _line(**attrs):
    return forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"} | attrs)


class WaitForm(forms.Form):
    """What somebody waits for, and when it would suit them."""

    kind = forms.ChoiceField(label="For what", widget=_select())
    clinician = forms.TypedChoiceField(
        label="With", coerce=int, empty_value=None, required=False, widget=_select()
    )
    room = forms.TypedChoiceField(
        label="Where", coerce=int, empty_value=None, required=False, widget=_select()
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="Days (none chosen: any)",
        coerce=int,
        required=False,
        choices=list(enumerate(calendar.day_abbr)),
        widget=forms.CheckboxSelectMultiple,
    )
    not_before = ClockField(label="Not before", required=False)
    not_after = ClockField(label="Over by", required=False)
    from_day = DayField(label="From day", required=False)
    until_day = DayField(label="Until day", required=False)
    minutes = forms.IntegerField(
        label="Minutes (empty: as the work asks)",
        required=False,
        min_value=5,
        max_value=480,
        widget=forms.NumberInput(attrs={"class": "form-control", "step": 5}),
    )
    note = forms.CharField(
        label="Note for the desk, nothing clinical", required=False, max_length=200, widget=_line()
    )

    def __init__(self, *args, sessions, clinicians, rooms, **kwargs):
        """``sessions``: value and words of each plan's next session; the others: names by id."""
        super().__init__(*args, **kwargs)
        others = [c for c in Appointment.Kind.choices if c[0] != Appointment.Kind.SESSION]
        self.fields["kind"].choices = [*sessions, *others]
        self.fields["clinician"].choices = [("", ANYBODY), *clinicians.items()]
        self.fields["room"].choices = [("", ANY_ROOM), *rooms.items()]


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
        widget=_line(inputmode="numeric"),
        help_text="One to four times, like 48, 3.",
    )
    phone = forms.CharField(
        label="Telephone in the messages", required=False, max_length=40, widget=_line(type="tel")
    )
    offer_hours = forms.IntegerField(
        label="An offer stands, hours", widget=forms.NumberInput(attrs={"class": "form-control"})
    )
    names_in_feeds = _tick(
        "Patient names in clinicians' calendar feeds",
        "A calendar that subscribes, and the company that runs it, can then read them.",
    )


class FeedForm(forms.Form):
    label = forms.CharField(
        label="Where it will be read", max_length=60, widget=_line(placeholder="My phone")
    )


class BusyForm(forms.Form):
    clinician = forms.TypedChoiceField(label="Whose", coerce=int, widget=_select())
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
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 2 MB. Export the coming year only.")
        return file
