"""What helps without a syringe, for the patient of a version: on the formulation page and on the education sheet."""

from dataclasses import dataclass

from mesoclinic.core.citations import citations_best_first_text
from mesoclinic.core.templatetags.findings import basis_words
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import Catalogue
from treatments.cocktails.queries.formulation import assessment_facts_of_version, intake_answers_of_version
from treatments.cocktails.rules.rulebook import OtherTreatment
from treatments.cocktails.rules.suggestions import other_treatment_evidence_text, other_treatments_for


@dataclass(frozen=True, slots=True)
class OtherChoice:
    """One thing to offer beside what is injected, in words."""

    name: str
    text: str
    show_as: str
    basis: str
    source: str
    because: str  # the answer of the intake that brings it, or ""


def other_treatment_choices(version: CocktailVersion, catalogue: Catalogue) -> list[OtherChoice]:
    """For the assessed conditions and the answers of the last intake; nothing is read here."""
    conditions = list(assessment_facts_of_version(version).conditions)
    rows = other_treatments_for(conditions, intake_answers_of_version(version), catalogue.rulebook)
    return [_other_treatment_choice(row) for row in rows]


def _other_treatment_choice(row: OtherTreatment) -> OtherChoice:
    return OtherChoice(
        name=row.name,
        text=other_treatment_evidence_text(row),
        show_as=row.show_as,
        basis=basis_words(row.basis),
        source=citations_best_first_text(row.source),
        because=f"from the intake: {row.question}" if row.question else "",
    )
