"""Whether the doses keep under what is on file for them. No Django here."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, Decimal

from mesoclinic.core.findings import Finding, block, note, ok, warn
from mesoclinic.core.quantities import ML_STEP, ZERO, plain, round_mg, round_ml
from treatments.cocktails.rules.arithmetic import Held, LimitUse, nearest
from treatments.cocktails.rules.mix import Substance
from treatments.cocktails.rules.rulebook import LimitKind
from treatments.cocktails.rules.wording import (
    CATALOGUE,
    counted,
    listed,
    mg_text,
    ml_text,
    percent_text,
    short_source,
    the,
)

#: A label's maximum for this route nobody overrides; a studied dose or the clinic's own limit a clinician
#: may pass with a written reason; a figure from elsewhere (another route, a digest) only asks for thought.
_BLOCKS: tuple[LimitKind, ...] = ("label_same_route", "studied_dose", "clinic")
_FIXED: tuple[LimitKind, ...] = ("label_same_route",)


def check_doses(held: Mapping[str, Held], uses: list[LimitUse]) -> list[Finding]:
    """One finding per substance over its limit, what is missing to tell, and that the rest is well."""
    findings: list[Finding] = []
    for code in sorted(held):
        own = [use for use in uses if use.substance.code == code]
        over = [use for use in own if use.exceeded]
        if over:
            findings.append(_say_over(min(over, key=_gravity), held[code]))
        findings += _say_missing(held[code], own)
    findings += _say_no_limit(held, {use.substance.code for use in uses})
    if uses and not any(finding.needs_reason or finding.blocks for finding in findings):
        findings.append(_say_all_under(uses))
    return findings


def _gravity(use: LimitUse) -> tuple[bool, bool, Decimal, str]:
    return (
        use.limit.kind not in _BLOCKS,
        use.limit.kind not in _FIXED,
        use.allowed or ZERO,
        use.limit.source,
    )


def _say_over(use: LimitUse, held: Held) -> Finding:
    name, amount = use.substance.name, _amount(use.used, use.unit)
    over = f" over {counted(use.times, 'session')}" if use.times > 1 else ""
    message = f"{name} {amount}{over} is above {the(use.word)}, {use.allowed_text}{_by_weight(use)}. {_at_most(use, held)}"
    more = {
        "where": held.where,
        "source": short_source(use.limit.source),
        "basis": "stated",
        "detail": use.limit.basis_text,
    }
    code = f"dose:{use.substance.code}"
    if use.limit.kind not in _BLOCKS:
        return warn(code, f"{message} Or give a short reason.", **more)
    if use.limit.kind in _FIXED:
        return block(code, message, fixed=True, **more)
    return block(code, f"{message} Or a clinician writes why.", fixed=False, **more)


def _at_most(use: LimitUse, held: Held) -> str:
    """The largest volume that keeps to the limit, where one strength makes that a plain sum."""
    allowed = use.allowed or ZERO
    here = round_mg(held.mg * use.times) if use.unit == "mg" else round_ml(held.ml * use.times)
    is_all_here = use.used == here
    allowed_once = allowed / use.times
    if not is_all_here or (use.unit == "mg" and len(held.products) != 1):
        return f"Take out {_amount(use.used - allowed, use.unit)}."
    most = allowed_once if use.unit == "ml" else allowed_once * held.ml / held.mg
    return f"Draw at most {plain(most.quantize(ML_STEP, rounding=ROUND_DOWN))} ml."


def _a(limit: str) -> str:
    return limit if limit.startswith("this ") else f"a {limit}"


def _by_weight(use: LimitUse) -> str:
    if not use.by_weight or use.limit.per_kg is None or use.allowed is None:
        return ""
    return f" ({plain(use.limit.per_kg)} mg/kg × {plain(use.allowed / use.limit.per_kg)} kg)"


def _say_missing(held: Held, uses: list[LimitUse]) -> Iterable[Finding]:
    """What to enter so that the limit can be checked at all."""
    name, code = held.substance.name, held.substance.code
    unmeasured = next((use for use in uses if "strength" in use.missing), None)
    if unmeasured:
        yield warn(
            f"dose:{code}",
            f"{name} has {_a(unmeasured.word)}, but the strength of one of its products is not on file, so its dose "
            f"cannot be checked. Enter the strength from the label, or give a short reason.",
            where=held.where,
            source=CATALOGUE,
            basis="stated",
        )
    unweighed = next((use for use in uses if "weight" in use.missing), None)
    if unweighed:
        meanwhile = f"; until then {unweighed.allowed_text} is used" if unweighed.allowed else ""
        yield warn(
            f"weight:{code}",
            f"{name} is limited by body weight ({plain(unweighed.limit.per_kg or ZERO)} mg/kg) and no weight is on "
            f"file. Weigh the patient{meanwhile}, or give a short reason.",
            where=held.where,
            source=short_source(unweighed.limit.source),
            basis="stated",
        )
    unassessed = next((use for use in uses if "area" in use.missing), None)
    if unassessed:
        yield warn(
            f"area:{code}",
            f"{name} is limited by area ({plain(unassessed.limit.value or ZERO)} ml/cm²) and no area is assessed. "
            f"Enter the zones to treat, or give a short reason.",
            where=held.where,
            source=short_source(unassessed.limit.source),
            basis="stated",
        )


def _say_no_limit(held: Mapping[str, Held], limited: set[str]) -> Iterable[Finding]:
    silent = [
        part.substance.name
        for code, part in held.items()
        if code not in limited and needs_limit(part.substance)
    ]
    if silent:
        yield note(
            "no-limit",
            f"No dose limit on file for {listed(silent)}. A clinician may set one; until then their dose is not checked.",
            source=CATALOGUE,
            basis="stated",
        )


def needs_limit(substance: Substance) -> bool:
    """Actives and anaesthetics; diluents and buffers go without. A blocked one needs none: it goes out."""
    return (substance.is_active or substance.is_anaesthetic) and substance.status != "blocked"


def _say_all_under(uses: list[LimitUse]) -> Finding:
    highest = nearest(uses)
    detail = ""
    if highest is not None and highest.fraction is not None:
        detail = f"highest: {highest.substance.name}, {percent_text(highest.fraction)} of {the(highest.word)}"
    return ok("doses", "All doses under their limit", detail=detail)


def _amount(used: Decimal, unit: str) -> str:
    return mg_text(used) if unit == "mg" else ml_text(used)
