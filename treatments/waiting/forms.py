"""What is typed about the waiting list: who waits for what, and how long an offer stands."""

import calendar

from django import forms

from mesoclinic.core.form_fields import select_widget, text_input_widget
from treatments.schedule.forms.fields import ClockField, DayField
from treatments.schedule.models import Appointment

ANYBODY, ANY_ROOM = "Anybody", "Any room"


class WaitingListForm(forms.Form):
    """What somebody waits for, and when it would suit them."""

    kind = forms.ChoiceField(label="For what", widget=select_widget())
    clinician = forms.TypedChoiceField(
        label="With", coerce=int, empty_value=None, required=False, widget=select_widget()
    )
    room = forms.TypedChoiceField(
        label="Where", coerce=int, empty_value=None, required=False, widget=select_widget()
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
        label="Note for the desk, nothing clinical",
        required=False,
        max_length=200,
        widget=text_input_widget(),
    )

    def __init__(self, *args, sessions, clinicians, rooms, **kwargs):
        """``sessions``: value and words of each plan's next session; the others: names by id."""
        super().__init__(*args, **kwargs)
        others = [c for c in Appointment.Kind.choices if c[0] != Appointment.Kind.SESSION]
        self.fields["kind"].choices = [*sessions, *others]
        self.fields["clinician"].choices = [("", ANYBODY), *clinicians.items()]
        self.fields["room"].choices = [("", ANY_ROOM), *rooms.items()]


class WaitingSettingsForm(forms.Form):
    offer_hours = forms.IntegerField(
        label="An offer stands, hours", widget=forms.NumberInput(attrs={"class": "form-control"})
    )
