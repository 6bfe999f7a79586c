"""The pages of this app."""

from django.urls import path

from treatments.sessions import views
from treatments.sessions.views import preparation

app_name = "sessions"
urlpatterns = [
    path("appointments/<int:pk>/session/", views.session_start, name="start"),
    path(
        "plans/<int:pk>/session/", views.session_start_for_plan, name="start_for_plan"
    ),
    path("sessions/<int:pk>/", views.session, name="session"),
    path(
        "sessions/<int:pk>/preparation/",
        preparation.session_preparation,
        name="preparation",
    ),
    path(
        "syringes/<int:pk>/prepared/",
        preparation.syringe_prepared,
        name="syringe_prepared",
    ),
    path(
        "syringes/<int:pk>/checked/",
        preparation.syringe_checked,
        name="syringe_checked",
    ),
    path("syringes/<int:pk>/sheet/", preparation.syringe_sheet, name="syringe_sheet"),
    path("syringes/<int:pk>/label/", preparation.syringe_label, name="syringe_label"),
    path("sessions/<int:pk>/sign/", views.session_sign, name="sign"),
    path("sessions/<int:pk>/addendum/", views.session_addendum, name="addendum"),
    path("sessions/<int:pk>/void/", views.session_void, name="void"),
]
