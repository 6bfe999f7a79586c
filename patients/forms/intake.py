"""The form of the intake, made from its questions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from patients.models import IntakeQuestion
from patients.rules.months import read_partial_date_or_none

_YES_NO = [("yes", "Yes"), ("no", "No")]

_NOTHING = "none"

#: Answers that say no. “None” as a contraception is an answer of its own.
_NO_ANSWERS = ("no", _NOTHING, "neither")
_WITHOUT_A_NO = {"contraception"}

#: From so many questions on, a section can be answered with one tick: “none of these”.
_FEWEST_FOR_NONE = 3

#: Of more options or steps than these, a question takes the whole width.
_MOST_IN_HALF = 6

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


def _answer_choices(question: IntakeQuestion) -> list[tuple[str, str]]:
    if question.answer_type.startswith("yes-no"):
        more = [("unknown", "Not known")] if "unknown" in question.answer_type else []
        return _YES_NO + more
    others = [option for option in question.options if option not in ("yes", "no")]
    return [
        (option, "Yes, not known what" if others and option == "yes" else option[:1].upper() + option[1:])
        for option in question.options
    ]


class QuestionFields:
    """One question on the page: its main field, and the text or date beside it."""

    def __init__(self, question: IntakeQuestion, form: "IntakeForm"):
        main, _, beside = question.answer_type.partition("+")
        self.question = question
        self.shape = _MAIN.get(main, "text")
        if self.shape == "scale" and not _has_minimum_and_maximum(question):
            self.shape = "options" if question.options else "number"
        self.parts: dict[str, str] = {}
        #: What the patient told of it by link (patients.forms.told_intake).
        self.told: object = None
        self._form = form
        name = f"q-{question.code}"
        if self.shape != "chips" or question.options:
            self._add_form_field("main", name, self._make_main_field())
        if main == "list":
            label = "Others, one per line" if question.options else "One per line"
            self._add_form_field("lines", f"{name}-lines", _lines_field(label))
        if beside == "text":
            self._add_form_field("text", f"{name}-text", _text_field("In words"))
        if beside == "date":
            self._add_form_field("date", f"{name}-date", _MonthField(label="When"))

    def _add_form_field(self, part: str, name: str, field: forms.Field) -> None:
        self.parts[part] = name
        self._form.fields[name] = field

    def _make_main_field(self) -> forms.Field:
        q = self.question
        label = q.short_label or q.question
        if self.shape in ("radio", "options"):
            return forms.ChoiceField(
                choices=_answer_choices(q), widget=forms.RadioSelect, required=False, label=label
            )
        if self.shape == "chips":
            return forms.MultipleChoiceField(
                choices=_answer_choices(q), widget=forms.CheckboxSelectMultiple, required=False, label=label
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
            return _MonthField(label=label)
        return _text_field(label)

    # What the template prints.
    @property
    def main_input(self) -> Any:
        return self._form[self.parts["main"]] if "main" in self.parts else None

    @property
    def inputs_beside_main(self) -> list[Any]:
        return [self._form[n] for part, n in self.parts.items() if part != "main"]

    @property
    def errors(self) -> list[str]:
        names = self.parts.values()
        return [str(e) for name in names for e in self._form[name].errors]

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole width: many options, a scale of many steps, or something beside."""
        if self.inputs_beside_main:
            return True
        choices = (
            getattr(self._form.fields[self.parts["main"]], "choices", []) if "main" in self.parts else []
        )
        return len(choices) > _MOST_IN_HALF

    @property
    def shows_help(self) -> bool:
        """Whether one cannot answer without its help: what a figure counts."""
        return self.shape in ("scale", "number")

    @property
    def negative_input_and_answer_or_none(self) -> tuple[str, Any] | None:
        """The input that says no, and what it says; None where no is no answer."""
        q = self.question
        if q.code in _WITHOUT_A_NO:
            return None
        if q.answer_type.startswith("yes-no"):
            return self.parts["main"], "no"
        no = next((answer for answer in _NO_ANSWERS if answer in q.options), None)
        if no is not None:
            return self.parts["main"], [no] if self.shape == "chips" else no
        if "lines" in self.parts and not q.options:
            return self.parts["lines"], [_NOTHING]
        return None

    @property
    def is_single_choice(self) -> bool:
        """One out of several."""
        return self.shape in ("radio", "options", "scale")

    @property
    def has_several_inputs(self) -> bool:
        """Whether it is several inputs under one legend."""
        chips = self.shape == "chips" and "main" in self.parts
        return self.is_single_choice or chips or len(self.parts) > 1

    def answer_from_cleaned(self, cleaned: Mapping[str, Any]) -> Any:
        """The answer as the intake keeps it; empty where nothing was said."""
        said = {part: cleaned.get(name) for part, name in self.parts.items()}
        if "lines" in said:
            said["main"] = [*(said.get("main") or []), *(said.pop("lines") or [])]
        said = {part: value for part, value in said.items() if value not in (None, "", [])}
        if set(self.parts) - {"main", "lines"}:
            return {"said" if part == "main" else part: v for part, v in said.items()}
        return said.get("main", "")

    def initial_from_answer(self, answer: Any) -> dict[str, Any]:
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


def _has_minimum_and_maximum(question: IntakeQuestion) -> bool:
    return question.minimum is not None and question.maximum is not None


class _MonthField(forms.CharField):
    """A month, or a year or a day: as well as somebody remembers."""

    def __init__(self, *, label: str):
        widget = _MonthInput(attrs={"type": "month", "placeholder": "2025-03"})
        super().__init__(required=False, max_length=10, label=label, widget=widget)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        kept = read_partial_date_or_none(text)
        if kept is None:
            raise forms.ValidationError("Type a month like 2025-03, or a day like 2025-03-27.")
        return kept


class _MonthInput(forms.TextInput):
    """A browser's month picker shows nothing but a month."""

    def format_value(self, value: Any) -> str | None:
        shown = super().format_value(value)
        return shown[:7] if shown and read_partial_date_or_none(shown) else shown


def _text_field(label: str) -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=2000,
        label=label,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": label}),
    )


class _LinesField(forms.CharField):
    """One thing a line."""

    def clean(self, value: Any) -> list[str]:
        """The lines, each once, without empty ones."""
        lines = (" ".join(line.split()) for line in super().clean(value).splitlines())
        return list(dict.fromkeys(line[:200] for line in lines if line))


def _lines_field(label: str) -> _LinesField:
    widget = forms.Textarea(attrs={"rows": 1, "placeholder": label})
    return _LinesField(required=False, max_length=4000, label=label, widget=widget)


@dataclass(frozen=True)
class Section:
    """The questions under one heading, and the tick that answers no to all that were left empty."""

    form: "IntakeForm"
    number: int
    name: str
    questions: list[QuestionFields]

    @property
    def offers_none_of_these_box(self) -> bool:
        return (
            sum(asked.negative_input_and_answer_or_none is not None for asked in self.questions)
            >= _FEWEST_FOR_NONE
        )

    @property
    def none_of_these_field_name(self) -> str:
        return f"none-{self.number}"

    @property
    def none_of_these(self) -> Any:
        return self.form[self.none_of_these_field_name] if self.offers_none_of_these_box else None


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
        self.asked = [QuestionFields(question, self) for question in questions]
        for number, section in enumerate(self.sections, start=1):
            if section.offers_none_of_these_box:
                self.fields[f"none-{number}"] = forms.BooleanField(required=False, label="None of these")
        self.fields.update(closing)
        # The causes that the questions themselves look for, in their words and order.
        self.causes = [q.short_label or q.question for q in questions if q.feeds_rule.startswith("cause-")]
        likely: Any = self.fields["likely_causes"]
        likely.choices = [(c, c) for c in self.causes]

    @property
    def sections(self) -> list["Section"]:
        """The questions under their headings, in the order of work."""
        sections: dict[str, list[QuestionFields]] = {}
        for asked in self.asked:
            sections.setdefault(asked.question.section, []).append(asked)
        return [
            Section(self, number, name, questions)
            for number, (name, questions) in enumerate(sections.items(), start=1)
        ]

    def clean(self) -> dict[str, Any]:
        """Adds an error where “None” stands beside another answer."""
        cleaned = super().clean() or self.cleaned_data
        self._answer_none_of_these(cleaned)
        for asked in self.asked:
            if asked.shape != "chips" or "main" not in asked.parts:
                continue
            name = asked.parts["main"]
            said = [*(cleaned.get(name) or []), *(cleaned.get(f"{name}-lines") or [])]
            if _NOTHING in said and len(said) > 1:
                self.add_error(name, "“None” cannot stand beside another answer.")
        return cleaned

    def _answer_none_of_these(self, cleaned: dict[str, Any]) -> None:
        """“None of these” answers each question of its section that was left empty, one by one."""
        for section in self.sections:
            if not cleaned.get(section.none_of_these_field_name):
                continue
            for asked in section.questions:
                is_wrong = any(name in self.errors for name in asked.parts.values())
                if (
                    asked.negative_input_and_answer_or_none
                    and not is_wrong
                    and not asked.answer_from_cleaned(cleaned)
                ):
                    name, no = asked.negative_input_and_answer_or_none
                    cleaned[name] = no

    def arguments_for_record_intake(self) -> dict[str, Any]:
        """What record_intake takes."""
        cleaned = self.cleaned_data
        answers = {a.question.code: a.answer_from_cleaned(cleaned) for a in self.asked}
        return {
            "answers": {c: said for c, said in answers.items() if said not in ("", {})},
            "weight_kg": cleaned.get("weight_kg"),
            "likely_causes": [*cleaned["likely_causes"], *cleaned["other_causes"]],
            "note": cleaned["note"],
        }

    def fill_from_last_intake(self, intake: Any) -> None:
        """Show what the last intake said."""
        for asked in self.asked:
            if asked.question.code in intake.answers:
                self.initial.update(asked.initial_from_answer(intake.answers[asked.question.code]))
        causes = intake.likely_causes
        self.initial.update(
            weight_kg=intake.weight_kg,
            likely_causes=[c for c in causes if c in self.causes],
            other_causes="\n".join(c for c in causes if c not in self.causes),
        )

    def fill_from_autosave(self, draft: QueryDict) -> None:
        """Show what was typed and not sent, just as it was typed."""
        for name, field in self.fields.items():
            self.initial[name] = field.widget.value_from_datadict(draft, {}, self.add_prefix(name))
