from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "mesoclinic.pages"
    label = "pages"
