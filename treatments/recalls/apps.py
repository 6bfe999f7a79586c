from django.apps import AppConfig


class RecallsConfig(AppConfig):
    name = "treatments.recalls"
    label = "recalls"
