"""The site map. Names without a namespace are the addresses of things: any app may link to them."""

from django.urls import include, path

from mesoclinic.accounts.views import save_posted_autosave
from mesoclinic.operations.views import server_page
from mesoclinic.pages import alerts, dose_gaps, patient, plan, search, session_record, today, visit_fee
from treatments.catalogue.views.sources import source

# A fault of the server gets a page of its own; a mistake of ours Django's, with templates/500.html.
handler500 = "mesoclinic.operations.fault_pages.answer_error"

urlpatterns = [
    path("", today.today_page, name="today"),
    path("find/", search.search_page, name="find"),
    path("patients/<int:pk>/", patient.patient_page, name="patient"),
    path("patients/<int:pk>/next/", patient.redirect_to_next_step, name="next_step"),
    path("patients/<int:pk>/alerts/", alerts.alert_list_page, name="patient_alerts"),
    path("plans/<int:pk>/", plan.plan_page, name="plan"),
    path("visits/<int:pk>/fee/", visit_fee.redirect_to_visit_fee, name="visit_fee"),
    path("sessions/<int:pk>/record/", session_record.session_record_page, name="session_record"),
    path("sessions/<int:pk>/record/pdf/", session_record.session_record_pdf, name="session_record_pdf"),
    path("catalogue/sources/<slug:key>/", source, name="source"),
    path("rules/without-limit/", dose_gaps.dose_gap_page, name="dose_gaps"),
    path("server/", server_page, name="server"),
    path("autosave/", save_posted_autosave, name="autosave"),
    path("accounts/", include("mesoclinic.accounts.urls")),
    path("messages/", include("mesoclinic.outbox.urls")),
    path("patients/", include("patients.urls")),
    path("", include("treatments.urls")),
]
