"""What a patient's answers and medicine names mean as risk factors, and which answers are missing.
No Django here: which answer means which factor is data, and is passed in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Protocol

from mesoclinic.core.findings import Finding, block, note, ordered
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.search_text import search_words

_COMPARED = re.compile(r"(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class AnswerFactor:
    """``answer`` to ``question`` means ``factor``.

    ``answer`` is a word ("thyroid", "yes"), a comparison (">=3") or "*" for any answer that is not
    a plain_number_text no.
    """

    question: str
    answer: str
    factor: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class TermFactor:
    """``term`` in the name of a medicine or disease means ``factor``."""

    term: str
    factor: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class DerivedFactor:
    """A risk factor and what it was read from: "anticoag: Warfarin", "clopidogrel". ``term``: the row that read it."""

    factor: str
    kind: str
    because: str
    term: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the intake. ``asked_of`` is "women", "men" or "" for everybody."""

    code: str
    text: str
    required: bool = True
    asked_of: str = ""


#: Answers that say no to a question; "*" does not match them.
_NO = {"", "no", "none", "never", "not applicable", "n a"}


def _parts_of_answer(value: object) -> list[str]:
    """Every single thing an answer says, as text."""
    if value is None:
        return []
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, (int, float, Decimal)):
        return [plain_number_text(Decimal(str(value)))]
    if isinstance(value, Mapping):
        return [said for part in value.values() for said in _parts_of_answer(part)]
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [said for part in value for said in _parts_of_answer(part)]
    text = str(value).strip()
    return [text] if text else []


def _answer_matches_term(said: str, wanted: str) -> bool:
    if compared := _COMPARED.fullmatch(wanted.strip()):
        try:
            number = Decimal(said)
        except InvalidOperation:
            return False
        sign, limit = compared[1], Decimal(compared[2])
        return number.is_finite() and (
            (sign == ">=" and number >= limit)
            or (sign == "<=" and number <= limit)
            or (sign == ">" and number > limit)
            or (sign == "<" and number < limit)
        )
    plainly = " ".join(search_words(said))
    if wanted.strip() == "*":
        return plainly not in _NO
    return plainly == " ".join(search_words(wanted))


def _without_duplicate_factors(found: Iterable[DerivedFactor]) -> list[DerivedFactor]:
    kept: dict[tuple[str, str], DerivedFactor] = {}
    for factor in found:
        kept.setdefault((factor.factor, factor.kind), factor)
    return list(kept.values())


def factors_from_answers(
    answers: Mapping[str, object], mapping: Sequence[AnswerFactor]
) -> list[DerivedFactor]:
    """The risk factors that ``answers`` (by question code) mean, each once, in mapping order."""
    return _without_duplicate_factors(
        DerivedFactor(row.factor, row.kind, f"{row.question}: {said}", row.answer)
        for row in mapping
        for said in _parts_of_answer(answers.get(row.question))
        if _answer_matches_term(said, row.answer)
    )


def factors_from_terms(text: str, terms: Sequence[TermFactor]) -> list[DerivedFactor]:
    """The risk factors that a medicine's or disease's name means, each once.

    Whole words only: "asa" is aspirin, but not in "Nasacort". A term of several words must stand
    in the name in that order. Of two terms for the same factor, the longer is what was said.
    """
    name = f" {' '.join(search_words(text))} "
    found = [
        DerivedFactor(row.factor, row.kind, row.term, row.term)
        for row in terms
        if (words := search_words(row.term)) and f" {' '.join(words)} " in name
    ]
    longest: dict[str, str] = {}
    for each in found:
        longest[each.factor] = max(longest.get(each.factor, ""), each.term, key=len)
    return _without_duplicate_factors(each for each in found if each.term == longest[each.factor])


def check_intake_questions_answered(
    questions: Sequence[Question], answers: Mapping[str, object], *, sex: str = ""
) -> list[Finding]:
    """Which questions still wait for an answer. A required one blocks until answered or excused."""
    asked_of_the_other = {"f": "men", "m": "women"}.get(sex[:1].lower(), "")
    findings = []
    for question in questions:
        if question.asked_of and question.asked_of == asked_of_the_other:
            continue
        if _parts_of_answer(answers.get(question.code)):
            continue
        make, verb = (block, "Ask") if question.required else (note, "Not asked yet")
        message = f"{verb}: {question.text}"
        findings.append(make(f"unanswered:{question.code}", message, where=question.code))
    return ordered(findings)


#: The code of a finding about what an intake no longer says begins with this; the question follows.
ENDS = "ends:"


class Standing(Protocol):
    """What stands on the record."""

    label: str


def check_dropped_answers_are_written(dropped: Mapping[str, Sequence[Standing]]) -> list[Finding]:
    """What stood against an injection by an earlier intake ends in words: who says so, and how it is known.

    ``dropped``: what this intake no longer says, by question. An answer that is left away is no "no".
    """
    return [
        block(
            f"{ENDS}{question}",
            f"On the record by an earlier intake: {', '.join(row.label for row in rows)}. This one says it no more. Answer "
            "as before, or write who says that it is over, and how that is known.",
            where=question,
        )
        for question, rows in dropped.items()
    ]
