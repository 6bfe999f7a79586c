"""Coupons with how often they are used, and why one no longer counts."""

from datetime import date

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from treatments.billing.models import Coupon, Quote
from treatments.billing.rules.coupons import check_coupon_is_valid
from treatments.billing.rules.states import QuoteStatus


def _quotes_holding_coupons(except_plan: int | None = None) -> QuerySet[Quote]:
    """Quotes that hold a coupon: issued or accepted. One that ended gives it back.

    ``except_plan``: its own issued quote is about to be replaced and does not count.
    """
    holding = Q(status__in=[QuoteStatus.ISSUED, QuoteStatus.ACCEPTED])
    if except_plan is not None:
        holding &= ~Q(plan=except_plan, status=QuoteStatus.ISSUED)
    return Quote.objects.filter(holding)


def count_coupon_uses(coupon_pk: int, *, except_plan: int | None = None) -> int:
    """How often a coupon is used. One query."""
    return _quotes_holding_coupons(except_plan).filter(coupon=coupon_pk).count()


def with_coupon_uses(coupons: QuerySet[Coupon]) -> QuerySet[Coupon]:
    """Adds ``used``: how often each is used."""
    counted = _quotes_holding_coupons().filter(coupon=OuterRef("pk")).order_by().values("coupon")
    return coupons.annotate(
        used=Coalesce(Subquery(counted.annotate(count=Count("pk")).values("count")), Value(0))
    )


def coupon_refusal_text_or_empty(coupon: Coupon, used: int, on: date) -> str:
    """Why a coupon no longer counts; empty where it does."""
    found = check_coupon_is_valid(coupon.as_fact(), on, used=used, currency=coupon.currency)
    return found.message if found else ""
