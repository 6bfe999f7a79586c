"""What the desk works through: the lists of quotes."""

from datetime import date

from django.db.models import F, QuerySet

from mesoclinic.accounts.models import Clinic
from treatments.billing.models import Payment, Quote, QuoteQuerySet
from treatments.billing.queries.payments import allowances_of_plan_subquery
from treatments.billing.queries.sums import sum_or_zero_subquery
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.rules import AGREED_PLANS, PlanStatus

#: What the desk works through: key, label, what to do about it.
WORKLISTS = {
    "draft": ("To issue", "Drafts nobody has issued yet."),
    "waiting": ("Waiting for answer", "Issued and unanswered, the first to end first."),
    "expiring": ("Expiring", "Waiting, and ending within a week."),
    "owing": ("Owing", "Accepted and not yet paid in full."),
}

PAGE_SIZE = 25


def quotes_not_fully_paid(quotes: QuoteQuerySet) -> QuoteQuerySet:
    """Accepted, and paid for less than its total. A stopped course is settled on its own page."""
    owed = (
        F("chosen_option__total")
        - F("chosen_option__insurer")
        - sum_or_zero_subquery(Payment.objects.all(), of="plan", outer="plan")
        - allowances_of_plan_subquery("plan")
    )
    return (
        quotes.filter(status=QuoteStatus.ACCEPTED)
        .exclude(plan__status=PlanStatus.STOPPED)
        .annotate(owed=owed)
        .filter(owed__gt=0)
    )


def worklist_quotes_and_order(
    key: str, clinic: Clinic, *, on: date
) -> tuple[QuerySet[Quote], tuple[str, ...]]:
    """The quotes of a worklist, and the columns it is ordered and paged by."""
    quotes = (
        Quote.objects.filter(clinic=clinic)
        .with_total_of_chosen_or_planned_option()
        .select_related("patient", "plan")
    )
    if key == "waiting":
        return quotes.waiting_for_answer(on), ("valid_until", "pk")
    if key == "expiring":
        return quotes.expiring_soon(on), ("valid_until", "pk")
    if key == "owing":
        return quotes_not_fully_paid(quotes), ("pk",)
    # A plan agreed without a quote leaves its draft behind; nobody has to issue it.
    return quotes.drafts().exclude(plan__status__in=AGREED_PLANS), ("pk",)
