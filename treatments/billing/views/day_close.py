"""Closing the day, and the payment book as a file."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.csv_stream import csv_stream_response
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.prepared_files import begin_prepared_file, is_for_the_queue
from mesoclinic.core.reasons import add_field_errors_and_return_others
from mesoclinic.core.time_limits import Work
from treatments.billing.actions.day_close import audit_payment_book_export, close_day
from treatments.billing.actions.payment_books import write_payment_book_file
from treatments.billing.forms.payments import BookForm, DayCloseForm
from treatments.billing.models import Payment
from treatments.billing.queries.payments import (
    BOOK_COLUMNS,
    batches_of_book_cells,
    day_closes_of_clinic,
    receipts_of_book,
    till_since_last_close,
)
from treatments.billing.views.payments import amount_form_arguments


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.CLOSE_DAY)
@once
def show_or_close_day(request):
    """What should be in the till by each method, what was counted, and the days before."""
    clinic = request.clinic
    if clinic is None:
        raise Http404
    here = amount_form_arguments(clinic)
    till = till_since_last_close(clinic, settings=here["settings"])
    today = timezone.localdate()
    seen = {"seen_to": till.last_receipt_id or 0}
    form = DayCloseForm(expected=till.expected, initial=seen, **here)
    refused, status = [], 200
    if request.method == "POST":
        form = DayCloseForm(request.POST, expected=till.expected, **here)
        status = 422
        if form.is_valid():
            try:
                close_day(
                    clinic=clinic,
                    counted=form.counted_by_method(),
                    note=form.cleaned_data["note"],
                    seen_to=form.cleaned_data["seen_to"],
                    by=request.user,
                )
            except Refused as no:
                refused = add_field_errors_and_return_others(no, form)
                # Shown again with the figures of now: counted against them next time.
                form.data = form.data.copy()
                form.data["seen_to"] = str(seen["seen_to"])
            else:
                messages.success(request, "The day is closed.")
                return redirect("billing:day_close")
    closes = list(day_closes_of_clinic(clinic)[:10])
    labels = dict(Payment.Method.choices)
    for close in closes:
        close.methods = [(labels.get(row.method, row.method), row) for row in close.rows]
    rows = [
        {
            "field": form[method],
            "moved": till.moved.get(method, 0),
            "expected": amount,
            "has_float": method == "cash" and here["settings"].cash_float,
        }
        for method, amount in till.expected.items()
    ]
    context = {
        "title": "Till: Close the day",
        "sub": f"{clinic.name}: everything since the last close.",
        "nav_on": "till",
        "form": form,
        "rows": rows,
        "till": till,
        "closed": next((each for each in closes if each.day == today), None),
        "closes": closes,
        "currency": clinic.currency,
        "cash_float": here["settings"].cash_float,
        "book_form": BookForm.for_last_month(today),
        "refused": refused,
    }
    return render(request, "treatments/billing/day_close.html", context, status=status)


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.EXPORT_BOOK)
@takes_longer(Work.EXPORT)
def show_or_export_payment_book_csv(request):
    """Every receipt of some days as CSV for the bookkeeper; formulas are neutralised, names are not in it."""
    clinic = request.clinic
    if clinic is None:
        raise Http404
    form = BookForm(request.GET)
    if not form.is_valid():
        context = {
            "title": "Payment book",
            "sub": f"{clinic.name}: every receipt of these days, as a file for the bookkeeper.",
            "nav_on": "till",
            "form": form if request.GET else BookForm.for_last_month(timezone.localdate()),
        }
        status = 422 if request.GET else 200
        return render(request, "treatments/billing/payment_export.html", context, status=status)
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    audit_payment_book_export(clinic=clinic, first=first.isoformat(), last=last.isoformat(), by=request.user)
    name = f"payments-{first}-{last}"
    if is_for_the_queue(receipts_of_book(clinic, first, last)):
        file = begin_prepared_file(
            owner=request.user,
            name=name,
            needs=Permission.EXPORT_BOOK.name,
            clinic=clinic.pk,
            first=first.isoformat(),
            last=last.isoformat(),
        )
        write_payment_book_file.enqueue(file.pk)
        return redirect("prepared_file", pk=file.pk)
    return csv_stream_response(request, name, BOOK_COLUMNS, batches_of_book_cells(clinic, first, last))
