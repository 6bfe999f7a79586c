"""The pages of this app."""

from django.urls import path

from treatments.followup.views import aftercare, calls

app_name = "followup"
urlpatterns = [
    path("check-ins/", calls.call_list_page, name="calls"),
    path("check-ins/<int:pk>/", calls.show_or_answer_check_in, name="check_in"),
    path("check-ins/<int:pk>/not-reached/", calls.record_posted_not_reached, name="check_in_not_reached"),
    path("check-ins/<int:pk>/cancel/", calls.cancel_posted_check_in, name="check_in_cancel"),
    path("check-ins/<int:pk>/send/", calls.send_posted_check_in_link, name="check_in_send"),
    path("check-ins/<int:pk>/photograph/", calls.check_in_photograph, name="check_in_photograph"),
    path("check-ins/settings/", calls.show_or_save_check_in_settings, name="check_in_settings"),
    path("sessions/<int:pk>/afterwards/", calls.check_ins_and_follow_ups_of_session_page, name="afterwards"),
    path("sessions/<int:pk>/aftercare/send/", aftercare.send_posted_aftercare_link, name="aftercare_send"),
    path("follow-ups/", calls.follow_up_list_page, name="follow_ups"),
    path("follow-ups/<int:pk>/", calls.follow_up_page, name="follow_up"),
    path("follow-ups/<int:pk>/move/", calls.move_or_note_posted_follow_up, name="follow_up_move"),
    path("follow-ups/<int:pk>/adverse-report/", calls.show_or_save_adverse_report, name="adverse_report_new"),
    path(
        "adverse-reports/<int:pk>/",
        calls.show_adverse_report_or_record_submission,
        name="adverse_report",
    ),
    path("adverse-reports/<int:pk>/pdf/", calls.adverse_report_pdf, name="adverse_report_pdf"),
    path("adverse-reports/<int:pk>/json/", calls.adverse_report_json, name="adverse_report_json"),
    path(
        "follow-ups/<int:pk>/lots/<int:lot_pk>/quarantine/",
        calls.quarantine_posted_lot,
        name="follow_up_quarantine",
    ),
]
