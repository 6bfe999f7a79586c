"""What stands under an option's lines, for the screen and the paper alike: each discount with what it was taken of, the taxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.quantities import ZERO
from treatments.billing.models import QuoteLine, QuoteOption
from treatments.billing.rules.invoices import Portion, TaxRow, taxes_by_rate


class DiscountKind(StrEnum):
    LINES = "lines"
    PACKAGE = "package"
    BY_HAND = "hand"
    COUPON = "coupon"
    CAPPED = "capped"


@dataclass(frozen=True, slots=True)
class DiscountRow:
    """``rate`` percent of ``base`` (0: a fixed amount); ``instead_of`` is the package's rate that it replaces."""

    kind: DiscountKind
    amount: Decimal
    rate: Decimal = ZERO
    base: Decimal = ZERO
    reason: str = ""
    instead_of: Decimal = ZERO


def discount_rows(option: QuoteOption) -> Sequence[DiscountRow]:
    """In the order in which they are taken. ``option`` has its lines at hand."""
    if not option.discount:
        return []
    if option.capped:
        return [DiscountRow(DiscountKind.CAPPED, option.discount)]
    base = sum(
        (_amount_before_package_discount(line) for line in option.lines.all() if line.in_package), ZERO
    )
    by_hand = bool(option.discount_reason)
    replaced = ZERO if option.discount_rate == option.package_rate else option.package_rate
    rows = [
        DiscountRow(DiscountKind.LINES, option.line_discount),
        DiscountRow(
            DiscountKind.BY_HAND if by_hand else DiscountKind.PACKAGE,
            option.package_discount_amount,
            option.discount_rate,
            base,
            option.discount_reason,
            replaced if by_hand else ZERO,
        ),
        DiscountRow(
            DiscountKind.BY_HAND,
            option.added_discount,
            option.added_rate,
            base - option.package_discount_amount,
            option.added_reason,
            replaced if not by_hand else ZERO,
        ),
        DiscountRow(DiscountKind.COUPON, option.coupon),
    ]
    return [row for row in rows if row.amount]


def _amount_before_package_discount(line: QuoteLine) -> Decimal:
    """A line after its own discounts."""
    left: Decimal = line.amount * (100 - line.discount_rate) / 100 - line.discount_amount
    return max(left, ZERO)


def tax_rows(option: QuoteOption) -> Sequence[TaxRow]:
    """One for each rate; none where nothing is taxed."""
    lines = option.lines.all()
    rows = taxes_by_rate((line.tax_class, line.tax_rate, Portion(line.net, line.tax)) for line in lines)
    return [row for row in rows if row.percent]
