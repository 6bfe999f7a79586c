"""Formulations as they are read by whoever sees no patients: what is in them, and the leaflet. Nothing is signed here."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.paging import Place, page_of, pager_addresses
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import catalogue_of_clinic
from treatments.cocktails.queries.documents import (
    PAGE,
    anonymous_signed_or_saved_versions_of_clinic,
    cocktail_code,
    formulation_name_or_cocktail_code,
)
from treatments.cocktails.queries.formulation import formula_of_version
from treatments.cocktails.rules.totals import syringe_totals
from treatments.cocktails.rules.versions import Formula
from treatments.cocktails.views.figures import figure_rows


@dataclass(frozen=True)
class FormulaLine:
    pk: int
    code: str
    name: str
    holds: str
    version: CocktailVersion


@require_GET
@requires_permission(Permission.SEE_COCKTAILS)
def anonymous_formula_list_page(request) -> HttpResponse:
    """Signed cocktails and saved formulations of this clinic, latest first, page by key."""
    found = page_of(
        anonymous_signed_or_saved_versions_of_clinic(_clinic_or_403(request)),
        ["pk"],
        Place.from_query(request.GET),
        size=PAGE,
        newest=True,
    )
    page = {
        "nav_on": "cocktails",
        "title": "Cocktails",
        "rows": [_formula_list_row(version) for version in found.rows],
        "page": pager_addresses(found, request.path),
    }
    return render(request, "treatments/cocktails/anonymous_list.html", page)


@require_GET
@requires_permission(Permission.SEE_COCKTAILS)
def anonymous_formula_page(request, pk: int) -> HttpResponse:
    """What one formulation holds, without its patient."""
    version = anonymous_signed_or_saved_versions_of_clinic(_clinic_or_403(request)).filter(pk=pk).first()
    if version is None:
        raise Http404
    catalogue = catalogue_of_clinic(request.clinic)
    held: Formula = formula_of_version(version)
    mix = catalogue.build_mix_of_known_products(
        [(line.product_code, line.ml) for line in held.lines],
        kind=held.kind,
        syringe_ml=held.syringe_ml,
        sessions=held.sessions,
        every_days=held.every_days,
    )
    figures = syringe_totals(mix, None, catalogue.rulebook)
    page = {
        "nav_on": "cocktails",
        "title": formulation_name_or_cocktail_code(version),
        "code": cocktail_code(version),
        "version": version,
        "course": held.course_text,
        "lines": held.lines,
        "figures": figures,
        "figure_rows": figure_rows(figures),
    }
    return render(request, "treatments/cocktails/anonymous.html", page)


def _formula_list_row(version: CocktailVersion) -> FormulaLine:
    return FormulaLine(
        version.pk,
        cocktail_code(version),
        formulation_name_or_cocktail_code(version),
        formula_of_version(version).lines_text(),
        version,
    )


def _clinic_or_403(request) -> Clinic:
    clinic: Clinic | None = request.clinic
    if clinic is None:
        raise PermissionDenied
    return clinic
