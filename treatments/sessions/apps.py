from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "treatments.sessions"
    # django.contrib.sessions has the label "sessions".
    label = "treatment_sessions"

    def ready(self) -> None:
        """New medicines are among the alerts of a patient; a pregnancy is asked what was injected before it."""
        # Models can be read from here on.
        from patients.actions.learned import add_fact_listener
        from patients.alert_queries import add_record_source
        from treatments.sessions.actions.alerts import raise_alert_of_pregnancy_after_5ari
        from treatments.sessions.queries.new_medicines import NEW_MEDICINE_ALERTS

        add_record_source(NEW_MEDICINE_ALERTS)
        add_fact_listener(raise_alert_of_pregnancy_after_5ari)
