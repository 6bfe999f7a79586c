from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    name = "treatments.conditions"
    label = "conditions"
