"""Making and withdrawing coupons, and whether one still counts when a quote is issued."""

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, gate, raise_if_found, refusal_without_override
from mesoclinic.core.locking import lock_row
from mesoclinic.core.quantities import plain_number_text
from treatments.billing.models import Coupon, Quote
from treatments.billing.queries.coupons import count_coupon_uses
from treatments.billing.rules.coupons import (
    CouponFact,
    check_coupon_is_valid,
    check_new_coupon_fields_and_code,
)


def coupon_of_code_or_refuse(quote: Quote, code: str) -> Coupon:
    """Refused where there is none, or it no longer counts for this quote."""
    found = Coupon.objects.filter(clinic=quote.clinic, code=code.strip().upper()).first()
    if found is None:
        message = "There is no such coupon here. Check the code, or leave it empty."
        raise refusal_without_override("coupon:unknown", message, "code")
    raise_if_found(check_coupon_is_valid_for_quote(found, count_coupon_uses(found.pk), quote))
    return found


def check_coupon_is_valid_for_quote(coupon: Coupon, used: int, quote: Quote) -> Finding | None:
    """``used``: how often it is used already."""
    today = timezone.localdate(timezone=quote.clinic.zone)
    return check_coupon_is_valid(coupon.as_fact(), today, used=used, currency=quote.currency)


@transaction.atomic
def create_coupon(*, clinic: Clinic, fact: CouponFact, by: User, note: str = "") -> Coupon:
    """A coupon of this clinic, in its currency. Its code is written in capitals."""
    code = fact.code.strip().upper()
    is_taken = Coupon.objects.filter(clinic=clinic, code=code).exists()
    gate(check_new_coupon_fields_and_code(fact, note=note, code_is_taken=is_taken))
    coupon = Coupon.objects.create(
        clinic=clinic,
        code=code,
        amount=fact.amount,
        currency=fact.currency,
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
        most_uses=fact.most_uses,
        note=note.strip(),
        created_by=by,
    )
    audit.record(by=by, did="coupon.made", about=coupon, amount=plain_number_text(fact.amount))
    return coupon


@transaction.atomic
def retire_coupon(*, coupon: Coupon, by: User) -> Coupon:
    """No new quote takes it; those issued with it keep it."""
    coupon = lock_row(Coupon, coupon.pk)
    if coupon.retired_at is None:
        coupon.retired_at = timezone.now()
        coupon.save(update_fields=["retired_at"])
        audit.record(by=by, did="coupon.retired", about=coupon)
    return coupon
