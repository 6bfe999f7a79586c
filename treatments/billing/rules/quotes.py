"""What an option costs, to the cent, and until when. No Django here.

docs/pricing.md, order of calculation:

    list price -> line discount -> package discount -> discount by hand -> coupon -> cap -> tax per line -> insurance

Amounts stay exact until after tax, then each line is rounded once, half up. A line's tax is rounded
beside it and its net is what is left, so that on paper, where tax is added to the prices or is in them,

    added:     list - discount = net         net + tax = total       the lines sum to the total
    included:  list - discount = total       total - tax = net       the lines sum to the total
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from mesoclinic.core.citations import SEED
from mesoclinic.core.findings import Finding, block, note, ordered
from mesoclinic.core.money import money_text
from mesoclinic.core.moves import check_state_move_is_allowed
from mesoclinic.core.quantities import ZERO, plain_number_text, round_money, split_money
from mesoclinic.core.wording import day_text
from treatments.billing.rules.states import QUOTE_MOVES, QuoteStatus

#: What one session usually costs (seed document, in USD). A clinic sets its own.
USUAL_PRICE = (Decimal(250), Decimal(600))

VALID_DAYS = 30

#: More of anything on one line, or a dearer unit, is a typing error.
ABSURD_QUANTITY = 1000

ABSURD_UNIT = Decimal(1_000_000)

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class UnpricedLine:
    """``quantity`` × ``unit``, less ``discount_percent`` and then less ``discount``.

    A line outside the package (a consultation) gets none of the package's discount.
    """

    label: str
    quantity: Decimal
    unit: Decimal
    tax_percent: Decimal = ZERO
    discount_percent: Decimal = ZERO
    discount: Decimal = ZERO
    why: str = ""
    kind: str = ""
    tax_class: str = ""
    in_package: bool = True


@dataclass(frozen=True, slots=True)
class PricedLine:
    line: UnpricedLine
    amount: Decimal  # list price: quantity × unit
    net: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Priced:
    """An option, priced. ``discount`` is what all discounts took together; where the cap did not have to
    lower them, ``line_discount``, ``added`` (by hand) and ``coupon`` are their parts of it, and the package gave
    the rest."""

    lines: tuple[PricedLine, ...]
    list_total: Decimal
    discount: Decimal
    coupon: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal
    per_session: Decimal  # net of what belongs to a session, as worked example 2 has it
    packaged_total_per_session: (
        Decimal  # the same with its tax: the one price per session that people are shown
    )
    insurer: Decimal
    patient: Decimal
    capped: bool
    currency: str
    line_discount: Decimal = ZERO
    added: Decimal = ZERO
    tax_included: bool = False


def _amount_less_percent(amount: Decimal, percent: Decimal) -> Decimal:
    return amount * (_HUNDRED - percent) / _HUNDRED


def price_option(
    lines: Sequence[UnpricedLine],
    *,
    package_discount: Decimal | Sequence[Decimal] = ZERO,
    added_percent: Decimal = ZERO,
    added_amount: Decimal = ZERO,
    coupon: Decimal = ZERO,
    cap: Decimal | None = None,
    currency: str = "USD",
    sessions: int = 1,
    insurance: Decimal = ZERO,
    tax_included: bool = False,
) -> Priced:
    """Price ``lines``. Percentages are 0 to 100; several package discounts work one on the other.

    ``added_percent`` and then ``added_amount`` are given by hand, on what the package left of its lines.
    ``tax_included``: the prices of the lines hold their tax, and so does what a discount takes off.
    ``coupon`` is a fixed amount, spread over the lines by what they cost so far (largest remainder);
    it never takes more than there is. ``cap`` is the most that all discounts together may take off
    the list price, in percent. ``insurance`` is the insurer's share of the total, in percent.
    """
    less = _lines_less_discounts(
        lines,
        percents=_as_percent_list(package_discount),
        added_percent=added_percent,
        added_amount=added_amount,
        coupon=coupon,
        cap=cap,
        currency=currency,
    )
    priced = [
        _price_line_rounded(line, amount, exact, currency, tax_included=tax_included)
        for line, amount, exact in zip(lines, less.amounts, less.net, strict=True)
    ]
    net_total, total = sum((p.net for p in priced), ZERO), sum((p.total for p in priced), ZERO)
    discount = sum(less.amounts, ZERO) - (total if tax_included else net_total)
    by_line, _, added = split_money(discount - less.coupon, less.taken, currency)
    packaged = [p for p in priced if p.line.in_package]
    of_sessions = [sum(each, ZERO) for each in ((p.net for p in packaged), (p.total for p in packaged))]
    net_each, total_each = (round_money(each / max(sessions, 1), currency) for each in of_sessions)
    insurer = amount_insurer_pays(total, insurance, currency)
    return Priced(
        lines=tuple(priced),
        list_total=sum(less.amounts, ZERO),
        discount=discount,
        coupon=ZERO if less.capped else less.coupon,
        net=net_total,
        tax=sum((p.tax for p in priced), ZERO),
        total=total,
        per_session=net_each,
        packaged_total_per_session=total_each,
        insurer=insurer,
        patient=total - insurer,
        capped=less.capped,
        currency=currency,
        line_discount=ZERO if less.capped else by_line,
        added=ZERO if less.capped else added,
        tax_included=tax_included,
    )


@dataclass(frozen=True, slots=True)
class _Discounted:
    """Lines with their discounts, exact. ``taken``: what those of the lines, the package and by hand took."""

    amounts: Sequence[Decimal]
    net: Sequence[Decimal]
    taken: Sequence[Decimal]
    coupon: Decimal
    capped: bool


def _lines_less_discounts(
    lines: Sequence[UnpricedLine],
    *,
    percents: Sequence[Decimal],
    added_percent: Decimal,
    added_amount: Decimal,
    coupon: Decimal,
    cap: Decimal | None,
    currency: str,
) -> _Discounted:
    """In the order of the module: each discount works on what the one before it left.

    ValueError where a figure is wrong: whoever asks for a price has checked them before.
    """
    found = check_option_figures_possible(
        lines,
        package_discount=percents,
        added_percent=added_percent,
        added_amount=added_amount,
        coupon=coupon,
    )
    if found:
        raise ValueError(" ".join(finding.message for finding in found))
    amounts = [round_money(line.quantity * line.unit, currency) for line in lines]
    net = [
        max(_amount_less_percent(amount, line.discount_percent) - line.discount, ZERO)
        for amount, line in zip(amounts, lines, strict=True)
    ]
    in_package = [line.in_package for line in lines]
    packed = net
    for percent in percents:
        packed = _net_less_percent(packed, in_package, percent)
    by_hand = _net_less_percent(packed, in_package, added_percent)
    by_hand = _net_less_amount(by_hand, in_package, added_amount, currency)
    left = [sum(each, ZERO) for each in (amounts, net, packed, by_hand)]
    spent = min(round_money(coupon, currency), left[-1])
    after = _net_less_amount(by_hand, [True] * len(lines), spent, currency)
    exact, capped = _net_after_cap_and_if_lowered(amounts, after, cap)
    taken = [before - rest for before, rest in pairwise(left)]
    return _Discounted(amounts, exact, taken, round_money(spent, currency), capped)


def _net_less_percent(net: list[Decimal], applies: Sequence[bool], percent: Decimal) -> list[Decimal]:
    """Each amount less ``percent`` where it applies."""
    return [
        _amount_less_percent(amount, percent) if on else amount
        for amount, on in zip(net, applies, strict=True)
    ]


def _net_less_amount(
    net: list[Decimal], applies: Sequence[bool], amount: Decimal, currency: str
) -> list[Decimal]:
    """``amount`` off, spread by what each costs where it applies, and never more than there is."""
    weights = [each if on else ZERO for each, on in zip(net, applies, strict=True)]
    spent = min(round_money(amount, currency), sum(weights, ZERO))
    if spent <= 0:
        return net
    shares = split_money(spent, weights, currency)
    # A share is rounded to the cent, and a line does not go below nothing.
    return [max(each - share, ZERO) for each, share in zip(net, shares, strict=True)]


def _net_after_cap_and_if_lowered(
    amounts: Sequence[Decimal], net: list[Decimal], cap: Decimal | None
) -> tuple[list[Decimal], bool]:
    """The net amounts after the cap, in percent of the list price, and whether it lowered the discounts."""
    listed = sum(amounts, ZERO)
    taken = listed - sum(net, ZERO)
    allowed = taken if cap is None else listed * cap / _HUNDRED
    if taken <= allowed:
        return net, False
    kept = allowed / taken
    return [amount - (amount - n) * kept for amount, n in zip(amounts, net, strict=True)], True


def tax_inside(amount: Decimal, percent: Decimal, currency: str = "USD") -> Decimal:
    """The tax in an amount that holds it: 66.67 in 400.00 at 20 %."""
    return round_money(amount * percent / (_HUNDRED + percent), currency)


def _price_line_rounded(
    line: UnpricedLine, amount: Decimal, net: Decimal, currency: str, *, tax_included: bool = False
) -> PricedLine:
    """``net`` is exact; total and tax are rounded, and what is left of the total is its net."""
    if tax_included:
        total = round_money(net, currency)
        tax = tax_inside(net, line.tax_percent, currency)
        return PricedLine(line, amount, total - tax, tax, total)
    rate = line.tax_percent / _HUNDRED
    total, tax = round_money(net * (1 + rate), currency), round_money(net * rate, currency)
    return PricedLine(line, amount, total - tax, tax, total)


def amount_insurer_pays(total: Decimal, percent: Decimal, currency: str = "USD") -> Decimal:
    """What an insurer pays of a total; the patient pays the rest (docs/pricing.md example 8)."""
    return round_money(total * percent / _HUNDRED, currency)


def _as_percent_list(package_discount: Decimal | Sequence[Decimal]) -> Sequence[Decimal]:
    if isinstance(package_discount, Decimal):
        return [package_discount]
    return package_discount


def check_option_figures_possible(
    lines: Sequence[UnpricedLine],
    *,
    package_discount: Decimal | Sequence[Decimal] = ZERO,
    added_percent: Decimal = ZERO,
    added_amount: Decimal = ZERO,
    coupon: Decimal = ZERO,
) -> list[Finding]:
    """Figures that no quote can hold, by line. Nobody may go past them."""
    findings = []

    def add_finding(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if not lines:
        add_finding("option:empty", "This option has no line. Add what it contains.", "lines")
    for at, line in enumerate(lines):
        where, name = f"lines-{at}", line.label
        if not 0 < line.quantity <= ABSURD_QUANTITY:
            message = f"{name}: a quantity is above 0, up to {ABSURD_QUANTITY}. Correct it."
            add_finding(f"line-quantity:{at}", message, where)
        if not 0 <= line.unit <= ABSURD_UNIT:
            message = f"{name}: a price is between 0 and {ABSURD_UNIT}. Correct it."
            add_finding(f"line-price:{at}", message, where)
        if not (0 <= line.discount_percent <= 100 and line.discount >= 0):
            message = f"{name}: a discount is 0 to 100 %, or an amount above 0. Correct it."
            add_finding(f"line-discount:{at}", message, where)
        if not 0 <= line.tax_percent <= 100:
            message = f"{name}: a tax rate is between 0 and 100 %. Correct it."
            add_finding(f"line-tax:{at}", message, where)
    if not all(0 <= percent <= 100 for percent in _as_percent_list(package_discount)):
        message = "A package discount is between 0 and 100 %. Correct it."
        add_finding("package-discount", message, "package_discount")
    if not (0 <= added_percent <= 100 and added_amount >= 0):
        message = "A discount is 0 to 100 %, or an amount above 0. Correct it."
        add_finding("added-discount", message, "rate")
    if coupon < 0:
        add_finding("coupon", "A coupon takes off 0 or more. Correct it.", "coupon")
    return ordered(findings)


def check_extra_can_be_added(label: str, quantity: int, present: Sequence[str]) -> Finding | None:
    """Why an extra cannot be added. ``present``: the labels that are on the quote."""
    if not 1 <= quantity <= ABSURD_QUANTITY:
        message = f"A quantity is above 0, up to {ABSURD_QUANTITY}. Correct it."
        return block("extra:quantity", message, fixed=True, where="quantity")
    if label in present:
        message = f"{label} is on this quote. Take it off first to change it."
        return block("extra:again", message, fixed=True, where="price")
    return None


def capped_discount_note_or_none(priced: Priced, cap: Decimal | None) -> Finding | None:
    """Says that the cap, not what was asked for, decided the discount."""
    if not priced.capped or cap is None:
        return None
    message = (
        f"The discounts together exceed {plain_number_text(cap)} %. They were lowered to "
        f"{money_text(priced.discount, priced.currency)}: lower them, or ask an admin for the cap."
    )
    return note("discount:capped", message, where="package_discount")


def check_price_is_usual(
    per_session: Decimal, *, usual: tuple[Decimal, Decimal] = USUAL_PRICE, currency: str = "USD"
) -> Finding | None:
    """Says so where a session is priced outside the clinic's usual range."""
    low, high = usual
    if low <= per_session <= high:
        return None
    side = "below" if per_session < low else "above"
    message = (
        f"{money_text(per_session, currency)} a session is {side} the usual "
        f"{money_text(low, currency, short=True)} to {money_text(high, currency, short=True)}. Check the lines."
    )
    return note(f"price:{side}-usual", message, where="lines", source=SEED)


def last_valid_day(issued_on: date, days: int = VALID_DAYS) -> date:
    """The last day a quote may be accepted."""
    return issued_on + timedelta(days=days)


def is_past_last_valid_day(until: date, today: date) -> bool:
    return today > until


def check_quote_expired_or_expiring(until: date, today: date) -> Finding | None:
    """Why a quote can no longer be accepted, or that it soon cannot."""
    if is_past_last_valid_day(until, today):
        message = f"This quote was valid to {day_text(until)}. Issue a new one at today's prices."
        return block("quote:expired", message, fixed=True, where="valid_until")
    days = (until - today).days
    if days <= SOON_DAYS:
        left = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
        message = f"This quote ends {left}. Ask for an answer, or issue a new one."
        return note("quote:expiring", message, where="valid_until")
    return None


def check_quote_is_draft(status: str) -> Finding | None:
    """Why a quote is not changed any more, or None."""
    if status == QuoteStatus.DRAFT:
        return None
    message = "This quote was issued and keeps its prices. Make a new one."
    return block("quote:frozen", message, fixed=True)


def check_draft_prices_are_current(drafted_with: int, in_force: int | None) -> Finding | None:
    """Says that a draft was priced by another list (both by id) than the one in force."""
    if drafted_with == in_force:
        return None
    message = "New prices are in force since this draft was made. Draft it again."
    return block("quote:old-prices", message, fixed=True, where="prices")


def check_instalments_sum_to_total(options: Iterable[tuple[Sequence[Decimal], Decimal]]) -> Finding | None:
    """Why a draft is not issued: an option's instalments are not its total. Each as (instalments, total)."""
    if all(sum(instalments, ZERO) == total for instalments, total in options):
        return None
    message = "This draft does not say how it is paid. Draft it again."
    return block("quote:old-draft", message, fixed=True)


def check_quote_can_be_answered(
    status: str,
    to: QuoteStatus,
    *,
    today: date,
    valid_until: date | None = None,
    answered_at: datetime | None = None,
) -> Finding | None:
    """Why a quote cannot be accepted or declined (``to``), or None. ``answered_at`` is the clinic's local time."""
    expiry = (
        check_quote_expired_or_expiring(valid_until, today)
        if status == QuoteStatus.ISSUED and valid_until
        else None
    )
    if expiry is not None and expiry.blocks:
        return expiry
    if status in (QuoteStatus.ACCEPTED, QuoteStatus.DECLINED):
        at = f", at {answered_at:%H:%M on %d %b %Y}" if answered_at else ""
        message = f"This quote was already {status}{at}. Nothing was changed: look at it before going on."
        return block("quote:answered", message, fixed=True)
    return check_state_move_is_allowed(QUOTE_MOVES, status, to, what="quote")


def check_other_option_remains(options: int) -> Finding | None:
    """Why an option of a draft with so many of them cannot be taken off, or None."""
    if options > 1:
        return None
    message = "A quote has an option. Add another first."
    return block("option:last", message, fixed=True, where="option")


#: A quote that ends within so many days is on the desk's list.
SOON_DAYS = 7


def insurance_text(percent: Decimal) -> str:
    """Said wherever a price is: most insurers pay nothing (seed document, docs/pricing.md)."""
    if percent:
        return f"The insurer pays {plain_number_text(percent)} %."
    return "Insurance rarely covers this treatment."
