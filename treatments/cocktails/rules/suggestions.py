"""Which ingredients are supported for a patient's conditions, how well, and why not the others. No Django here."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from mesoclinic.core.citations import citations_best_first_text
from mesoclinic.core.findings import Finding, block, ordered
from mesoclinic.core.quantities import ZERO
from treatments.cocktails.rules.contraindications import (
    blocks_for_person_by_substance,
    contraindication_finding,
    contraindications_that_apply,
    is_any_component_allergy_row,
)
from treatments.cocktails.rules.mix import NOBODY, Person, Substance
from treatments.cocktails.rules.rulebook import TREATMENT, Indicated, OtherTreatment, Rulebook
from treatments.cocktails.rules.wording import names_joined_text, without_full_stop

SuggestionState = Literal["in_mix", "can_add", "blocked", "not_indicated"]

#: The grade in words; the row's own evidence follows it.
SUPPORT_WORDS = {
    3: "controlled trials",
    2: "extrapolated or partial trials",
    1: "weak support",
    0: "no support",
}

#: Said by the evidence level itself, or by nobody but the claimant (docs/clinical.md §2.8).
_CONTESTED = re.compile(
    r"negative|conflicting|contested|not effective|not indicated|no evidence|harm|contraindicated|excludes"
    r"|claim.*no trial"
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One ingredient for these conditions. ``reason`` says why it is blocked for this patient."""

    substance: Substance
    support: int
    words: str  # the evidence, "contested" before it where it is
    condition: str  # the condition it is best supported for
    remark: str
    contested: bool
    state: SuggestionState
    reason: Finding | None
    stock_ml: Decimal
    source: str
    basis: str
    order: int = 0  # as the data puts it, among those of the same support


def suggest_ingredients(
    conditions: Sequence[str],
    person: Person | None,
    rulebook: Rulebook,
    substances: Mapping[str, Substance],
    stocked: Mapping[str, Decimal],
    in_mix: Collection[str] = frozenset(),
) -> list[Suggestion]:
    """Best supported first, then the seed's order of work, then by name; blocked ones last.

    Stock is shown beside a suggestion and never moves it; price is not even asked.
    """
    indicated = _indications_by_substance(conditions, rulebook)
    reasons = _why_not_given_by_substance(person or NOBODY, rulebook, substances, indicated.keys())
    suggestions = [
        _build_suggestion(
            substances[code], rows, conditions, reasons.get(code), stocked.get(code, ZERO), code in in_mix
        )
        for code, rows in indicated.items()
        if code in substances
    ]
    return sorted(
        suggestions,
        key=lambda s: (
            s.reason is not None,
            -s.support,
            s.order,
            s.substance.work_order,
            s.substance.name,
            s.substance.code,
        ),
    )


def other_treatments_for(
    conditions: Sequence[str], answers: Mapping[str, object], rulebook: Rulebook
) -> list[OtherTreatment]:
    """What helps without a syringe: for these conditions, and for what the intake answered (stress, diet).

    What an answer brings stands after what the condition asks for; each in the order of the data.
    """
    asked = list(dict.fromkeys(conditions))
    rows = [
        row
        for row in rulebook.others
        if (is_brought_by_intake_answer(row, answers) if row.question else row.condition in asked)
    ]
    return sorted(
        rows,
        key=lambda row: (
            bool(row.question),
            asked.index(row.condition) if row.condition in asked else len(asked),
            row.order,
            row.name,
        ),
    )


def other_treatment_evidence_text(row: OtherTreatment) -> str:
    """Its evidence in words, what limits it, and how it is to be put."""
    level = without_full_stop(row.text)
    if row.support is not None:
        level = f"{'contested' if row.contested else SUPPORT_WORDS[row.support]}: {level}"
    return "; ".join(filter(None, [level, without_full_stop(row.limit)]))


def is_brought_by_intake_answer(row: OtherTreatment, answers: Mapping[str, object]) -> bool:
    """Whether the intake gave one of the answers that bring ``row``."""
    said = answers.get(row.question)
    if isinstance(said, Mapping):
        said = said.get("said")
    given = said if isinstance(said, list) else [said]
    return any(answer in row.answers for answer in given)


def _indications_by_substance(conditions: Sequence[str], rulebook: Rulebook) -> dict[str, list[Indicated]]:
    found: dict[str, list[Indicated]] = {}
    for condition in dict.fromkeys(conditions):
        for row in rulebook.indicated_for.get(condition, ()):
            found.setdefault(row.substance, []).append(row)
    return found


def _build_suggestion(
    substance: Substance,
    rows: list[Indicated],
    conditions: Sequence[str],
    reason: Finding | None,
    stock_ml: Decimal,
    is_in_mix: bool,
) -> Suggestion:
    best, *others = sorted(
        rows,
        key=lambda row: (
            -row.support,
            is_contested_indication(row),
            conditions.index(row.condition),
            row.evidence_level,
        ),
    )
    return Suggestion(
        substance=substance,
        support=best.support,
        words=evidence_text(best),
        condition=best.condition,
        remark=_suggestion_remark_text(substance, best, others),
        contested=is_contested_indication(best),
        state=_suggestion_state(best, reason, is_in_mix),
        reason=reason,
        stock_ml=stock_ml,
        source=citations_best_first_text(best.source),
        basis=best.basis,
        order=best.order or 0,
    )


def _suggestion_state(row: Indicated, reason: Finding | None, is_in_mix: bool) -> SuggestionState:
    if is_in_mix:
        return "in_mix"
    if reason is not None:
        return "blocked"
    return "can_add" if row.support > 0 else "not_indicated"


def _suggestion_remark_text(substance: Substance, best: Indicated, others: list[Indicated]) -> str:
    """The row's remark, how it is given, and where the patient's other conditions say otherwise."""
    parts = [without_full_stop(best.remark)] if best.remark else []
    if shown := best.show_as.removeprefix("suggest low").removeprefix(",").strip():
        parts += [shown] if shown != "suggest" else []
    if substance.preparation == "single_only":
        parts.append("given alone, as a single preparation")
    parts += [
        f"for {condition_text(row.condition)}: {evidence_text(row)}"
        for row in others
        if row.condition != best.condition and is_contested_indication(row)
    ]
    return "; ".join(parts)


def is_contested_indication(row: Indicated) -> bool:
    """A claim that sources contradict or do not support: shown as such, not hidden."""
    if row.contested is not None:
        return row.contested or row.support == 0
    return row.support == 0 or bool(_CONTESTED.search(row.evidence_level.lower()))


def evidence_text(row: Indicated) -> str:
    """``controlled trials: RCT``, ``contested: seed claim; editorial says not effective …``."""
    level = without_full_stop(row.evidence_level)
    grade = "contested" if is_contested_indication(row) else SUPPORT_WORDS[row.support]
    return level if level.lower().startswith(grade) else f"{grade}: {level}"


def _why_not_given_by_substance(
    person: Person, rulebook: Rulebook, substances: Mapping[str, Substance], among: Collection[str]
) -> dict[str, Finding]:
    """Why each of ``among`` may not be given: it is blocked, or it is for this person, or any treatment is."""
    against_all = ordered(
        contraindication_finding(contra, "any treatment", person)
        for contra in contraindications_that_apply({TREATMENT}, person, rulebook)
        if contra.severity == "absolute" and not is_any_component_allergy_row(contra)
    )
    reasons = dict.fromkeys(among, against_all[0]) if against_all else {}
    reasons |= blocks_for_person_by_substance(person, rulebook, substances, among)
    for code in among:
        substance = substances.get(code)
        if substance is not None and substance.status == "blocked":
            reasons[code] = block(
                f"blocked:{code}",
                f"{substance.name} is blocked: {without_full_stop(substance.status_reason)}.",
                source=citations_best_first_text(substance.status_source),
                basis=substance.status_basis,
                fixed=True,
            )
    return reasons


def why_offered_or_not_text(
    substance_code: str,
    conditions: Sequence[str],
    person: Person | None,
    rulebook: Rulebook,
    substances: Mapping[str, Substance],
    in_mix: Collection[str] = frozenset(),
) -> str:
    """One sentence on why an ingredient is not offered, or that it is."""
    substance = substances.get(substance_code)
    if substance is None:
        return "It is not in this clinic's catalogue."
    if substance_code in in_mix:
        return f"{substance.name} is in the syringe."
    reason = _why_not_given_by_substance(person or NOBODY, rulebook, substances, [substance_code]).get(
        substance_code
    )
    if reason is not None:
        return reason.message
    if not substance.is_active:
        return f"{substance.name} is not an active: it is added as diluent or for pain relief, not suggested."
    rows = _indications_by_substance(conditions, rulebook).get(substance_code, [])
    if rows:
        best = min(
            rows,
            key=lambda row: (-row.support, is_contested_indication(row), conditions.index(row.condition)),
        )
        offered = "is suggested" if best.support else "is not indicated"
        return f"{substance.name} {offered} for {condition_text(best.condition)}: {evidence_text(best)}."
    return _no_supporting_source_text(substance, conditions, rulebook)


def _no_supporting_source_text(substance: Substance, conditions: Sequence[str], rulebook: Rulebook) -> str:
    elsewhere = [
        condition_text(row.condition) for row in rulebook.uses_of.get(substance.code, ()) if row.support > 0
    ]
    other = (
        f" It is listed for {names_joined_text(elsewhere)}."
        if elsewhere
        else " It is listed for no condition."
    )
    if not conditions:
        return f"No condition is assessed yet, so nothing is suggested.{other}"
    return f"No source on file supports {substance.name} for {names_joined_text(map(condition_text, conditions))}.{other}"


def condition_text(code: str) -> str:
    return code.replace("-", " ")
