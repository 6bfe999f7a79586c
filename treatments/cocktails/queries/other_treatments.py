"""What helps a condition and is not drawn, as the statement of the catalogue brings it."""

from treatments.cocktails.queries.sources import Cite
from treatments.cocktails.rules.rulebook import OtherTreatment

#: A row of that statement, in the order of its columns.
OtherTreatmentRead = tuple[
    str, str, int | None, str, str, bool, str, int, str, list[str], str, str, list[str]
]


def other_treatment_from(row: OtherTreatmentRead, cite: Cite) -> OtherTreatment:
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
