from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "treatments.stock"
    label = "stock"
