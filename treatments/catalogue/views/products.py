"""Products: the list, a page each, and their versions."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.reasons import add_all_errors
from treatments.catalogue.actions.products import add_product, edit_product_now_or_plan
from treatments.catalogue.actions.versions import last_version_number_or_zero
from treatments.catalogue.forms.products import ProductFilterForm, ProductForm, content_formset
from treatments.catalogue.forms.versions import ChangeForm, ReasonForm
from treatments.catalogue.models import Ingredient, Product
from treatments.catalogue.queries.ingredients import products_with_blocked_flag
from treatments.catalogue.queries.products import ProductFilter, catalogue_sheet_of_product, page_of_products
from treatments.catalogue.queries.versions import (
    planned_changes_of_row,
    price_history,
    rows_with_history,
    version_history,
)
from treatments.catalogue.rules import PRODUCT_FIELDS
from treatments.catalogue.views.versions import (
    asks_impact_only,
    show_change_saved_message,
    show_or_save_retirement,
)

KIND = "catalogue.product"


@requires_permission(Permission.SEE_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def product_list_page(request):
    filters = ProductFilterForm(request.GET, families=family_codes_of_ingredients())
    chosen = filters.cleaned_data if filters.is_valid() else {}
    page = page_of_products(ProductFilter(**chosen), Place.from_query(request.GET))
    return render(
        request,
        "treatments/catalogue/product_list.html",
        {
            "title": "Products",
            "nav_on": "catalogue",
            "filters": filters,
            "filtered": any(chosen.values()),
            "products": page.rows,
            "page": pager_addresses(page, request.path, chosen),
        },
    )


def family_codes_of_ingredients():
    """The classes that ingredients are in."""
    return list(Ingredient.objects.order_by("family").values_list("family", flat=True).distinct())


@requires_permission(Permission.SEE_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def product_page(request, pk):
    found = get_object_or_404(rows_with_history(products_with_blocked_flag(), KIND), pk=pk)
    history = version_history(found)
    return render(
        request,
        "treatments/catalogue/product.html",
        {
            "title": str(found),
            "nav_on": "catalogue",
            "product": found,
            "sheet": catalogue_sheet_of_product(found),
            "used": found,
            "history": history,
            "planned": planned_changes_of_row(found),
            "prices": price_history(history),
        },
    )


@requires_permission(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def product_add(request):
    return _show_or_save_product_form(request, Product(), title="New product")


@requires_permission(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def product_edit(request, pk):
    product = get_object_or_404(Product, pk=pk)
    return _show_or_save_product_form(request, product, title=f"Edit {product.name}")


@requires_permission(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def retire_or_restore_product(request, pk):
    found = get_object_or_404(Product, pk=pk)
    then = reverse("catalogue:product", args=[pk])
    return show_or_save_retirement(request, found, found.name, then)


def _show_or_save_product_form(request, product, title):
    ingredients = {i.code: i for i in Ingredient.objects.order_by("name_key")}
    form = ProductForm(request.POST or None, instance=product)
    why = (
        ChangeForm(request.POST or None, initial={"version": last_version_number_or_zero(product)})
        if product.pk
        else ReasonForm(request.POST or None)
    )
    contents = content_formset(
        request.POST or None, _initial_values_of_content_forms(product), ingredients=ingredients
    )
    status, affects, now = 200, False, Product()
    if product.pk:
        # The form writes what was typed into its product; what is in force is read before.
        now = Product.objects.get(pk=product.pk)
    if request.method == "POST":
        status = 422
        if all([form.is_valid(), why.is_valid(), contents.is_valid()]):
            if product.pk and asks_impact_only(request):
                status, affects = 200, True
            else:
                try:
                    return _save_product_and_redirect(request, now, form, why, contents)
                except Refused as refused:
                    _add_refusals_to_forms(refused, form, why, contents[0])
    return render(
        request,
        "treatments/catalogue/product_form.html",
        {
            "title": title,
            "nav_on": "catalogue",
            "form": form,
            "why": why,
            "contents": contents,
            "forms": [form, contents, why],
            "product": now,
            "changed": now,
            "affects": affects,
        },
        status=status,
    )


def _initial_values_of_content_forms(product):
    """What is in a product, as the lines of the form begin."""
    if not product.pk:
        return []
    rows = product.contents.select_related("ingredient")
    return [{"ingredient": row.ingredient.code, "mg_per_ml": row.mg_per_ml} for row in rows]


def _save_product_and_redirect(request, product, form, why, lines):
    """Add or change the product, then go to its page."""
    contents = [
        (line.cleaned_data["ingredient"], line.cleaned_data["mg_per_ml"])
        for line in lines
        if line.cleaned_data.get("ingredient")
    ]
    fields = {name: form.cleaned_data[name] for name in PRODUCT_FIELDS}
    if not product.pk:
        saved = add_product(contents=contents, by=request.user, reason=why.cleaned_data["reason"], **fields)
        messages.success(request, f"{saved.name} is saved.")
        return redirect("catalogue:product", pk=saved.pk)
    planned = edit_product_now_or_plan(
        product=product, contents=contents, by=request.user, **fields, **why.cleaned_data
    )
    show_change_saved_message(request, product.name, planned)
    return redirect("catalogue:product", pk=product.pk)


def _add_refusals_to_forms(refused, form, why, first):
    """Each finding of a refusal at the field it is about."""
    for finding in refused.findings:
        if finding.where == "contents":
            first.add_error("ingredient", finding.message)
        else:
            add_all_errors(Refused(finding), form, why)
