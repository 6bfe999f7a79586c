from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "mesoclinic.inbox"
    label = "inbox"
