"""Which rules were asked about a mix: the reasoning behind the checks, to be read by a clinician."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.permissions import Permission, requires_permission
from treatments.cocktails.actions.formulation import audit_cocktail_view
from treatments.cocktails.queries.catalogue import catalogue_of_clinic
from treatments.cocktails.queries.formulation import (
    anonymous_person_or_none,
    assessment_facts_of_version,
    formula_of_version,
    patient_of_version,
    patient_version_with_formulation_or_none,
)
from treatments.cocktails.rules.explanation import explain_every_rule_asked
from treatments.cocktails.rules.suggestions import why_offered_or_not_text

#: The states of a row in the order they are shown: state, heading, what it means.
_GROUPS = (
    ("fired", "Spoke", "What the rules said about this mix for this patient."),
    (
        "could",
        "Could speak",
        "About what is in the syringe: another ingredient, or a fact on the record, would set it off.",
    ),
    ("silent", "Asked, and silent", "These were applied, and all was well."),
)


@require_GET
@requires_permission(Permission.FORMULATE)
def cocktail_explanation_page(request, pk: int) -> HttpResponse:
    """Every rule that fired or could fire for what the version holds, and why the rest is not suggested."""
    today = timezone.localdate()
    version = patient_version_with_formulation_or_none(pk, on=today, user=request.user)
    if version is None:
        raise Http404
    audit_cocktail_view(patient=patient_of_version(version), by=request.user, page="explanation")
    catalogue = catalogue_of_clinic(version.cocktail.clinic)
    found = assessment_facts_of_version(version)
    person = anonymous_person_or_none(version, catalogue, today)
    formula = formula_of_version(version)
    mix = catalogue.build_mix_of_known_products(
        [(line.product_code, line.ml) for line in formula.lines],
        kind=formula.kind,
        syringe_ml=formula.syringe_ml,
        sessions=formula.sessions,
        every_days=formula.every_days,
    )
    rows = explain_every_rule_asked(
        mix, person, catalogue.rulebook, catalogue.substances, area_cm2=found.area_cm2, today=today
    )
    conditions = list(found.conditions)
    indicated = {
        row.substance
        for condition in conditions
        for row in catalogue.rulebook.indicated_for.get(condition, ())
    }
    page = {
        "version": version,
        "patient": patient_of_version(version),
        "step": "cocktail",
        "title": "Explanation of the checks",
        "nav_on": "patients",
        "groups": [
            (state, label, about, [row for row in rows if row.state == state])
            for state, label, about in _GROUPS
        ],
        "formula": formula,
        "absent": [
            (
                substance.name,
                why_offered_or_not_text(code, conditions, person, catalogue.rulebook, catalogue.substances),
            )
            for code, substance in sorted(
                catalogue.substances.items(), key=lambda pair: pair[1].name.casefold()
            )
            if code not in indicated
        ],
    }
    return render(request, "treatments/cocktails/explanation.html", page)
