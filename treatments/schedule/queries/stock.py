"""What the booked sessions will take from the shelf: the calendar and the cocktails meet the stock here."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Q, TextField
from django.db.models.functions import Cast, JSONObject, Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.findings import Finding, ordered
from treatments.catalogue.models import Product
from treatments.cocktails.models import Component
from treatments.plans.rules import PlanStatus
from treatments.schedule.rules.appointments import AppointmentStatus
from treatments.schedule.rules.stock import Lot, Need
from treatments.stock.models import Lot as Lots
from treatments.stock.queries import lot_as_choice, usable_lots
from treatments.stock.rules.forecast import Demand, Outlook, demand_of_weeks, outlook_after_booked_sessions
from treatments.stock.rules.forecast import outlook_findings as stock_warnings
from treatments.stock.rules.lots import LotChoice

#: How far the page looks ahead.
WEEKS = 12

# A booked session of a plan takes what its cocktail holds; one that was done, missed or cancelled takes nothing more.
_DEMAND = """
SELECT c.product_id, (a.starts_at AT TIME ZONE %(zone)s)::date, c.ml
  FROM schedule_appointment a
  JOIN plans_treatmentplan t ON t.id = a.plan_id
  JOIN cocktails_component c ON c.version_id = t.cocktail_version_id
 WHERE a.clinic_id = %(clinic)s AND a.kind = 'session' AND a.status = ANY(%(ahead)s)
   AND a.starts_at >= %(start)s AND t.status = ANY(%(open)s)
 ORDER BY 2, a.id, c.id
"""

_AHEAD = (
    AppointmentStatus.BOOKED,
    AppointmentStatus.CONFIRMED,
    AppointmentStatus.ARRIVED,
    AppointmentStatus.IN_TREATMENT,
)

_OPEN = (PlanStatus.ACCEPTED, PlanStatus.ACTIVE)


@dataclass
class ProductForecast:
    """A product that booked sessions take, against what is on the shelf."""

    product: Product
    outlook: Outlook
    weeks: list[tuple[date, Decimal]]
    findings: list[Finding] = field(default_factory=list)

    @property
    def booked_demand_ml(self) -> Decimal:
        return sum((ml for _, ml in self.weeks), Decimal(0))

    @property
    def will_run_short(self) -> bool:
        return self.outlook.short_on is not None


def booked_demand_by_product(clinic: Clinic, start: datetime) -> dict[int, list[Demand]]:
    """What every booked session from ``start`` on will take, by product. One query."""
    found: dict[int, list[Demand]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            _DEMAND,
            {
                "clinic": clinic.pk,
                "zone": clinic.time_zone,
                "ahead": [status.value for status in _AHEAD],
                "open": [status.value for status in _OPEN],
                "start": start,
            },
        )
        for product_id, on, ml in cursor.fetchall():
            found[product_id].append(Demand(on, ml))
    return found


def product_forecasts(clinic: Clinic, now: datetime) -> list[ProductForecast]:
    """Every product that a booked session takes or that is usable here, the shortest first. Three queries."""
    today = now.astimezone(clinic.zone).date()
    midnight = datetime.combine(today, datetime.min.time(), clinic.zone)
    demand = booked_demand_by_product(clinic, midnight)
    products = {
        product.pk: product for product in Product.objects.filter(retired_at=None).order_by("name_key")
    }
    shelves: dict[int, list[LotChoice]] = defaultdict(list)
    for lot in usable_lots(clinic, products, today):
        shelves[lot.product_id].append(lot_as_choice(lot))
    found = []
    for pk, product in products.items():
        if pk not in demand and pk not in shelves:
            continue
        seen = outlook_after_booked_sessions(shelves[pk], demand.get(pk, ()), on=today, at=now)
        found.append(
            ProductForecast(
                product,
                seen,
                demand_of_weeks(demand.get(pk, ()), start=today, weeks=WEEKS),
                stock_warnings(product.name, seen),
            )
        )
    return sorted(
        found,
        key=lambda each: (each.outlook.short_on or date.max, not each.outlook.booked, each.product.name_key),
    )


def forecast_findings_not_ok(found: list[ProductForecast]) -> list[Finding]:
    """What somebody who orders has to see: everything that is not simply in order."""
    return ordered(finding for each in found for finding in each.findings if finding.level != "ok")


class NeedRow(TypedDict):
    """What a session takes of a product, as another query brings it."""

    product: int
    name: str
    ml: str


class LotRow(TypedDict):
    """What is left of a lot, as another query brings it."""

    product: int
    expires_on: str
    ml: str


def session_needs_subquery(which: Q) -> ArraySubquery:
    """What a session of a cocktail version takes from the shelf, as :class:`NeedRow`; ``which`` names the version."""
    return ArraySubquery(
        Component.objects.filter(which)
        .order_by("position", "pk")
        .values(fact=JSONObject(product="product_id", name="product__name", ml=Cast("ml", TextField())))
    )


def usable_lots_subquery(which: Q) -> ArraySubquery:
    """Released lots, not empty and, where opened, still good, as :class:`LotRow`; ``which`` names the clinic."""
    usable = Lots.objects.filter(which, status=Lots.Status.RELEASED, on_hand_ml__gt=0).filter(
        Q(opened_until=None) | Q(opened_until__gt=Now())
    )
    return ArraySubquery(
        usable.order_by("expires_on", "pk").values(
            fact=JSONObject(product="product_id", expires_on="expires_on", ml=Cast("on_hand_ml", TextField()))
        )
    )


def needs_from_rows(rows: Iterable[NeedRow]) -> list[Need]:
    return [Need(r["product"], r["name"], Decimal(r["ml"])) for r in rows]


def lots_from_rows(rows: Iterable[LotRow]) -> list[Lot]:
    return [Lot(r["product"], date.fromisoformat(r["expires_on"]), Decimal(r["ml"])) for r in rows]
