"""Counting the shelf: a sheet, the differences with their reasons, one signature."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import posted_reason_by_code
from treatments.stock.actions.stocktakes import (
    begin_or_continue_stocktake,
    mark_stocktake_dropped,
    save_counts,
    sign_stocktake,
)
from treatments.stock.forms import CountForm
from treatments.stock.models import Stocktake
from treatments.stock.rules.stocktakes import StocktakeStatus

MOST = 40


@requires_permission(Permission.SEE_STOCK)
@require_http_methods(["GET", "HEAD"])
def stocktake_list_page(request):
    found = Stocktake.objects.filter(clinic=request.clinic).select_related("begun_by", "signed_by")
    shown = list(found.order_by("-pk")[:MOST])
    return render(
        request,
        "treatments/stock/stocktake_list.html",
        {
            "title": "Counts of the shelf",
            "nav_on": "stock",
            "stocktakes": shown,
            "is_counting": any(each.status == StocktakeStatus.COUNTING for each in shown),
        },
    )


@requires_permission(Permission.MANAGE_STOCK)
@require_POST
@once
def stocktake_begin(request):
    try:
        begun = begin_or_continue_stocktake(clinic=request.clinic, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("stock:stocktakes")
    return redirect("stock:stocktake", pk=begun.pk)


@requires_permission(Permission.SEE_STOCK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_save_or_sign_stocktake(request, pk):
    """The sheet. Saved as often as you like; the differences show, and ask why, once something is counted."""
    found = _stocktake_or_404(request, pk)
    if request.method != "POST":
        return _render_stocktake_page(request, found)
    if not request.user.may(Permission.MANAGE_STOCK):
        messages.error(request, "Only the stock room counts. Ask the admin.")
        return redirect("stock:stocktake", pk=pk)
    lines = _stocktake_lines(found)
    forms_ = _count_forms_by_lot(lines, request.POST)
    if [form for form in forms_.values() if not form.is_valid()]:
        return _render_stocktake_page(request, found, forms_, status=422)
    counts = {
        lot_id: (form.cleaned_data["counted"], form.cleaned_data["reason"]) for lot_id, form in forms_.items()
    }
    try:
        save_counts(stocktake=found, counts=counts, by=request.user)
        if "sign" in request.POST:
            return _sign_and_redirect(request, found)
    except Refused as refused:
        _add_refusals_to_forms(refused, forms_)
        return _render_stocktake_page(request, found, forms_, refused=refused.findings, status=422)
    messages.success(request, "The count is kept.")
    return redirect("stock:stocktake", pk=pk)


@requires_permission(Permission.MANAGE_STOCK)
@require_POST
@once
def stocktake_sign(request, pk):
    """Sign what is kept."""
    found = _stocktake_or_404(request, pk)
    try:
        return _sign_and_redirect(request, found)
    except Refused as refused:
        forms_ = _count_forms_by_lot(_stocktake_lines(found))
        return _render_stocktake_page(request, found, forms_, refused=refused.findings, status=422)


def _sign_and_redirect(request, found):
    """Sign the count, then go to its page."""
    reasons = posted_reason_by_code(request.POST)
    sign_stocktake(stocktake=found, by=request.user, reasons=reasons)
    messages.success(request, "Signed. Every difference is in the ledger.")
    return redirect("stock:stocktake", pk=found.pk)


@requires_permission(Permission.MANAGE_STOCK)
@require_POST
@once
def stocktake_drop(request, pk):
    found = _stocktake_or_404(request, pk)
    try:
        mark_stocktake_dropped(stocktake=found, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The count is dropped. Nothing was corrected.")
    return redirect("stock:stocktakes")


def _stocktake_or_404(request, pk):
    return get_object_or_404(
        Stocktake.objects.filter(clinic=request.clinic).select_related("begun_by", "signed_by"), pk=pk
    )


def _stocktake_lines(found):
    return list(found.lines.select_related("lot__product", "movement").order_by("pk"))


def _count_forms_by_lot(lines, data=None):
    """A form for each line, by the id of its lot."""
    return {
        line.lot_id: CountForm(
            data,
            prefix=f"lot-{line.lot_id}",
            initial={"counted": line.counted_ml, "reason": line.reason},
            product=line.lot.product,
        )
        for line in lines
    }


def _add_refusals_to_forms(refused, forms_):
    """Each finding of a refusal at the field of its lot."""
    for finding in refused.findings:
        lot, _, field = finding.where.partition("-")
        if field and lot.isdecimal() and int(lot) in forms_:
            forms_[int(lot)].add_error(field, finding.message)


def _render_stocktake_page(request, found, forms_=None, *, refused=(), status=200):
    lines = _stocktake_lines(found)
    forms_ = forms_ or _count_forms_by_lot(lines)
    for line in lines:
        line.form = forms_[line.lot_id]
        line.difference = None if line.counted_ml is None else line.counted_ml - line.expected_ml
    left = sum(line.counted_ml is None for line in lines)
    is_open = found.status == StocktakeStatus.COUNTING
    return render(
        request,
        "treatments/stock/stocktake.html",
        {
            "title": f"Count {found.pk}",
            "nav_on": "stock",
            "stocktake": found,
            "lines": lines,
            "forms": [form for form in forms_.values() if form.is_bound],
            "left": left,
            "asked": [finding for finding in refused if finding.needs_reason],
            "refused": [finding for finding in refused if not finding.needs_reason],
            "reasons": {},
            "missing": [finding.code for finding in refused if finding.needs_reason],
            "can_count": is_open and request.user.may(Permission.MANAGE_STOCK),
        },
        status=status,
    )
