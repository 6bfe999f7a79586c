"""What the page writes beside the syringe: totals, and a dose for each line. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mesoclinic.core.quantities import (
    ZERO,
    amount_per_cm2_or_none,
    diluted_mg_per_ml,
    dose_mg,
    mg_per_ml_to_percent,
    round_mg,
    round_ml,
)
from treatments.cocktails.rules.arithmetic import (
    Held,
    LimitUse,
    counted_active_codes,
    held_by_substance_code,
    measurable_ml_or_none,
    most_sessions_in_period,
    most_used_limit_or_none,
    positive_area_or_none,
    round_to_four_figures,
    total_ml,
    usage_of_each_limit,
)
from treatments.cocktails.rules.mix import NOBODY, Content, Line, Mix, Person, Substance
from treatments.cocktails.rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class SubstanceTotal:
    """One substance in the finished syringe. ``ml`` is the volume of the products that hold it."""

    substance: Substance
    ml: Decimal
    mg: Decimal | None
    mg_per_ml: Decimal | None  # after dilution
    percent: Decimal | None
    mg_per_cm2: Decimal | None
    ml_per_cm2: Decimal | None
    session_mg: Decimal | None  # with the other syringes of the session
    month_mg: Decimal | None  # the most that any 30 days of the course hold
    course_mg: Decimal | None
    mg_per_kg: Decimal | None  # where a limit is told per kg and the weight is known
    fraction: Decimal | None  # of the limit that is most used up
    word: str  # what kind of limit that is
    products: tuple[tuple[str, Decimal | None, Decimal | None], ...]  # name, mg/ml, %
    uses: tuple[LimitUse, ...]

    @property
    def comes_from_several_products(self) -> bool:
        """Whether several products bring it: one substance for the dose (F16)."""
        return len(self.products) > 1


@dataclass(frozen=True, slots=True)
class Totals:
    total_ml: Decimal
    room_ml: Decimal  # left in the syringe; below zero when overfull
    actives_count: int
    ml_per_cm2: Decimal | None
    course_ml: Decimal
    session_ml: Decimal
    month_ml: Decimal
    sessions: int
    month_sessions: int  # how many of them any 30 days hold at most
    substances: tuple[SubstanceTotal, ...]  # in the order they were drawn


@dataclass(frozen=True, slots=True)
class DoseLine:
    """A line's dose. The limit's part is of the substance's whole dose in the syringe, not of this line's."""

    line: Line
    ml: Decimal | None
    mg: Decimal | None  # where the product holds one substance of known strength
    doses: tuple[tuple[Substance, Decimal | None], ...]
    fraction: Decimal | None
    word: str
    limit_text: str  # "10 mg per session"
    exceeded: bool


def syringe_totals(
    mix: Mix,
    area_cm2: Decimal | None,
    rulebook: Rulebook | None = None,
    person: Person | None = None,
    beside: Sequence[Mix] = (),
) -> Totals:
    """Everything the page writes beside the syringe. Parts of limits need the rulebook.

    Figures are per syringe; ``session_`` adds the other syringes of the session (``beside``), ``month_``
    and ``course_`` the sessions of 30 days and of the course. Each is summed exactly and rounded once.
    """
    whole = total_ml(mix)
    area = positive_area_or_none(area_cm2)
    uses = usage_of_each_limit(mix, person or NOBODY, rulebook or Rulebook(), area, beside)
    others = [held_by_substance_code(other) for other in beside]
    session_ml = whole + sum((total_ml(other) for other in beside), ZERO)
    a_month = most_sessions_in_period("month", mix.sessions, mix.every_days)
    weight = (person or NOBODY).known_weight_kg_or_none
    rows = [
        _substance_total(
            mix,
            held,
            [other[code] for other in others if code in other],
            [use for use in uses if use.substance.code == code],
            whole=whole,
            area=area,
            weight=weight,
            a_month=a_month,
        )
        for code, held in held_by_substance_code(mix).items()
    ]
    return Totals(
        total_ml=round_ml(whole),
        room_ml=round_ml(mix.syringe_ml - whole),
        actives_count=len(counted_active_codes(mix)),
        ml_per_cm2=_round_to_four_figures_or_none(amount_per_cm2_or_none(whole, area) if area else None),
        course_ml=round_ml(session_ml * mix.sessions),
        session_ml=round_ml(session_ml),
        month_ml=round_ml(session_ml * a_month),
        sessions=mix.sessions,
        month_sessions=a_month,
        substances=tuple(rows),
    )


def _substance_total(
    mix: Mix,
    held: Held,
    beside: Sequence[Held],
    uses: Sequence[LimitUse],
    *,
    whole: Decimal,
    area: Decimal | None,
    weight: Decimal | None,
    a_month: int,
) -> SubstanceTotal:
    """One substance of ``mix``: ``beside`` is what the session's other syringes hold of it."""
    mg = held.mg if held.strength_known else None
    strength = diluted_mg_per_ml(mg / held.ml, held.ml, whole) if mg is not None and held.ml > 0 else None
    use = most_used_limit_or_none(uses)
    session = _mg_in_one_session_or_none([held, *beside])
    is_per_kg = any(each.limit.per_kg is not None for each in uses)
    return SubstanceTotal(
        substance=held.substance,
        ml=round_ml(held.ml),
        mg=None if mg is None else round_mg(mg),
        mg_per_ml=_round_to_four_figures_or_none(strength),
        percent=_round_to_four_figures_or_none(None if strength is None else mg_per_ml_to_percent(strength)),
        mg_per_cm2=_round_to_four_figures_or_none(
            amount_per_cm2_or_none(mg, area) if mg is not None and area else None
        ),
        ml_per_cm2=_round_to_four_figures_or_none(amount_per_cm2_or_none(held.ml, area) if area else None),
        session_mg=_mg_of_sessions_or_none(session, 1),
        month_mg=_mg_of_sessions_or_none(session, a_month),
        course_mg=_mg_of_sessions_or_none(session, mix.sessions),
        mg_per_kg=_round_to_four_figures_or_none(
            mg / weight if mg is not None and weight is not None and is_per_kg else None
        ),
        fraction=use.used_fraction_or_none if use else None,
        word=use.limit_kind_text if use else "",
        products=_names_and_strengths_of_products(mix, held.substance.code),
        uses=tuple(uses),
    )


def dose_lines(
    mix: Mix, rulebook: Rulebook, person: Person | None, area_cm2: Decimal | None
) -> list[DoseLine]:
    """One row of the syringe's table per line, in the order they were drawn."""
    uses = usage_of_each_limit(mix, person or NOBODY, rulebook, area_cm2)
    rows = []
    for line in mix.lines:
        volume = measurable_ml_or_none(line)
        doses = tuple((content.substance, _content_mg_or_none(content, volume)) for content in line.contents)
        codes = {content.substance.code for content in line.contents}
        use = most_used_limit_or_none(use for use in uses if use.substance.code in codes)
        rows.append(
            DoseLine(
                line=line,
                ml=None if volume is None else round_ml(volume),
                mg=doses[0][1] if len(doses) == 1 else None,
                doses=doses,
                fraction=use.used_fraction_or_none if use else None,
                word=use.limit_kind_text if use else "",
                limit_text=use.allowed_text_or_empty if use else "",
                exceeded=any(use.exceeded for use in uses if use.substance.code in codes),
            )
        )
    return rows


def _mg_in_one_session_or_none(parts: Sequence[Held]) -> Decimal | None:
    """Not yet rounded; None where a strength is not on file, for a part is no sum."""
    if not all(part.strength_known for part in parts):
        return None
    return sum((part.mg for part in parts), ZERO)


def _names_and_strengths_of_products(
    mix: Mix, code: str
) -> tuple[tuple[str, Decimal | None, Decimal | None], ...]:
    """Which products bring the substance: name, mg/ml and % as its label says."""
    found: dict[str, tuple[str, Decimal | None, Decimal | None]] = {}
    for line in mix.lines:
        for content in line.contents:
            if content.substance.code == code:
                strength = content.mg_per_ml
                percent = None if strength is None else mg_per_ml_to_percent(strength)
                found[line.product_code] = (line.product_name, strength, percent)
    return tuple(found.values())


def _mg_of_sessions_or_none(mg: Decimal | None, times: int) -> Decimal | None:
    return None if mg is None else round_mg(mg * times)


def _round_to_four_figures_or_none(value: Decimal | None) -> Decimal | None:
    return None if value is None else round_to_four_figures(value)


def _content_mg_or_none(content: Content, volume: Decimal | None) -> Decimal | None:
    if content.mg_per_ml is None or volume is None:
        return None
    return round_mg(dose_mg(volume, content.mg_per_ml))
