from django.apps import AppConfig


class CocktailsConfig(AppConfig):
    name = "treatments.cocktails"
    label = "cocktails"
