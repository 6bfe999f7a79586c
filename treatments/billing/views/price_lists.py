"""The price lists of a clinic, and a new one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.quantities import plain
from mesoclinic.core.reasons import add_field_errors
from treatments.billing.actions.price_lists import publish_price_list
from treatments.billing.forms.price_lists import PRICE_FIELDS, PriceListForm, price_row_formset
from treatments.billing.models import PlanSettings, PriceList
from treatments.billing.queries.prices import price_list_in_force_or_none, prices_in_reading_order


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.MANAGE_CLINIC)
def price_lists_page(request):
    """What is in force, what comes next and what went before."""
    today = timezone.localdate()
    lists = list(
        PriceList.objects.filter(clinic=request.clinic)
        .prefetch_related(Prefetch("prices", to_attr="rows"))
        .order_by("-valid_from")[:12]
    )
    in_force = next((each for each in lists if each.valid_from <= today), None)
    for each in lists:
        each.rows = prices_in_reading_order(each.rows)
        each.state = "in force" if each == in_force else "next" if each.valid_from > today else "past"
    return render(
        request,
        "treatments/billing/price_list_list.html",
        {
            "title": "Prices",
            "sub": f"{request.clinic.name}, in {request.clinic.currency}. "
            "A list is never edited: the next one takes its place from a day on.",
            "nav_on": "prices",
            "lists": lists,
            "in_force": in_force,
        },
    )


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
            try:
                publish_price_list(
                    clinic=clinic, currency=clinic.currency, rows=given, by=request.user, **form.cleaned_data
                )
            except Refused as refused:
                context["refused"] = add_field_errors(refused, form)
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
    context |= {"form": form, "rows": rows}
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
    {"kind": "package", "label": "Package of 5", "sessions_from": 5},
    {"kind": "package", "label": "Package of 8", "sessions_from": 8},
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
    return plain(value) if isinstance(value, Decimal) else value
