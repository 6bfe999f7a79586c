from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    name = "treatments.schedule"
    label = "schedule"
