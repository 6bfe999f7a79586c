"""Whether a mix may go into a person: every rule of the formulation, said once. No Django here.

The order follows the clinic's own questions: is it drawn right, is each ingredient allowed, how many are
there, may they meet, how much is it, for this person, from this shelf.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from mesoclinic.core.citations import citations_best_first_text
from mesoclinic.core.findings import Finding, block, note, ok, ordered, warn
from mesoclinic.core.quantities import plain_number_text, round_ml
from treatments.cocktails.rules.allergies import other_allergy_findings, person_with_risks_of_syringe
from treatments.cocktails.rules.arithmetic import (
    LARGEST_ML,
    Held,
    counted_active_codes,
    held_by_substance_code,
    measurable_ml_or_none,
    positive_area_or_none,
    round_to_four_figures,
    total_ml,
    usage_of_each_limit,
)
from treatments.cocktails.rules.compounding import check_only_pharmacy_may_mix
from treatments.cocktails.rules.contraindications import (
    STAFF_HANDLING,
    contraindication_finding,
    contraindications_that_apply,
    staff_handling_note,
)
from treatments.cocktails.rules.dose_limits import check_doses_against_limits
from treatments.cocktails.rules.identities import check_duplicate_substances
from treatments.cocktails.rules.interactions import (
    interaction_finding_or_none,
    interactions_that_apply,
    no_conflict_finding,
)
from treatments.cocktails.rules.mix import MAX_ACTIVES, NOBODY, Mix, Person
from treatments.cocktails.rules.rulebook import ANY, TREATMENT, Contra, Pair, Rule, Rulebook
from treatments.cocktails.rules.stock import check_mix_stock_usable_and_enough
from treatments.cocktails.rules.volumes import volume_findings_and_ceilings
from treatments.cocktails.rules.wording import (
    CATALOGUE,
    ml_text,
    names_joined_text,
    number_and_noun_text,
    without_full_stop,
)

SEED = "Hair Mesotherapy, What Is It?"
#: Below the seed's six: what the French society advises (F1b, docs/clinical.md §2.1).
SOCIETY_MOST = 3
CLINIC = "This clinic's setting"
SYRINGE = "What a syringe holds and shows"
ALONE = "Saceda-Corralo 2022, J Drugs Dermatol 21(7):742-747, and the PRP and polynucleotide protocols"
HAS = "Haute Autorité de Santé 2014"


def check_mix_against_all_rules(
    mix: Mix,
    person: Person | None,
    rulebook: Rulebook,
    *,
    area_cm2: Decimal | None,
    today: date,
    beside: Sequence[Mix] = (),
) -> list[Finding]:
    """Everything the rules say about this syringe for this person, worst first.

    ``person`` is None for a saved formulation, which belongs to nobody yet. ``beside`` holds the other
    syringes of the same session: their doses add up, and some pairs must not meet even across syringes.
    """
    if not mix.lines:
        return [block("empty", "The syringe is empty. Add an ingredient.", fixed=True)]
    held = held_by_substance_code(mix)
    names = {
        code: part.substance.name
        for each in (held, *map(held_by_substance_code, beside))
        for code, part in each.items()
    }
    uses = usage_of_each_limit(mix, person or NOBODY, rulebook, area_cm2, beside)
    pairs = interactions_that_apply(held, rulebook, [held_by_substance_code(other) for other in beside])
    contras = _contraindications_to_report(
        held, person_with_risks_of_syringe(person or NOBODY, mix), rulebook
    )
    # A saved formulation belongs to nobody: its area is asked when it is used for one.
    volumes, ceilings = volume_findings_and_ceilings(
        mix, beside, rulebook, area_cm2, asks_area=person is not None
    )

    findings = [
        *_check_products_measurable_and_allowed(mix),
        *_check_substances_blocked_or_restricted(held),
        *_check_number_of_actives(mix),
        *_check_substances_given_alone(mix),
        *_check_additions_to_premades(mix),
        *check_only_pharmacy_may_mix(mix),
        *_check_volume_fits_syringe(mix, area_cm2),
        *volumes,
        *check_duplicate_substances(mix, pairs),
        *_check_interactions(pairs, names, held),
        *check_doses_against_limits(held, uses, rulebook.no_limit_reasons),
        *_check_contraindications(contras, person, held),
        *other_allergy_findings(person, held, contras),
        *_staff_handling_notes(held, rulebook),
        *check_mix_stock_usable_and_enough(mix, today),
        *_off_label_notes(held),
        *_unreviewed_rules_notes([*pairs, *contras, *(use.limit for use in uses), *ceilings]),
    ]
    return _worst_finding_per_code(findings)


def _worst_finding_per_code(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per code, the worst; two lines of a product say it once, in whichever order they stand."""
    worst: dict[str, Finding] = {}
    for finding in ordered(sorted(findings, key=lambda f: (f.message, f.where))):
        worst.setdefault(finding.code, finding)
    return list(worst.values())


# ── is it drawn right ────────────────────────────────────────────────────────────────────────────


def _check_products_measurable_and_allowed(mix: Mix) -> Iterable[Finding]:
    for line in mix.lines:
        if measurable_ml_or_none(line) is None:
            yield block(
                f"ml:{line.product_code}",
                f"{line.product_name}: enter a volume between 0.01 and {LARGEST_ML} ml, or take the line out.",
                where=line.place_on_page,
                source=SYRINGE,
                basis="arithmetic",
                fixed=True,
            )
        if line.blocked_reason:
            yield block(
                f"blocked:{line.product_code}",
                f"{line.product_name} is blocked: {without_full_stop(line.blocked_reason)}. Take it out.",
                where=line.place_on_page,
                source=CATALOGUE,
                basis="stated",
                fixed=True,
            )
        if line.retired:
            yield block(
                f"retired:{line.product_code}",
                f"{line.product_name} is retired from the catalogue. Choose its successor, "
                f"or a clinician writes why it stays.",
                where=line.place_on_page,
                source=CATALOGUE,
                basis="stated",
            )
        if line.legal_route_note:
            yield warn(
                f"legal-route:{line.product_code}",
                f"{line.product_name}: {without_full_stop(line.legal_route_note)}. "
                f"Write how you know that it may be injected here.",
                where=line.place_on_page,
                source="Regulation (EC) 1223/2009: a product to be injected is not a cosmetic",
                basis="stated",
            )


def _check_volume_fits_syringe(mix: Mix, area_cm2: Decimal | None) -> Iterable[Finding]:
    whole = round_ml(total_ml(mix))
    if whole > mix.syringe_ml:
        over = ml_text(whole - mix.syringe_ml)
        yield block(
            "volume",
            f"{ml_text(whole)} does not fit a syringe of {ml_text(mix.syringe_ml)}. Take out {over}, "
            f"or choose a larger syringe.",
            where="syringe",
            source=SYRINGE,
            basis="arithmetic",
            fixed=True,
        )
        return
    area = positive_area_or_none(area_cm2)
    spread = (
        f"{plain_number_text(round_to_four_figures(whole / area))} ml/cm² over {plain_number_text(area)} cm²"
        if area
        else ""
    )
    yield ok("volume", f"{ml_text(whole)} in a syringe of {ml_text(mix.syringe_ml)}", detail=spread)


# ── is each ingredient allowed ───────────────────────────────────────────────────────────────────


def _check_substances_blocked_or_restricted(held: Mapping[str, Held]) -> Iterable[Finding]:
    for code, part in held.items():
        substance = part.substance
        why = f": {without_full_stop(substance.status_reason)}" if substance.status_reason else ""
        more = {
            "where": part.where,
            "source": citations_best_first_text(substance.status_source),
            "basis": substance.status_basis,
        }
        if substance.status == "blocked":
            yield block(
                f"blocked:{code}", f"{substance.name} is blocked{why}. Take it out.", fixed=True, **more
            )
        elif substance.status == "restricted":
            yield block(
                f"restricted:{code}",
                f"{substance.name} is restricted{why}. Take it out, or a clinician writes why it is used.",
                fixed=False,
                **more,
            )


def _off_label_notes(held: Mapping[str, Held]) -> Iterable[Finding]:
    for code, part in held.items():
        if part.substance.off_label_note:
            yield note(
                f"off-label:{code}",
                f"{part.substance.name}: {without_full_stop(part.substance.off_label_note)}. Tell the patient where use is off-label.",
                where=part.where,
                source=HAS,
                basis="stated",
            )


# ── how many are there ───────────────────────────────────────────────────────────────────────────


def _check_number_of_actives(mix: Mix) -> Iterable[Finding]:
    count = len(counted_active_codes(mix))
    if mix.kind == "single":
        yield _single_preparation_count_finding(count)
    elif count > mix.most_actives:
        yield _too_many_actives_finding(mix, count)
    elif has_too_few_actives(mix):
        yield _too_few_actives_finding(mix, count)
    else:
        yield ok(
            "count",
            f"{number_and_noun_text(count, 'active')}, {mix.fewest_actives}–{mix.most_actives} allowed",
            source=_source_of_count_limit(mix),
            basis="stated",
            detail=_french_society_advice_text_or_empty(count),
        )


def has_too_few_actives(mix: Mix) -> bool:
    """Whether an active is still missing, be it a cocktail or what is given alone."""
    fewest = 1 if mix.kind == "single" else mix.fewest_actives
    return len(counted_active_codes(mix)) < fewest


def _french_society_advice_text_or_empty(count: int) -> str:
    """What two sources advise about the number, beside what is allowed (F1b, F1c)."""
    if count > SOCIETY_MOST:
        return (
            f"The French society of mesotherapy advises at most {SOCIETY_MOST} products in a mix "
            "(Le Moniteur 2016)."
        )
    return ""


def _source_of_count_limit(mix: Mix) -> str:
    return CLINIC if mix.most_actives < MAX_ACTIVES else SEED


def _single_preparation_count_finding(count: int) -> Finding:
    if count == 1:
        return ok("count", "1 active, given alone", source=ALONE, basis="stated")
    if count == 0:
        return block(
            "count",
            "No active in the syringe. Add the one that is given alone.",
            where="syringe",
            source=ALONE,
            basis="stated",
            fixed=True,
        )
    return block(
        "count",
        f"{count} actives in a single preparation, which holds exactly one. Take out {count - 1}, "
        f"or make it a cocktail.",
        where="syringe",
        source=ALONE,
        basis="stated",
        fixed=True,
    )


def _too_many_actives_finding(mix: Mix, count: int) -> Finding:
    allows = "this clinic allows at most" if mix.most_actives < MAX_ACTIVES else "a cocktail holds at most"
    return block(
        "count",
        f"{count} actives in one syringe; {allows} {mix.most_actives}. Take out {count - mix.most_actives}.",
        where="syringe",
        source=_source_of_count_limit(mix),
        basis="stated",
        fixed=True,
    )


def _too_few_actives_finding(mix: Mix, count: int) -> Finding:
    alone = " Or make it a single preparation." if count == 1 else ""
    return block(
        "count",
        f"{number_and_noun_text(count, 'active')} in the syringe; a cocktail holds {mix.fewest_actives} to {mix.most_actives}. "
        f"Add {mix.fewest_actives - count}.{alone}",
        where="syringe",
        source=_source_of_count_limit(mix),
        basis="stated",
        fixed=True,  # the database refuses it too
    )


def _check_substances_given_alone(mix: Mix) -> Iterable[Finding]:
    """What is given alone stays out of cocktails, and only that is given alone (F5)."""
    for line in mix.lines:
        if line.premade:
            continue
        for substance in (content.substance for content in line.contents if content.substance.is_active):
            if mix.kind == "cocktail" and substance.preparation == "single_only":
                yield block(
                    f"preparation:{substance.code}",
                    f"{substance.name} is given alone in its syringe. Make it a single preparation, "
                    f"or a clinician writes why it is mixed.",
                    where=line.place_on_page,
                    source=ALONE,
                    basis="inferred",
                )
            elif mix.kind == "single" and substance.preparation == "cocktail":
                yield block(
                    f"preparation:{substance.code}",
                    f"{substance.name} is not among what is given alone. Make it a cocktail, "
                    f"or a clinician writes why it is given alone.",
                    where=line.place_on_page,
                    source=ALONE,
                    basis="inferred",
                )


def _check_additions_to_premades(mix: Mix) -> Iterable[Finding]:
    """Nothing is added to a ready-made product unless its maker allows it (F4)."""
    for line in mix.lines:
        others = {other.product_name for other in mix.lines if other.product_code != line.product_code}
        if line.premade and others and not line.additions_allowed:
            yield block(
                f"premade:{line.product_code}",
                f"{line.product_name} is ready-made and its maker does not allow additions. "
                f"Take out {names_joined_text(others)}, or a clinician writes why it is added.",
                where=line.place_on_page,
                source=f"{HAS}, on unstandardised mixes",
                basis="inferred",
            )


# ── may they meet, and for this person ───────────────────────────────────────────────────────────


def _check_interactions(
    pairs: list[Pair], names: Mapping[str, str], held: Mapping[str, Held]
) -> Iterable[Finding]:
    findings = [finding for pair in pairs if (finding := interaction_finding_or_none(pair, names, held))]
    yield from findings
    if len(held) > 1 and not any(finding.blocks or finding.warns for finding in findings):
        yield no_conflict_finding(pairs, names)


def _contraindications_to_report(
    held: Mapping[str, Held], person: Person, rulebook: Rulebook
) -> list[Contra]:
    return [
        contra
        for contra in contraindications_that_apply({TREATMENT, *held}, person, rulebook)
        # "Everyone" about a blocked ingredient only repeats that it is blocked.
        if not (contra.factor == ANY and _has_blocked_status(held.get(contra.substance)))
    ]


def _has_blocked_status(part: Held | None) -> bool:
    return part is not None and part.substance.status == "blocked"


def _check_contraindications(
    contras: list[Contra], person: Person | None, held: Mapping[str, Held]
) -> Iterable[Finding]:
    for contra in contras:
        part = held.get(contra.substance)
        name = part.substance.name if part else "any treatment"
        yield contraindication_finding(contra, name, person or NOBODY, where=part.where if part else "")
    if person is None:
        yield note(
            "person",
            "Not checked against a patient: that is done when it is used for one.",
            source=CATALOGUE,
            basis="stated",
        )
    elif not contras:
        yield ok("person", "Nothing on record speaks against it")


def _staff_handling_notes(held: Mapping[str, Held], rulebook: Rulebook) -> Iterable[Finding]:
    for contra in rulebook.contras_by_factor.get(STAFF_HANDLING, ()):
        part = held.get(contra.substance)
        if part:
            yield staff_handling_note(contra, part.substance.name, part.where)


# ── how far the rules themselves are to be trusted ───────────────────────────────────────────────


def _unreviewed_rules_notes(rules: Sequence[Rule]) -> Iterable[Finding]:
    unreviewed = [rule for rule in rules if not rule.reviewed]
    if unreviewed:
        yield note(
            "unreviewed",
            f"{number_and_noun_text(len(unreviewed), 'rule')} used here {'is' if len(unreviewed) == 1 else 'are'} not yet reviewed "
            f"by a clinician of this clinic. Read the basis before relying on them.",
            source=CATALOGUE,
            basis="stated",
        )
