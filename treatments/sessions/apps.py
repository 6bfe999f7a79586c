from importlib import import_module

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "treatments.sessions"
    # django.contrib.sessions has the label "sessions".
    label = "treatment_sessions"

    def ready(self) -> None:
        """A pregnancy is asked what was injected before it: the module says so as it is loaded."""
        import_module("treatments.sessions.actions.alerts")
