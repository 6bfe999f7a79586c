"""The pages of this app."""

from django.urls import path

from treatments.cocktails import views

app_name = "cocktails"
urlpatterns = [
    path("patients/<int:pk>/cocktail/", views.cocktail_start, name="start"),
    path("cocktails/<int:pk>/", views.cocktail_bench, name="bench"),
    path("cocktails/<int:pk>/check/", views.cocktail_check, name="check"),
    path("cocktails/<int:pk>/sign/", views.cocktail_sign, name="sign"),
    path("cocktails/<int:pk>/change/", views.cocktail_change, name="change"),
    path(
        "cocktails/<int:pk>/formulation/",
        views.formulation_save,
        name="save_formulation",
    ),
]
