from importlib import import_module

from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    name = "treatments.conditions"
    label = "conditions"

    def ready(self) -> None:
        """Laboratory results are among the alerts of a patient: the module says so as it is loaded."""
        import_module("treatments.conditions.queries.lab_alerts")
