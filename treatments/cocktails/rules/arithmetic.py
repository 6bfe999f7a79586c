"""How much of each substance a syringe holds, against its limits. No Django here.

Sums are exact and rounded once, where ``quantities`` says, before they meet a limit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from mesoclinic.core.quantities import ZERO, dose_mg, round_mg, round_ml
from treatments.cocktails.rules.mix import Content, Line, Mix, Person, Substance
from treatments.cocktails.rules.rulebook import Limit, LimitKind, Rulebook
from treatments.cocktails.rules.wording import mg_text, ml_text

#: Beyond this no number is a syringe's, and Decimal would run out of digits.
LARGEST_ML = Decimal(1000)

#: Never "safe maximum": only lidocaine has a label maximum for this route (docs/clinical.md §2.9).
LIMIT_WORDS: dict[LimitKind, str] = {
    "label_same_route": "label maximum",
    "label_other_route": "label maximum by another route",
    "studied_dose": "highest studied dose",
    "studied_volume": "highest studied volume",
    "reference_handbook": "top of a handbook's range",
    "protocol_digest": "highest volume in the protocols read",
    "clinic": "this clinic's limit",
}


#: How long the periods are that a limit may speak of. A session and a dose are counted, not timed.
PERIOD_DAYS: dict[str, int] = {"day": 1, "week": 7, "month": 30}


def most_sessions_in_period(period: str, sessions: int, every_days: int) -> int:
    """How many sessions of the course can fall into one ``period``: the most that any stretch of it holds.

    Every 14 days a month of 30 holds three (day 1, 15 and 29); a course holds them all.
    """
    if period == "course":
        return max(sessions, 1)
    if period not in PERIOD_DAYS:
        return 1
    most = -(-PERIOD_DAYS[period] // max(every_days, 1))
    return max(min(most, sessions), 1)


def measurable_ml_or_none(line: Line) -> Decimal | None:
    """The line's volume if a syringe can measure it (0.01 to 1000 ml), else None."""
    if line.ml is None or not line.ml.is_finite() or not 0 < line.ml <= LARGEST_ML:
        return None
    return line.ml if round_ml(line.ml) > 0 else None


@dataclass(frozen=True, slots=True)
class Held:
    """One substance as a syringe holds it, over all its products (F16)."""

    substance: Substance
    products: frozenset[str]
    where: str
    ml: Decimal
    mg: Decimal  # of the products that state a strength
    strength_known: bool


def held_by_substance_code(mix: Mix) -> dict[str, Held]:
    """What the syringe holds, by substance code."""
    found: dict[str, list[tuple[Line, list[Content]]]] = {}
    for line in mix.lines:
        by_code: dict[str, list[Content]] = {}
        for content in line.contents:
            by_code.setdefault(content.substance.code, []).append(content)
        for code, contents in by_code.items():
            found.setdefault(code, []).append((line, contents))
    return {code: _sum_of_substance(parts) for code, parts in found.items()}


def _sum_of_substance(parts: list[tuple[Line, list[Content]]]) -> Held:
    ml = mg = ZERO
    strength_known = True
    for line, contents in parts:
        volume = measurable_ml_or_none(line) or ZERO
        ml += volume
        for content in contents:
            if content.mg_per_ml is None:
                strength_known = False
            else:
                mg += dose_mg(volume, content.mg_per_ml)
    return Held(
        substance=parts[0][1][0].substance,
        products=frozenset(line.product_code for line, _ in parts),
        where=min(line.place_on_page for line, _ in parts),
        ml=ml,
        mg=mg,
        strength_known=strength_known,
    )


def counted_active_codes(mix: Mix) -> frozenset[str]:
    """What counts toward 2 to 6: each active once, a ready-made product as the clinic says (F2, F3, F16).

    Two salts or forms of one substance count once (law 15). A mixture counts once beside its members: what else
    is in it counts on. A blocked ingredient is never counted: it has no place in the syringe to begin with.
    """
    counted: set[str] = set()
    for line in mix.lines:
        if line.is_premade_counted_as_one:
            counted.add(f"product:{line.product_code}")
            continue
        for content in line.contents:
            if content.substance.is_active and content.substance.status != "blocked":
                counted.add(content.substance.moiety)
    return frozenset(counted)


def total_ml(mix: Mix) -> Decimal:
    """Actives, adjuvants and diluent together (F11), not yet rounded."""
    return sum((measurable_ml_or_none(line) or ZERO for line in mix.lines), ZERO)


# ── against a limit ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How much of one limit a substance takes up.

    ``used`` and ``allowed`` are in ``unit`` (mg or ml: a limit per cm² is multiplied out by the area).
    ``allowed`` is None where only a missing weight or area would tell; ``missing`` holds what to ask for
    ("weight", "area", "strength"); ``by_weight`` says that the figure per kg is the lower one. ``times``
    is how many sessions the limit's period holds: ``used`` counts them all.
    """

    substance: Substance
    limit: Limit
    used: Decimal
    allowed: Decimal | None
    unit: str
    by_weight: bool = False
    missing: frozenset[str] = frozenset()
    times: int = 1

    @property
    def exceeded(self) -> bool:
        return self.allowed is not None and self.used > self.allowed

    @property
    def used_fraction_or_none(self) -> Decimal | None:
        """Part of the limit; None where only part of the dose is known, for half a bar would deceive."""
        if not self.allowed or ("strength" in self.missing and not self.exceeded):
            return None
        return round_to_four_figures(self.used / self.allowed)

    @property
    def limit_kind_text(self) -> str:
        return LIMIT_WORDS[self.limit.kind]

    @property
    def allowed_text_or_empty(self) -> str:
        """``10 mg per session``; empty while a missing weight or area would have to tell."""
        if self.allowed is None:
            return ""
        amount = mg_text(self.allowed) if self.unit == "mg" else ml_text(self.allowed)
        return f"{amount} per {self.limit.period}"


def usage_of_each_limit(
    mix: Mix, person: Person, rulebook: Rulebook, area_cm2: Decimal | None, beside: Sequence[Mix] = ()
) -> list[LimitUse]:
    """Every limit that speaks of this syringe, with the session's other syringes added in (F10).

    A limit per week, month or course counts every session of the course that its period holds.
    """
    here, others = held_by_substance_code(mix), [held_by_substance_code(other) for other in beside]
    uses: list[LimitUse] = []
    for code, held in sorted(here.items()):
        for limit in rulebook.limits_on.get(code, ()):
            syringes = [here] if limit.period == "dose" else [here, *others]
            parts = [
                part
                for syringe in syringes
                for part in _parts_counted_for_limit(held.substance, limit, syringe)
            ]
            times = most_sessions_in_period(limit.period, mix.sessions, mix.every_days)
            uses += _usage_of_limit(limit, parts, person, area_cm2, times)
    return uses


def _parts_counted_for_limit(substance: Substance, limit: Limit, syringe: Mapping[str, Held]) -> list[Held]:
    """What one syringe brings of a substance, the substance itself first.

    A limit in mg holds for its whole dose pool: another form adds its mg, a mixture an amount nobody knows.
    Millilitres of another strength say nothing: a limit in ml counts the substance's own products.
    """
    own = [syringe[substance.code]] if substance.code in syringe else []
    if limit.unit != "mg" or substance.identity.is_mixture:
        return own
    pools = set(substance.pools)
    return own + [
        _held_of_unknown_mg(part) if part.substance.identity.is_mixture else part
        for code, part in sorted(syringe.items())
        if code != substance.code and pools & set(part.substance.pools)
    ]


def _held_of_unknown_mg(held: Held) -> Held:
    """A mixture's mg are not those of its member."""
    return replace(held, mg=ZERO, strength_known=False)


def _usage_of_limit(
    limit: Limit, parts: list[Held], person: Person, area_cm2: Decimal | None, times: int
) -> Iterable[LimitUse]:
    if limit.unit == "mg":
        yield from _usage_of_mg_limit(limit, parts, person, times)
    elif limit.value is not None:
        yield _usage_of_volume_limit(limit, limit.value, parts, positive_area_or_none(area_cm2), times)


def _usage_of_volume_limit(
    limit: Limit, value: Decimal, parts: list[Held], area: Decimal | None, times: int
) -> LimitUse:
    """A limit in ml, or in ml per cm² of the assessed area."""
    ml = round_ml(sum((part.ml for part in parts), ZERO) * times)
    substance = parts[0].substance
    if limit.unit == "mL":
        return LimitUse(substance, limit, ml, value, "ml", times=times)
    if area is None:
        return LimitUse(substance, limit, ml, None, "ml", missing=frozenset({"area"}), times=times)
    return LimitUse(substance, limit, ml, value * area, "ml", times=times)


def _usage_of_mg_limit(limit: Limit, parts: list[Held], person: Person, times: int) -> Iterable[LimitUse]:
    """The lower of the absolute figure and the one per kg; without a weight, the absolute one."""
    mg = round_mg(sum((part.mg for part in parts), ZERO) * times)
    weight = person.known_weight_kg_or_none
    missing = set()
    if not all(part.strength_known for part in parts):
        missing.add("strength")
    allowed, by_weight = limit.value, False
    if limit.per_kg is not None and weight is None:
        missing.add("weight")
    elif limit.per_kg is not None and weight is not None:
        for_weight = limit.per_kg * weight
        if allowed is None or for_weight < allowed:
            allowed, by_weight = for_weight, True
    if allowed is not None or missing & {"weight"}:
        yield LimitUse(
            parts[0].substance,
            limit,
            mg,
            allowed,
            "mg",
            by_weight=by_weight,
            missing=frozenset(missing),
            times=times,
        )


def most_used_limit_or_none(uses: Iterable[LimitUse]) -> LimitUse | None:
    """The limit that is most used up."""
    return max(
        (use for use in uses if use.used_fraction_or_none is not None),
        key=lambda use: (use.used_fraction_or_none or ZERO, use.limit.kind, use.limit.source),
        default=None,
    )


def positive_area_or_none(area_cm2: Decimal | None) -> Decimal | None:
    return area_cm2 if area_cm2 is not None and area_cm2 > 0 else None


def round_to_four_figures(value: Decimal) -> Decimal:
    """A ratio (mg/ml, %, per cm², part of a limit) as it is read. Nothing is reckoned from it."""
    if not value:
        return ZERO
    step = Decimal(1).scaleb(value.adjusted() - 3)
    rounded = value.quantize(step, rounding=ROUND_HALF_UP)
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded.normalize()
