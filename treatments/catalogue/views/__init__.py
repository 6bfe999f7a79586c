"""Ingredients, products and the stock room."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.once import once
from treatments.catalogue import actions, queries
from treatments.catalogue.forms import (
    MAX_LINES,
    ContentForm,
    IngredientFilterForm,
    ProductForm,
    StockFilterForm,
    StockForm,
    family_words,
)
from treatments.catalogue.models import Ingredient, Lot, Product
from treatments.catalogue.rules import LotStatus, in_use_hours, next_states

# --- ingredients -------------------------------------------------------------


@allowed(Permission.SEE_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def ingredient_list(request):
    families = (
        Ingredient.objects.order_by("family")
        .values_list("family", flat=True)
        .distinct()
    )
    filters = IngredientFilterForm(request.GET, families=list(families))
    chosen = filters.cleaned_data if filters.is_valid() else {}
    found = list(queries.ingredients(queries.IngredientFilter(**chosen)))
    for ingredient in found:
        ingredient.family_words = family_words(ingredient.family)
    return render(
        request,
        "treatments/catalogue/ingredient_list.html",
        {
            "title": "Catalogue",
            "nav_on": "catalogue",
            "filters": filters,
            "filtered": any(chosen.values()),
            "ingredients": found,
        },
    )


@allowed(Permission.SEE_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def ingredient(request, code):
    found = get_object_or_404(
        Ingredient.objects.select_related("reviewed_by"), code=code
    )
    return render(
        request,
        "treatments/catalogue/ingredient.html",
        {
            "title": found.name,
            "nav_on": "catalogue",
            "ingredient": found,
            "family": family_words(found.family),
            "sheet": queries.ingredient_sheet(found),
        },
    )


# --- products ----------------------------------------------------------------


@allowed(Permission.SEE_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def product_list(request):
    return render(
        request,
        "treatments/catalogue/product_list.html",
        {"title": "Products", "nav_on": "catalogue", "products": queries.products()},
    )


@allowed(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def product_add(request):
    return _product_page(request, Product(), title="New product")


@allowed(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def product_edit(request, pk):
    product = get_object_or_404(Product, pk=pk)
    return _product_page(request, product, title=f"Edit {product.name}")


def _product_page(request, product, title):
    ingredients = {i.code: i for i in Ingredient.objects.order_by("name_key")}
    form = ProductForm(request.POST or None, instance=product)
    contents = _content_forms(request, product, ingredients)
    status = 200
    if request.method == "POST":
        status = 422
        if all([form.is_valid(), *(line.is_valid() for line in contents)]):
            try:
                saved = _save_product(request, product, form, contents)
            except Refused as refused:
                _say_at_fields(refused, form, contents[0])
            else:
                messages.success(request, f"{saved.name} is saved.")
                return redirect("catalogue:product_list")
    return render(
        request,
        "treatments/catalogue/product_form.html",
        {
            "title": title,
            "nav_on": "catalogue",
            "form": form,
            "contents": contents,
            "forms": [form, *contents],
        },
        status=status,
    )


def _content_forms(request, product, ingredients):
    """A line for each ingredient of the product, and a few empty ones."""
    if request.method == "POST":
        count = sum(
            name.startswith("content-") and name.endswith("-ingredient")
            for name in request.POST
        )
        count = min(max(count, 1), MAX_LINES)
        return [
            ContentForm(request.POST, prefix=f"content-{n}", ingredients=ingredients)
            for n in range(count)
        ]
    rows = list(product.contents.select_related("ingredient")) if product.pk else []
    initials = [
        {"ingredient": row.ingredient.code, "mg_per_ml": row.mg_per_ml} for row in rows
    ]
    initials += [{}] * (1 if rows else 4)
    return [
        ContentForm(prefix=f"content-{n}", initial=initial, ingredients=ingredients)
        for n, initial in enumerate(initials)
    ]


def _save_product(request, product, form, lines):
    contents = [
        (line.cleaned_data["ingredient"], line.cleaned_data["mg_per_ml"])
        for line in lines
        if line.cleaned_data["ingredient"]
    ]
    fields = {name: form.cleaned_data[name] for name in actions.PRODUCT_FIELDS}
    if product.pk:
        return actions.edit_product(
            product=product, contents=contents, by=request.user, **fields
        )
    return actions.add_product(contents=contents, by=request.user, **fields)


def _say_at_fields(refused, form, first):
    for finding in refused.findings:
        if finding.where in form.fields:
            form.add_error(finding.where, finding.message)
        else:
            first.add_error("ingredient", finding.message)


# --- stock -------------------------------------------------------------------


@allowed(Permission.SEE_STOCK)
@require_http_methods(["GET", "HEAD"])
def stock(request):
    filters = StockFilterForm(request.GET)
    chosen = filters.cleaned_data if filters.is_valid() else {}
    after = request.GET.get("after", "")
    page = queries.shelf_page(
        request.clinic, after=int(after) if after.isdecimal() else None, **chosen
    )
    here = reverse("catalogue:stock")
    kept = {name: value for name, value in chosen.items() if value}
    return render(
        request,
        "treatments/catalogue/stock.html",
        {
            "title": "Stock",
            "nav_on": "stock",
            "filters": filters,
            "filtered": bool(kept),
            "shelves": page.shelves,
            "page": {
                "previous": f"{here}?{urlencode(kept)}" if after else "",
                "next": f"{here}?{urlencode({**kept, 'after': page.next_after})}"
                if page.next_after
                else "",
            },
        },
    )


@allowed(Permission.SEE_STOCK)
@require_http_methods(["GET", "HEAD"])
def lot(request, pk):
    return _lot_page(request, _lot_here(request, pk), StockForm())


def _lot_here(request, pk):
    return get_object_or_404(
        Lot.objects.at(request.clinic).select_related(
            "product", "received_by", "released_by"
        ),
        pk=pk,
    )


def _lot_page(request, lot, form, *, refused=(), status=200):
    to = next_states(lot.status)
    hours = in_use_hours(lot.product.presentation, lot.product.in_use_hours)
    return render(
        request,
        "treatments/catalogue/lot.html",
        {
            "title": f"Lot {lot.number}",
            "nav_on": "stock",
            "lot": lot,
            "ledger": queries.ledger(lot)[:200],
            "form": form,
            "refused": refused,
            "can_release": LotStatus.RELEASED in to,
            "can_quarantine": LotStatus.QUARANTINED in to,
            "can_recall": LotStatus.RECALLED in to,
            "can_open": bool(hours)
            and lot.status == LotStatus.RELEASED
            and (lot.opened_ml is None or lot.opened_until <= timezone.now()),
            "can_discard": lot.opened_ml is not None,
            "needs_second": (lot.second_person or request.clinic.second_person_release)
            and lot.received_by_id == request.user.pk,
            "kept_days": hours // 24,
            "vials": queries.opened_vials(lot),
        },
        status=status,
    )


@allowed(Permission.MANAGE_STOCK)
@require_POST
@once
def lot_release(request, pk):
    return _act(request, pk, actions.release_lot, "may be used now")


@allowed(Permission.MANAGE_STOCK)
@require_POST
@once
def lot_quarantine(request, pk):
    reason = request.POST.get("reason", "")
    return _act(request, pk, actions.quarantine_lot, "is put aside", reason=reason)


@allowed(Permission.MANAGE_STOCK)
@require_POST
@once
def lot_open(request, pk):
    return _act(request, pk, actions.open_lot, "is open and offered first")


@allowed(Permission.MANAGE_STOCK)
@require_POST
@once
def lot_discard(request, pk):
    reason = request.POST.get("reason", "")
    return _act(
        request, pk, actions.discard_opened, "has no open vial now", reason=reason
    )


def _act(request, pk, action, done, **more):
    found = _lot_here(request, pk)
    try:
        action(lot=found, by=request.user, **more)
    except Refused as refused:
        return _lot_page(
            request, found, StockForm(), refused=refused.findings, status=422
        )
    messages.success(request, f"Lot {found.number} {done}.")
    return redirect("catalogue:lot", pk=pk)


@allowed(Permission.MANAGE_STOCK)
@require_POST
@once
def lot_move(request, pk):
    found = _lot_here(request, pk)
    form = StockForm(request.POST)
    if not form.is_valid():
        return _lot_page(request, found, form, status=422)
    kind, ml, reason = (form.cleaned_data[name] for name in ("kind", "ml", "reason"))
    try:
        if kind == "count":
            actions.count_lot(lot=found, counted_ml=ml, reason=reason, by=request.user)
        else:
            actions.move_stock(
                lot=found, kind=kind, ml=ml, reason=reason, by=request.user
            )
    except Refused as refused:
        for finding in refused.findings:
            form.add_error(
                finding.where if finding.where in form.fields else None, finding.message
            )
        return _lot_page(request, found, form, status=422)
    messages.success(request, f"Written in the ledger of lot {found.number}.")
    return redirect("catalogue:lot", pk=pk)
