"""Counting the till and closing the day, and the note that the payment book was taken out."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import gate, raise_if_found
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.reasons import refuse_card_number
from treatments.billing.actions.numbers import lock_number_series
from treatments.billing.models import DayClose, DayCount, PlanSettings, QuoteNumber
from treatments.billing.queries.payments import till_since_last_close
from treatments.billing.rules.day_close import (
    Counted,
    EarlierClose,
    check_counts_possible_and_difference_explained,
    check_day_open_unchanged_all_counted,
)


@transaction.atomic
def close_day(
    *, clinic: Clinic, counted: Mapping[str, Decimal], note: str, seen_to: int, by: User
) -> DayClose:
    """Count the till: everything since the last close, by method; a difference says why.

    ``seen_to`` is the last receipt (its id, 0 for none) that the person saw while counting: money that
    came in since is not counted blind. One close a day; what comes after it belongs to the next.
    """
    refuse_card_number(note, "note")
    today = timezone.localdate(timezone=clinic.zone)
    lock_number_series(clinic, QuoteNumber.Series.RECEIPT, today.year)
    closed = DayClose.objects.filter(clinic=clinic, day=today).select_related("by")
    found = closed.first()
    till = till_since_last_close(clinic, settings=PlanSettings.of_clinic_or_defaults(clinic))
    raise_if_found(
        check_day_open_unchanged_all_counted(
            earlier=EarlierClose(found.by.short_name, timezone.localtime(found.at, clinic.zone))
            if found
            else None,
            last_receipt=till.last_receipt_id,
            seen_to=seen_to,
            expected=list(till.expected),
            counted=counted.keys(),
        )
    )
    rows = [Counted(method, expected, counted[method]) for method, expected in till.expected.items()]
    gate(check_counts_possible_and_difference_explained(rows, note, clinic.currency))
    close = DayClose.objects.create(
        clinic=clinic,
        day=today,
        currency=clinic.currency,
        first_receipt_id=till.first_receipt_id,
        last_receipt_id=till.last_receipt_id,
        receipts=till.count,
        note=note.strip(),
        by=by,
    )
    DayCount.objects.bulk_create(
        DayCount(
            close=close,
            method=row.method,
            expected=row.expected,
            counted=row.counted,
            difference=row.difference,
        )
        for row in rows
    )
    audit.record(
        by=by,
        did="day.closed",
        about=close,
        receipts=till.count,
        differences={row.method: plain_number_text(row.difference) for row in rows if row.difference},
    )
    return close


@transaction.atomic
def audit_payment_book_export(*, clinic: Clinic, first: str, last: str, by: User) -> None:
    """Who took the book out, and of which days."""
    audit.record(by=by, did="book.exported", about=clinic, first=first, last=last)
