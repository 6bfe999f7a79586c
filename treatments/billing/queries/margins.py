"""What an option costs the clinic, from the lots on its shelf, and what is left of its price."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, F, IntegerField, OuterRef, Subquery, Value, When

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.quantities import ZERO, round_money
from treatments.billing.models import PlanSettings, Quote, QuoteOption
from treatments.billing.rules.payments import Margin, margin_after_costs
from treatments.cocktails.models import Component
from treatments.stock.models import Lot


@dataclass(frozen=True)
class OptionMargin:
    """``costs``: (what, amount) over all sessions. ``unknown``: products of which no lot has a cost."""

    costs: Sequence[tuple[str, Decimal]]
    margin: Margin
    unknown: int


def cocktail_cost_and_uncosted_count(clinic: Clinic, version_pk: int) -> tuple[Decimal, int]:
    """(what one syringe costs, how many of its products have no costed lot): one query.

    Of each product the lot that will be used: released, with something left, first to expire; else the
    one received last.
    """
    lots = Lot.objects.filter(clinic=clinic, product=OuterRef("product"), unit_cost__isnull=False).order_by(
        Case(
            When(status=Lot.Status.RELEASED, on_hand_ml__gt=0, then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        ),
        Case(When(status=Lot.Status.RELEASED, on_hand_ml__gt=0, then=F("expires_on"))),
        "-received_on",
        "-pk",
    )
    rows = (
        Component.objects.filter(version=version_pk)
        .order_by("position", "pk")
        .annotate(cost=Subquery(lots.values("unit_cost")[:1]))
        .values_list("ml", "cost")
    )
    cost, unknown = ZERO, 0
    for ml, each in rows:
        if each is None:
            unknown += 1
        else:
            cost += ml * each
    return cost, unknown


def margins_of_options(quote: Quote, options: Sequence[QuoteOption]) -> list[OptionMargin]:
    """Of each option: its net price less cocktail, kit, practitioner and room."""
    terms = PlanSettings.of_clinic_or_defaults(quote.clinic)
    syringe, unknown = cocktail_cost_and_uncosted_count(quote.clinic, quote.plan.cocktail_version_id)
    found = []
    for option in options:
        has_kit = any(row.kind == "kit" for row in option.lines.all())
        per_session = [
            ("Cocktail, from the lots", syringe),
            ("Kit", terms.kit_cost if has_kit else ZERO),
            ("Practitioner", terms.practitioner_cost),
            ("Room", terms.room_cost),
        ]
        costs = [
            (what, round_money(amount * option.sessions, quote.currency))
            for what, amount in per_session
            if amount
        ]
        left = margin_after_costs(option.net, [amount for _, amount in costs])
        found.append(OptionMargin(costs, left, unknown))
    return found
