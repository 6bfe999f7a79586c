"""The pages of this app."""

from django.urls import path

from patients.views import (
    alerts,
    clinics,
    consents,
    imports,
    intake,
    intake_by_link,
    links,
    people,
    risk_factors,
)

app_name = "patients"
urlpatterns = [
    path("", people.patient_list_page, name="list"),
    path("new/", people.register_patient_page, name="register"),
    path("import/", imports.import_page, name="import"),
    path("import/columns/", imports.save_posted_column_choices, name="import_columns"),
    path("import/write/", imports.write_import, name="import_write"),
    path("import/cancel/", imports.cancel_import, name="import_cancel"),
    path("opened/", clinics.openings_page, name="openings"),
    path("<int:pk>/open/", clinics.break_glass_page, name="break_glass"),
    path("links/<int:pk>/end/", links.end_posted_link, name="link_end"),
    path("<int:pk>/edit/", people.edit_patient_page, name="edit"),
    path("<int:pk>/intake/", intake.intake_page, name="intake"),
    path("<int:pk>/intake/history/", intake.intake_history_page, name="intake_history"),
    path("told/<int:pk>/", intake_by_link.confirm_told_intake_page, name="told_intake"),
    path("<int:pk>/consent/", consents.consent_page, name="consent"),
    path(
        "<int:pk>/consent/<int:consent_pk>/withdraw/",
        consents.withdraw_posted_consent,
        name="consent_withdraw",
    ),
    path("<int:pk>/consent/<int:consent_pk>/pdf/", consents.consent_pdf, name="consent_pdf"),
    path("<int:pk>/consent/blank/<slug:kind>/", consents.blank_consent_pdf, name="consent_blank"),
    path("consent-texts/", consents.consent_text_list_page, name="consent_text_list"),
    path("consent-texts/<int:pk>/", consents.next_consent_text_version_page, name="consent_text_edit"),
    path("<int:pk>/alerts/<int:alert_pk>/clear/", alerts.show_or_clear_alert, name="alert_clear"),
    path("<int:pk>/alerts/<int:alert_pk>/agree/", alerts.save_posted_clearing_agreement, name="alert_agree"),
    path("<int:pk>/risk-factors/", risk_factors.risk_factors_page, name="risk_factor_add"),
    path(
        "<int:pk>/risk-factors/<int:factor_pk>/end/",
        risk_factors.end_posted_risk_factor,
        name="risk_factor_end",
    ),
]
