"""Changing a draft quote: discounts, coupon, insurance, terms, extras and options."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused, raise_if_found, refusal_without_override
from mesoclinic.core.json_values import JSON
from mesoclinic.core.quantities import ZERO, plain_number_text
from mesoclinic.core.reasons import refuse_missing_text_or_card_number
from treatments.billing.actions.coupons import coupon_of_code_or_refuse
from treatments.billing.actions.quote_prices import (
    is_above_cap_or_refuse,
    reprice_and_save_options,
    unsaved_option_with_prices,
    unsaved_quote_line,
)
from treatments.billing.models import Price, Quote, QuoteLine, QuoteOption
from treatments.billing.queries.prices import price_list_in_force_or_none, priced_option_or_finding
from treatments.billing.rules.instalments import check_insurance_rate_and_instalment_count
from treatments.billing.rules.prices import (
    EXTRAS,
    check_discount_within_cap,
    check_discounts_together_within_cap,
    check_option_can_be_added,
)
from treatments.billing.rules.quotes import (
    UnpricedLine,
    check_draft_prices_are_current,
    check_extra_can_be_added,
    check_other_option_remains,
    check_quote_is_draft,
    price_option,
)


def lock_quote(pk: int) -> Quote:
    """A quote and its plan, locked; the plan first, as everywhere, so that two desks never deadlock."""
    return (
        Quote.objects.select_for_update(of=("plan", "self"))
        .select_related("plan", "clinic", "price_list", "coupon")
        .get(pk=pk)
    )


def _lock_draft_quote_or_refuse(pk: int) -> Quote:
    """Refused where the quote was issued."""
    quote = lock_quote(pk)
    raise_if_found(check_quote_is_draft(quote.status))
    return quote


def _audit_quote(quote: Quote, did: str, by: User, **data: JSON) -> None:
    audit.record(by=by, did=did, about=quote, patient_id=quote.patient_id, **data)


@transaction.atomic
def save_discount_on_draft(
    *,
    option: QuoteOption,
    reason: str,
    by: User,
    rate: Decimal = ZERO,
    amount: Decimal = ZERO,
    adds: bool = False,
    line: QuoteLine | None = None,
) -> QuoteOption:
    """Give an option of a draft, or one ``line`` of it, another discount, with a reason, up to the cap.

    It is ``rate`` percent or a fixed ``amount``. On the whole option it takes the place of the package's discount,
    or (``adds``) comes on top of it.
    """
    quote = _lock_draft_quote_or_refuse(option.quote_id)
    refuse_missing_text_or_card_number(reason, "reason", "Write why this discount is given.")
    raise_if_found(check_discount_within_cap(rate, quote.price_list.discount_cap))
    options = list(quote.options.order_by("position").prefetch_related("lines"))
    option = next(each for each in options if each.pk == option.pk)
    if line is None:
        was = option.discount_rate
        _set_discount_without_saving(option, rate, amount, reason.strip(), adds=adds)
    else:
        line = next(each for each in option.lines.all() if each.pk == line.pk)
        was, line.discount_rate, line.discount_amount = line.discount_rate, rate, amount
        line.discount_reason = reason.strip()
    if adds or amount:
        raise_if_found(
            check_discounts_together_within_cap(
                quote.price_list.discount_cap, is_capped=is_above_cap_or_refuse(option, quote)
            )
        )
    reprice_and_save_options(quote, [option])
    _audit_quote(
        quote,
        "quote.discounted",
        by,
        option=option.position,
        line=line.position if line else None,
        was=plain_number_text(was),
        rate=plain_number_text(rate),
        amount=plain_number_text(amount),
        adds=adds,
    )
    return option


def _set_discount_without_saving(
    option: QuoteOption, rate: Decimal, amount: Decimal, reason: str, *, adds: bool
) -> None:
    """Nothing is saved. An amount, or what comes on top, stands beside the package's rate; else it is that rate."""
    option.added_rate, option.added_amount, option.added_reason = ZERO, ZERO, ""
    if adds or amount:
        option.discount_rate, option.discount_reason = option.package_rate if adds else ZERO, ""
        option.added_rate, option.added_amount, option.added_reason = rate, amount, reason
    else:
        option.discount_rate, option.discount_reason = rate, reason


@transaction.atomic
def save_coupon_insurance_and_instalments(
    *, quote: Quote, code: str, insurance_rate: Decimal, instalments: int, by: User
) -> Quote:
    """The coupon (by its code; empty takes it off), the insurer's share and the parts it is paid in."""
    quote = _lock_draft_quote_or_refuse(quote.pk)
    raise_if_found(check_insurance_rate_and_instalment_count(insurance_rate, instalments))
    quote.coupon = coupon_of_code_or_refuse(quote, code) if code.strip() else None
    quote.insurance_rate, quote.instalments = insurance_rate, instalments
    quote.save(update_fields=["coupon", "insurance_rate", "instalments"])
    reprice_and_save_options(quote)
    _audit_quote(
        quote,
        "quote.terms_set",
        by,
        coupon=quote.coupon.code if quote.coupon else "",
        insurance=plain_number_text(insurance_rate),
        instalments=instalments,
    )
    return quote


@transaction.atomic
def add_extra_to_every_option(*, quote: Quote, price: Price, quantity: int, by: User) -> Quote:
    """A consultation or an extra of the price list, on every option. No package discount on it."""
    quote = _lock_draft_quote_or_refuse(quote.pk)
    if price.price_list_id != quote.price_list_id or price.kind not in EXTRAS:
        raise refusal_without_override("extra:unknown", "Choose one of this price list's extras.", "price")
    options = list(quote.options.order_by("position").prefetch_related("lines"))
    raise_if_found(
        check_extra_can_be_added(price.label, quantity, [row.label for row in options[0].lines.all()])
    )
    fact = price.as_price_row()
    line = UnpricedLine(
        price.label,
        Decimal(quantity),
        price.amount,
        price.tax_rate,
        why=price.why,
        kind=price.kind,
        tax_class=fact.effective_tax_class,
        in_package=False,
    )
    priced = price_option([line], currency=quote.currency).lines[0]
    QuoteLine.objects.bulk_create(
        unsaved_quote_line(option, 1 + max(r.position for r in option.lines.all()), priced)
        for option in options
    )
    reprice_and_save_options(quote)
    _audit_quote(quote, "quote.extra_added", by, price=price.pk, quantity=quantity)
    return quote


@transaction.atomic
def remove_extra_from_every_option(*, quote: Quote, line: QuoteLine, by: User) -> Quote:
    """Take an extra off every option."""
    quote = _lock_draft_quote_or_refuse(quote.pk)
    gone, _ = QuoteLine.objects.filter(option__quote=quote, label=line.label, kind__in=EXTRAS).delete()
    if not gone:
        raise refusal_without_override(
            "extra:none", "Only what was added can be taken off. Nothing was changed.", "line"
        )
    reprice_and_save_options(quote)
    _audit_quote(quote, "quote.extra_removed", by, rows=gone)
    return quote


@transaction.atomic
def add_option_to_draft(*, quote: Quote, sessions: int, by: User) -> Quote:
    """One more option beside the usual: so many sessions, at the same list and with the same extras."""
    quote = _lock_draft_quote_or_refuse(quote.pk)
    options = list(quote.options.order_by("position").prefetch_related("lines"))
    raise_if_found(
        check_option_can_be_added(
            sessions,
            [option.sessions for option in options],
            has_interval=bool(quote.plan.intervals),
        )
    )
    today = timezone.localdate(timezone=quote.clinic.zone)
    price_list = price_list_in_force_or_none(quote.clinic, today)
    raise_if_found(check_draft_prices_are_current(quote.price_list_id, price_list.pk if price_list else None))
    assert price_list is not None  # the draft's own
    priced = priced_option_or_finding(quote.plan, price_list, sessions)
    if isinstance(priced, Finding):
        raise Refused(priced)
    row = unsaved_option_with_prices(quote, 1 + max(o.position for o in options), priced)
    row.save()
    QuoteLine.objects.bulk_create(
        unsaved_quote_line(row, at, line) for at, line in enumerate(priced.priced.lines)
    )
    extras = [each for each in options[0].lines.all() if each.kind in EXTRAS]
    for at, each in enumerate(extras, start=len(priced.priced.lines)):
        each.pk, each.option, each.position = None, row, at
    QuoteLine.objects.bulk_create(extras)
    reprice_and_save_options(quote)
    _audit_quote(quote, "quote.option_added", by, sessions=sessions)
    return quote


@transaction.atomic
def remove_option_from_draft(*, option: QuoteOption, by: User) -> Quote:
    """Take an option off a draft; one stays."""
    quote = _lock_draft_quote_or_refuse(option.quote_id)
    raise_if_found(check_other_option_remains(quote.options.count()))
    sessions = option.sessions
    QuoteOption.objects.filter(pk=option.pk, quote=quote).delete()
    _audit_quote(quote, "quote.option_removed", by, sessions=sessions)
    return quote
