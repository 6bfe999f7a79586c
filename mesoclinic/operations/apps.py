from django.apps import AppConfig

from mesoclinic.operations.error_tracker import start_error_tracker


class OperationsConfig(AppConfig):
    name = "mesoclinic.operations"
    label = "operations"

    def ready(self) -> None:
        """Called by Django once everything is loaded."""
        start_error_tracker()
