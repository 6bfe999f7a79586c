"""What an offer holds beside its lines: a coupon, ways to pay, and what changed since the last. No Django here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from mesoclinic.core.findings import Finding, block
from mesoclinic.core.quantities import ZERO, plain
from patients.rules import day_words
from treatments.plans.rules.payments import instalments
from treatments.plans.rules.quotes import ABSURD_UNIT

#: More instalments than months of two years are a loan, and a clinic is no bank.
MOST_INSTALMENTS = 24
#: A link to a quote takes so many tries of its code, then it is dead.
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class CouponFact:
    """A coupon: ``amount`` off, in ``currency``; None where no day or number limits it."""

    code: str
    amount: Decimal
    currency: str
    valid_from: date | None = None
    valid_to: date | None = None
    most_uses: int | None = None
    retired: bool = False


def coupon_finding(coupon: CouponFact, today: date, *, used: int = 0, currency: str) -> Finding | None:
    """Why a coupon does not count. ``used``: quotes that hold it, issued or accepted."""
    code = coupon.code
    if coupon.retired:
        message = f"{code} was withdrawn. Take it off, or use another."
    elif coupon.valid_from and today < coupon.valid_from:
        message = f"{code} counts from {day_words(coupon.valid_from)}. Take it off, or use another."
    elif coupon.valid_to and today > coupon.valid_to:
        message = f"{code} ended on {day_words(coupon.valid_to)}. Take it off, or use another."
    elif coupon.currency != currency:
        message = f"{code} is in {coupon.currency}, this quote in {currency}. Use another."
    elif coupon.most_uses is not None and used >= coupon.most_uses:
        times = "once" if coupon.most_uses == 1 else f"{coupon.most_uses} times"
        message = f"{code} may be used {times} and was. Take it off, or use another."
    else:
        return None
    return block("coupon:not-valid", message, fixed=True, where="code")


def check_coupon(coupon: CouponFact) -> list[Finding]:
    """What a coupon cannot be."""
    findings = []

    def refuse(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if not coupon.code.strip():
        refuse("coupon:no-code", "Type the code, as people will say it.", "code")
    if not 0 < coupon.amount <= ABSURD_UNIT:
        message = f"A coupon takes off more than 0, up to {ABSURD_UNIT}. Correct it."
        refuse("coupon:amount", message, "amount")
    if coupon.most_uses is not None and coupon.most_uses < 1:
        message = "A coupon is used once or more. Leave it empty for no limit."
        refuse("coupon:uses", message, "most_uses")
    if coupon.valid_from and coupon.valid_to and coupon.valid_to < coupon.valid_from:
        refuse("coupon:days", "It ends before it starts. Correct the days.", "valid_to")
    return findings


@dataclass(frozen=True, slots=True)
class Due:
    """One payment of an agreed price: so many days after the patient said yes. 0 is at once."""

    days: int
    amount: Decimal


def ways_to_pay(
    total: Decimal, *, deposit: Decimal, count: int, every_days: int, currency: str = "USD"
) -> list[Due]:
    """The deposit at once and the rest in ``count`` parts, ``every_days`` apart; they sum to ``total``.

    Without a deposit the first part is due at once. A part of nothing is left out.
    """
    if not 1 <= count <= MOST_INSTALMENTS:
        raise ValueError(f"there are 1 to {MOST_INSTALMENTS} instalments")
    parts = instalments(total, count, currency, deposit=deposit)
    return [Due(at * every_days, part) for at, part in enumerate(parts) if part]


def due_by(dues: Sequence[Due], days: int, paid: Decimal) -> tuple[Decimal, Due | None]:
    """(what is overdue after so many days, the next payment with what is left of it)."""
    left, overdue = paid, ZERO
    for due in dues:
        open_part = max(due.amount - left, ZERO)
        left = max(left - due.amount, ZERO)
        if not open_part:
            continue
        if due.days >= days:
            return overdue, Due(due.days, open_part)
        overdue += open_part
    return overdue, None


# --- what changed -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfferFact:
    """An option as the patient reads it. ``lines``: label to (quantity, price of one)."""

    name: str
    sessions: int
    total: Decimal
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    lines: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """``was`` None: it is new; ``now`` None: it is gone. Amounts, but for a quantity."""

    option: str
    what: str
    was: Decimal | None
    now: Decimal | None
    is_count: bool = False


def changes(before: Sequence[OfferFact], after: Sequence[OfferFact]) -> list[Change]:
    """What a new quote says otherwise than the one before, option by option (by their sessions)."""
    old = {option.sessions: option for option in before}
    new = {option.sessions: option for option in after}
    found = []
    for sessions in sorted(old.keys() | new.keys()):
        was, now = old.get(sessions), new.get(sessions)
        if was is None or now is None:
            there = was or now
            assert there is not None  # one of the two is
            found.append(Change(there.name, "option", was.total if was else None, now.total if now else None))
            continue
        found += _line_changes(was, now)
        for what in ("discount", "tax", "total"):
            one, other = getattr(was, what), getattr(now, what)
            if one != other:
                found.append(Change(now.name, what, one, other))
    return found


def _line_changes(was: OfferFact, now: OfferFact) -> list[Change]:
    found = []
    for label in dict.fromkeys([*was.lines, *now.lines]):
        one, other = was.lines.get(label), now.lines.get(label)
        if one is None or other is None:
            found.append(Change(now.name, label, one and one[0] * one[1], other and other[0] * other[1]))
            continue
        if one[0] != other[0]:
            found.append(Change(now.name, f"{label}: how many", one[0], other[0], True))
        if one[1] != other[1]:
            found.append(Change(now.name, label, one[1], other[1]))
    return found


def insurance_words(percent: Decimal) -> str:
    """Said wherever a price is: most insurers pay nothing (seed document, pricing.md)."""
    if percent:
        return f"The insurer pays {plain(percent)} %."
    return "Insurance rarely covers this treatment."
