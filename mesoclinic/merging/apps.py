from django.apps import AppConfig


class MergingConfig(AppConfig):
    name = "mesoclinic.merging"
    label = "merging"
