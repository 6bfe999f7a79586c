"""Whether a coupon counts on a day, and whether a new one makes sense."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mesoclinic.core.card_numbers import REFUSAL, holds_card_number
from mesoclinic.core.findings import Finding, block
from mesoclinic.core.wording import day_text
from treatments.billing.rules.quotes import ABSURD_UNIT


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


def check_coupon_is_valid(coupon: CouponFact, today: date, *, used: int = 0, currency: str) -> Finding | None:
    """Why a coupon does not count. ``used``: quotes that hold it, issued or accepted."""
    code = coupon.code
    if coupon.retired:
        message = f"{code} was withdrawn. Take it off, or use another."
    elif coupon.valid_from and today < coupon.valid_from:
        message = f"{code} counts from {day_text(coupon.valid_from)}. Take it off, or use another."
    elif coupon.valid_to and today > coupon.valid_to:
        message = f"{code} ended on {day_text(coupon.valid_to)}. Take it off, or use another."
    elif coupon.currency != currency:
        message = f"{code} is in {coupon.currency}, this quote in {currency}. Use another."
    elif coupon.most_uses is not None and used >= coupon.most_uses:
        times = "once" if coupon.most_uses == 1 else f"{coupon.most_uses} times"
        message = f"{code} may be used {times} and was. Take it off, or use another."
    else:
        return None
    return block("coupon:not-valid", message, fixed=True, where="code")


def check_new_coupon_fields_and_code(
    coupon: CouponFact, *, note: str = "", code_is_taken: bool = False
) -> list[Finding]:
    """What a new coupon cannot be. ``code_is_taken``: another one of the clinic has, or had, its code."""
    findings = []

    def add_finding(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if not coupon.code.strip():
        add_finding("coupon:no-code", "Type the code, as people will say it.", "code")
    if not 0 < coupon.amount <= ABSURD_UNIT:
        message = f"A coupon takes off more than 0, up to {ABSURD_UNIT}. Correct it."
        add_finding("coupon:amount", message, "amount")
    if coupon.most_uses is not None and coupon.most_uses < 1:
        message = "A coupon is used once or more. Leave it empty for no limit."
        add_finding("coupon:uses", message, "most_uses")
    if coupon.valid_from and coupon.valid_to and coupon.valid_to < coupon.valid_from:
        add_finding("coupon:days", "It ends before it starts. Correct the days.", "valid_to")
    if code_is_taken:
        code = coupon.code.strip().upper()
        add_finding("coupon:again", f"{code} was used before. Choose another code.", "code")
    if holds_card_number(note):
        add_finding("card-number", REFUSAL, "note")
    return findings
