from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "treatments.sessions"
    # django.contrib.sessions has the label "sessions".
    label = "treatment_sessions"
