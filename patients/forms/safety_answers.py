"""Safety questions put on a page: what is asked, and what was posted in answer."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.http import QueryDict

from mesoclinic.core.quantities import plain_number_text
from patients.rules.safety_answers import LONGEST

#: Submits "none of these": a no to every question shown that has one.
NONE_OF_THESE = "none_of_these"

#: A question sends its code under this name: "none of these" answers what stood on the page, and nothing that became due since.
QUESTION_SHOWN = "question_shown"

_PREFIX, _WORDS = "answer:", "answer-words:"


@dataclass(frozen=True, slots=True)
class SafetyQuestion:
    """A question as a page puts it. ``on_record``: what stands on the record about it, in words."""

    code: str
    question: str
    kind: str  # choice, words, number or pressure
    choices: tuple[str, ...] = ()
    none_of_these: str = ""
    on_record: tuple[str, ...] = ()
    last: str = ""  # "Asked on 3 Mar 2026"
    is_answered: bool = False  # it is shown to be corrected: "none of these" leaves it as it is

    @property
    def field_name(self) -> str:
        return f"{_PREFIX}{self.code}"

    @property
    def words_field_name(self) -> str:
        return f"{_WORDS}{self.code}"

    @property
    def takes_several(self) -> bool:
        """Whether several of the choices may be so at once."""
        return self.none_of_these == "none"

    @property
    def is_typed(self) -> bool:
        return self.kind in ("number", "pressure")

    @property
    def takes_words(self) -> bool:
        return self.kind == "words"

    @property
    def labelled_choices(self) -> list[tuple[str, str]]:
        return [(choice, choice[:1].upper() + choice[1:]) for choice in self.choices]

    @property
    def answer_of_none_of_these(self) -> tuple[str, ...]:
        """What "none of these" writes: a no, or what stands on the record where the answer is in words.

        Where a fact stands that a no would deny, it answers nothing.
        """
        if self.is_answered:
            return ()
        if not self.none_of_these or not self.on_record:
            return (self.none_of_these,) if self.none_of_these else ()
        return self.on_record if self.takes_words else ()


@dataclass(frozen=True, slots=True)
class PostedAnswers:
    """What was posted: answers by question, what is wrong with some, and every field as typed."""

    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question with what stands in its fields."""

    asked: SafetyQuestion
    chosen: tuple[str, ...]
    words: str
    error: str


def questions_with_typed_answers(
    asked: Iterable[SafetyQuestion], posted: PostedAnswers
) -> list[ShownQuestion]:
    return [
        ShownQuestion(
            each,
            posted.chosen.get(each.code, ()),
            posted.words.get(each.code, ""),
            posted.errors.get(each.code, ""),
        )
        for each in asked
    ]


def read_posted_answers(post: QueryDict, asked: Iterable[SafetyQuestion]) -> PostedAnswers:
    """The answers to these questions. "None of these" answers those that stood on the page and were left empty."""
    denied = set(post.getlist(QUESTION_SHOWN)) if NONE_OF_THESE in post else set()
    answers: dict[str, tuple[str, ...]] = {}
    errors: dict[str, str] = {}
    chosen: dict[str, tuple[str, ...]] = {}
    words: dict[str, str] = {}
    for question in asked:
        picked = tuple(each for each in post.getlist(question.field_name) if each in question.choices)
        typed = " ".join(post.get(question.words_field_name, "").split())[:LONGEST]
        chosen[question.code], words[question.code] = picked, typed
        said, error = _answer_and_error(question, picked, typed)
        if error:
            errors[question.code] = error
        elif said:
            answers[question.code] = said
        elif question.code in denied and question.answer_of_none_of_these:
            answers[question.code] = question.answer_of_none_of_these
    return PostedAnswers(answers, errors, chosen, words)


def _answer_and_error(
    question: SafetyQuestion, picked: tuple[str, ...], typed: str
) -> tuple[tuple[str, ...], str]:
    if question.is_typed:
        return _figure_and_error(question.kind, typed)
    said = picked + ((typed,) if typed and question.takes_words else ())
    if question.none_of_these in said and len(said) > 1:
        return (), f"Either “{question.none_of_these}”, or what is so: not both."
    if question.none_of_these in said and question.on_record:
        return (
            (),
            f"On the record: {', '.join(question.on_record)}. Choose that, or end it on the record first.",
        )
    return said, ""


def _figure_and_error(kind: str, typed: str) -> tuple[tuple[str, ...], str]:
    if not typed:
        return (), ""
    if kind == "pressure":
        found = re.fullmatch(r"(\d{2,3})\s*/\s*(\d{2,3})", typed)
        return ((f"{found[1]}/{found[2]}",), "") if found else ((), "Type it like 120/80.")
    try:
        number = Decimal(typed.replace(",", "."))
    except InvalidOperation:
        return (), "Type a number."
    if not number.is_finite() or number < 0:
        return (), "Type a number."
    return (plain_number_text(number),), ""
