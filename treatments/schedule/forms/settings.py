"""What an administrator sets about booking: lengths, reminders, breaks, holidays, equipment."""

import calendar

from django import forms

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import Refused
from treatments.schedule.forms.fields import ClockField, DayField
from treatments.schedule.models import BookingSettings

#: Rows of the rule that a page offers.
AREA_ROWS, TECHNIQUE_ROWS = 6, 8

SELECT = {"class": "form-select"}

TEXT = {"class": "form-control", "autocomplete": "off"}


def number_widget(**attrs):
    return forms.NumberInput(attrs={"class": "form-control", **attrs})


class BookingForm(forms.Form):
    """The settings beside the rows of the rule, each named as the setting it is."""

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
    intake_minutes = forms.IntegerField(
        label="Intake, minutes", min_value=5, max_value=480, widget=number_widget(step=5)
    )
    review_minutes = forms.IntegerField(
        label="Review, minutes", min_value=5, max_value=480, widget=number_widget(step=5)
    )
    quote_minutes = forms.IntegerField(
        label="Quote talk, minutes", min_value=5, max_value=480, widget=number_widget(step=5)
    )
    first_minutes = forms.IntegerField(
        label="First session, minutes more", min_value=0, max_value=240, widget=number_widget(step=5)
    )
    per_100_cm2 = forms.IntegerField(
        label="Each further 100 cm², minutes more", min_value=0, max_value=240, widget=number_widget(step=5)
    )


class AreaForm(forms.Form):
    """Up to so many cm² a session takes so many minutes."""

    up_to = forms.DecimalField(
        label="Up to, cm²", required=False, max_digits=6, decimal_places=1, widget=number_widget(step="any")
    )
    minutes = forms.IntegerField(label="Minutes", required=False, widget=number_widget(step=5))

    def clean(self):
        """Adds an error to a row that is half filled."""
        given = super().clean()
        up_to, minutes = given.get("up_to"), given.get("minutes")
        if up_to is None and minutes is not None and "up_to" not in self.errors:
            self.add_error("up_to", "Type up to which area, or empty the row.")
        if minutes is None and up_to is not None and "minutes" not in self.errors:
            self.add_error("minutes", "Type the minutes, or empty the row.")
        return given

    @property
    def is_filled(self):
        return self.cleaned_data.get("up_to") is not None


class TechniqueForm(forms.Form):
    """A technique, the minutes it adds, and what it needs in the room."""

    name = forms.CharField(
        label="Technique", required=False, max_length=40, widget=forms.TextInput(attrs=TEXT)
    )
    minutes = forms.IntegerField(label="Minutes more", required=False, widget=number_widget(step=5))
    equipment = forms.CharField(
        label="Needs in the room", required=False, max_length=40, widget=forms.TextInput(attrs=TEXT)
    )

    def clean(self):
        """Adds an error to a row with minutes or equipment and no name."""
        given = super().clean()
        if not given.get("name") and (given.get("minutes") or given.get("equipment")):
            self.add_error("name", "Name the technique, or empty the row.")
        return given

    @property
    def is_filled(self):
        return bool(self.cleaned_data.get("name"))


class RuleRows(forms.BaseFormSet):
    """Rows of the rule, always as many as the page offers. An empty row is left out."""

    @property
    def filled_rows(self):
        return [row for row in self.forms if row.is_filled]


def area_formset(data=None, settings: BookingSettings | None = None):
    """The areas as they were posted, or as ``settings`` has them."""
    formset = forms.formset_factory(
        AreaForm, formset=RuleRows, extra=AREA_ROWS, max_num=AREA_ROWS, absolute_max=AREA_ROWS
    )
    initial = []
    if settings is not None:
        initial = [
            {"up_to": f"{area.normalize():f}", "minutes": minutes}
            for area, minutes in zip(settings.area_up_to_cm2, settings.area_minutes, strict=True)
        ]
    return formset(data, initial=initial, prefix="area")


def technique_formset(data=None, settings: BookingSettings | None = None):
    """The techniques as they were posted, or as ``settings`` has them."""
    formset = forms.formset_factory(
        TechniqueForm,
        formset=RuleRows,
        extra=TECHNIQUE_ROWS,
        max_num=TECHNIQUE_ROWS,
        absolute_max=TECHNIQUE_ROWS,
    )
    initial = []
    if settings is not None:
        rows = zip(
            settings.technique_names, settings.technique_minutes, settings.technique_equipment, strict=True
        )
        initial = [
            {"name": name, "minutes": minutes, "equipment": equipment} for name, minutes, equipment in rows
        ]
    return formset(data, initial=initial, prefix="technique")


def length_rule_as_arguments(areas: RuleRows, techniques: RuleRows):
    """The filled rows, as the action takes them."""
    return {
        "areas": [(row.cleaned_data["up_to"], row.cleaned_data["minutes"]) for row in areas.filled_rows],
        "techniques": [
            (row.cleaned_data["name"], row.cleaned_data["minutes"] or 0, row.cleaned_data["equipment"])
            for row in techniques.filled_rows
        ],
    }


def add_rule_errors(refused: Refused, form: forms.Form, *formsets: RuleRows):
    """Each finding at the field it names, by the row's place among those that are filled: "area-1-minutes"."""
    fields = {
        f"{formset.prefix}-{place}-{name}": (row, name)
        for formset in formsets
        for place, row in enumerate(formset.filled_rows or formset.forms[:1])
        for name in row.fields
    }
    for finding in refused.findings:
        row, name = fields.get(finding.where, (form, None))
        row.add_error(name, finding.message)


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
        """A list of hours as it is typed: “48, 3”."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value):
        """The hours as numbers; ValidationError for anything else."""
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

    intake_by_link = forms.BooleanField(
        label="Send the intake by link before a first visit",
        required=False,
        help_text="48 hours ahead, to patients without an intake. A clinician confirms what they answer.",
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
