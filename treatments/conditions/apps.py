from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    name = "treatments.conditions"
    label = "conditions"

    def ready(self) -> None:
        """Laboratory results are among the alerts of a patient."""
        from patients.alert_queries import add_record_source  # models can be read from here on
        from treatments.conditions.queries.lab_alerts import LAB_ALERTS

        add_record_source(LAB_ALERTS)
