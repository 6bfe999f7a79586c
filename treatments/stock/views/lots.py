"""The stock room."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.moves import next_states
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.reasons import add_all_errors
from treatments.catalogue.rules import KIT
from treatments.stock import queries
from treatments.stock.actions.ledger import (
    record_counted_difference_or_none,
    record_waste_return_or_correction,
)
from treatments.stock.actions.lots import (
    discard_opened_container,
    open_container_of_lot,
    quarantine_lot,
    release_lot,
)
from treatments.stock.forms import StockFilterForm, StockForm
from treatments.stock.models import Lot
from treatments.stock.rules.lots import LOT_MOVES, LotStatus, in_use_hours_or_usual

# --- stock -------------------------------------------------------------------


@requires_permission(Permission.SEE_STOCK)
@require_http_methods(["GET", "HEAD"])
def stock_page(request):
    """What the clinic holds, product by product."""
    filters = StockFilterForm(request.GET)
    chosen = filters.cleaned_data if filters.is_valid() else {}
    product = product_from_query(request.GET)
    page = queries.page_of_shelves(
        request.clinic, place=Place.from_query(request.GET), product=product, **chosen
    )
    kept = {**chosen, "product": product}
    return render(
        request,
        "treatments/stock/stock.html",
        {
            "title": "Stock",
            "nav_on": "stock",
            "filters": filters,
            "filtered": any(kept.values()),
            "shelves": page.rows,
            "page": pager_addresses(page, request.path, kept),
            "more": urlencode({name: value for name, value in chosen.items() if value}),
        },
    )


def product_from_query(query):
    """The one product that an address asks for; None where it names none."""
    asked = query.get("product", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else None


@requires_permission(Permission.SEE_STOCK)
@require_http_methods(["GET", "HEAD"])
def show_lot(request, pk):
    lot = _lot_of_clinic_or_404(request, pk)
    return _render_lot_page(request, lot, StockForm(product=lot.product))


def _lot_of_clinic_or_404(request, pk):
    return get_object_or_404(
        Lot.objects.of_clinic(request.clinic).select_related("product", "received_by", "released_by"), pk=pk
    )


def _render_lot_page(request, lot, form, *, refused=(), status=200):
    to = next_states(LOT_MOVES, lot.status)
    hours = in_use_hours_or_usual(lot.product.presentation, lot.product.in_use_hours)
    return render(
        request,
        "treatments/stock/lot.html",
        {
            "title": f"Lot {lot.number}",
            "nav_on": "stock",
            "lot": lot,
            "cost_each": _cost_of_ml_or_kit(lot),
            "ledger": queries.movements_of_lot(lot)[:200],
            "form": form,
            "refused": refused,
            "can_release": LotStatus.RELEASED in to,
            "can_quarantine": LotStatus.QUARANTINED in to,
            "can_open": bool(hours)
            and lot.status == LotStatus.RELEASED
            and (lot.opened_ml is None or lot.opened_until <= timezone.now()),
            "can_discard": lot.opened_ml is not None,
            "needs_second": (lot.second_person or request.clinic.second_person_release)
            and lot.received_by_id == request.user.pk,
            "kept_days": hours // 24,
            "vials": queries.last_opened_vials_of_lot(lot),
        },
        status=status,
    )


def _cost_of_ml_or_kit(lot):
    """What a ml costs, of a kit what one kit costs; None where nobody said."""
    if lot.unit_cost is None or lot.product.presentation != KIT:
        return lot.unit_cost
    return lot.unit_cost * lot.product.container_ml


@requires_permission(Permission.MANAGE_STOCK)
@require_POST
@once
def lot_release(request, pk):
    return _run_lot_action_and_redirect(request, pk, release_lot, "may be used now")


@requires_permission(Permission.MANAGE_STOCK)
@require_POST
@once
def lot_quarantine(request, pk):
    reason = request.POST.get("reason", "")
    return _run_lot_action_and_redirect(request, pk, quarantine_lot, "is put aside", reason=reason)


@requires_permission(Permission.MANAGE_STOCK)
@require_POST
@once
def open_lot_container(request, pk):
    """Open a container of the lot now."""
    return _run_lot_action_and_redirect(request, pk, open_container_of_lot, "is open and offered first")


@requires_permission(Permission.MANAGE_STOCK)
@require_POST
@once
def discard_opened_vial(request, pk):
    """Throw away what is left in the opened container of the lot."""
    reason = request.POST.get("reason", "")
    return _run_lot_action_and_redirect(
        request, pk, discard_opened_container, "has no open vial now", reason=reason
    )


def _run_lot_action_and_redirect(request, pk, action, done, **more):
    """Do ``action`` to the lot, then show its page with what was done or refused."""
    found = _lot_of_clinic_or_404(request, pk)
    try:
        action(lot=found, by=request.user, **more)
    except Refused as refused:
        return _render_lot_page(
            request, found, StockForm(product=found.product), refused=refused.findings, status=422
        )
    messages.success(request, f"Lot {found.number} {done}.")
    return redirect("stock:lot", pk=pk)


@requires_permission(Permission.MANAGE_STOCK)
@require_POST
@once
def add_lot_movement(request, pk):
    """Write waste, a return or a count into the ledger of the lot."""
    found = _lot_of_clinic_or_404(request, pk)
    form = StockForm(request.POST, product=found.product)
    if not form.is_valid():
        return _render_lot_page(request, found, form, status=422)
    kind, ml, reason = (form.cleaned_data[name] for name in ("kind", "ml", "reason"))
    try:
        if kind == "count":
            record_counted_difference_or_none(lot=found, counted_ml=ml, reason=reason, by=request.user)
        else:
            record_waste_return_or_correction(lot=found, kind=kind, ml=ml, reason=reason, by=request.user)
    except Refused as refused:
        add_all_errors(refused, form)
        return _render_lot_page(request, found, form, status=422)
    messages.success(request, f"Written in the ledger of lot {found.number}.")
    return redirect("stock:lot", pk=pk)
