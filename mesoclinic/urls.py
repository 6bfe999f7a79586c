"""The site map. Names without a namespace are the addresses of things: any app may link to them."""

from django.urls import include, path

from mesoclinic.accounts.views import save_posted_autosave
from mesoclinic.operations.views import server_page
from mesoclinic.outbox.views.choices import message_choices_page
from mesoclinic.pages import (
    access_log,
    alerts,
    dose_gaps,
    inbox_marks,
    navigation,
    patient,
    patient_links,
    plan,
    prepared_files,
    safety_texts,
    search,
    session_record,
    staff,
    today,
    visit_fee,
)
from treatments.catalogue.views.sources import source

# A fault of the server gets a page of its own; a mistake of ours Django's, with templates/500.html.
handler500 = "mesoclinic.operations.fault_pages.answer_error"

urlpatterns = [
    path("", today.today_page, name="today"),
    path("menu/badges/", navigation.menu_badges, name="menu_badges"),
    path("find/", search.search_page, name="find"),
    path("patients/<int:pk>/", patient.patient_page, name="patient"),
    path("patients/<int:pk>/next/", patient.redirect_to_next_step, name="next_step"),
    path("patients/<int:pk>/alerts/", alerts.alert_list_page, name="patient_alerts"),
    path("l/<str:token>/", patient_links.open_link, name="patient_link"),
    path("l/<str:token>/<slug:part>/", patient_links.open_link, name="patient_link_part"),
    path("m/<str:token>/", message_choices_page, name="message_choices"),
    path("plans/<int:pk>/", plan.plan_page, name="plan"),
    path("visits/<int:pk>/fee/", visit_fee.redirect_to_visit_fee, name="visit_fee"),
    path("visits/<int:pk>/fee/waive/", visit_fee.waive_visit_fee, name="visit_fee_waive"),
    path("inbox/seen/", inbox_marks.mark_seen, name="inbox_seen"),
    path("inbox/undo/", inbox_marks.undo_seen, name="inbox_undo"),
    path("inbox/open/", inbox_marks.open_line, name="inbox_open"),
    path("sessions/<int:pk>/record/", session_record.session_record_page, name="session_record"),
    path("sessions/<int:pk>/record/pdf/", session_record.session_record_pdf, name="session_record_pdf"),
    path("catalogue/sources/<slug:key>/", source, name="source"),
    path("rules/without-limit/", dose_gaps.dose_gap_page, name="dose_gaps"),
    path("staff/", staff.staff_list_page, name="staff"),
    path("staff/export.csv", staff.staff_csv, name="staff_csv"),
    path("staff/invite/", staff.invite_page, name="staff_invite"),
    path("staff/<int:pk>/", staff.staff_person_page, name="staff_person"),
    path("staff/<int:pk>/disable/", staff.disable, name="staff_disable"),
    path("staff/<int:pk>/enable/", staff.enable, name="staff_enable"),
    path("staff/<int:pk>/unlock/", staff.unlock, name="staff_unlock"),
    path("staff/<int:pk>/second-factor/", staff.reset_factor, name="staff_reset_factor"),
    path("staff/<int:pk>/letter/", staff.send_letter, name="staff_letter"),
    path("staff/<int:pk>/signed-in/<int:sign_in_pk>/", staff.sign_out_device, name="staff_sign_out"),
    path("safety-texts/", safety_texts.safety_text_list_page, name="safety_texts"),
    path(
        "safety-texts/<slug:language>/",
        safety_texts.show_or_sign_safety_texts,
        name="safety_texts_of_language",
    ),
    path(
        "safety-texts/aftercare/<slug:language>/",
        safety_texts.show_or_sign_aftercare_texts,
        name="safety_texts_aftercare",
    ),
    path(
        "safety-texts/consent/<int:pk>/",
        safety_texts.show_or_sign_consent_text,
        name="safety_texts_consent",
    ),
    path("access-log/", access_log.access_log_page, name="access_log"),
    path("access-log/check/", access_log.check_log, name="access_log_check"),
    path("access-log/export.csv", access_log.access_log_csv, name="access_log_csv"),
    path("access-log/patient/", access_log.patient_report_pdf, name="access_log_patient"),
    path("access-log/<int:pk>/reason/", access_log.review_reason, name="access_log_review"),
    path("privacy/", include("mesoclinic.privacy.urls")),
    path("files/<int:pk>/", prepared_files.prepared_file_page, name="prepared_file"),
    path("files/<int:pk>/file.csv", prepared_files.take_prepared_file, name="prepared_file_take"),
    path("server/", server_page, name="server"),
    path("autosave/", save_posted_autosave, name="autosave"),
    path("accounts/", include("mesoclinic.accounts.urls")),
    path("patients/", include("mesoclinic.merging.urls")),
    path("messages/", include("mesoclinic.outbox.urls")),
    path("patients/", include("patients.urls")),
    path("", include("treatments.urls")),
]
