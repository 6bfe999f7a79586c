"""The pages of this app."""

from django.urls import path

from patients import views

app_name = "patients"
urlpatterns = [
    path("", views.patient_list, name="list"),
    path("new/", views.register, name="register"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/intake/", views.intake, name="intake"),
    path("<int:pk>/intake/history/", views.intake_history, name="intake_history"),
    path("<int:pk>/consent/", views.consent, name="consent"),
    path(
        "<int:pk>/consent/<int:consent_pk>/withdraw/",
        views.consent_withdraw,
        name="consent_withdraw",
    ),
    path("<int:pk>/risk-factors/", views.risk_factor_add, name="risk_factor_add"),
    path(
        "<int:pk>/risk-factors/<int:factor_pk>/end/",
        views.risk_factor_end,
        name="risk_factor_end",
    ),
]
