from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "mesoclinic.privacy"
    label = "privacy"
