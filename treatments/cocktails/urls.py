"""The pages of this app."""

from django.urls import path

from treatments.cocktails import views
from treatments.cocktails.views import formulas, papers, reuse, tracing

app_name = "cocktails"
urlpatterns = [
    path("patients/<int:pk>/cocktail/", views.cocktail_start, name="start"),
    path("cocktails/<int:pk>/", views.cocktail_bench, name="bench"),
    path("cocktails/<int:pk>/check/", views.cocktail_check, name="check"),
    path("cocktails/<int:pk>/sign/", views.cocktail_sign, name="sign"),
    path("cocktails/<int:pk>/change/", views.cocktail_change, name="change"),
    path("cocktails/<int:pk>/trace/", tracing.cocktail_trace, name="trace"),
    path("cocktails/<int:pk>/reuse/", reuse.cocktail_reuse, name="reuse"),
    path(
        "cocktails/<int:pk>/preparation/",
        papers.cocktail_preparation,
        name="preparation",
    ),
    path("cocktails/<int:pk>/label/", papers.cocktail_label, name="label"),
    path("cocktails/", formulas.formula_list, name="formulas"),
    path("cocktails/<int:pk>/formula/", formulas.formula, name="formula"),
    path("cocktails/<int:pk>/education/", papers.cocktail_education, name="education"),
    path(
        "cocktails/<int:pk>/formulation/",
        views.formulation_save,
        name="save_formulation",
    ),
]
