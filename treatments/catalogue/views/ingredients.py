"""Ingredients: the list, a page each, and their versions."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.reasons import add_all_errors
from treatments.catalogue.actions.ingredients import add_ingredient, edit_ingredient_now_or_plan
from treatments.catalogue.actions.versions import last_version_number_or_zero
from treatments.catalogue.forms.ingredients import IngredientFilterForm, IngredientForm, NewIngredientForm
from treatments.catalogue.forms.products import family_text
from treatments.catalogue.forms.versions import ChangeForm, ReasonForm
from treatments.catalogue.models import Ingredient
from treatments.catalogue.queries.ingredients import (
    IngredientFilter,
    catalogue_sheet_of_ingredient,
    page_of_ingredients,
)
from treatments.catalogue.queries.versions import planned_changes_of_row, rows_with_history, version_history
from treatments.catalogue.views.products import family_codes_of_ingredients
from treatments.catalogue.views.versions import (
    asks_impact_only,
    show_change_saved_message,
    show_or_save_retirement,
)

KIND = "catalogue.ingredient"


@requires_permission(Permission.SEE_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def ingredient_list_page(request):
    filters = IngredientFilterForm(request.GET, families=family_codes_of_ingredients())
    chosen = filters.cleaned_data if filters.is_valid() else {}
    page = page_of_ingredients(IngredientFilter(**chosen), Place.from_query(request.GET))
    for found in page.rows:
        found.family_text = family_text(found.family)
    return render(
        request,
        "treatments/catalogue/ingredient_list.html",
        {
            "title": "Catalogue",
            "nav_on": "catalogue",
            "filters": filters,
            "filtered": any(chosen.values()),
            "ingredients": page.rows,
            "page": pager_addresses(page, request.path, chosen),
        },
    )


@requires_permission(Permission.SEE_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def ingredient_page(request, code):
    rows = Ingredient.objects.select_related("reviewed_by", "coverage")
    found = get_object_or_404(rows_with_history(rows, KIND), code=code)
    return render(
        request,
        "treatments/catalogue/ingredient.html",
        {
            "title": found.name,
            "nav_on": "catalogue",
            "ingredient": found,
            "family": family_text(found.family),
            "sheet": catalogue_sheet_of_ingredient(found),
            "used": found,
            "history": version_history(found),
            "planned": planned_changes_of_row(found),
        },
    )


@requires_permission(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def ingredient_add(request):
    form = NewIngredientForm(request.POST or None)
    why = ReasonForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if all([form.is_valid(), why.is_valid()]):
            try:
                saved = add_ingredient(by=request.user, reason=why.cleaned_data["reason"], **form.row_values)
            except Refused as refused:
                add_all_errors(refused, form, why)
            else:
                messages.success(request, f"{saved.name} is in the catalogue.")
                return redirect("catalogue:ingredient", code=saved.code)
    return _render_ingredient_form_page(request, "New ingredient", Ingredient(), form, why, status=status)


@requires_permission(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def ingredient_edit(request, code):
    found = get_object_or_404(Ingredient, code=code)
    now = Ingredient.objects.get(pk=found.pk)
    form = IngredientForm(request.POST or None, instance=found)
    why = ChangeForm(request.POST or None, initial={"version": last_version_number_or_zero(now)})
    status, affects = 200, False
    if request.method == "POST":
        status = 422
        if all([form.is_valid(), why.is_valid()]):
            if asks_impact_only(request):
                status, affects = 200, True
            else:
                try:
                    planned = edit_ingredient_now_or_plan(
                        ingredient=now, by=request.user, **form.row_values, **why.cleaned_data
                    )
                except Refused as refused:
                    add_all_errors(refused, form, why)
                else:
                    show_change_saved_message(request, now.name, planned)
                    return redirect("catalogue:ingredient", code=code)
    title = f"Edit {now.name}"
    return _render_ingredient_form_page(request, title, now, form, why, status=status, affects=affects)


def _render_ingredient_form_page(request, title, row, form, why, *, status, affects=False):
    return render(
        request,
        "treatments/catalogue/ingredient_form.html",
        {
            "title": title,
            "nav_on": "catalogue",
            "form": form,
            "why": why,
            "forms": [form, why],
            "ingredient": row,
            "changed": row,
            "affects": affects,
        },
        status=status,
    )


@requires_permission(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def retire_or_restore_ingredient(request, code):
    found = get_object_or_404(Ingredient, code=code)
    then = reverse("catalogue:ingredient", args=[code])
    return show_or_save_retirement(request, found, found.name, then)
