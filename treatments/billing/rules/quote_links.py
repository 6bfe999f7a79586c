"""When a quote may be mailed and read by its link. No Django here."""

from datetime import date

from mesoclinic.core.findings import Finding, block
from treatments.billing.rules.quotes import check_quote_expired_or_expiring
from treatments.billing.rules.states import QuoteStatus

#: What a link may show: a quote that waits for its answer, or that was accepted.
READABLE = (QuoteStatus.ISSUED, QuoteStatus.ACCEPTED)

#: A link to a quote takes so many tries of its code, then it is dead.
MOST_TRIES = 5


def check_quote_can_be_sent(status: str, valid_until: date | None, today: date) -> Finding | None:
    """Why a quote is not mailed, or None: it waits for an answer, and its last day has not passed."""
    if status != QuoteStatus.ISSUED or valid_until is None:
        message = "Only an issued quote that waits for its answer is sent."
        return block("send:not-issued", message, fixed=True)
    expiry = check_quote_expired_or_expiring(valid_until, today)
    return expiry if expiry and expiry.blocks else None


def has_too_many_tries(attempts: int) -> bool:
    """Whether a link's code was tried too often: it opens no more."""
    return attempts >= MOST_TRIES
