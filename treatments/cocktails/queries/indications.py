"""What is suggested for a condition, from the rows that the catalogue's statement reads."""

from collections.abc import Mapping

from treatments.cocktails.queries.sources import Cite, Review
from treatments.cocktails.rules.rulebook import Indicated, OtherTreatment

IndicationRead = tuple[
    str, int, int, str, str, str, list[str], str, str | None, bool | None, str, int | None, int | None
]
OtherTreatmentRead = tuple[
    str, str, int | None, str, str, bool, str, int, str, list[str], str, str, list[str]
]


def parse_indication(row: IndicationRead, codes: Mapping[int, str], cite: Cite, review: Review) -> Indicated:
    """How far an ingredient is supported for a condition."""
    of, ingredient, support, level, remark, basis, keys, text, at, contested, show_as, order, by = row
    return Indicated(
        of,
        codes[ingredient],
        support,
        level,
        remark,
        basis,
        cite(keys, text),
        at is not None,
        contested,
        show_as,
        order,
        review(at, by),
    )


def parse_other_treatment(row: OtherTreatmentRead, cite: Cite) -> OtherTreatment:
    """What helps a condition without a syringe."""
    of, name, support, says, limit, contested, show_as, order, basis, keys, text, question, answers = row
    return OtherTreatment(
        of,
        name,
        support,
        says,
        limit,
        contested,
        show_as,
        order,
        basis,
        cite(keys, text),
        question,
        tuple(answers),
    )
