"""Pricing a draft's options: when it is written, and again after something in it was changed."""

from collections.abc import Sequence
from decimal import Decimal

from mesoclinic.core.findings import gate
from treatments.billing.models import Quote, QuoteLine, QuoteOption
from treatments.billing.rules.instalments import deposit_amount, payment_schedule
from treatments.billing.rules.prices import Option
from treatments.billing.rules.quotes import (
    Priced,
    PricedLine,
    UnpricedLine,
    amount_insurer_pays,
    check_option_figures_possible,
    price_option,
)

_FIGURES = (
    "list_total",
    "discount",
    "line_discount",
    "coupon",
    "capped",
    "net",
    "tax",
    "total",
    "insurer",
    "deposit",
    "instalments",
    "discount_rate",
    "discount_reason",
    "added_discount",
    "added_rate",
    "added_amount",
    "added_reason",
)


def unsaved_option_with_prices(quote: Quote, position: int, option: Option) -> QuoteOption:
    """With its figures filled in."""
    row = QuoteOption(
        quote=quote,
        position=position,
        name=option.name,
        sessions=option.sessions,
        why=option.why,
        discount_rate=option.rate,
        discount_reason=option.reason,
        package_rate=option.package_rate,
        tax_included=option.priced.tax_included,
    )
    set_option_prices_without_saving(row, option.priced, quote)
    return row


def unsaved_quote_line(option: QuoteOption, position: int, priced: PricedLine) -> QuoteLine:
    line = priced.line
    return QuoteLine(
        option=option,
        position=position,
        label=line.label,
        why=line.why,
        kind=line.kind,
        quantity=int(line.quantity),
        unit_amount=line.unit,
        amount=priced.amount,
        net=priced.net,
        tax_class=line.tax_class or ("standard" if line.tax_percent else "none"),
        tax_rate=line.tax_percent,
        tax=priced.tax,
        in_package=line.in_package,
        discount_rate=line.discount_percent,
        discount_amount=line.discount,
    )


def set_option_prices_without_saving(row: QuoteOption, priced: Priced, quote: Quote) -> None:
    """What an option costs, and in which parts the patient pays it."""
    row.list_total, row.discount = priced.list_total, priced.discount
    row.line_discount, row.added_discount = priced.line_discount, priced.added
    row.coupon = priced.coupon
    row.capped, row.net = priced.capped, priced.net
    row.tax, row.total = priced.tax, priced.total
    row.insurer = amount_insurer_pays(priced.total, quote.insurance_rate, quote.currency)
    rate = quote.price_list.deposit_rate
    row.deposit = deposit_amount(row.patient_total, rate, quote.currency)
    row.instalments = [
        due.amount
        for due in payment_schedule(
            row.patient_total,
            deposit=row.deposit,
            count=quote.instalments,
            every_days=quote.instalment_days,
            currency=quote.currency,
        )
    ]


def reprice_and_save_options(quote: Quote, options: Sequence[QuoteOption] | None = None) -> list[QuoteOption]:
    """Price the options of a draft again, from its stored lines and terms. Three queries at most."""
    given = list(options or quote.options.order_by("position").prefetch_related("lines"))
    coupon = quote.coupon.amount if quote.coupon_id and quote.coupon else Decimal(0)
    lines = []
    for option in given:
        rows = sorted(option.lines.all(), key=lambda row: row.position)
        facts = [_as_unpriced_line(row) for row in rows]
        gate(check_option_figures_possible(facts, package_discount=option.discount_rate))
        priced = price_option(
            facts,
            package_discount=option.discount_rate,
            added_percent=option.added_rate,
            added_amount=option.added_amount,
            coupon=coupon,
            cap=quote.price_list.discount_cap,
            currency=quote.currency,
            sessions=option.sessions,
            insurance=quote.insurance_rate,
            tax_included=quote.price_list.tax_included,
        )
        set_option_prices_without_saving(option, priced, quote)
        for row, line in zip(rows, priced.lines, strict=True):
            row.amount, row.net, row.tax = line.amount, line.net, line.tax
        lines += rows
    QuoteOption.objects.bulk_update(given, _FIGURES)
    QuoteLine.objects.bulk_update(
        lines, ["amount", "net", "tax", "discount_rate", "discount_amount", "discount_reason"]
    )
    return given


def _as_unpriced_line(row: QuoteLine) -> UnpricedLine:
    return UnpricedLine(
        row.label,
        Decimal(row.quantity),
        row.unit_amount,
        row.tax_rate,
        row.discount_rate,
        row.discount_amount,
        why=row.why,
        kind=row.kind,
        tax_class=row.tax_class,
        in_package=row.in_package,
    )


def is_above_cap_or_refuse(option: QuoteOption, quote: Quote) -> bool:
    """Whether the discounts of an option, as it stands in memory, exceed the price list's cap together."""
    facts = [_as_unpriced_line(row) for row in option.lines.all()]
    gate(
        check_option_figures_possible(
            facts,
            package_discount=option.discount_rate,
            added_percent=option.added_rate,
            added_amount=option.added_amount,
        )
    )
    priced = price_option(
        facts,
        package_discount=option.discount_rate,
        added_percent=option.added_rate,
        added_amount=option.added_amount,
        cap=quote.price_list.discount_cap,
        currency=quote.currency,
        tax_included=quote.price_list.tax_included,
    )
    return priced.capped
