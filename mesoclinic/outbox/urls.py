"""The pages of this app."""

from django.urls import path

from mesoclinic.outbox.views import choices, messages, reports, texts

app_name = "outbox"
urlpatterns = [
    path("", messages.message_list_page, name="message_list"),
    path("<int:pk>/again/", messages.send_message_again, name="message_again"),
    path("<int:pk>/settle/", messages.settle_message_by_hand, name="message_settle"),
    path("reports/twilio/<uuid:key>/", reports.twilio_report, name="report_twilio"),
    path("reports/vonage/<uuid:key>/", reports.vonage_report, name="report_vonage"),
    path("patients/<int:pk>/", choices.messages_wanted_page, name="wanted"),
    path("texts/", texts.text_list_page, name="text_list"),
    path("texts/<slug:purpose>/<slug:channel>/<slug:language>/", texts.text_page, name="text"),
    path("settings/", messages.outbox_settings_page, name="settings"),
]
