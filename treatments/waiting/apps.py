from django.apps import AppConfig


class WaitingConfig(AppConfig):
    name = "treatments.waiting"
    label = "waiting"
