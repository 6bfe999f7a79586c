"""What is suggested for a condition, from the rows that the catalogue's statement reads."""

from collections.abc import Callable, Mapping, Sequence

from treatments.cocktails.rules.rulebook import Indicated, OtherTreatment

#: The sources of a row in words, from its keys and what stands beside them.
Cite = Callable[[Sequence[str], str], str]

IndicationRead = tuple[str, int, int, str, str, str, list[str], str, bool, bool | None, str, int | None]
OtherTreatmentRead = tuple[
    str, str, int | None, str, str, bool, str, int, str, list[str], str, str, list[str]
]


def parse_indication(row: IndicationRead, codes: Mapping[int, str], cite: Cite) -> Indicated:
    """How far an ingredient is supported for a condition."""
    of, ingredient, support, level, remark, basis, keys, text, reviewed, contested, show_as, order = row
    return Indicated(
        of,
        codes[ingredient],
        support,
        level,
        remark,
        basis,
        cite(keys, text),
        reviewed,
        contested,
        show_as,
        order,
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
