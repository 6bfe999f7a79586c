"""The stock on a day or at a moment that has passed."""

from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.paging import Page, Place, pager_addresses
from treatments.stock import queries as history
from treatments.stock.views.lots import product_from_query

#: How a moment is written in an address and in the field.
_FORMAT = "%Y-%m-%dT%H:%M"


class ThenForm(forms.Form):
    at = forms.DateTimeField(
        label="As of",
        input_formats=[_FORMAT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(format=_FORMAT, attrs={"type": "datetime-local"}),
    )
    by = forms.ChoiceField(
        label="Count",
        required=False,
        choices=[
            ("", "what the ledger said then"),
            ("happened", "what had happened by that day, entered later too"),
        ],
    )
    text = forms.CharField(label="Product or lot", required=False, max_length=60)

    def clean_at(self):
        """No moment that is still to come."""
        at = self.cleaned_data["at"]
        if at > timezone.now():
            raise forms.ValidationError("That moment is still to come. Choose one that has passed.")
        return at


@requires_permission(Permission.SEE_STOCK)
@require_http_methods(["GET", "HEAD"])
def stock_on_a_day_page(request):
    now = timezone.localtime().replace(second=0, microsecond=0)
    asked = request.GET if "at" in request.GET else {"at": f"{now:{_FORMAT}}"}
    form = ThenForm(asked)
    page = Page([])
    at = None
    if form.is_valid():
        at = form.cleaned_data["at"]
        # A minute is meant as a whole: what was written in it counts.
        until = min(at.replace(second=59, microsecond=999_999), timezone.now())
        page = history.page_of_stock_on_a_day(
            request.clinic,
            timezone.localtime(until),
            text=form.cleaned_data["text"],
            as_written=form.cleaned_data["by"] != "happened",
            product=product_from_query(request.GET),
            place=Place.from_query(request.GET),
        )
    kept = {name: request.GET[name] for name in ("at", "by", "text") if request.GET.get(name)}
    product = product_from_query(request.GET)
    return render(
        request,
        "treatments/stock/stock_on_a_day.html",
        {
            "title": "Stock on a day",
            "nav_on": "stock",
            "form": form,
            "at": at if isinstance(at, datetime) else None,
            "shelves": page.rows,
            "page": pager_addresses(page, request.path, {**kept, "product": product}),
            "more": urlencode({"at": f"{at:{_FORMAT}}", **kept}) if page.rows else "",
        },
        status=200 if form.is_valid() else 422,
    )
