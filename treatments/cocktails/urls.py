"""The pages of this app."""

from django.urls import path

from treatments.cocktails import views
from treatments.cocktails.views import formulas, papers, reuse, rule_rows, tracing

app_name = "cocktails"
urlpatterns = [
    path("patients/<int:pk>/cocktail/", views.cocktail_start, name="start"),
    path("cocktails/<int:pk>/", views.cocktail_bench, name="bench"),
    path("cocktails/<int:pk>/check/", views.cocktail_check, name="check"),
    path("cocktails/<int:pk>/sign/", views.cocktail_sign, name="sign"),
    path("cocktails/<int:pk>/change/", views.cocktail_change, name="change"),
    path("cocktails/<int:pk>/trace/", tracing.cocktail_trace, name="trace"),
    path("cocktails/<int:pk>/reuse/", reuse.cocktail_reuse, name="reuse"),
    path("cocktails/<int:pk>/preparation/", papers.cocktail_preparation, name="preparation"),
    path("cocktails/<int:pk>/label/", papers.cocktail_label, name="label"),
    path("cocktails/", formulas.formula_list, name="formulas"),
    path("cocktails/<int:pk>/formula/", formulas.formula, name="formula"),
    path("cocktails/<int:pk>/education/", papers.cocktail_education, name="education"),
    path("cocktails/<int:pk>/formulation/", views.formulation_save, name="save_formulation"),
    path("rules/", rule_rows.rule_list, name="rule_list"),
    path("rules/<slug:kind>/new/", rule_rows.rule_add, name="rule_add"),
    path("rules/<slug:kind>/<int:pk>/", rule_rows.rule, name="rule"),
    path("rules/<slug:kind>/<int:pk>/edit/", rule_rows.rule_edit, name="rule_edit"),
    path("rules/<slug:kind>/<int:pk>/retire/", rule_rows.rule_retire, name="rule_retire"),
    path("rules/<slug:kind>/<int:pk>/review/", rule_rows.rule_review, name="rule_review"),
]
