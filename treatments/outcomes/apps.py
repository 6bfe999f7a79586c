from django.apps import AppConfig


class OutcomesConfig(AppConfig):
    name = "treatments.outcomes"
    label = "outcomes"
