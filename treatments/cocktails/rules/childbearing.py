"""Dutasteride and finasteride in somebody who can become pregnant: a block that nobody passes. No Django here.

The label of dutasteride forbids it in women of childbearing potential, with or without contraception. The block ends by
taking the drug out, or by recording that pregnancy is not possible (sterilised, postmenopausal, no uterus).
"""

from collections.abc import Collection, Mapping
from datetime import date

from mesoclinic.core.findings import Finding, block
from treatments.cocktails.rules.mix import Person
from treatments.cocktails.rules.required_answers import (
    CONTRACEPTION,
    OPEN_ANSWERS,
    Answer,
    is_pregnancy_impossible,
)

CODE = "alert:state:5ari-childbearing"

FIVE_ALPHA_REDUCTASE_INHIBITORS = frozenset({"dutasteride", "finasteride"})

#: Who is asked about pregnancy, in years: the clinic's default (must_ask.csv).
CHILDBEARING_AGES = range(12, 56)


def check_reductase_inhibitor_if_pregnancy_possible(
    given: Collection[str], person: Person, answers: Mapping[str, Answer], today: date
) -> list[Finding]:
    """The block, once it was asked and pregnancy is possible. Not asked is a finding of its own (required_answers)."""
    drawn = sorted(FIVE_ALPHA_REDUCTASE_INHIBITORS & set(given))
    if not drawn or person.is_male or is_pregnancy_impossible(answers):
        return []
    if person.age is not None and person.age not in CHILDBEARING_AGES:
        return []
    answer = answers.get(CONTRACEPTION)
    if answer is None or answer.asked_on > today or set(answer.said) <= OPEN_ANSWERS:
        return []
    names = " and ".join(drawn).capitalize()
    return [
        block(
            CODE,
            f"{names} in somebody who can become pregnant: the label forbids dutasteride, contraception or not. "
            "Take it out, or record that pregnancy is not possible.",
            fixed=True,
            where="question-contraception",
            source="Dutasia 0.5 full prescribing information (MIMS)",
            basis="stated",
            detail=f"Contraception: {', '.join(answer.said)}",
        )
    ]
