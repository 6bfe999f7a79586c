"""The pages of this app."""

from django.urls import path

from patients import views
from patients.imports import page

app_name = "patients"
urlpatterns = [
    path("", views.patient_list, name="list"),
    path("new/", views.register, name="register"),
    path("import/", page.import_patients, name="import"),
    path("import/columns/", page.import_columns, name="import_columns"),
    path("import/write/", page.import_write, name="import_write"),
    path("import/cancel/", page.import_cancel, name="import_cancel"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/intake/", views.intake, name="intake"),
    path("<int:pk>/intake/history/", views.intake_history, name="intake_history"),
    path("<int:pk>/consent/", views.consent, name="consent"),
    path("<int:pk>/consent/<int:consent_pk>/withdraw/", views.consent_withdraw, name="consent_withdraw"),
    path("<int:pk>/consent/<int:consent_pk>/pdf/", views.consent_pdf, name="consent_pdf"),
    path("<int:pk>/consent/blank/<slug:kind>/", views.consent_blank, name="consent_blank"),
    path("consent-texts/", views.consent_text_list, name="consent_text_list"),
    path("consent-texts/<int:pk>/", views.consent_text_edit, name="consent_text_edit"),
    path("<int:pk>/risk-factors/", views.risk_factor_add, name="risk_factor_add"),
    path("<int:pk>/risk-factors/<int:factor_pk>/end/", views.risk_factor_end, name="risk_factor_end"),
]
