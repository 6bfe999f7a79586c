"""One substance is one substance (law 15): in two products, in two salts, inside a ready-made one. No Django here.

Substances of one ``moiety`` count once, and of one pool their doses add up. What stands twice is found, and the
finding names both places.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from mesoclinic.core.findings import Finding, note, warn
from mesoclinic.core.quantities import ZERO, dose_mg
from treatments.cocktails.rules.arithmetic import measurable_ml_or_none
from treatments.cocktails.rules.mix import Line, Mix, Substance
from treatments.cocktails.rules.rulebook import Pair
from treatments.cocktails.rules.wording import CATALOGUE, mg_text, ml_text


@dataclass(frozen=True, slots=True)
class Place:
    """Where a substance stands: a product, and how much of it that brings; None where nobody knows."""

    line: Line
    substance: Substance
    moiety: str
    ml: Decimal
    mg: Decimal | None

    @property
    def product_and_amount_text(self) -> str:
        """“Biotin 5 mg/ml (1 ml, 5 mg)”."""
        amount = (
            f"{ml_text(self.ml)}, {mg_text(self.mg)}" if self.mg is not None else "amount not on its label"
        )
        ready_made = "ready-made, " if self.line.premade else ""
        inside = f"in {self.substance.name}, " if self.substance.identity.is_mixture else ""
        return f"{self.line.product_name} ({ready_made}{inside}{amount})"


def check_duplicate_substances(mix: Mix, pairs: Collection[Pair] = ()) -> list[Finding]:
    """A finding for each substance that two products of this syringe bring, and for each dose pool they share.

    What one of the ``pairs`` that met says already, “the same class twice”, is not said again.
    """
    said = {frozenset((pair.a, pair.b)) for pair in pairs if pair.kind == "redundant-class"}
    findings = []
    for pool, places in sorted(_places_by_pool(mix).items()):
        by_moiety: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            by_moiety[place.moiety].append(place)
        for moiety, same in sorted(by_moiety.items()):
            if _number_of_products(same) > 1 and not (
                _number_of_products(same) == 2 and _substance_codes(same) in said
            ):
                findings.append(
                    _duplicate_finding(
                        f"duplicate:{_common_code_or_moiety(same, moiety)}", same, _same_substance_text(same)
                    )
                )
        if len(by_moiety) > 1 and _number_of_products(places) > 1:
            findings.append(
                _duplicate_finding(f"duplicate-pool:{pool}", places, _same_pool_text(pool, places))
            )
    known = {finding.code for finding in findings}
    findings += [found for found in _possible_duplicate_findings(mix) if found.code not in known]
    return findings


def _places_by_pool(mix: Mix) -> dict[str, list[Place]]:
    """The places of each dose pool. Diluents and buffers are in every syringe: they have none."""
    pools: dict[str, list[Place]] = defaultdict(list)
    for line in mix.lines:
        volume = measurable_ml_or_none(line) or ZERO
        for content in line.contents:
            substance = content.substance
            if not (substance.is_active or substance.is_anaesthetic):
                continue
            is_mixture = substance.identity.is_mixture
            known = content.mg_per_ml is not None and not is_mixture
            for pool in substance.pools:
                pools[pool].append(
                    Place(
                        line=line,
                        substance=substance,
                        moiety=_moiety_in_pool(substance, pool),
                        ml=volume,
                        mg=dose_mg(volume, content.mg_per_ml or ZERO) if known else None,
                    )
                )
    return pools


def _moiety_in_pool(substance: Substance, pool: str) -> str:
    """What stands there: a mixture brings its members, as themselves or in another form."""
    if not substance.identity.is_mixture:
        return substance.moiety
    return pool if substance.identity.members_are_counted and pool != substance.code else substance.code


def _number_of_products(places: Iterable[Place]) -> int:
    return len({place.line.product_code for place in places})


def _substance_codes(places: Iterable[Place]) -> frozenset[str]:
    return frozenset(place.substance.code for place in places)


def _common_code_or_moiety(places: list[Place], moiety: str) -> str:
    """The ingredient where all places hold the same one, beside a mixture too; else what they have in common."""
    codes = {place.substance.code for place in places if not place.substance.identity.is_mixture}
    return codes.pop() if len(codes) == 1 else moiety


def _same_substance_text(places: list[Place]) -> str:
    names = sorted({p.substance.name for p in places if not p.substance.identity.is_mixture})
    if len(names) == 1:
        return f"{names[0]} stands twice"
    return f"{' and '.join(names) or places[0].moiety} are one substance"


def _same_pool_text(pool: str, places: list[Place]) -> str:
    names = sorted({place.substance.name for place in places})
    return f"{' and '.join(names)} both bring {pool.replace('-', ' ')}"


def _duplicate_finding(code: str, places: list[Place], what: str) -> Finding:
    texts = sorted({place.product_and_amount_text for place in places})
    parts = f"{'; '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else texts[0]
    known = [place.mg for place in places if place.mg is not None]
    if len(known) == len(places):
        together = f"{mg_text(sum(known, ZERO))} together"
    elif known:
        together = f"{mg_text(sum(known, ZERO))} and an unknown amount together"
    else:
        together = "the amount is not known"
    counts = " It counts once." if code.startswith("duplicate:") else " They count apart; the dose is one."
    return warn(
        code,
        f"{what}: in {parts}, {together}.{counts} Take one out, or give a short reason.",
        where=min(place.line.place_on_page for place in places),
        source=CATALOGUE,
        basis="inferred",
    )


def _possible_duplicate_findings(mix: Mix) -> Iterable[Finding]:
    """What a product may hold, as only its label can tell, and another brings."""
    for line in mix.lines:
        maybe = {substance.code: substance for substance in line.may_hold}
        for other in mix.lines:
            if other.product_code == line.product_code:
                continue
            for content in other.contents:
                substance = content.substance
                in_label = {pool for held in line.contents for pool in held.substance.identity.possible_pools}
                if substance.code in maybe or (set(substance.pools) & in_label and substance.is_active):
                    yield note(
                        f"duplicate:{substance.code}",
                        f"{line.product_name} may hold {substance.name}, which {other.product_name} brings too. "
                        "Read its label.",
                        where=line.place_on_page,
                        source=CATALOGUE,
                        basis="partly_sourced",
                    )
