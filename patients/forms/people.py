"""The forms that search, register and amend a person, and the parts other forms share."""

from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.conf import settings

from mesoclinic.core.day_order import example_day_text, read_typed_day
from mesoclinic.core.wording import day_text
from patients.models import Patient

DAYS = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d %b %Y", "%d %B %Y"]


def day_field(**options: Any) -> forms.DateField:
    """A day, from the browser's picker or typed as people type it."""
    return forms.DateField(
        input_formats=DAYS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Type a day like 1984-03-27."},
        **options,
    )


def form_helper(*layout: Any) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True  # printed by the page's own <form>
    helper.layout = Layout(*layout)
    return helper


def fields_in_a_row(*fields: Any) -> Div:
    return Div(*(Div(f, css_class="col-sm") for f in fields), css_class="row")


class SearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=200, label="Name, record number, birth date or phone")


class PatientForm(forms.Form):
    """Who somebody is and how they are reached."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields = forms.fields_for_model(
            Patient,
            fields=[
                "given_names",
                "family_name",
                "preferred_name",
                "birth_date",
                "sex_at_birth",
                "pronoun",
                "phone",
                "email",
                "address",
                "language",
                "reminders_by",
                "emergency_contact_name",
                "emergency_contact_phone",
                "died_on",
            ],
            field_classes={"birth_date": TypedDayField, "died_on": _Day},
            widgets={
                "birth_date": forms.TextInput(
                    attrs={"autocomplete": "off", "placeholder": f"like {example_day_text()}"}
                ),
                "died_on": _DAY_INPUT,
                "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
                "emergency_contact_phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
                "address": forms.Textarea(attrs={"rows": 2}),
                "language": forms.Select(choices=_LANGUAGES),
            },
            labels={
                "email": "E-mail",
                "sex_at_birth": "Sex at birth",
                "died_on": "Died on",
                "reminders_by": "Reminders by",
                "emergency_contact_name": "Name",
                "emergency_contact_phone": "Phone",
            },
            help_texts={"preferred_name": "How the person wants to be addressed."},
        )
        self.fields["family_name"].error_messages["required"] = (
            "Type the family name. Somebody with one name has it here."
        )
        self.fields["birth_date"].error_messages["required"] = "Type the birth date."
        self.fields["sex_at_birth"].required = False
        # A list or a page of before this question says nothing of it.
        self.fields["reminders_by"].required = False
        # A list from another system may have brought a language that is not offered here.
        language = self.initial.get("language")
        if language and language not in dict(_LANGUAGES):
            self.fields["language"].widget.choices = [(language, language), *_LANGUAGES]

    @property
    def helper(self) -> FormHelper:
        died = [fields_in_a_row("died_on", HTML(""))] if self.initial else []
        return form_helper(
            fields_in_a_row("given_names", "family_name"),
            fields_in_a_row("birth_date", "sex_at_birth"),
            fields_in_a_row("preferred_name", "pronoun"),
            HTML('<h2 class="push">Contact</h2>'),
            fields_in_a_row("phone", "email"),
            Field("address"),
            fields_in_a_row("language", "reminders_by"),
            HTML('<h2 class="push">Emergency contact</h2>'),
            fields_in_a_row("emergency_contact_name", "emergency_contact_phone"),
            *died,
        )

    def clean_sex_at_birth(self) -> str:
        """Not known where nothing was chosen."""
        return self.cleaned_data["sex_at_birth"] or Patient.Sex.UNKNOWN

    def clean_reminders_by(self) -> str:
        """As before where the page did not ask."""
        before = self.initial.get("reminders_by") or Patient.ReminderBy.EMAIL
        return self.cleaned_data["reminders_by"] or before


class TypedDayField(forms.DateField):
    """A day typed in words or figures, in the clinic's order; shown back with the month in words."""

    def to_python(self, value: Any) -> date | None:
        """The day; ValidationError where it is none."""
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        try:
            return read_typed_day(str(value))
        except ValueError as error:
            raise forms.ValidationError(str(error), code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        """A day on record as “5 Jun 1980”, which reads back as the same everywhere; what was typed stays."""
        return day_text(value) if isinstance(value, date) else value


class _Day(forms.DateField):
    default_error_messages = {"invalid": "Type a day like 1984-03-27."}

    def __init__(self, **options: Any):
        super().__init__(input_formats=DAYS, **options)


_DAY_INPUT = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

_LANGUAGES = sorted(settings.LANGUAGES, key=lambda language: str(language[1]))
