"""Whether a formulation that stands ready fits a patient: supported for what they have, and nothing against it. No Django here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from mesoclinic.core.findings import Finding
from treatments.cocktails.rules.arithmetic import held_by_substance_code
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.mix import Mix, Person, Substance
from treatments.cocktails.rules.rulebook import Rulebook
from treatments.cocktails.rules.suggestions import condition_text, evidence_text, is_contested_indication

SuitabilityState = Literal["suitable", "asks", "blocked", "unsupported"]

#: About the shelf, not about the patient: it is shown beside and decides nothing here.
_BESIDE = ("stock:", "expiry:")


@dataclass(frozen=True, slots=True)
class Suitability:
    """``suitable``: supported and nothing stands against it. ``asks``: only reasons are missing. ``why`` is one sentence."""

    state: SuitabilityState
    support: int
    why: str
    finding: Finding | None = None


def suitability_of_mix(
    mix: Mix,
    conditions: Sequence[str],
    person: Person | None,
    rulebook: Rulebook,
    *,
    area_cm2: Decimal | None,
    today: date,
    names: Mapping[str, str] | None = None,
    is_premade: bool = False,
) -> Suitability:
    """Ask every rule of ``mix`` for this person, and the indications for their conditions.

    A ready-made product (``is_premade``) is supported by its own contents, or as any ready-made cocktail is.
    """
    findings = [
        finding
        for finding in check_mix_against_all_rules(mix, person, rulebook, area_cm2=area_cm2, today=today)
        if not finding.code.startswith(_BESIDE)
    ]
    support, why = _support_and_reason(mix, conditions, rulebook, names or {}, is_premade)
    fixed = next((f for f in findings if f.blocks and f.fixed), None)
    if fixed is not None:
        return Suitability("blocked", support, fixed.message, fixed)
    if support < 1:
        return Suitability("unsupported", support, why)
    blocking = next((f for f in findings if f.blocks), None)
    asking = blocking or next((f for f in findings if f.warns), None)
    if asking is not None:
        return Suitability("asks", support, asking.message, asking)
    return Suitability("suitable", support, why)


def _support_and_reason(
    mix: Mix, conditions: Sequence[str], rulebook: Rulebook, names: Mapping[str, str], is_premade: bool
) -> tuple[int, str]:
    codes = {code: part.substance for code, part in held_by_substance_code(mix).items()}
    wanted = set(codes) | ({"premade-cocktail"} if is_premade else set())
    rows = [
        row
        for condition in dict.fromkeys(conditions)
        for row in rulebook.indicated_for.get(condition, ())
        if row.substance in wanted
    ]
    if not conditions:
        return 0, "No condition is assessed yet."
    if not rows:
        return 0, "No source on file supports what it holds for what was assessed."
    best = min(rows, key=lambda row: (-row.support, is_contested_indication(row), row.substance))
    name = _substance_or_premade_name(best.substance, codes)
    of = names.get(best.condition, condition_text(best.condition))
    return best.support, f"{name} for {of}: {evidence_text(best)}."


def _substance_or_premade_name(code: str, held: Mapping[str, Substance]) -> str:
    return held[code].name if code in held else "A ready-made cocktail"
