"""The pages of this app."""

from django.urls import path

from mesoclinic.outbox import views

app_name = "outbox"
urlpatterns = [
    path("", views.message_list_page, name="message_list"),
    path("<int:pk>/again/", views.send_message_again, name="message_again"),
    path("<int:pk>/settle/", views.settle_message_by_hand, name="message_settle"),
    path("settings/", views.outbox_settings_page, name="settings"),
]
