"""A made-up provider for the demo and the tests. No money moves; it tells late, twice, out of order, never, or something else."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from treatments.billing.payment_providers.interface import Checkout, OpenedPage, PaymentProvider
from treatments.billing.rules.payment_requests import Notice, NoticeKind

SIGNATURE_HEADER = "X-Made-Up-Signature"

#: A signature older than this is not taken: somebody has kept it.
SIGNATURE_HOLDS_S = 300


class Manner(StrEnum):
    """How it behaves on purpose."""

    WELL = "well"
    LATE = "late"
    TWICE = "twice"
    TWICE_UNDER_TWO_NUMBERS = "twice_under_two_numbers"
    OUT_OF_ORDER = "out_of_order"
    NEVER = "never"
    OTHER_AMOUNT = "other_amount"
    OTHER_CURRENCY = "other_currency"
    FAILED = "failed"


class MadeUpProvider(PaymentProvider):
    name = "made_up"

    def open_page(self, checkout: Checkout) -> OpenedPage:
        """A page of our own, which only a demo and the tests have."""
        site, back = settings.SITE_URL.rstrip("/"), urlencode({"back": checkout.return_to})
        page = reverse("billing:made_up_checkout", args=[checkout.key])
        return OpenedPage(f"mu-{checkout.key}", f"{site}{page}?{back}")

    def read_notice_or_none(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Signed over the second and the body: ``t=1764547200,v1=…``."""
        parts = dict(part.partition("=")[::2] for part in headers.get(SIGNATURE_HEADER, "").split(","))
        told_at = parts.get("t", "")
        if not (told_at.isascii() and told_at.isdecimal() and len(told_at) < 12):
            return None
        if abs(timezone.now().timestamp() - int(told_at)) > SIGNATURE_HOLDS_S:
            return None
        if not settings.PAYMENT_WEBHOOK_SECRET:
            return None
        if not constant_time_compare(_signature(told_at, body), parts.get("v1", "")):
            return None
        return _notice_or_none(body)


def _signature(told_at: str, body: bytes) -> str:
    key = settings.PAYMENT_WEBHOOK_SECRET.encode()
    return hmac.new(key, told_at.encode() + b"." + body, hashlib.sha256).hexdigest()


def signature_header(body: bytes) -> str:
    """As the provider signs what it tells now."""
    told_at = str(int(timezone.now().timestamp()))
    return f"t={told_at},v1={_signature(told_at, body)}"


def _notice_or_none(body: bytes) -> Notice | None:
    try:
        said = json.loads(body)
        return Notice(
            event_id=str(said["id"])[:100],
            reference=str(said["reference"]),
            kind=NoticeKind(said["kind"]),
            amount=Decimal(said["amount"]),
            currency=str(said["currency"])[:3],
        )
    except (ValueError, KeyError, TypeError, InvalidOperation):
        return None


def bodies_told(manner: Manner, *, reference: str, amount: Decimal, currency: str) -> Sequence[bytes]:
    """What it tells, in the order in which it comes. ``LATE`` tells what ``WELL`` does, later."""

    def told(number: int, kind: NoticeKind, **other: str) -> bytes:
        said = {
            "id": f"{reference}-{number}",
            "reference": reference,
            "kind": kind.value,
            "amount": str(amount),
            "currency": currency,
        }
        return json.dumps(said | other).encode()

    paid, failed = told(2, NoticeKind.PAID), told(1, NoticeKind.FAILED)
    return {
        Manner.WELL: [paid],
        Manner.LATE: [paid],
        Manner.TWICE: [paid, paid],
        Manner.TWICE_UNDER_TWO_NUMBERS: [paid, told(3, NoticeKind.PAID)],
        # The first try failed, and is told of after the second, which did not.
        Manner.OUT_OF_ORDER: [paid, failed],
        Manner.NEVER: [],
        Manner.OTHER_AMOUNT: [told(4, NoticeKind.PAID, amount=str(amount / 2))],
        Manner.OTHER_CURRENCY: [told(5, NoticeKind.PAID, currency="XTS")],
        Manner.FAILED: [failed],
    }[manner]
