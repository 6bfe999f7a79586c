"""The pages of this app."""

from django.urls import path

from treatments.sessions import views

app_name = "sessions"
urlpatterns = [
    path("appointments/<int:pk>/session/", views.session_start, name="start"),
    path(
        "plans/<int:pk>/session/", views.session_start_for_plan, name="start_for_plan"
    ),
    path("sessions/<int:pk>/", views.session, name="session"),
    path("sessions/<int:pk>/keep/", views.session_keep, name="keep"),
    path("sessions/<int:pk>/scan/", views.session_scan, name="scan"),
    path("sessions/<int:pk>/safety/", views.session_safety, name="safety"),
    path("sessions/<int:pk>/discard/", views.session_discard, name="discard"),
    path("sessions/<int:pk>/sign/", views.session_sign, name="sign"),
    path("sessions/<int:pk>/addendum/", views.session_addendum, name="addendum"),
    path("sessions/<int:pk>/void/", views.session_void, name="void"),
]
