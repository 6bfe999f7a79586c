"""Whether the doses keep under what is on file for them. No Django here."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, Decimal

from mesoclinic.core.citations import citations_best_first_text
from mesoclinic.core.findings import Finding, block, note, ok, warn
from mesoclinic.core.quantities import ML_STEP, ZERO, plain_number_text, round_mg, round_ml
from treatments.cocktails.rules.arithmetic import Held, LimitUse, most_used_limit_or_none
from treatments.cocktails.rules.mix import Substance
from treatments.cocktails.rules.rulebook import Limit, LimitKind, review_text
from treatments.cocktails.rules.wording import (
    CATALOGUE,
    mg_text,
    ml_text,
    names_joined_text,
    number_and_noun_text,
    percent_text,
    with_definite_article,
    without_full_stop,
)

#: A label's maximum for this route nobody overrides; a studied dose or the clinic's own limit a clinician
#: may pass with a written reason; a figure from elsewhere (another route, a digest) only asks for thought.
_BLOCKS: tuple[LimitKind, ...] = ("label_same_route", "studied_dose", "reference_handbook", "clinic")
_FIXED: tuple[LimitKind, ...] = ("label_same_route",)


def check_doses_against_limits(
    held: Mapping[str, Held], uses: list[LimitUse], no_limit_reasons: Mapping[str, str] | None = None
) -> list[Finding]:
    """One finding per substance over its limit, what is missing to tell, and that the rest is well.

    ``no_limit_reasons`` say why no dose limit is on file, by ingredient.
    """
    findings: list[Finding] = []
    for code in sorted(held):
        own = [use for use in uses if use.substance.code == code]
        over = [use for use in own if use.exceeded]
        if over:
            findings.append(_over_limit_finding(min(over, key=_limit_gravity_sort_key), held[code]))
        findings += _missing_weight_area_strength_findings(held[code], own)
    findings += _no_dose_limit_note(held, {use.substance.code for use in uses}, no_limit_reasons or {})
    if uses and not any(finding.needs_reason or finding.blocks for finding in findings):
        findings.append(_all_under_limit_finding(uses))
    return findings


def _limit_gravity_sort_key(use: LimitUse) -> tuple[bool, bool, Decimal, str]:
    """Sort key: blocks first, then those nobody overrides, then the lowest limit."""
    return (
        use.limit.kind not in _BLOCKS,
        use.limit.kind not in _FIXED,
        use.allowed or ZERO,
        use.limit.source,
    )


def _over_limit_finding(use: LimitUse, held: Held) -> Finding:
    name, amount = use.substance.name, _amount_text(use.used, use.unit)
    over = f" over {number_and_noun_text(use.times, 'session')}" if use.times > 1 else ""
    message = f"{name} {amount}{over} is above {with_definite_article(use.limit_kind_text)}, {use.allowed_text_or_empty}{_mg_per_weight_text_or_empty(use)}. {_how_to_stay_under_limit_text(use, held)}"
    more = {
        "where": held.where,
        "source": citations_best_first_text(use.limit.source),
        "basis": "stated",
        "reviewed": review_text(use.limit),
        "detail": _who_set_own_limit_or_empty(use.limit) or use.limit.basis_text,
    }
    code = f"dose:{use.substance.code}"
    if use.limit.kind not in _BLOCKS:
        return warn(code, f"{message} Or give a short reason.", **more)
    if use.limit.kind in _FIXED:
        return block(code, message, fixed=True, **more)
    return block(code, f"{message} Or a clinician writes why.", fixed=False, **more)


def _who_set_own_limit_or_empty(limit: Limit) -> str:
    """A limit of the clinic's own says who set it, and when."""
    if limit.kind != "clinic" or not limit.set_by:
        return ""
    basis = f" {limit.basis_text}" if limit.basis_text else ""
    return f"This clinic's own limit, set by {limit.set_by}.{basis}"


def _how_to_stay_under_limit_text(use: LimitUse, held: Held) -> str:
    """The largest volume that keeps to the limit, where one strength makes that a plain_number_text sum."""
    allowed = use.allowed or ZERO
    here = round_mg(held.mg * use.times) if use.unit == "mg" else round_ml(held.ml * use.times)
    is_all_here = use.used == here
    allowed_once = allowed / use.times
    if not is_all_here or (use.unit == "mg" and len(held.products) != 1):
        return f"Take out {_amount_text(use.used - allowed, use.unit)}."
    most = allowed_once if use.unit == "ml" else allowed_once * held.ml / held.mg
    return f"Draw at most {plain_number_text(most.quantize(ML_STEP, rounding=ROUND_DOWN))} ml."


def _with_indefinite_article(limit: str) -> str:
    return limit if limit.startswith("this ") else f"a {limit}"


def _mg_per_weight_text_or_empty(use: LimitUse) -> str:
    if not use.by_weight or use.limit.per_kg is None or use.allowed is None:
        return ""
    return f" ({plain_number_text(use.limit.per_kg)} mg/kg × {plain_number_text(use.allowed / use.limit.per_kg)} kg)"


def _missing_weight_area_strength_findings(held: Held, uses: list[LimitUse]) -> Iterable[Finding]:
    """What to enter so that the limit can be checked at all."""
    name, code = held.substance.name, held.substance.code
    unmeasured = next((use for use in uses if "strength" in use.missing), None)
    if unmeasured:
        yield warn(
            f"dose:{code}",
            f"{name} has {_with_indefinite_article(unmeasured.limit_kind_text)}, but the strength of one of its products is not on file, so its dose "
            f"cannot be checked. Enter the strength from the label, or give a short reason.",
            where=held.where,
            source=CATALOGUE,
            basis="stated",
        )
    unweighed = next((use for use in uses if "weight" in use.missing), None)
    if unweighed:
        meanwhile = f"; until then {unweighed.allowed_text_or_empty} is used" if unweighed.allowed else ""
        yield warn(
            f"weight:{code}",
            f"{name} is limited by body weight ({plain_number_text(unweighed.limit.per_kg or ZERO)} mg/kg) and no weight is on "
            f"file. Weigh the patient{meanwhile}, or give a short reason.",
            where=held.where,
            source=citations_best_first_text(unweighed.limit.source),
            basis="stated",
            reviewed=review_text(unweighed.limit),
        )
    unassessed = next((use for use in uses if "area" in use.missing), None)
    if unassessed:
        yield warn(
            f"area:{code}",
            f"{name} is limited by area ({plain_number_text(unassessed.limit.value or ZERO)} ml/cm²) and no area is assessed. "
            f"Enter the zones to treat, or give a short reason.",
            where=held.where,
            source=citations_best_first_text(unassessed.limit.source),
            basis="stated",
            reviewed=review_text(unassessed.limit),
        )


def _no_dose_limit_note(
    held: Mapping[str, Held], limited: set[str], reasons: Mapping[str, str]
) -> Iterable[Finding]:
    """Said once for the whole mix, and stops nothing (law 13): how many are not checked, which, and why."""
    needing = {code: part.substance for code, part in held.items() if needs_dose_limit(part.substance)}
    silent = {code: substance for code, substance in needing.items() if code not in limited}
    if not silent:
        return
    actives = sum(substance.is_active for substance in needing.values())
    without = [substance.name for substance in silent.values() if substance.is_active]
    others = [substance.name for substance in silent.values() if not substance.is_active]
    said = f"No studied maximum on file for {names_joined_text(others)}."
    if without:
        have = "has" if len(without) == 1 else "have"
        counted = (
            f"{len(without)} of {number_and_noun_text(actives, 'active')} {have} no studied maximum on file"
        )
        beside = (
            f" Nor {'has' if len(others) == 1 else 'have'} {names_joined_text(others)}." if others else ""
        )
        said = f"{counted}: {names_joined_text(without)}.{beside}"
    yield note(
        "no-limit",
        f"{said} {'Its' if len(silent) == 1 else 'Their'} dose is not checked; a clinic may set a limit of its own.",
        source=CATALOGUE,
        basis="stated",
        detail=" ".join(
            f"{substance.name}: {without_full_stop(reasons[code])}."
            for code, substance in sorted(silent.items())
            if code in reasons
        ),
    )


def needs_dose_limit(substance: Substance) -> bool:
    """Actives and anaesthetics; diluents and buffers go without. A blocked one needs none: it goes out."""
    return (substance.is_active or substance.is_anaesthetic) and substance.status != "blocked"


def _all_under_limit_finding(uses: list[LimitUse]) -> Finding:
    highest = most_used_limit_or_none(uses)
    detail = ""
    if highest is not None and highest.used_fraction_or_none is not None:
        detail = f"highest: {highest.substance.name}, {percent_text(highest.used_fraction_or_none)} of {with_definite_article(highest.limit_kind_text)}"
    return ok("doses", "All doses under their limit", detail=detail)


def _amount_text(used: Decimal, unit: str) -> str:
    return mg_text(used) if unit == "mg" else ml_text(used)
