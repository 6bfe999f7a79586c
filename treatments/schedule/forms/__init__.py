"""What may be typed about visits and working hours. Shape only: the rules say whether it makes sense."""

import calendar
from datetime import date

from django import forms

from mesoclinic.accounts.models import User
from treatments.schedule import rules
from treatments.schedule.models import Appointment, Room

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


def _select():
    return forms.Select(attrs={"class": "form-select"})


class DayField(forms.DateField):
    """A day that a calendar can show."""

    widget = _DateInput

    def clean(self, value):
        day = super().clean(value)
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError("Choose a day between 2000 and 2100.")
        return day


class ClockField(forms.TimeField):
    widget = _TimeInput


def read_day(text):
    """The day that an address or a hidden field names; None where it names none."""
    try:
        return DayField().clean(text)
    except forms.ValidationError:
        return None


class TimeForm(forms.Form):
    """Which free times to show: with whom, on which day, around what time, for how long."""

    clinician = forms.TypedChoiceField(
        label="With", coerce=int, empty_value=None, required=False, widget=_select()
    )
    room = forms.TypedChoiceField(
        label="Room", coerce=int, empty_value=None, required=False, widget=_select()
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
        found = rules.clock_finding(day, around, self.zone)
        if found is not None and found.blocks:
            self.add_error("around", found.message)
        elif found is not None:
            first, second = rules.both_readings(day, around, self.zone)
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
    kind = forms.ChoiceField(label="What", widget=_select())
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

    clinician = forms.TypedChoiceField(label="With", coerce=int, widget=_select())
    first_day = DayField(label="First day")
    around = ClockField(label="Around")

    def __init__(self, *args, clinicians, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["clinician"].choices = list(clinicians.items())


# --- rooms and hours ---------------------------------------------------------


class RoomForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=60,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class OpeningForm(forms.Form):
    clinician = forms.ModelChoiceField(
        label="Clinician", queryset=User.objects.none(), widget=_select(), empty_label="Choose"
    )
    room = forms.ModelChoiceField(
        label="Room", queryset=Room.objects.none(), widget=_select(), empty_label="Choose"
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
    who = forms.ChoiceField(label="Who, or which room", widget=_select())
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
            found = rules.clock_finding(given[on], given[clock], self.zone)
            if found is not None and found.blocks:
                self.add_error(clock, found.message)
        return given
