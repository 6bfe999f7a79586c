from django.apps import AppConfig


class ResponseConfig(AppConfig):
    name = "treatments.response"
    label = "response"
