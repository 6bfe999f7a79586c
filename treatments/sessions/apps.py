from importlib import import_module

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "treatments.sessions"
    # django.contrib.sessions has the label "sessions".
    label = "treatment_sessions"

    def ready(self) -> None:
        """New medicines are among the alerts of a patient; a pregnancy is asked what was injected before it.

        So is what was seen at the scalp today. Each module says so as it is loaded.
        """
        import_module("treatments.sessions.queries.new_medicines")
        import_module("treatments.sessions.queries.scalp_alerts")
        import_module("treatments.sessions.actions.alerts")
