"""The site map."""

from django.urls import include, path

from mesoclinic import views

urlpatterns = [
    path("", views.today, name="today"),
    path("find/", views.find, name="find"),
    path("patients/<int:pk>/", views.patient, name="patient"),
    path("drafts/", views.draft_save, name="draft_save"),
    path("accounts/", include("mesoclinic.accounts.urls")),
    path("patients/", include("patients.urls")),
    path("", include("treatments.urls")),
]
