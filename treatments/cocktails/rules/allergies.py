"""Allergies that are known and touch nothing in the syringe, and what the syringe itself makes a risk. No Django here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from mesoclinic.core.findings import Finding, note, warn
from treatments.cocktails.rules.arithmetic import Held
from treatments.cocktails.rules.mix import Mix, Person
from treatments.cocktails.rules.rulebook import Contra
from treatments.cocktails.rules.wording import CATALOGUE

#: Known allergens that are no ingredient here: ``allergy_other:penicillin``.
OTHER_ALLERGY = "allergy_other:"

#: A class of medicines that is no ingredient here, and has a factor of its own.
SULFONAMIDE_ALLERGY = "allergy_sulfonamide"

ZINC = "zinc"
ZINC_UNDILUTED = "zinc_undiluted"


def other_allergy_findings(
    person: Person | None, held: Mapping[str, Held], contras: Collection[Contra]
) -> Iterable[Finding]:
    """Every known allergy without a bearing on this syringe, said once: silence would look like a pass."""
    spoken = {contra.factor for contra in contras}
    for factor in sorted(person.factors) if person else ():
        code = _other_allergen_code_or_none(factor)
        if code is None or factor in spoken:
            continue
        name = (
            person.factor_labels.get(factor, "") if person else ""
        ) or f"Allergy: {code.replace('-', ' ')}"
        if code in held:
            yield warn(
                f"allergy-other:{code}",
                f"{name}. It is in this syringe, and no rule on file speaks against it: judge it yourself, "
                f"and write why it stays.",
                where=held[code].where,
                source=CATALOGUE,
                basis="clinic-default",
            )
        else:
            yield note(
                f"allergy-other:{code}",
                f"{name}. Nothing in this syringe contains it.",
                source=CATALOGUE,
                basis="clinic-default",
            )


def _other_allergen_code_or_none(factor: str) -> str | None:
    if factor == SULFONAMIDE_ALLERGY:
        return factor.removeprefix("allergy_")
    return factor.removeprefix(OTHER_ALLERGY) if factor.startswith(OTHER_ALLERGY) else None


def person_with_risks_of_syringe(person: Person, mix: Mix) -> Person:
    """The person with what this syringe adds to their risks: zinc chloride (pH 2) that nothing dilutes."""
    if not _mix_is_undiluted_zinc_chloride(mix):
        return person
    return replace(person, factors=person.factors | {ZINC_UNDILUTED})


def _mix_is_undiluted_zinc_chloride(mix: Mix) -> bool:
    drawn = [line for line in mix.lines if line.ml]
    holds_only_zinc = all({content.substance.code for content in line.contents} == {ZINC} for line in drawn)
    return bool(drawn) and holds_only_zinc and any("chloride" in line.product_name.lower() for line in drawn)
