"""The intake as a clinician makes it of what the patient told by link: each answer is confirmed, or changed and confirmed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from patients.forms.intake import IntakeForm, QuestionFields
from patients.forms.intake_by_link import ITEM_WORDS, told_text
from patients.models import Intake, IntakeQuestion
from patients.queries import answer_text
from patients.rules.intake_by_link import Answered, QuestionTold
from patients.rules.months import read_partial_date_or_none


@dataclass(frozen=True, slots=True)
class ToldBeside:
    """What stands beside a question: the patient's answer, the last intake's where it differs, and the tick that confirms."""

    text: str
    last: str
    is_different: bool
    confirm: Any


class ToldIntakeForm(IntakeForm):
    """Filled with the last intake, and over it what the patient told. What was told wants its tick."""

    def __init__(
        self,
        *args: Any,
        questions: Iterable[IntakeQuestion],
        told: Mapping[str, QuestionTold],
        last: Intake | None,
        **kwargs: Any,
    ):
        super().__init__(*args, questions=questions, **kwargs)
        self._told = told
        if last is not None:
            self.fill_from_last_intake(last)
        self._told_initial: dict[str, dict[str, Any]] = {}
        for asked in self.asked:
            code = asked.question.code
            if code not in told:
                continue
            before = {name: self.initial.get(name) for name in asked.parts.values()}
            if told[code].says_something:
                self.fields[f"confirm-{code}"] = forms.BooleanField(required=False, label="Confirmed")
                now = dict.fromkeys(asked.parts.values()) | initial_from_told(asked, told[code])
                self._told_initial[code] = now
                self.initial.update(now)
            said = answer_text(last.answers.get(code)) if last is not None else ""
            asked.told = ToldBeside(
                text=told_text(told[code]),
                last=said,
                is_different=bool(said)
                and told[code].says_something
                and _without_empty(before) != _without_empty(self._told_initial[code]),
                confirm=self[f"confirm-{code}"] if told[code].says_something else None,
            )
        asked_codes = {asked.question.code for asked in self.asked}
        #: What the patient ticked and is not asked of them any more: read, and asked about.
        self.told_besides = [
            told_text(each) for code, each in told.items() if code not in asked_codes and each.items
        ]

    def clean(self) -> dict[str, Any]:
        """Adds an error to each answer of the patient that is neither confirmed nor changed."""
        cleaned = super().clean()
        for code in self._told_initial:
            if not cleaned.get(f"confirm-{code}"):
                self.add_error(f"confirm-{code}", "Confirm what the patient told, or change it and confirm.")
        return cleaned

    @property
    def changed(self) -> list[str]:
        """The questions whose answer is another than the patient told."""
        return [
            asked.question.code
            for asked in self.asked
            if asked.question.code in self._told_initial
            and any(name in self.changed_data for name in asked.parts.values())
        ]

    @property
    def confirmed(self) -> list[str]:
        changed = self.changed
        return [code for code in self._told_initial if code not in changed]


def _without_empty(initial: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in initial.items() if value not in (None, "", [])}


def initial_from_told(asked: QuestionFields, told: QuestionTold) -> dict[str, Any]:
    """The fields of a question as the patient's answer fills them; a field that their words do not fit stays empty."""
    if told.answered == Answered.NONE:
        negative = asked.negative_input_and_answer_or_none
        if negative is None:
            return {}
        name, no = negative
        return {name: "\n".join(no) if name == asked.parts.get("lines") else no}
    said = [item.answer for item, _ in told.items if item.answer]
    words = [text for _, text in told.items if text]
    filled: dict[str, Any] = {}
    if "lines" in asked.parts:
        options = set(asked.question.options)
        lines = [
            words or ITEM_WORDS[item.code][0]
            for item, words in told.items
            if words or item.answer not in options
        ]
        filled["main"] = [each for each in said if each in options]
        filled["lines"] = "\n".join(lines)
    elif asked.shape == "chips":
        filled["main"] = said
    elif asked.shape == "date":
        filled["main"] = next((text for text in words if read_partial_date_or_none(text)), "")
    elif said:
        filled["main"] = said[0] if len(said) == 1 else ""
    if "text" in asked.parts:
        filled["text"] = "; ".join(words)
    if "date" in asked.parts:
        filled["date"] = next((text for text in words if read_partial_date_or_none(text)), "")
    return {asked.parts[part]: value for part, value in filled.items() if part in asked.parts}
