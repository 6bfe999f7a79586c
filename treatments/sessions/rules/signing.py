"""What must be filled in, and must make sense, before a session is signed. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from mesoclinic.core.citations import SEED
from mesoclinic.core.findings import Finding, block, note, ordered, warn
from mesoclinic.core.quantities import ZERO, plain_number_text, round_ml
from mesoclinic.core.wording import day_text
from treatments.plans.rules import REVIEW_SESSION, is_review_due
from treatments.stock.rules.lots import LotChoice

#: Delivered volume may exceed what was drawn by this share: points are counted, not metered.
OVER_DRAWN = Decimal("0.05")
#: A dose that differs from the plan by more than this share asks why.
DEVIATION = Decimal("0.20")

#: Where on the page each section is: what a finding's ``where`` points at.
SECTIONS = ("checklist", "syringe", "map", "pain", "reactions", "review")


@dataclass(frozen=True, slots=True)
class ChecklistFact:
    code: str
    item: str
    phase: str = "before"
    mandatory: bool = True
    done: bool = False


@dataclass(frozen=True, slots=True)
class DoseFact:
    """One product in the syringe. ``lots`` are the vials it came from, as (number, ml)."""

    product: str
    planned_ml: Decimal
    ml: Decimal
    lots: Sequence[tuple[str, Decimal]] = ()


@dataclass(frozen=True, slots=True)
class ZoneFact:
    code: str
    points: int
    ml_per_point: Decimal
    depth_mm: Decimal | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class ReactionFact:
    """A reaction seen. ``level`` and ``action`` come from the data; ``response`` is what was done."""

    code: str
    effect: str
    level: str = "expected"
    action: str = ""
    response: str = ""


@dataclass(frozen=True, slots=True)
class SyringeFact:
    """A syringe as it lies there: for which session it was drawn up, and until when it is good."""

    label: str
    use_before: datetime | None = None
    used_before: bool = False
    for_another_patient: bool = False


@dataclass(frozen=True, slots=True)
class SigningFacts:
    """A session as charted so far. ``reactions`` is None until somebody has answered."""

    number: int
    sessions_planned: int
    checklist: Sequence[ChecklistFact] = ()
    doses: Sequence[DoseFact] = ()
    zones: Sequence[ZoneFact] = ()
    pain_worst: int | None = None
    reactions: Sequence[ReactionFact] | None = None
    review_at: int = REVIEW_SESSION
    syringes: Sequence[SyringeFact] = ()


def drawn_ml(doses: Sequence[DoseFact]) -> Decimal:
    """What was drawn up from the vials."""
    return sum((dose.ml for dose in doses), ZERO)


def delivered_ml(zones: Sequence[ZoneFact]) -> Decimal:
    """What went in: points × ml per point, over all zones (102 points of 0.03 are 3.06 ml)."""
    return round_ml(sum((zone.points * zone.ml_per_point for zone in zones), ZERO))


def waste_ml(doses: Sequence[DoseFact], zones: Sequence[ZoneFact]) -> Decimal:
    """What stayed in the syringe and is thrown away."""
    return max(drawn_ml(doses) - delivered_ml(zones), ZERO)


def _check_mandatory_items_ticked(items: Sequence[ChecklistFact]) -> list[Finding]:
    return [
        block(
            f"checklist:{item.code}",
            f"Not ticked ({item.phase}): {item.item}. Do it and tick it, or say why not.",
            where="checklist",
        )
        for item in items
        if item.mandatory and not item.done
    ]


def _check_doses_lots_and_deviation(doses: Sequence[DoseFact]) -> list[Finding]:
    where = "syringe"
    if not any(dose.ml > 0 for dose in doses):
        message = "Nothing is in the syringe. Enter the ml given of each product."
        return [block("dose:none", message, fixed=True, where=where)]
    findings = []
    for dose in doses:
        name = dose.product
        from_lots = sum((ml for _, ml in dose.lots), ZERO)
        if dose.ml < 0:
            message = f"{name}: {plain_number_text(dose.ml)} ml. Enter 0 or more."
            findings.append(block(f"dose-below-zero:{name}", message, fixed=True, where=where))
        elif dose.ml > 0 and not dose.lots:
            message = f"{name} has no lot. Choose or scan the vial it came from."
            findings.append(block(f"dose-lot:{name}", message, fixed=True, where=where))
        elif from_lots != dose.ml:
            message = (
                f"{name}: {plain_number_text(dose.ml)} ml given, {plain_number_text(from_lots)} ml from its lots. "
                "Correct one of them."
            )
            findings.append(block(f"dose-lots-differ:{name}", message, fixed=True, where=where))
        findings += _check_dose_matches_plan(dose)
    return findings


def _check_dose_matches_plan(dose: DoseFact) -> list[Finding]:
    if dose.planned_ml <= 0:
        if dose.ml <= 0:
            return []
        differs = "not planned"
    else:
        share = (dose.ml - dose.planned_ml) / dose.planned_ml
        if abs(share) <= DEVIATION:
            return []
        differs = f"{plain_number_text(dose.planned_ml)} ml planned, {round(share * 100):+d} %"
    message = f"{dose.product}: {plain_number_text(dose.ml)} ml given, {differs}. Correct it, or say why."
    return [warn(f"dose-differs:{dose.product}", message, where="syringe")]


def _check_zone_points_and_drawn_volume(
    doses: Sequence[DoseFact], zones: Sequence[ZoneFact]
) -> list[Finding]:
    where = "map"
    findings = []
    if not any(zone.points > 0 for zone in zones):
        message = "No zone has points. Mark where was injected, with points and ml each."
        findings.append(block("zone:none", message, where=where))
    for zone in zones:
        name = zone.name or zone.code
        if zone.points < 0 or (zone.points > 0 and zone.ml_per_point <= 0):
            message = f"{name}: points and ml per point are above 0. Correct them."
            findings.append(block(f"zone-figures:{zone.code}", message, fixed=True, where=where))
    drawn, delivered = drawn_ml(doses), delivered_ml(zones)
    if delivered > drawn * (1 + OVER_DRAWN):
        message = (
            f"{plain_number_text(delivered)} ml delivered, only {plain_number_text(drawn)} ml drawn up. "
            "Correct the points, the ml per point or the doses."
        )
        findings.append(block("volume:over-drawn", message, fixed=True, where=where))
    return findings


def _check_worst_pain_recorded(worst: int | None) -> list[Finding]:
    if worst is None:
        message = "Worst pain is not recorded. Ask for a number from 0 to 10."
        return [block("pain:none", message, where="pain")]
    if not 0 <= worst <= 10:
        message = f"Pain {worst} is not on the scale. Choose a number from 0 to 10."
        return [block("pain:scale", message, fixed=True, where="pain")]
    return []


def _check_reactions_answered_and_treated(reactions: Sequence[ReactionFact] | None) -> list[Finding]:
    where = "reactions"
    if reactions is None:
        message = "Reactions are not answered. Choose those seen, or none."
        return [block("reactions:none", message, where=where)]
    findings = []
    for seen in reactions:
        if seen.level not in ("alert", "emergency"):
            continue
        code = f"reaction:{seen.code}"
        message = f"{seen.effect}, {seen.level}. Do now: {seen.action or 'call a doctor'}."
        if seen.response.strip():
            findings.append(note(code, message, where=where, detail=seen.response))
        else:
            make = block if seen.level == "emergency" else warn
            findings.append(make(code, f"{message} Write what was done.", where=where))
    return findings


def check_syringe_unused_own_and_fresh(syringe: SyringeFact, at: datetime) -> list[Finding]:
    """Used once, for one patient, before its time is up. Nobody may go past this."""
    name = syringe.label
    broken = []
    if syringe.used_before:
        broken.append(("used", "was used before. Take a new syringe and needle."))
    if syringe.for_another_patient:
        broken.append(("other-patient", "was drawn up for another patient. Discard it."))
    if syringe.use_before is not None and syringe.use_before <= at:
        broken.append(("too-old", "has waited too long since compounding. Discard it."))
    return [
        block(f"syringe-{code}:{name}", f"{name} {said}", fixed=True, where="syringe")
        for code, said in broken
    ]


def check_patient_alive(died_on: date | None, on: date) -> list[Finding]:
    """Nothing is signed for a day after the patient's death."""
    if died_on is None or died_on >= on:
        return []
    message = "This patient has died: no session can be started or signed."
    return [block("session:deceased", message, fixed=True)]


def lot_to_take_instead_text(other: LotChoice | None) -> str:
    """Which lot to take in place of one that may not be used, or that none is left."""
    if other is None:
        return "No other lot of it is usable here: receive or release one."
    return (
        f"Take lot {other.number} instead: expires {day_text(other.expires_on)}, "
        f"{plain_number_text(other.on_hand_ml)} ml on hand."
    )


def findings_before_signing(facts: SigningFacts, at: datetime | None = None) -> list[Finding]:
    """Everything that stands between this draft and a signature, each pointing at its section.

    Lots, volumes that cannot be and reused syringes nobody may go past; the rest of the blocks a
    clinician may, with a written reason (law 6). ``at`` is needed where there are syringes.
    """
    findings = [
        *_check_mandatory_items_ticked(facts.checklist),
        *_check_doses_lots_and_deviation(facts.doses),
        *_check_zone_points_and_drawn_volume(facts.doses, facts.zones),
        *_check_worst_pain_recorded(facts.pain_worst),
        *_check_reactions_answered_and_treated(facts.reactions),
    ]
    for syringe in facts.syringes:
        if at is None:
            raise ValueError("say when, so that the syringes can be checked")
        findings += check_syringe_unused_own_and_fresh(syringe, at)
    is_due = is_review_due(facts.number, facts.sessions_planned, facts.review_at)
    if is_due:
        message = (
            f"The review is due after session {facts.number}: the next session waits for it. "
            "It has a page of its own, once this session is signed."
        )
        findings.append(note(f"review:{facts.number}", message, where="review", source=SEED, basis="stated"))
    return ordered(findings)
