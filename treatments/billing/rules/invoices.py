"""Charging a patient without a plan: an invoice's lines, what is credited of it, and what is still owed.

No Django here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mesoclinic.core.findings import Finding, block, ordered
from mesoclinic.core.money import money_text
from mesoclinic.core.quantities import ZERO, currency_digits, round_money
from treatments.billing.rules.quotes import (
    ABSURD_QUANTITY,
    ABSURD_UNIT,
    PricedLine,
    UnpricedLine,
    price_option,
)

#: A paper that nobody reads to its end.
MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class ChargedLine:
    """What is charged: ``quantity`` × ``unit``, as the clinic writes its prices (with the tax in them, or not)."""

    kind: str
    label: str
    quantity: int
    unit: Decimal
    tax_class: str = "none"
    tax_percent: Decimal = ZERO
    detail: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One rate of an invoice: what it is reckoned on, and the tax."""

    tax_class: str
    percent: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class PricedInvoice:
    lines: tuple[PricedLine, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    taxes: tuple[TaxRow, ...]


@dataclass(frozen=True, slots=True)
class Portion:
    """Net and tax of a line, or what was credited of it."""

    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


def check_charged_lines(lines: Sequence[ChargedLine], currency: str) -> list[Finding]:
    """What cannot be charged. ``where`` is the line, by its place."""
    findings = []

    def add_finding(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if not lines:
        add_finding("charge:empty", "Choose what to charge.", "items")
    if len(lines) > MOST_LINES:
        add_finding("charge:many", f"An invoice has {MOST_LINES} lines at most. Make two.", "items")
    digits = currency_digits(currency)
    for at, line in enumerate(lines):
        where = f"lines-{at}"
        if not line.label.strip():
            add_finding(f"charge-label:{at}", "Type what is charged.", where)
        if not 1 <= line.quantity <= ABSURD_QUANTITY:
            message = f"{line.label}: a quantity is 1 to {ABSURD_QUANTITY}. Correct it."
            add_finding(f"charge-quantity:{at}", message, where)
        if not 0 <= line.unit <= ABSURD_UNIT or line.unit != round(line.unit, digits):
            message = f"{line.label}: a price has {digits or 'no'} decimals and is 0 or more. Correct it."
            add_finding(f"charge-price:{at}", message, where)
    if lines and not findings and not any(line.unit for line in lines):
        add_finding("charge:nothing", "This comes to nothing. Type a price.", "items")
    return ordered(findings)


def price_charged_lines(lines: Sequence[ChargedLine], *, currency: str, tax_included: bool) -> PricedInvoice:
    """To the cent, each line rounded once; the taxes by class and rate sum to the tax."""
    priced = price_option(
        [
            UnpricedLine(
                line.label,
                Decimal(line.quantity),
                line.unit,
                line.tax_percent,
                kind=line.kind,
                tax_class=line.tax_class,
                in_package=False,
            )
            for line in lines
        ],
        currency=currency,
        tax_included=tax_included,
    )
    return PricedInvoice(
        priced.lines,
        priced.net,
        priced.tax,
        priced.total,
        taxes_by_rate(
            (each.line.tax_class, each.line.tax_percent, Portion(each.net, each.tax)) for each in priced.lines
        ),
    )


def taxes_by_rate(lines: Iterable[tuple[str, Decimal, Portion]]) -> tuple[TaxRow, ...]:
    """One row for each rate, what is not taxed first. Each line as (class, percent, portion)."""
    rows: dict[Decimal, TaxRow] = {}
    for tax_class, percent, portion in lines:
        was = rows.get(percent, TaxRow(tax_class, percent, ZERO, ZERO))
        rows[percent] = TaxRow(was.tax_class, percent, was.net + portion.net, was.tax + portion.tax)
    return tuple(rows[key] for key in sorted(rows))


def portion_to_credit(charged: Portion, before: Portion, amount: Decimal, currency: str) -> Portion:
    """Net and tax of so much more credited of a line, of which ``before`` was credited already.

    The tax follows the line's own: what is credited in steps comes to its net and tax exactly.
    """
    so_far = before.total + amount
    if so_far == charged.total:
        return Portion(charged.net - before.net, charged.tax - before.tax)
    tax_so_far = round_money(charged.tax * so_far / charged.total, currency)
    tax = min(max(tax_so_far - before.tax, ZERO), amount, charged.tax - before.tax)
    # The net is not credited beyond the line's own either.
    tax = max(tax, amount - (charged.net - before.net))
    return Portion(amount - tax, tax)


def check_credit_amount(amount: Decimal, left: Decimal, currency: str, *, where: str) -> Finding | None:
    """Why so much cannot be credited of a line of which ``left`` is not credited yet."""
    digits = currency_digits(currency)
    if amount < 0 or amount != round(amount, digits):
        message = f"Type an amount with {digits or 'no'} decimals, 0 or more."
    elif amount > left:
        message = f"Only {money_text(left, currency)} of it is not credited yet. Credit that or less."
    else:
        return None
    return block("credit:amount", message, fixed=True, where=where)


def check_write_off_amount(amount: Decimal, owed: Decimal, currency: str) -> Finding | None:
    """Why so much cannot be written off."""
    digits = currency_digits(currency)
    if amount <= 0 or amount != round(amount, digits):
        message = f"Type an amount above 0, with {digits or 'no'} decimals."
    elif amount > owed:
        message = f"Only {money_text(max(owed, ZERO), currency)} is owing. Write off that or less."
    else:
        return None
    return block("write-off:amount", message, fixed=True, where="amount")


def check_not_charged_already(label: str, *, is_charged: bool) -> Finding | None:
    """Says that this visit was charged for already."""
    if not is_charged:
        return None
    message = f"{label} was charged for this visit already. Look at the patient's invoices."
    return block("charge:again", message, fixed=True, where="items")


def check_not_waived(label: str, *, is_waived: bool) -> Finding | None:
    """Says that this fee was waived."""
    if not is_waived:
        return None
    return block(
        "charge:waived", f"{label} was waived for this visit. Take it off.", fixed=True, where="items"
    )


def check_fee_can_be_waived(*, is_charged: bool) -> Finding | None:
    """Says that a fee was charged already."""
    if not is_charged:
        return None
    message = "This fee was charged already. Credit its invoice, or write off what is owed of it."
    return block("waive:charged", message, fixed=True, where="reason")


def check_charge_is_as_shown(total: Decimal, shown: Decimal | None, currency: str) -> Finding | None:
    """Says that an invoice would come to something else than its button said."""
    if shown is None or shown == total:
        return None
    message = f"This now comes to {money_text(total, currency)}, not {money_text(shown, currency)}. Look at it again."
    return block("charge:moved", message, fixed=True, where="items")
