"""What is asked when a free time is searched, and which one is taken."""

import calendar

from django import forms

from treatments.schedule.forms.fields import ANYONE, ClockField, DayField
from treatments.schedule.forms.settings import SELECT, TEXT, number_widget


class PreferencesForm(forms.Form):
    """Any set of preferences for a free time."""

    clinician = forms.TypedChoiceField(
        label="With", coerce=int, empty_value=None, required=False, widget=forms.Select(attrs=SELECT)
    )
    room = forms.TypedChoiceField(
        label="Room", coerce=int, empty_value=None, required=False, widget=forms.Select(attrs=SELECT)
    )
    equipment = forms.ChoiceField(label="Room with", required=False, widget=forms.Select(attrs=SELECT))
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=480, widget=number_widget(step=5))
    day = DayField(label="From")
    until = DayField(label="Until", required=False)
    part = forms.ChoiceField(
        label="Part of the day",
        required=False,
        choices=[("", "Any time"), ("morning", "Morning"), ("afternoon", "Afternoon")],
        widget=forms.Select(attrs=SELECT),
    )
    earliest = ClockField(label="Not before", required=False)
    latest = ClockField(label="Over by", required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label="Days",
        coerce=int,
        required=False,
        choices=list(enumerate(calendar.day_abbr)),
        widget=forms.CheckboxSelectMultiple,
    )
    stock = forms.BooleanField(
        label="Only while the stock lasts",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "tick"}),
    )

    def __init__(self, *args, working_hours, has_course, **kwargs):
        super().__init__(*args, **kwargs)
        clinicians = {o.clinician_id: o.clinician.display_name for o in working_hours}
        rooms = {o.room_id: o.room for o in working_hours}
        names = sorted({e.strip().lower() for r in rooms.values() for e in r.equipment})
        self.fields["clinician"].choices = [("", ANYONE), *clinicians.items()]
        self.fields["room"].choices = [("", "Any room"), *((pk, r.name) for pk, r in rooms.items())]
        self.fields["equipment"].choices = [("", "Anything"), *((n, n) for n in names)]
        if not names:
            del self.fields["equipment"]
        if not has_course:
            del self.fields["stock"]

    def clean(self):
        """Adds an error where a last day or time lies before the first."""
        given = super().clean()
        if given.get("until") and given.get("day") and given["until"] < given["day"]:
            self.add_error("until", "Choose a day on or after the first.")
        earliest, latest = given.get("earliest"), given.get("latest")
        if earliest and latest and latest <= earliest:
            self.add_error("latest", "Choose a time after the earliest.")
        return given


class PickForm(forms.Form):
    """Whom a free time is for."""

    q = forms.CharField(
        label="Name, birth date, phone or record number",
        max_length=80,
        widget=forms.TextInput(attrs={**TEXT, "type": "search", "autofocus": True}),
    )
