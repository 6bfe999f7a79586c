"""The pages of this app."""

from django.urls import path

from treatments.sessions import views
from treatments.sessions.views import lots

app_name = "sessions"
urlpatterns = [
    path("appointments/<int:pk>/session/", views.session_start, name="start"),
    path(
        "plans/<int:pk>/session/", views.session_start_for_plan, name="start_for_plan"
    ),
    path("sessions/<int:pk>/", views.session, name="session"),
    path("sessions/<int:pk>/lots/", lots.lot_watch, name="lot_watch"),
    path("sessions/<int:pk>/sign/", views.session_sign, name="sign"),
    path("sessions/<int:pk>/addendum/", views.session_addendum, name="addendum"),
    path("sessions/<int:pk>/void/", views.session_void, name="void"),
]
