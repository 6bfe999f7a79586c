"""What in a patient's record speaks against a substance, or against any treatment. No Django here."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from mesoclinic.core.citations import citations_best_first_text
from mesoclinic.core.findings import Finding, block, note, ordered, warn
from treatments.cocktails.rules.mix import Person, Substance
from treatments.cocktails.rules.rulebook import ANY, TREATMENT, Contra, Rulebook, review_text
from treatments.cocktails.rules.wording import gravity_text, names_joined_text, without_full_stop

#: About who prepares the syringe, not about who receives it.
STAFF_HANDLING = "staff_handling"
COMPONENT_ALLERGY = "allergy_component"
UNREAD_ALLERGY = "allergy_unread"

#: What an allergy that no rule reads is called wherever it is asked about: the alert of the patient's bar.
UNREAD_ALLERGY_ALERT = "alert:state:allergy-unread"

#: A row's note that makes its block fixed although no label states it: other rows of the data say so.
FIXED_NOTE = "fixed"

_VERDICT = re.compile(r"^(block|warn)\b[;:]?\s*")


def findings_against_any_treatment(person: Person, rulebook: Rulebook) -> list[Finding]:
    """What speaks against treating this person at all, whatever is in the syringe. Worst first."""
    return ordered(
        contraindication_finding(contra, "any treatment", person)
        for contra in contraindications_that_apply([TREATMENT], person, rulebook)
    )


def blocks_for_person_by_substance(
    person: Person,
    rulebook: Rulebook,
    substances: Mapping[str, Substance] | None = None,
    among: Collection[str] | None = None,
) -> dict[str, Finding]:
    """The substances this person must not get, each with its gravest reason; only those ``among``, where told."""
    blocked: dict[str, Finding] = {}
    asked = set(rulebook.contras_to) | _component_allergen_codes(person) if among is None else among
    for contra in contraindications_that_apply(asked, person, rulebook):
        if contra.severity == "absolute" and contra.substance != TREATMENT:
            finding = contraindication_finding(
                contra, _substance_name_or_code(contra.substance, substances), person
            )
            known = blocked.get(contra.substance)
            blocked[contra.substance] = finding if known is None else ordered([known, finding])[0]
    return blocked


def blocks_per_risk_factor(
    person: Person, rulebook: Rulebook, substances: Mapping[str, Substance]
) -> list[Finding]:
    """The same for the page's list of checks, one per factor: "No Dutasteride and Finasteride"."""
    groups: dict[str, list[Contra]] = {}
    for contra in contraindications_that_apply(
        set(substances) | _component_allergen_codes(person), person, rulebook
    ):
        known = substances.get(contra.substance)
        if contra.severity == "absolute" and known is not None and known.status != "blocked":
            groups.setdefault(contra.factor, []).append(contra)
    return ordered(
        _blocked_substances_finding(factor, contras, person, substances) for factor, contras in groups.items()
    )


def _blocked_substances_finding(
    factor: str, contras: list[Contra], person: Person, substances: Mapping[str, Substance]
) -> Finding:
    names = names_joined_text(substances[contra.substance].name for contra in contras)
    reasons = "; ".join(sorted({without_full_stop(contra.why) for contra in contras if contra.why}))
    label = _factor_label(contras[0], person)
    return block(
        f"not-for:{factor}",
        f"No {names}",
        detail=f"{label}: {reasons}" if reasons else label,
        source=citations_best_first_text(contras[0].source),
        basis=contras[0].basis,
        reviewed=review_text(contras[0]),
        fixed=all(cannot_be_overridden(contra, person) for contra in contras),
    )


# ── which rows speak ─────────────────────────────────────────────────────────────────────────────


def contraindications_that_apply(codes: Collection[str], person: Person, rulebook: Rulebook) -> list[Contra]:
    """The rows about these substances (or ``*treatment``) that this person's factors set off.

    One row for each substance and factor: the gravest, should the rulebook hold several.
    """
    spoken: dict[str, Contra] = {}
    for factor in sorted(person.factors_with_age | {ANY}):
        for contra in rulebook.contras_by_factor.get(factor, ()):
            if contra.substance in codes and not _is_womens_warning_for_man(contra, person):
                known = spoken.get(contra.code)
                if known is None or _contraindication_gravity_sort_key(
                    contra, person
                ) < _contraindication_gravity_sort_key(known, person):
                    spoken[contra.code] = contra
    for contra in _contraindications_of_named_allergies(codes, person, rulebook):
        spoken.setdefault(contra.code, contra)
    return [spoken[code] for code in sorted(spoken)]


def _is_womens_warning_for_man(contra: Contra, person: Person) -> bool:
    """A warning narrowed to women says nothing of a man; a block does, and a clinician may pass it."""
    return contra.severity == "relative" and contra.severity_note == "woman" and person.is_male


def _contraindication_gravity_sort_key(contra: Contra, person: Person) -> tuple[bool, bool, str, str]:
    """Sort key: absolute first, then those nobody overrides."""
    return (
        contra.severity != "absolute",
        not cannot_be_overridden(contra, person),
        contra.why,
        contra.source,
    )


def _component_allergen_codes(person: Person) -> set[str]:
    prefix = f"{COMPONENT_ALLERGY}:"
    return {factor.removeprefix(prefix) for factor in person.factors if factor.startswith(prefix)}


def _contraindications_of_named_allergies(
    codes: Collection[str], person: Person, rulebook: Rulebook
) -> Iterable[Contra]:
    """The component's own row, or the treatment's row "allergy to any component" turned on what the record names."""
    for code in sorted(_component_allergen_codes(person) & set(codes)):
        own = [row for row in rulebook.contras_to.get(code, ()) if row.factor == COMPONENT_ALLERGY]
        any_component = [
            replace(row, substance=code, factor_label="Allergy to this ingredient", action="block")
            for row in rulebook.contras_to.get(TREATMENT, ())
            if row.factor == COMPONENT_ALLERGY
        ]
        yield from own or any_component


def cannot_be_overridden(contra: Contra, person: Person) -> bool:
    """Absolute and stated by its source: nobody overrides it (law 6, docs/laws.md).

    A row that its note narrows to women still blocks a man, but a clinician may write why; so does the
    allergy to a component nobody named, because its row forbids that ingredient and not all treatment.
    """
    narrowed = contra.severity_note == "woman" and person.is_male
    narrowed = narrowed or is_any_component_allergy_row(contra)
    is_fixed = contra.basis == "stated" or contra.severity_note.startswith(FIXED_NOTE)
    return contra.severity == "absolute" and is_fixed and not narrowed


def is_any_component_allergy_row(contra: Contra) -> bool:
    return (contra.substance, contra.factor) == (TREATMENT, COMPONENT_ALLERGY)


# ── what they say ────────────────────────────────────────────────────────────────────────────────


def contraindication_finding(contra: Contra, name: str, person: Person, where: str = "") -> Finding:
    """An absolute row blocks, a relative one warns (F15). ``name`` is the substance's, or "any treatment"."""
    label = _factor_label(contra, person)
    why = f" ({without_full_stop(contra.why)})" if contra.why else ""
    advice = _VERDICT.sub("", without_full_stop(contra.action))
    advice = f" Advice on file: {advice}." if advice else ""
    more = {
        "where": where,
        "source": citations_best_first_text(contra.source),
        "basis": contra.basis,
        "reviewed": review_text(contra),
        "detail": gravity_text(contra.severity, contra.severity_note),
    }
    if contra.severity == "relative":
        return warn(
            contra.code, f"{label}: care with {name}{why}.{advice} Weigh it, and write why you go on.", **more
        )
    if is_any_component_allergy_row(contra):
        return block(
            contra.code,
            f"{label}: not that ingredient{why}. Record which one it is; until then a clinician writes that it is "
            f"not in this syringe.",
            fixed=False,
            **more,
        )
    if contra.factor == UNREAD_ALLERGY:
        return block(
            UNREAD_ALLERGY_ALERT,
            f"{label}: no rule reads this, judge it yourself. Choose on the record what it is, or a clinician writes "
            f"why nothing here contains it.",
            fixed=False,
            **more,
        )
    if cannot_be_overridden(contra, person):
        todo = "Do not treat now." if contra.substance == TREATMENT else "Take it out of the syringe."
    elif contra.substance == TREATMENT:
        todo = "Do not treat now, or a clinician writes why."
    else:
        todo = "Take it out, or a clinician writes why it stays."
    return block(
        contra.code,
        f"{label}: no {_refused_substance_or_treatment_text(contra, name)}{why}. {todo}{advice}",
        fixed=cannot_be_overridden(contra, person),
        **more,
    )


def staff_handling_note(contra: Contra, name: str, where: str) -> Finding:
    """For whoever prepares the syringe; the patient's own factors do not set it off."""
    return note(
        f"handling:{contra.substance}",
        f"{name}: {without_full_stop(contra.why)}. A pregnant colleague does not prepare or hand over this syringe.",
        where=where,
        source=citations_best_first_text(contra.source),
        basis=contra.basis,
        reviewed=review_text(contra),
    )


def _refused_substance_or_treatment_text(contra: Contra, name: str) -> str:
    return "treatment" if contra.substance == TREATMENT else name


def _factor_label(contra: Contra, person: Person) -> str:
    return person.factor_labels.get(contra.factor, contra.factor_label)


def _substance_name_or_code(code: str, substances: Mapping[str, Substance] | None) -> str:
    known = substances.get(code) if substances else None
    return known.name if known else code.replace("-", " ")
