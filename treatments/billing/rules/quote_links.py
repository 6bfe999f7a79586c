"""When a quote may be mailed, read and accepted by its link. No Django here."""

from datetime import date, timedelta
from enum import StrEnum

from mesoclinic.core.findings import Finding, block
from treatments.billing.rules.quotes import check_quote_expired_or_expiring
from treatments.billing.rules.states import QuoteStatus

#: What a link may show: a quote that waits for its answer, or that was accepted.
READABLE = (QuoteStatus.ISSUED, QuoteStatus.ACCEPTED)

#: The longest time to decide that a clinic may set, in days.
LONGEST_TO_DECIDE = 60


class WhyNotYet(StrEnum):
    """Why a quote is not accepted by its link now. The page says it in the patient's language."""

    TOO_SOON = "too_soon"
    ANSWERED = "answered"


#: An accepted quote whose deposit is paid by link is read for so many days.
DAYS_TO_PAY = 14


def last_day_of_link(status: str, valid_until: date, today: date) -> date:
    """Until when the link of a quote is read."""
    if status == QuoteStatus.ACCEPTED:
        return max(valid_until, today + timedelta(days=DAYS_TO_PAY))
    return valid_until


def check_quote_can_be_sent(
    status: str, valid_until: date | None, today: date, *, has_deposit_to_pay: bool = False
) -> Finding | None:
    """Why a quote is not mailed, or None: it waits for an answer, and its last day has not passed.

    An accepted one is mailed too, where its deposit can be paid by the link.
    """
    if status == QuoteStatus.ACCEPTED and has_deposit_to_pay:
        return None
    if status != QuoteStatus.ISSUED or valid_until is None:
        message = "Only an issued quote that waits for its answer is sent."
        return block("send:not-issued", message, fixed=True)
    expiry = check_quote_expired_or_expiring(valid_until, today)
    return expiry if expiry and expiry.blocks else None


def first_day_to_accept(issued_on: date, days_to_decide: int) -> date:
    """The clinic leaves so many days to decide: none is counted twice, and 0 is the day of the quote itself."""
    return issued_on + timedelta(days=days_to_decide)


def why_quote_is_not_accepted_by_link_or_none(
    *, status: str, issued_on: date, days_to_decide: int, today: date
) -> WhyNotYet | None:
    """The days to decide have passed, and nobody has answered yet. A plan has its assessment, so a quote never comes before one."""
    if status != QuoteStatus.ISSUED:
        return WhyNotYet.ANSWERED
    if today < first_day_to_accept(issued_on, days_to_decide):
        return WhyNotYet.TOO_SOON
    return None
