"""Relief against what is on record: by what it holds, whatever the amount (law 15). No Django here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from mesoclinic.core.findings import Finding, ordered
from mesoclinic.core.quantities import ZERO
from treatments.cocktails.rules.contraindications import (
    COMPONENT_ALLERGY,
    contraindication_finding,
    contraindications_that_apply,
)
from treatments.cocktails.rules.mix import Mix, Person, Substance
from treatments.cocktails.rules.rulebook import Contra, Rulebook
from treatments.sessions.rules.pain_relief import FIELD, CreamLabel, Relief, ReliefFact

LIDOCAINE = "lidocaine"
CREAM = "topical-anaesthetic-cream"

#: Who is allergic to these is allergic to what a cream holds, whatever else a rule says of the cream.
_ALLERGIES_TO_WHAT_CREAM_HOLDS = ("allergy_amide", "allergy_la_unknown")

#: Said of a cream only where its label lists an ester, or nobody read it.
_ESTER = "allergy_ester"

_INSTEAD = {
    "Take it out of the syringe.": "Do not give it.",
    "Take it out, or a clinician writes why it stays.": "Do not give it, or a clinician writes why.",
}
_GIVEN = "It was given already: a clinician writes what was done about it."


def check_relief_contraindications(
    relief: Sequence[ReliefFact], person: Person, rulebook: Rulebook, substances: Mapping[str, Substance]
) -> list[Finding]:
    """What the record says against each cream and nerve block. An allergy comes before any arithmetic.

    What was given already, and is marked so, is refused no more: a clinician writes what was done (law 16).
    """
    gravest: dict[str, Finding] = {}
    for each in relief:
        for contra in _contraindications_of_relief(each, person, rulebook):
            found = _finding_of_relief(contra, each, person, substances)
            known = gravest.get(found.code)
            gravest[found.code] = found if known is None else ordered([known, found])[0]
    return ordered(gravest.values())


def _contraindications_of_relief(relief: ReliefFact, person: Person, rulebook: Rulebook) -> list[Contra]:
    if relief.method == Relief.NERVE_BLOCK:
        return contraindications_that_apply([LIDOCAINE], person, rulebook)
    if relief.method != Relief.CREAM:
        return []
    own = contraindications_that_apply([CREAM], person, rulebook)
    if relief.label == CreamLabel.LIDOCAINE_PRILOCAINE:
        own = [contra for contra in own if contra.factor != _ESTER]
    said = {contra.factor for contra in own}
    held = contraindications_that_apply([LIDOCAINE], person, rulebook)
    return [*own, *(contra for contra in held if _is_allergy_to_what_cream_holds(contra, said))]


def _is_allergy_to_what_cream_holds(contra: Contra, said: Collection[str]) -> bool:
    if contra.factor == COMPONENT_ALLERGY:
        return True
    return contra.factor in _ALLERGIES_TO_WHAT_CREAM_HOLDS and contra.factor not in said


def _finding_of_relief(
    contra: Contra, relief: ReliefFact, person: Person, substances: Mapping[str, Substance]
) -> Finding:
    known = substances.get(contra.substance)
    name = known.name if known else contra.substance.replace("-", " ")
    if contra.substance == LIDOCAINE:
        name = f"{name} in the {relief.method_text}"
    found = contraindication_finding(contra, name, person, where=FIELD)
    message = found.message
    for said, instead in _INSTEAD.items():
        message = message.replace(said, _GIVEN if relief.is_given else instead)
    return replace(found, message=message, fixed=found.fixed and not relief.is_given)


def lidocaine_mg_in_syringe(mix: Mix) -> Decimal:
    """mg of lidocaine drawn up."""
    return sum(
        (
            line.ml * content.mg_per_ml
            for line in mix.lines
            for content in line.contents
            if content.substance.code == LIDOCAINE and line.ml is not None and content.mg_per_ml is not None
        ),
        ZERO,
    )


def lidocaine_limit_mg_or_none(rulebook: Rulebook, person: Person) -> Decimal | None:
    """The most lidocaine by its label, in mg: by weight where that is known, never above the flat figure."""
    return min(_lidocaine_label_limits_mg(rulebook, person), default=None)


def _lidocaine_label_limits_mg(rulebook: Rulebook, person: Person) -> Iterable[Decimal]:
    weight = person.known_weight_kg_or_none
    for limit in rulebook.limits_on.get(LIDOCAINE, ()):
        if limit.kind == "label_same_route" and limit.unit == "mg":
            if limit.value is not None:
                yield limit.value
            if limit.per_kg is not None and weight is not None:
                yield limit.per_kg * weight
