"""What no chart may hold, before it is stored. No Django here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from mesoclinic.core.findings import Finding, block
from treatments.sessions.rules.charting import DoseEntry, SessionChart, ZoneEntry
from treatments.sessions.rules.late_reports import ReactionDays, check_reaction_days_possible
from treatments.sessions.rules.pain_relief import ReliefFact, check_relief_says_lidocaine_mg
from treatments.stock.rules.lots import LotChoice, check_lot_choice_usable


def check_chart_figures_possible(
    chart: SessionChart, *, planned: Collection[int], performed_on: date, today: date
) -> list[Finding]:
    """Figures that cannot be. ``planned``: the products of the cocktail. Nobody may go past these."""
    told = [ReactionDays(str(each.effect_id), each.began_on, each.ended_on) for each in chart.reactions]
    relief = [ReliefFact(each.method, each.lidocaine_mg) for each in chart.relief]
    return [
        *_check_pain_scores_on_scale(chart),
        *_check_zone_figures_and_names(chart),
        *_check_doses_planned_and_once(chart, planned),
        *(finding for finding in check_relief_says_lidocaine_mg(relief) if finding.blocks),
        *check_reaction_days_possible(told, performed_on, today),
    ]


def check_performer_is_clinician(
    said: int | None, stands: int | None, clinicians: Collection[int]
) -> list[Finding]:
    """Who injected may inject: one of the ``clinicians`` of this clinic (docs/clinical.md §11). Asked where it is
    said anew."""
    if said is None or said == stands or said in clinicians:
        return []
    message = "Whoever injected must be a clinician of this clinic's staff. Choose again."
    return [_block_without_override("performer", message, "pain")]


@dataclass(frozen=True, slots=True)
class ChosenLot:
    """A lot of this clinic that comes into a chart: the product it holds, and how it stands."""

    product_id: int
    lot: LotChoice


def check_new_lots_match_and_usable(
    doses: Iterable[DoseEntry],
    stored: Iterable[DoseEntry],
    lots: Mapping[int, ChosenLot],
    on: date,
    at: datetime,
) -> list[Finding]:
    """A lot that comes into the draft now: this product's, this clinic's (one of ``lots``), and usable."""
    found = []
    for dose in doses_from_new_lots(doses, stored):
        chosen = lots.get(dose.lot_id)
        if chosen is None or chosen.product_id != dose.product_id:
            message = "A lot chosen here is of another product or another clinic. Choose it again."
            found.append(_block_without_override(f"lot-unknown:{dose.lot_id}", message, "syringe"))
        elif not dose.is_given and (refused := check_lot_choice_usable(chosen.lot, on, at)):
            found.append(refused)
    return found


def doses_from_new_lots(doses: Iterable[DoseEntry], stored: Iterable[DoseEntry]) -> list[DoseEntry]:
    """The doses from a lot that is not in the stored chart for that product."""
    known = {(dose.lot_id, dose.product_id) for dose in stored}
    return [dose for dose in doses if (dose.lot_id, dose.product_id) not in known]


def _block_without_override(code: str, message: str, where: str) -> Finding:
    """A block that nobody may go past."""
    return block(code, message, fixed=True, where=where)


def _check_pain_scores_on_scale(chart: SessionChart) -> list[Finding]:
    return [
        _block_without_override(
            "pain:scale", f"Pain {score} is not on the scale. Choose a number from 0 to 10.", "pain"
        )
        for score in chart.pain.values()
        if not 0 <= score <= 10
    ]


def _check_zone_figures_and_names(chart: SessionChart) -> list[Finding]:
    found = []
    for zone in chart.zones:
        if not _has_possible_figures(zone):
            message = "A zone on the map needs points, ml per point, a depth up to 13 mm and an area."
            found.append(_block_without_override(f"zone-figures:{zone.zone_id or zone.name}", message, "map"))
        if zone.zone_id is None and not zone.name.strip():
            found.append(_block_without_override("zone-name", "Give the zone you drew a name.", "map"))
    names = [zone.name for zone in chart.zones if zone.zone_id is None]
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = f"Two drawn zones are called “{name}”. Give one of them another name."
        found.append(_block_without_override(f"zone-twice:{name}", message, "map"))
    return found


def _has_possible_figures(zone: ZoneEntry) -> bool:
    return (
        0 < zone.points <= 2000
        and 0 < zone.ml_per_point < 100
        and 0 < zone.depth_mm <= 13
        and 0 < zone.area_cm2 <= 1000
        and (zone.spacing_cm is None or 0 < zone.spacing_cm <= 20)
    )


def _check_doses_planned_and_once(chart: SessionChart, planned: Collection[int]) -> list[Finding]:
    found = []
    for dose in chart.doses:
        if dose.ml <= 0:
            message = "A dose is above 0 ml. Type the amount, or empty the line."
            found.append(_block_without_override(f"dose:{dose.lot_id}", message, "syringe"))
        if dose.product_id not in planned:
            message = "This product is not in the cocktail. Change the cocktail first."
            found.append(_block_without_override(f"dose-product:{dose.product_id}", message, "syringe"))
    chosen = [dose.lot_id for dose in chart.doses]
    for lot_id in sorted({lot for lot in chosen if chosen.count(lot) > 1}):
        message = "One lot stands on two lines. Put the ml together on one."
        found.append(_block_without_override(f"lot-twice:{lot_id}", message, "syringe"))
    return found
