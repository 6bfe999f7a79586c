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
    path("patients/<int:pk>/cocktail/", start.cocktail_start, name="start"),
    path("cocktails/<int:pk>/", formulation.cocktail_formulation, name="formulation"),
    path("cocktails/<int:pk>/check/", formulation.save_and_check_formulation, name="check"),
    path("cocktails/<int:pk>/products/", product_search.find_product, name="find_product"),
    path("cocktails/<int:pk>/answers/", answers.cocktail_answers, name="answers"),
    path("cocktails/<int:pk>/sign/", signing.cocktail_sign, name="sign"),
    path("cocktails/<int:pk>/change/", signing.cocktail_next_version, name="change"),
    path("cocktails/<int:pk>/explanation/", explanation.cocktail_explanation, name="explanation"),
    path("cocktails/<int:pk>/reuse/", reuse.cocktail_reuse, name="reuse"),
    path("cocktails/<int:pk>/preparation/", documents.cocktail_preparation, name="preparation"),
    path("cocktails/<int:pk>/label/", documents.cocktail_label, name="label"),
    path("cocktails/", anonymous.formula_list, name="formulas"),
    path("cocktails/<int:pk>/formula/", anonymous.formula, name="formula"),
    path("cocktails/<int:pk>/education/", documents.cocktail_education, name="education"),
    path(
        "cocktails/<int:pk>/education/patient/",
        documents.cocktail_education_for_patient,
        name="education_for",
    ),
    path("cocktails/<int:pk>/paper-name/", signing.paper_name_save, name="save_paper_name"),
    path("cocktails/<int:pk>/formulation/", signing.formulation_save, name="save_formulation"),
]
