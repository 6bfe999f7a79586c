"""A quote to be shown, what it changed, what may be added to it, and quotes by plan or number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.findings import Finding
from mesoclinic.core.quantities import round_money
from treatments.billing.models import Price, PriceList, Quote, QuoteLink, QuoteOption
from treatments.billing.queries.documents import prefetched_options_of_quote, quotes_with_lines
from treatments.billing.queries.prices import unusual_price_findings
from treatments.billing.rules.numbers import QUOTE, paper_number_text
from treatments.billing.rules.prices import PriceKind
from treatments.billing.rules.quote_changes import OptionChange, OptionFact, changes_between_quote_options
from treatments.billing.rules.quotes import (
    check_quote_expired_or_expiring,
)
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import TreatmentPlan


def quote_with_options_queryset(pk: int) -> QuerySet[Quote]:
    """A quote with its options and their lines, for :func:`prefetched_options_of_quote`: three queries."""
    return (
        quotes_with_lines()
        .filter(pk=pk)
        .select_related(
            "patient",
            "clinic__plan_settings",
            "plan",
            "issued_by",
            "answered_by",
            "price_list",
            "coupon",
            "previous",
        )
    )


def option_facts(options: Sequence[QuoteOption]) -> list[OptionFact]:
    """Options with their lines as the rule that compares them takes them."""
    return [
        OptionFact(
            name=option.name,
            sessions=option.sessions,
            total=option.total,
            discount=option.discount,
            tax=option.tax,
            lines={row.label: (Decimal(row.quantity), row.unit_amount) for row in option.lines.all()},
        )
        for option in options
    ]


def previous_issued_quote_and_changes(
    quote: Quote, options: Sequence[QuoteOption]
) -> tuple[Quote | None, list[OptionChange]]:
    """(the quote issued before this one, what this one says otherwise): at most four queries."""
    before = (
        last_issued_quote_id_or_none(quote.plan_id)
        if quote.status == QuoteStatus.DRAFT
        else quote.previous_id
    )
    found = quotes_with_lines().filter(pk=before).first() if before else None
    if found is None:
        return None, []
    return found, changes_between_quote_options(
        option_facts(prefetched_options_of_quote(found)), option_facts(options)
    )


def last_issued_quote_id_or_none(plan_pk: int) -> int | None:
    """The newest quote of a plan that is no draft."""
    issued = Quote.objects.filter(plan=plan_pk).exclude(status=QuoteStatus.DRAFT)
    return issued.order_by("-pk").values_list("pk", flat=True).first()


def consultations_and_extras_in_price_list(price_list: PriceList) -> list[Price]:
    """What may be added to a draft: consultations and extras of its list."""
    kinds = (PriceKind.CONSULTATION, PriceKind.EXTRA)
    return list(Price.objects.filter(price_list=price_list, kind__in=kinds).order_by("kind", "pk"))


def last_unrevoked_quote_link_or_none(quote: Quote) -> QuoteLink | None:
    """The last sending of a quote that was not taken back."""
    sent = QuoteLink.objects.filter(quote=quote, link__ended_at=None)
    sent = sent.select_related("link__carried_by__message")
    return sent.order_by("-pk").first()


def findings_to_show_on_quote(quote: Quote, options: Sequence[QuoteOption], *, on: date) -> list[Finding]:
    """What to look at before a quote is issued, or while it waits for its answer."""
    if quote.status == QuoteStatus.ISSUED and quote.valid_until:
        expiry = check_quote_expired_or_expiring(quote.valid_until, on)
        return [expiry] if expiry else []
    if quote.status != QuoteStatus.DRAFT:
        return []
    per_session = [
        (option.name, round_money(option.packaged_total_per_session, quote.currency)) for option in options
    ]
    return unusual_price_findings(quote.clinic, quote.currency, per_session)


@dataclass(frozen=True, slots=True)
class QuoteSummary:
    """A quote of a plan: as it stands on a day, and what it costs (of the option chosen, else of the plan's own)."""

    quote: Quote
    status: QuoteStatus
    total: Decimal | None


def quote_summaries_of_plan(plan: TreatmentPlan, *, on: date) -> list[QuoteSummary]:
    """The newest first. Two queries."""
    quotes = Quote.objects.filter(plan=plan).select_related("chosen_option").prefetch_related("options")
    summaries = []
    for quote in quotes.order_by("-pk"):
        own = (each for each in quote.options.all() if each.sessions == plan.sessions_planned)
        option = quote.chosen_option or next(own, None)
        summaries.append(QuoteSummary(quote, quote.status_on(on), option.total if option else None))
    return summaries


def quotes_waiting_for_answer(clinic: Clinic, limit: int, *, on: date) -> list[Quote]:
    """Issued and unanswered, the first to end first, with patient, plan and ``total``: one query."""
    return list(
        Quote.objects.filter(clinic=clinic)
        .waiting_for_answer(on)
        .with_total_of_chosen_or_planned_option()
        .select_related("patient", "plan")
        .order_by("valid_until", "pk")[:limit]
    )


_NUMBER = re.compile(r"\s*q?[\s-]*(\d{4})[\s-]+(\d{1,6})\s*", re.IGNORECASE)


def quotes_with_number(text: str) -> QuerySet[Quote]:
    """Quotes by their number, typed “Q-2026-0192”, “q 2026 192” or “2026-192”; anything else finds none."""
    typed = _NUMBER.fullmatch(text)
    if typed is None:
        return Quote.objects.none()
    # By clinic and number, as they are indexed.
    return (
        Quote.objects.filter(
            clinic__in=Clinic.objects.all(), number=paper_number_text(QUOTE, int(typed[1]), int(typed[2]))
        )
        .select_related("patient", "clinic")
        .order_by("-pk")
    )
