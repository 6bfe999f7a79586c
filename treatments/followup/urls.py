"""The pages of this app."""

from django.urls import path

from treatments.followup import views

app_name = "followup"
urlpatterns = [
    path("check-ins/", views.call_list_page, name="calls"),
    path("check-ins/<int:pk>/", views.show_or_answer_check_in, name="check_in"),
    path("check-ins/<int:pk>/not-reached/", views.record_posted_not_reached, name="check_in_not_reached"),
    path("check-ins/<int:pk>/cancel/", views.cancel_posted_check_in, name="check_in_cancel"),
    path("check-ins/<int:pk>/send/", views.send_posted_check_in_link, name="check_in_send"),
    path("check-ins/<int:pk>/photograph/", views.check_in_photograph, name="check_in_photograph"),
    path("check-ins/settings/", views.show_or_save_check_in_settings, name="check_in_settings"),
    path("sessions/<int:pk>/afterwards/", views.check_ins_and_follow_ups_of_session_page, name="afterwards"),
    path("follow-ups/", views.follow_up_list_page, name="follow_ups"),
    path("follow-ups/<int:pk>/", views.follow_up_page, name="follow_up"),
    path("follow-ups/<int:pk>/move/", views.move_or_note_posted_follow_up, name="follow_up_move"),
    path("follow-ups/<int:pk>/adverse-report/", views.show_or_save_adverse_report, name="adverse_report_new"),
    path(
        "adverse-reports/<int:pk>/",
        views.show_adverse_report_or_record_submission,
        name="adverse_report",
    ),
    path("adverse-reports/<int:pk>/pdf/", views.adverse_report_pdf, name="adverse_report_pdf"),
    path("adverse-reports/<int:pk>/json/", views.adverse_report_json, name="adverse_report_json"),
    path(
        "follow-ups/<int:pk>/lots/<int:lot_pk>/quarantine/",
        views.quarantine_posted_lot,
        name="follow_up_quarantine",
    ),
]
