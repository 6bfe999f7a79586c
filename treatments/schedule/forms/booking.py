"""What is typed to book a visit or a course."""

from django import forms

from treatments.schedule.forms.fields import ANYONE, ClockField, DayField, select_widget
from treatments.schedule.models import Appointment
from treatments.schedule.rules.availability import (
    check_time_exists_once_on_clock,
    texts_of_repeated_clock_time,
)


class TimeForm(forms.Form):
    """Which free times to show: with whom, on which day, around what time, for how long."""

    clinician = forms.TypedChoiceField(
        label="With", coerce=int, empty_value=None, required=False, widget=select_widget()
    )
    room = forms.TypedChoiceField(
        label="Room", coerce=int, empty_value=None, required=False, widget=select_widget()
    )
    day = DayField(label="Day")
    around = ClockField(label="Around", required=False)
    #: Asked only where the clock shows the time twice on that day.
    which = forms.ChoiceField(label="Which of the two", required=False, widget=forms.RadioSelect)
    minutes = forms.IntegerField(
        label="Minutes",
        required=False,
        min_value=5,
        max_value=480,
        widget=forms.NumberInput(attrs={"class": "form-control", "step": 5}),
    )

    def __init__(self, *args, clinicians, rooms, zone, **kwargs):
        """``clinicians`` and ``rooms``: names by id, those with hours here; ``zone``: the clinic's."""
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["clinician"].choices = [("", ANYONE), *clinicians.items()]
        self.fields["room"].choices = [("", "Any room"), *rooms.items()]
        self.fields["which"].choices = [("first", "first"), ("second", "second")]

    def clean(self):
        """A time that the clock skips is explained; of one that it shows twice we ask which is meant."""
        given = super().clean()
        day, around = given.get("day"), given.get("around")
        if day is None or around is None:
            return given
        found = check_time_exists_once_on_clock(day, around, self.zone)
        if found is not None and found.blocks:
            self.add_error("around", found.message)
        elif found is not None:
            first, second = texts_of_repeated_clock_time(day, around, self.zone)
            self.fields["which"].choices = [
                ("first", f"The first, {first}"),
                ("second", f"The second, {second}"),
            ]
            self.asks_which = True
            if not given.get("which"):
                self.add_error(
                    "which",
                    f"{around:%H:%M} comes twice on this day, as the clocks are put back: choose which is meant.",
                )
        return given

    asks_which = False


class VisitForm(TimeForm):
    kind = forms.ChoiceField(label="What", widget=select_widget())
    note = forms.CharField(
        label="Note for the desk, nothing clinical",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    field_order = ["kind", "clinician", "room", "day", "around", "which", "minutes", "note"]

    def __init__(self, *args, sessions, **kwargs):
        """``sessions``: value and words of each session that may be booked next."""
        super().__init__(*args, **kwargs)
        others = [c for c in Appointment.Kind.choices if c[0] != Appointment.Kind.SESSION]
        self.fields["kind"].choices = [*sessions, *others]


class CourseForm(forms.Form):
    """Whom a course is booked with, from when, at what time of day."""

    clinician = forms.TypedChoiceField(label="With", coerce=int, widget=select_widget())
    first_day = DayField(label="First day")
    around = ClockField(label="Around")

    def __init__(self, *args, clinicians, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["clinician"].choices = list(clinicians.items())
