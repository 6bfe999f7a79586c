"""What is proposed for a session: lots first to expire first, zones, and the day of the next one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.findings import Finding
from mesoclinic.core.quantities import ZERO
from treatments.conditions.rules.assessments import points_for_area
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import next_session_on
from treatments.sessions.rules.charting import PlannedDose, ZoneEntry
from treatments.sessions.rules.zones import Drawn, mg_per_ml_in_syringe
from treatments.stock.models import Lot
from treatments.stock.queries import lot_as_choice, usable_lots
from treatments.stock.rules.lots import (
    available_ml,
    check_usable_lots_hold_enough,
    split_ml_over_lots_or_refuse,
)


def lots_to_choose_by_product(clinic: Clinic, products: Iterable[int], on: date) -> dict[int, list[Lot]]:
    """The lots that may be used on ``on``, by product, in the order they are offered. One query."""
    found: dict[int, list[Lot]] = {}
    for lot in usable_lots(clinic, products, on).filter(received_on__lte=on):
        found.setdefault(lot.product_id, []).append(lot)
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """What one product of the syringe is drawn from; ``missing`` says what the shelf does not hold."""

    product_id: int
    takes: Sequence[tuple[int, Decimal]]
    missing: Finding | None = None


def share_dose_over_lots(
    product_id: int, name: str, needed_ml: Decimal, lots: Sequence[Lot], on: date, at: datetime
) -> Share:
    """``needed_ml`` over the lots, first to expire first. Where they hold too little, all they hold."""
    choices = [lot_as_choice(lot) for lot in lots]
    missing = check_usable_lots_hold_enough(choices, needed_ml, on, at)
    if missing is not None:
        missing = replace(
            missing,
            code=f"lot-shortage:{product_id}",
            message=missing.message.replace("this product", name),
            where="syringe",
        )
        needed_ml = sum((available_ml(choice, at) for choice in choices), ZERO)
    return Share(product_id, split_ml_over_lots_or_refuse(choices, needed_ml, on, at), missing)


#: Where a protocol says nothing: docs/clinical.md §6.
USUAL_SPACING_CM = Decimal(1)

USUAL_DEPTH_MM = Decimal(2)

_ML_STEP = Decimal("0.001")


def point_spacing_cm_of_plan(plan: TreatmentPlan) -> Decimal:
    """How far apart the points of a plan are, in cm: as its protocol says, else as usual."""
    return plan.protocol.spacing_cm or USUAL_SPACING_CM


def proposed_zones(
    plan: TreatmentPlan, areas: Iterable[tuple[int, Decimal]], drawn_ml: Decimal
) -> list[ZoneEntry]:
    """The assessed zones, with as many points as their area takes and no more ml than is drawn up."""
    protocol = plan.protocol
    wanted = [
        (zone_id, area, max(points_for_area(area, point_spacing_cm_of_plan(plan)), 1))
        for zone_id, area in areas
    ]
    total = sum(points for _, _, points in wanted)
    each = (drawn_ml / total if total else ZERO).quantize(_ML_STEP, ROUND_DOWN)
    if protocol.ml_per_point_max:
        each = min(each, protocol.ml_per_point_max)
    if each <= 0:
        return []
    depths = [d for d in (protocol.depth_min_mm, protocol.depth_max_mm) if d]
    depth = min(depths) if depths else USUAL_DEPTH_MM
    return [
        ZoneEntry(zone_id, points, each, depth, area, point_spacing_cm_of_plan(plan))
        for zone_id, area, points in wanted
    ]


def next_session_day_or_none(plan: TreatmentPlan, number: int, performed_on: date) -> date | None:
    """The day the plan puts the next session on; None after the last."""
    if number >= plan.sessions_planned or not plan.intervals:
        return None
    interval = plan.intervals[min(number, len(plan.intervals)) - 1]
    return next_session_on(performed_on, interval)


def mg_per_ml_by_active(
    components: Iterable[PlannedDose], given: Mapping[int, Decimal]
) -> dict[str, Decimal]:
    """mg per ml of each active in the syringe, where ``given`` is ml by product."""
    return mg_per_ml_in_syringe(
        [Drawn(given.get(each.product_id, ZERO), each.actives) for each in components]
    )
