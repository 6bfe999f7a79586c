"""The price lists of a clinic, and a new one."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.reasons import (
    add_field_errors_and_return_others,
    codes_of_reasons_too_short,
    posted_reason_by_code,
)
from treatments.billing.actions.price_lists import publish_price_list, withdraw_price_list
from treatments.billing.forms.price_lists import PRICE_FIELDS, PriceListForm, price_row_formset
from treatments.billing.models import PlanSettings, PriceList
from treatments.billing.queries.prices import (
    price_list_in_force_or_none,
    price_lists_with_is_used,
    prices_in_reading_order,
)


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.MANAGE_CLINIC)
def price_lists_page(request):
    """What is in force, what comes next and what went before."""
    today = timezone.localdate()
    lists = list(
        price_lists_with_is_used(PriceList.objects.filter(clinic=request.clinic))
        .select_related("withdrawn_by")
        .prefetch_related(Prefetch("prices", to_attr="rows"))
        .order_by("-valid_from")[:12]
    )
    in_force = next((each for each in lists if each.valid_from <= today and each.withdrawn_at is None), None)
    for each in lists:
        each.rows = prices_in_reading_order(each.rows)
        each.state = _state_of_price_list(each, in_force, today)
    return render(
        request,
        "treatments/billing/price_list_list.html",
        {
            "title": "Prices",
            "sub": f"{request.clinic.name}, in {request.clinic.currency}. "
            "The next list takes the place of this one from a day on. One that nothing was issued from can be withdrawn.",
            "nav_on": "prices",
            "lists": lists,
            "in_force": in_force,
        },
    )


def _state_of_price_list(price_list: PriceList, in_force: PriceList | None, today: date) -> str:
    if price_list.withdrawn_at is not None:
        return "withdrawn"
    if price_list == in_force:
        return "in force"
    return "next" if price_list.valid_from > today else "past"


@require_POST
@requires_permission(Permission.MANAGE_CLINIC)
@once
def price_list_withdraw(request, pk):
    """A list that nothing was issued from; the one before it counts again."""
    found = get_object_or_404(PriceList, pk=pk, clinic=request.clinic)
    try:
        withdraw_price_list(price_list=found, reason=request.POST.get("reason", ""), by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{found.name} is withdrawn. Drafts made from it are drafted again.")
    return redirect("billing:price_list_list")


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.MANAGE_CLINIC)
@once
def show_or_publish_price_list(request):
    """The next list: a copy of the one in force, edited, from a day on."""
    clinic, today = request.clinic, timezone.localdate()
    if clinic is None:
        raise Http404
    context = {"title": "New price list", "nav_on": "prices"}
    here = {"style": PlanSettings.of_clinic_or_defaults(clinic).number_style, "currency": clinic.currency}
    if request.method == "POST":
        form, rows = PriceListForm(request.POST), price_row_formset(request.POST, [], **here)
        if form.is_valid() and rows.is_valid():
            taxes = {
                "standard": form.cleaned_data["tax_standard"],
                "reduced": form.cleaned_data["tax_reduced"],
            }
            given = [row for each in rows if (row := each.as_price_row_or_none(taxes))]
            reasons = posted_reason_by_code(request.POST)
            try:
                publish_price_list(
                    clinic=clinic,
                    currency=clinic.currency,
                    rows=given,
                    by=request.user,
                    reasons=reasons,
                    **form.cleaned_data,
                )
            except Refused as refused:
                rest = add_field_errors_and_return_others(refused, form)
                asked = [finding for finding in rest if finding.needs_reason]
                context |= {
                    "refused": [finding for finding in rest if not finding.needs_reason],
                    "findings": asked,
                    "reasons": reasons,
                    "missing": codes_of_reasons_too_short(asked, reasons),
                }
            else:
                messages.success(request, "Prices published.")
                return redirect("billing:price_list_list")
        status = 422
    else:
        current = price_list_in_force_or_none(clinic, today)
        tomorrow = today + timedelta(days=1)
        form = PriceListForm(
            initial={"valid_from": tomorrow if current else today},
            instance=_unsaved_price_list_copied_from(current),
        )
        rows = price_row_formset(None, _initial_price_rows(current), **here)
        status = 200
    context |= {
        "form": form,
        "rows": rows,
        "tax_included": PlanSettings.of_clinic_or_defaults(clinic).prices_include_tax,
    }
    return render(request, "treatments/billing/price_list_new.html", context, status=status)


def _unsaved_price_list_copied_from(current: PriceList | None) -> PriceList:
    """The rates of the list in force, not saved; an empty list where there is none."""
    if current is None:
        return PriceList()
    return PriceList(
        cocktail_markup=_number_without_trailing_zeros(current.cocktail_markup),
        discount_cap=_number_without_trailing_zeros(current.discount_cap),
        deposit_rate=_number_without_trailing_zeros(current.deposit_rate),
        tax_standard=_number_without_trailing_zeros(current.tax_standard),
        tax_reduced=_number_without_trailing_zeros(current.tax_reduced),
    )


#: A first list: what most clinics price. Amounts are theirs to type.
_FIRST_ROWS: list[dict[str, Any]] = [
    {"kind": "session", "label": "Session, small area", "area_to": 50},
    {"kind": "session", "label": "Session, medium area", "area_from": 50, "area_to": 100},
    {"kind": "session", "label": "Session, large area", "area_from": 100},
    {"kind": "kit", "label": "Single-use kit", "why": "gloves, syringe, 30G needle"},
    {"kind": "consultation", "label": "Consultation"},
    {"kind": "no_show", "label": "Missed visit", "why": "per visit"},
    {"kind": "late_cancel", "label": "Late cancellation"},
]


def _initial_price_rows(current: Any) -> list[dict[str, Any]]:
    """Those of the list in force; where there is none, what most clinics price."""
    if current is None:
        return _FIRST_ROWS
    return [
        {
            name: row.amount if name == "amount" else _number_without_trailing_zeros(getattr(row, name))
            for name in PRICE_FIELDS
        }
        for row in prices_in_reading_order(current.prices.all())
    ]


def _number_without_trailing_zeros(value: Any) -> Any:
    """A figure as somebody would type it: 320, not 320.000."""
    return plain_number_text(value) if isinstance(value, Decimal) else value
