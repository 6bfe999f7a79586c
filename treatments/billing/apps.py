from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "treatments.billing"
    label = "billing"
