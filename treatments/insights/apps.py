from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "treatments.insights"
    label = "insights"
