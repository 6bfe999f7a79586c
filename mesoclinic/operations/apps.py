from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "mesoclinic.operations"
    label = "operations"
