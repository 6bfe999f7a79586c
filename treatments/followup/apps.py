from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "treatments.followup"
    label = "followup"
