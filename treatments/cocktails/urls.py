"""The pages of this app."""

from django.urls import path

from treatments.cocktails.views import (
    anonymous,
    answers,
    documents,
    explanation,
    formulation,
    product_search,
    reuse,
    signing,
    start,
)

app_name = "cocktails"
urlpatterns = [
    path("patients/<int:pk>/cocktail/", start.show_or_start_cocktail, name="start"),
    path("cocktails/<int:pk>/", formulation.draft_or_signed_cocktail_page, name="formulation"),
    path("cocktails/<int:pk>/check/", formulation.save_and_check_posted_formulation, name="check"),
    path("cocktails/<int:pk>/products/", product_search.find_posted_product, name="find_product"),
    path("cocktails/<int:pk>/answers/", answers.record_posted_cocktail_answers, name="answers"),
    path("cocktails/<int:pk>/sign/", signing.sign_posted_cocktail, name="sign"),
    path("cocktails/<int:pk>/change/", signing.start_posted_next_version, name="change"),
    path("cocktails/<int:pk>/explanation/", explanation.cocktail_explanation_page, name="explanation"),
    path("cocktails/<int:pk>/reuse/", reuse.show_or_reuse_for_other_patient, name="reuse"),
    path("cocktails/<int:pk>/preparation/", documents.preparation_sheet_pdf, name="preparation"),
    path("cocktails/<int:pk>/label/", documents.cocktail_label_pdf, name="label"),
    path("cocktails/", anonymous.anonymous_formula_list_page, name="formulas"),
    path("cocktails/<int:pk>/formula/", anonymous.anonymous_formula_page, name="formula"),
    path("cocktails/<int:pk>/education/", documents.anonymous_leaflet_pdf, name="education"),
    path(
        "cocktails/<int:pk>/education/patient/",
        documents.leaflet_for_patient_pdf,
        name="education_for",
    ),
    path("cocktails/<int:pk>/paper-name/", signing.save_posted_paper_name, name="save_paper_name"),
    path("cocktails/<int:pk>/formulation/", signing.save_posted_as_formulation, name="save_formulation"),
]
