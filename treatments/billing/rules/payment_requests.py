"""A deposit asked for by a link: what may be asked, and what comes of what the provider tells. No Django here."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, block
from mesoclinic.core.quantities import ZERO

#: The provider's page is opened for so long; then a new one is asked for.
OPEN_FOR = timedelta(hours=24)


class NoticeKind(StrEnum):
    """What a provider tells of a payment."""

    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class NoticeOutcome(StrEnum):
    """What came of it here."""

    #: The payment stands in the book.
    BOOKED = "booked"
    #: It stands there already: the provider told of it under another number.
    TOLD_AGAIN = "told_again"
    #: Money that does not fit what was asked for: somebody looks at it, and nothing is booked.
    OTHER_AMOUNT = "other_amount"
    OTHER_CURRENCY = "other_currency"
    NOT_OWED = "not_owed"
    #: No money: nothing to do.
    NO_MONEY = "no_money"
    UNKNOWN = "unknown"


#: Of these the desk is told.
TOLD_TO_DESK = (
    NoticeOutcome.BOOKED,
    NoticeOutcome.OTHER_AMOUNT,
    NoticeOutcome.OTHER_CURRENCY,
    NoticeOutcome.NOT_OWED,
)

OUTCOME_TEXTS = {
    NoticeOutcome.BOOKED: "paid by link",
    NoticeOutcome.OTHER_AMOUNT: "not booked: another amount was asked for",
    NoticeOutcome.OTHER_CURRENCY: "not booked: another currency was asked for",
    NoticeOutcome.NOT_OWED: "not booked: nothing as much is owed any more",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What a provider told, its signature checked. ``reference`` is the key that it was given."""

    event_id: str
    reference: str
    kind: NoticeKind
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asked for, and how its plan stands. ``owed`` None: agreed without a price."""

    amount: Decimal
    currency: str
    is_paid: bool
    owed: Decimal | None


def outcome_of_notice(notice: Notice, asked: Asked | None) -> NoticeOutcome:
    """In whatever order notices come: one payment at most is booked, and only of what was asked for.

    Money that comes after the request has ended counts all the same: it was paid.
    """
    if asked is None:
        return NoticeOutcome.UNKNOWN
    if notice.kind != NoticeKind.PAID:
        return NoticeOutcome.NO_MONEY
    if notice.currency != asked.currency:
        return NoticeOutcome.OTHER_CURRENCY
    if notice.amount != asked.amount:
        return NoticeOutcome.OTHER_AMOUNT
    if asked.is_paid:
        return NoticeOutcome.TOLD_AGAIN
    if asked.owed is not None and notice.amount > asked.owed:
        return NoticeOutcome.NOT_OWED
    return NoticeOutcome.BOOKED


def deposit_to_ask(*, deposit: Decimal, paid: Decimal, owed: Decimal | None) -> Decimal:
    """What of the deposit is still to be paid: less what came in by any way, never more than is owed."""
    rest = max(deposit - max(paid, ZERO), ZERO)
    return rest if owed is None else min(rest, max(owed, ZERO))


def check_deposit_can_be_asked(amount: Decimal) -> Finding | None:
    """Why no payment link is made, or None."""
    if amount > 0:
        return None
    return block("payment-link:paid", "No deposit is to be paid any more.", fixed=True)
