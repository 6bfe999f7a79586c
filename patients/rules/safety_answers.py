"""Which questions are safety questions, and what an intake answers of them. No Django here."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from mesoclinic.core.quantities import plain_number_text

#: Questions of the intake whose answers are kept one by one, with their day.
INTAKE_QUESTIONS = frozenset(
    {
        "allergy",
        "anaesthetic",
        "anticoag",
        "autoimmune",
        "bleeding",
        "blood-donor",
        "cancer",
        "contraception",
        "despair",
        "diabetes",
        "eye",
        "g6pd",
        "heart",
        "infection",
        "keloid",
        "kidney",
        "lab-tests",
        "partner",
        "pregnant",
        "previous",
    }
)

ALLERGY, WEIGHT = "allergy", "weight"

#: Allergies that are asked by name, and the options of the list of allergies that name them.
ALLERGIES_ASKED_BY_NAME: Mapping[str, frozenset[str]] = {
    "fish": frozenset({"fish"}),
    "salicylate": frozenset({"aspirin/salicylate"}),
    "cobalt": frozenset({"cobalt", "vitamin B"}),
    "thiamine": frozenset({"vitamin B"}),
    "ha": frozenset({"hyaluronic acid"}),
}

#: Longest part of an answer that is kept, in characters.
LONGEST = 200


def parts_of_answer(answer: object) -> tuple[str, ...]:
    """Every part of an answer: the options chosen and lines typed; the text beside a choice only where nothing else is."""
    if isinstance(answer, Mapping):
        return parts_of_answer(answer.get("said")) or parts_of_answer(answer.get("text"))
    if isinstance(answer, Collection) and not isinstance(answer, str):
        return tuple(part for each in answer for part in parts_of_answer(each))
    text = "" if answer is None else " ".join(str(answer).split())[:LONGEST]
    return (text,) if text else ()


def intake_safety_answers_by_question(
    answers: Mapping[str, object], options: Mapping[str, Collection[str]], weight_kg: Decimal | None
) -> dict[str, tuple[str, ...]]:
    """Question to every part of its answer. A question left out has no answer; ``options`` were shown by name."""
    said = {code: parts_of_answer(answer) for code, answer in answers.items() if code in INTAKE_QUESTIONS}
    if weight_kg is not None:
        said[WEIGHT] = (plain_number_text(weight_kg),)
    said |= _yes_or_no_by_named_allergy_question(said.get(ALLERGY, ()), options.get(ALLERGY, ()))
    return {code: parts for code, parts in said.items() if parts}


def _yes_or_no_by_named_allergy_question(
    said: tuple[str, ...], options: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """What the list of allergies says about the ones that are asked by name.

    Something typed in words may be any of them: then only what was chosen is an answer.
    """
    if not said:
        return {}
    typed = [part for part in said if part not in options]
    found: dict[str, tuple[str, ...]] = {}
    for code, names in ALLERGIES_ASKED_BY_NAME.items():
        if names & set(said):
            found[code] = ("yes",)
        elif names & set(options) and not typed:
            found[code] = ("no",)
    return found
