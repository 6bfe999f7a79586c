"""What the desk works through: the lists of quotes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.fields import money_field
from treatments.billing.models import Payment, Quote, QuoteQuerySet
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


def owing(quotes: QuoteQuerySet) -> QuoteQuerySet:
    """Accepted, and paid for less than its total. A stopped course is settled on its own page."""
    paid = (
        Payment.objects.filter(plan=OuterRef("plan"))
        .order_by()
        .values("plan")
        .annotate(sum=Sum("amount"))
        .values("sum")
    )
    owed = (
        F("chosen_option__total")
        - F("chosen_option__insurer")
        - Coalesce(Subquery(paid), Value(Decimal(0)), output_field=money_field())
    )
    return (
        quotes.filter(status=QuoteStatus.ACCEPTED)
        .exclude(plan__status=PlanStatus.STOPPED)
        .annotate(owed=owed)
        .filter(owed__gt=0)
    )


def worklist(key: str, clinic: Clinic, *, on: date) -> tuple[QuerySet[Quote], tuple[str, ...]]:
    """The quotes of a worklist, and the columns it is ordered and paged by."""
    quotes = Quote.objects.filter(clinic=clinic).with_total().select_related("patient", "plan")
    if key == "waiting":
        return quotes.waiting(on), ("valid_until", "pk")
    if key == "expiring":
        return quotes.expiring(on), ("valid_until", "pk")
    if key == "owing":
        return owing(quotes), ("pk",)
    # A plan agreed without a quote leaves its draft behind; nobody has to issue it.
    return quotes.drafts().exclude(plan__status__in=AGREED_PLANS), ("pk",)


@dataclass(frozen=True)
class Page:
    """Rows, and the keys of the pages before and after them (empty: there is none)."""

    rows: Sequence[Any]
    before: str = ""
    after: str = ""


def page_of(
    queryset: QuerySet[Any], by: tuple[str, ...], *, after: str = "", before: str = "", newest: bool = False
) -> Page:
    """A page by key, in one query whatever its place. An unreadable key opens the first page.

    ``newest``: the highest key first.
    """
    back = _key(before, by)
    key = back or _key(after, by)
    falls = bool(back) is not newest
    if key:
        queryset = queryset.filter(_beyond(by, key, "lt" if falls else "gt"))
    size = PAGE_SIZE
    order = [f"-{field}" for field in by] if falls else list(by)
    rows = list(queryset.order_by(*order)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    if not rows:
        return Page([])
    return Page(
        rows,
        before=_token(rows[0], by) if (more if back else key) else "",
        after=_token(rows[-1], by) if (back or more) else "",
    )


def _beyond(by: tuple[str, ...], key: Sequence[object], way: str) -> Q:
    """(a, b) > (x, y) as the database walks an index: a ≥ x, and not (a = x and b ≤ y)."""
    if len(by) == 1:
        return Q(**{f"{by[0]}__{way}": key[0]})
    return Q(**{f"{by[0]}__{way}e": key[0]}) & (
        Q(**{f"{by[0]}__{way}": key[0]}) | Q(**{f"{by[1]}__{way}": key[1]})
    )


def _token(row: Any, by: tuple[str, ...]) -> str:
    return "_".join(str(getattr(row, field)) for field in by)


def _key(token: str, by: tuple[str, ...]) -> list[object] | None:
    parts = token.split("_")
    if len(parts) != len(by):
        return None
    try:
        return [
            date.fromisoformat(part) if field == "valid_until" else int(part)
            for field, part in zip(by, parts, strict=True)
        ]
    except ValueError:
        return None
