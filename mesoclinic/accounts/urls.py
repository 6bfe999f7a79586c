"""Signing in and out, one's own second factor (allauth's pages), and the clinic's settings."""

from django.urls import include, path

from mesoclinic.accounts import idle_lock, views

urlpatterns = [
    path("clinic/", views.clinic_settings_page, name="clinic_settings"),
    path("unlock/", idle_lock.unlock_session, name="session_unlock"),
    path("work-at/", views.work_at_page, name="work_at"),
    path("", include("allauth.urls")),
]
