"""The shape of what is typed about patients. What makes sense is asked of the rules, in the actions."""

from collections.abc import Iterable, Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.conf import settings
from django.http import QueryDict

from mesoclinic.core.form_fields import StrokesField
from patients.models import Consent, Factor, IntakeQuestion, Patient

DAYS = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d %b %Y", "%d %B %Y"]


def day_field(**options: Any) -> forms.DateField:
    """A day, from the browser's picker or typed as people type it."""
    return forms.DateField(
        input_formats=DAYS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Type a day like 1984-03-27."},
        **options,
    )


def _helper(*layout: Any) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True  # printed by the page's own <form>
    helper.layout = Layout(*layout)
    return helper


def _row(*fields: Any) -> Div:
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
            field_classes={"birth_date": _Day, "died_on": _Day},
            widgets={
                "birth_date": _DAY_INPUT,
                "died_on": _DAY_INPUT,
                "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
                "emergency_contact_phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
                "address": forms.Textarea(attrs={"rows": 2}),
                "language": forms.Select(choices=_LANGUAGES),
            },
            labels={
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
        died = [_row("died_on", HTML(""))] if self.initial else []
        return _helper(
            _row("given_names", "family_name"),
            _row("birth_date", "sex_at_birth"),
            _row("preferred_name", "pronoun"),
            HTML('<h2 class="push">Contact</h2>'),
            _row("phone", "email"),
            Field("address"),
            _row("language", "reminders_by"),
            HTML('<h2 class="push">Emergency contact</h2>'),
            _row("emergency_contact_name", "emergency_contact_phone"),
            *died,
        )

    def clean_sex_at_birth(self) -> str:
        return self.cleaned_data["sex_at_birth"] or Patient.Sex.UNKNOWN

    def clean_reminders_by(self) -> str:
        before = self.initial.get("reminders_by") or Patient.ReminderBy.EMAIL
        return self.cleaned_data["reminders_by"] or before


class _Day(forms.DateField):
    default_error_messages = {"invalid": "Type a day like 1984-03-27."}

    def __init__(self, **options: Any):
        super().__init__(input_formats=DAYS, **options)


_DAY_INPUT = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
_LANGUAGES = sorted(settings.LANGUAGES, key=lambda language: str(language[1]))


# --- the intake --------------------------------------------------------------

_YES_NO = [("yes", "Yes"), ("no", "No")]
_NOTHING = "none"

#: An answer type is its main part, and what may stand beside it: "choice+date".
_MAIN = {
    "yes-no": "radio",
    "yes-no-unknown": "radio",
    "choice": "radio",
    "scale": "scale",
    "multi": "chips",
    "regions": "chips",
    "list": "chips",
    "number": "number",
    "date": "date",
    "text": "text",
}


def _choices(question: IntakeQuestion) -> list[tuple[str, str]]:
    if question.answer_type.startswith("yes-no"):
        more = [("unknown", "Not known")] if "unknown" in question.answer_type else []
        return _YES_NO + more
    return [(option, option[:1].upper() + option[1:]) for option in question.options]


class Asked:
    """One question on the page: its main field, and the text or date beside it."""

    def __init__(self, question: IntakeQuestion, form: "IntakeForm"):
        main, _, beside = question.answer_type.partition("+")
        self.question = question
        self.shape = _MAIN.get(main, "text")
        if self.shape == "scale" and not _has_steps(question):
            self.shape = "options" if question.options else "number"
        self.parts: dict[str, str] = {}
        self._form = form
        name = f"q-{question.code}"
        if self.shape != "chips" or question.options:
            self._add("main", name, self._main_field())
        if main == "list":
            label = "Others, one per line" if question.options else "One per line"
            self._add("lines", f"{name}-lines", _lines_field(label))
        if beside == "text":
            self._add("text", f"{name}-text", _text_field("In words"))
        if beside == "date":
            self._add("date", f"{name}-date", day_field(required=False, label="When"))

    def _add(self, part: str, name: str, field: forms.Field) -> None:
        self.parts[part] = name
        self._form.fields[name] = field

    def _main_field(self) -> forms.Field:
        q = self.question
        label = q.short_label or q.question
        if self.shape in ("radio", "options"):
            return forms.ChoiceField(
                choices=_choices(q), widget=forms.RadioSelect, required=False, label=label
            )
        if self.shape == "chips":
            return forms.MultipleChoiceField(
                choices=_choices(q), widget=forms.CheckboxSelectMultiple, required=False, label=label
            )
        if self.shape == "scale":
            ends = range(int(q.minimum or 0), int(q.maximum or 10) + 1)
            steps = [(str(n), str(n)) for n in ends]
            return forms.ChoiceField(choices=steps, widget=forms.RadioSelect, required=False, label=label)
        if self.shape == "number":
            return forms.DecimalField(
                min_value=q.minimum,
                max_value=q.maximum,
                max_digits=8,
                decimal_places=2,
                localize=True,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8}),
                required=False,
                label=label,
            )
        if self.shape == "date":
            return day_field(required=False, label=label)
        return _text_field(label)

    # What the template prints.
    @property
    def main(self) -> Any:
        return self._form[self.parts["main"]] if "main" in self.parts else None

    @property
    def beside(self) -> list[Any]:
        return [self._form[n] for part, n in self.parts.items() if part != "main"]

    @property
    def errors(self) -> list[str]:
        names = self.parts.values()
        return [str(e) for name in names for e in self._form[name].errors]

    @property
    def is_choice(self) -> bool:
        """One out of several."""
        return self.shape in ("radio", "options", "scale")

    @property
    def is_set(self) -> bool:
        """Whether it is several inputs under one legend."""
        chips = self.shape == "chips" and "main" in self.parts
        return self.is_choice or chips or len(self.parts) > 1

    def answer(self, cleaned: Mapping[str, Any]) -> Any:
        """The answer as the intake keeps it; empty where nothing was said."""
        said = {part: cleaned.get(name) for part, name in self.parts.items()}
        if "lines" in said:
            said["main"] = [*(said.get("main") or []), *(said.pop("lines") or [])]
        said = {part: value for part, value in said.items() if value not in (None, "", [])}
        if set(self.parts) - {"main", "lines"}:
            return {"said" if part == "main" else part: v for part, v in said.items()}
        return said.get("main", "")

    def initial(self, answer: Any) -> dict[str, Any]:
        """The fields as they stood when ``answer`` was given."""
        parts = dict(answer) if isinstance(answer, dict) else {"said": answer}
        said = parts.pop("said", None)
        if "lines" in self.parts:
            given = said if isinstance(said, list) else [said] if said else []
            options = set(self.question.options)
            parts["lines"] = "\n".join(str(g) for g in given if g not in options)
            said = [g for g in given if g in options]
        parts["main"] = said
        return {
            self.parts[part]: value
            for part, value in parts.items()
            if part in self.parts and value is not None
        }


def _has_steps(question: IntakeQuestion) -> bool:
    return question.minimum is not None and question.maximum is not None


def _text_field(label: str) -> forms.CharField:
    return forms.CharField(
        required=False, max_length=2000, label=label, widget=forms.Textarea(attrs={"rows": 2})
    )


class _Lines(forms.CharField):
    """One thing a line."""

    def clean(self, value: Any) -> list[str]:
        lines = (" ".join(line.split()) for line in super().clean(value).splitlines())
        return list(dict.fromkeys(line[:200] for line in lines if line))


def _lines_field(label: str) -> _Lines:
    return _Lines(required=False, max_length=4000, label=label, widget=forms.Textarea(attrs={"rows": 2}))


class IntakeForm(forms.Form):
    """The questions put to one patient, with the weight, the likely causes and a note at the end."""

    weight_kg = forms.DecimalField(
        required=False,
        min_value=3,
        max_value=499,
        max_digits=5,
        decimal_places=1,
        localize=True,
        label="Weight",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8}),
        error_messages={
            "min_value": "Type the weight in kilograms.",
            "max_value": "Type the weight in kilograms.",
        },
    )
    likely_causes = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Likely causes"
    )
    other_causes = _lines_field("Others, one per line")
    note = _text_field("Note")

    def __init__(self, *args: Any, questions: Iterable[IntakeQuestion], **kwargs: Any):
        super().__init__(*args, **kwargs)
        questions = list(questions)
        closing = {name: self.fields.pop(name) for name in list(self.fields)}
        self.asked = [Asked(question, self) for question in questions]
        self.fields.update(closing)
        # The causes that the questions themselves look for, in their words and order.
        self.causes = [q.short_label or q.question for q in questions if q.feeds_rule.startswith("cause-")]
        likely: Any = self.fields["likely_causes"]
        likely.choices = [(c, c) for c in self.causes]

    @property
    def sections(self) -> list[tuple[str, list[Asked]]]:
        """The questions under their headings, in the order of work."""
        sections: dict[str, list[Asked]] = {}
        for asked in self.asked:
            sections.setdefault(asked.question.section, []).append(asked)
        return list(sections.items())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for asked in self.asked:
            if asked.shape != "chips" or "main" not in asked.parts:
                continue
            name = asked.parts["main"]
            said = [*(cleaned.get(name) or []), *(cleaned.get(f"{name}-lines") or [])]
            if _NOTHING in said and len(said) > 1:
                self.add_error(name, "“None” cannot stand beside another answer.")
        return cleaned

    def given(self) -> dict[str, Any]:
        """What record_intake takes."""
        cleaned = self.cleaned_data
        answers = {a.question.code: a.answer(cleaned) for a in self.asked}
        return {
            "answers": {c: said for c, said in answers.items() if said not in ("", {})},
            "weight_kg": cleaned.get("weight_kg"),
            "likely_causes": [*cleaned["likely_causes"], *cleaned["other_causes"]],
            "note": cleaned["note"],
        }

    def start_from(self, intake: Any) -> None:
        """Show what the last intake said."""
        for asked in self.asked:
            if asked.question.code in intake.answers:
                self.initial.update(asked.initial(intake.answers[asked.question.code]))
        causes = intake.likely_causes
        self.initial.update(
            weight_kg=intake.weight_kg,
            likely_causes=[c for c in causes if c in self.causes],
            other_causes="\n".join(c for c in causes if c not in self.causes),
        )

    def go_on_with(self, draft: QueryDict) -> None:
        """Show what was typed and not sent, just as it was typed."""
        for name, field in self.fields.items():
            self.initial[name] = field.widget.value_from_datadict(draft, {}, self.add_prefix(name))


# --- risk factors and consent ------------------------------------------------


class RiskFactorForm(forms.Form):
    """What stands about a patient: out of the list the rules know, or in words."""

    KINDS = [(value, label) for value, label in Factor.Kind.choices if value != Factor.Kind.STAFF]

    kind = forms.ChoiceField(choices=KINDS, label="Kind")
    factor = forms.ModelChoiceField(
        Factor.objects.none(), required=False, label="What the checks know", empty_label="Not in this list"
    )
    label = forms.CharField(
        required=False,
        max_length=200,
        label="In words",
        help_text="A name, as it was said: it is looked up in the list of that kind.",
    )
    started_on = day_field(required=False, label="Since")
    ended_on = day_field(required=False, label="Until, if known")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        factors = Factor.objects.filter(retired_at=None).exclude(kind=Factor.Kind.STAFF)
        field: Any = self.fields["factor"]
        field.queryset = factors
        kinds: dict[str, list[tuple[int, str]]] = {}
        for factor in factors:
            kinds.setdefault(factor.get_kind_display(), []).append((factor.pk, factor.label))
        field.choices = [("", "Not in this list"), *kinds.items()]
        self.helper = _helper("kind", "factor", "label", _row("started_on", "ended_on"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("factor") and not cleaned.get("label"):
            self.add_error("label", "Choose from the list, or say it in words.")
        return cleaned


class ConsentForm(forms.Form):
    """Who signs what, and how."""

    text = forms.IntegerField(widget=forms.HiddenInput)
    method = forms.ChoiceField(
        choices=Consent.Method.choices, widget=forms.RadioSelect, initial=Consent.Method.TYPED, label="Signed"
    )
    signed_name = forms.CharField(
        max_length=200,
        label="Name of who signs",
        error_messages={"required": "Type the name of the person who signs."},
    )
    strokes = StrokesField(label="Signature")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = _helper("text", "method")


class ConsentTextForm(forms.Form):
    """A new version of a wording."""

    title = forms.CharField(max_length=120)
    body = forms.CharField(label="Wording", max_length=30_000, widget=forms.Textarea(attrs={"rows": 22}))
    in_force_from = forms.DateField(
        label="Signed from",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Until then the version before it is signed. What was signed keeps its own wording.",
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.helper = _helper("title", "body", "in_force_from")
