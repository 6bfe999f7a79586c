"""Whether a quote may be accepted by its link now, from what is on record."""

from datetime import date

from django.utils import timezone

from treatments.billing.models import PlanSettings, Quote
from treatments.billing.rules.quote_links import (
    WhyNotYet,
    first_day_to_accept,
    why_quote_is_not_accepted_by_link_or_none,
)


def first_day_to_accept_quote(quote: Quote) -> date:
    """By the clinic's days to decide and its own calendar."""
    assert quote.issued_at is not None  # a draft has no link
    issued_on = timezone.localtime(quote.issued_at, quote.clinic.zone).date()
    return first_day_to_accept(issued_on, PlanSettings.of_clinic_or_defaults(quote.clinic).days_to_decide)


def why_not_accepted_by_link_or_none(quote: Quote) -> WhyNotYet | None:
    """No query where the clinic's settings were read with the quote."""
    assert quote.issued_at is not None
    zone = quote.clinic.zone
    return why_quote_is_not_accepted_by_link_or_none(
        status=quote.status,
        issued_on=timezone.localtime(quote.issued_at, zone).date(),
        days_to_decide=PlanSettings.of_clinic_or_defaults(quote.clinic).days_to_decide,
        today=timezone.localdate(timezone=zone),
    )
