"""What is typed about rooms, working hours and time off."""

import calendar

from django import forms

from mesoclinic.accounts.models import User
from treatments.schedule.forms.fields import ClockField, DayField, select_widget
from treatments.schedule.models import Room
from treatments.schedule.rules.availability import check_time_exists_once_on_clock


class RoomForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=60,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class WorkingHoursForm(forms.Form):
    clinician = forms.ModelChoiceField(
        label="Clinician", queryset=User.objects.none(), widget=select_widget(), empty_label="Choose"
    )
    room = forms.ModelChoiceField(
        label="Room", queryset=Room.objects.none(), widget=select_widget(), empty_label="Choose"
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="Days",
        coerce=int,
        choices=list(enumerate(calendar.day_abbr)),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day."},
    )
    opens = ClockField(label="From")
    closes = ClockField(label="To")

    def __init__(self, *args, clinicians, rooms, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["clinician"].queryset = clinicians
        self.fields["room"].queryset = rooms


class TimeOffForm(forms.Form):
    who = forms.ChoiceField(label="Who, or which room", widget=select_widget())
    first_day = DayField(label="First day")
    last_day = DayField(label="Last day")
    starts = ClockField(label="From", required=False)
    ends = ClockField(label="To", required=False)
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, *args, clinicians, rooms, zone, **kwargs):
        """``clinicians`` and ``rooms``: rows; a choice is ``clinician-3`` or ``room-4``."""
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["who"].choices = [
            ("", "Choose"),
            *((f"clinician-{c.pk}", c.display_name) for c in clinicians),
            *((f"room-{r.pk}", r.name) for r in rooms),
        ]

    def clean(self):
        """A time that the clock skips is explained. One that it shows twice is read so that all of it is off."""
        given = super().clean()
        for clock, on in (("starts", "first_day"), ("ends", "last_day")):
            if given.get(clock) is None or given.get(on) is None:
                continue
            found = check_time_exists_once_on_clock(given[on], given[clock], self.zone)
            if found is not None and found.blocks:
                self.add_error(clock, found.message)
        return given
