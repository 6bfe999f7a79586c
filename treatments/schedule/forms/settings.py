"""What an administrator sets about booking: lengths, reminders, breaks, holidays, equipment."""

import calendar

from django import forms

from mesoclinic.accounts.models import User
from treatments.schedule.forms.fields import ClockField, DayField
from treatments.schedule.models import BookingSettings

#: Rows of the rule that a page offers.
AREA_ROWS, TECHNIQUE_ROWS = 6, 8

SELECT = {"class": "form-select"}

TEXT = {"class": "form-control", "autocomplete": "off"}


def number_widget(**attrs):
    return forms.NumberInput(attrs={"class": "form-control", **attrs})


class BookingForm(forms.Form):
    """The rule of lengths in rows, and the other settings. An empty row is left out."""

    notice_hours = forms.IntegerField(
        label="Late within, hours",
        min_value=0,
        max_value=336,
        widget=number_widget(),
        help_text="Cancelling later than this before the visit is late.",
    )
    buffer_minutes = forms.IntegerField(
        label="Between visits, minutes",
        min_value=0,
        max_value=120,
        widget=number_widget(step=5),
        help_text="Kept free to clean and to write.",
    )
    first_minutes = forms.IntegerField(
        label="First session, minutes more", min_value=0, max_value=240, widget=number_widget(step=5)
    )
    per_100_cm2 = forms.IntegerField(
        label="Each further 100 cm², minutes more", min_value=0, max_value=240, widget=number_widget(step=5)
    )
    intake_minutes = forms.IntegerField(
        label="Intake, minutes", min_value=5, max_value=480, widget=number_widget(step=5)
    )
    review_minutes = forms.IntegerField(
        label="Review, minutes", min_value=5, max_value=480, widget=number_widget(step=5)
    )
    quote_minutes = forms.IntegerField(
        label="Quote talk, minutes", min_value=5, max_value=480, widget=number_widget(step=5)
    )

    SIMPLE = (
        "notice_hours",
        "buffer_minutes",
        "intake_minutes",
        "review_minutes",
        "quote_minutes",
        "first_minutes",
        "per_100_cm2",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for n in range(AREA_ROWS):
            self.fields[f"area-{n}"] = forms.DecimalField(
                label="Up to, cm²",
                required=False,
                max_digits=6,
                decimal_places=1,
                widget=number_widget(step="any"),
            )
            self.fields[f"minutes-{n}"] = forms.IntegerField(
                label="Minutes", required=False, widget=number_widget(step=5)
            )
        for n in range(TECHNIQUE_ROWS):
            self.fields[f"technique-{n}"] = forms.CharField(
                label="Technique", required=False, max_length=40, widget=forms.TextInput(attrs=TEXT)
            )
            self.fields[f"technique_minutes-{n}"] = forms.IntegerField(
                label="Minutes more", required=False, widget=number_widget(step=5)
            )
            self.fields[f"equipment-{n}"] = forms.CharField(
                label="Needs in the room", required=False, max_length=40, widget=forms.TextInput(attrs=TEXT)
            )

    def clean(self):
        given = super().clean()
        for n in range(AREA_ROWS):
            area, minutes = given.get(f"area-{n}"), given.get(f"minutes-{n}")
            if area is None and minutes is not None and f"area-{n}" not in self.errors:
                self.add_error(f"area-{n}", "Type up to which area, or empty the row.")
            if minutes is None and area is not None and f"minutes-{n}" not in self.errors:
                self.add_error(f"minutes-{n}", "Type the minutes, or empty the row.")
        for n in range(TECHNIQUE_ROWS):
            if given.get(f"technique-{n}"):
                continue
            if given.get(f"technique_minutes-{n}") or given.get(f"equipment-{n}"):
                self.add_error(f"technique-{n}", "Name the technique, or empty the row.")
        return given

    def bound_area_and_technique_rows(self):
        """The bound fields, row by row: those of the areas, then those of the techniques."""
        areas = [(self[f"area-{n}"], self[f"minutes-{n}"]) for n in range(AREA_ROWS)]
        techniques = [
            (self[f"technique-{n}"], self[f"technique_minutes-{n}"], self[f"equipment-{n}"])
            for n in range(TECHNIQUE_ROWS)
        ]
        return areas, techniques

    def settings_from_cleaned_data(self):
        """What the action takes."""
        given = self.cleaned_data
        areas = [
            (given[f"area-{n}"], given[f"minutes-{n}"])
            for n in range(AREA_ROWS)
            if given.get(f"area-{n}") is not None
        ]
        techniques = [
            (
                given[f"technique-{n}"].strip(),
                given.get(f"technique_minutes-{n}") or 0,
                given[f"equipment-{n}"].strip(),
            )
            for n in range(TECHNIQUE_ROWS)
            if given[f"technique-{n}"].strip()
        ]
        simple = {name: given[name] for name in self.SIMPLE}
        return simple | {"areas": areas, "techniques": techniques}

    @staticmethod
    def initial_from_settings(settings: BookingSettings):
        """How the page opens."""
        start = {name: getattr(settings, name) for name in BookingForm.SIMPLE}
        for n, (area, minutes) in enumerate(zip(settings.area_up_to_cm2, settings.area_minutes, strict=True)):
            start |= {f"area-{n}": f"{area.normalize():f}", f"minutes-{n}": minutes}
        rows = zip(
            settings.technique_names, settings.technique_minutes, settings.technique_equipment, strict=True
        )
        for n, (name, minutes, equipment) in enumerate(rows):
            start |= {f"technique-{n}": name, f"technique_minutes-{n}": minutes, f"equipment-{n}": equipment}
        return start


class BreakForm(forms.Form):
    clinician = forms.ModelChoiceField(
        label="Clinician",
        queryset=User.objects.none(),
        widget=forms.Select(attrs=SELECT),
        empty_label="Choose",
    )
    name = forms.CharField(label="What", max_length=40, initial="Lunch", widget=forms.TextInput(attrs=TEXT))
    weekdays = forms.TypedMultipleChoiceField(
        label="Days",
        coerce=int,
        choices=list(enumerate(calendar.day_abbr)),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day."},
    )
    starts = ClockField(label="From")
    ends = ClockField(label="To")

    def __init__(self, *args, clinicians, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["clinician"].queryset = clinicians


class HolidayForm(forms.Form):
    day = DayField(label="Day")
    name = forms.CharField(label="What", max_length=60, widget=forms.TextInput(attrs=TEXT))


class HoursField(forms.CharField):
    """Whole hours before a visit: “48, 3”."""

    def prepare_value(self, value):
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value):
        parts = super().clean(value).replace(",", " ").replace(";", " ").split()
        if not all(p.isascii() and p.isdigit() and len(p) <= 4 for p in parts):
            raise forms.ValidationError("Type whole hours, parted by commas: 48, or 48, 3.")
        return [int(p) for p in parts]


class RemindersForm(forms.Form):
    hours_before = HoursField(
        label="Hours before the visit",
        max_length=40,
        widget=forms.TextInput(attrs=TEXT | {"inputmode": "numeric"}),
        help_text="One to four times, like 48, 3.",
    )
    names_in_feeds = forms.BooleanField(
        label="Patient names in clinicians' calendar feeds",
        required=False,
        help_text="A calendar that subscribes, and the company that runs it, can then read them.",
        widget=forms.CheckboxInput(attrs={"class": "tick"}),
    )


class EquipmentForm(forms.Form):
    equipment = forms.CharField(
        label="What stands in it",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=TEXT),
        help_text="Words with commas between them: mesogun, centrifuge.",
    )

    def equipment_names(self):
        """Each once, as typed."""
        parts = (part.strip()[:40] for part in self.cleaned_data["equipment"].split(","))
        return list(dict.fromkeys(part for part in parts if part))
