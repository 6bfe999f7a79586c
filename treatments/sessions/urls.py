"""The pages of this app."""

from django.urls import path

from treatments.sessions.views import (
    amounts,
    autosave,
    discarding,
    late_reports,
    lots,
    preparation,
    session,
    signed,
    signing,
)

app_name = "sessions"
urlpatterns = [
    path("appointments/<int:pk>/session/", session.session_start, name="start"),
    path("plans/<int:pk>/session/", session.session_start_for_plan, name="start_for_plan"),
    path("sessions/<int:pk>/", session.session, name="session"),
    path("sessions/<int:pk>/keep/", autosave.session_keep, name="keep"),
    path("sessions/<int:pk>/scan/", autosave.session_scan, name="scan"),
    path("sessions/<int:pk>/safety/", autosave.session_safety, name="safety"),
    path("sessions/<int:pk>/amounts/", amounts.session_amounts, name="amounts"),
    path("sessions/<int:pk>/discard/", discarding.session_discard, name="discard"),
    path("sessions/<int:pk>/lots/", lots.lot_watch, name="lot_watch"),
    path("sessions/<int:pk>/preparation/", preparation.session_preparation, name="preparation"),
    path("syringes/<int:pk>/prepared/", preparation.syringe_prepared, name="syringe_prepared"),
    path("syringes/<int:pk>/checked/", preparation.syringe_checked, name="syringe_checked"),
    path("syringes/<int:pk>/sheet/", preparation.syringe_sheet, name="syringe_sheet"),
    path("syringes/<int:pk>/label/", preparation.syringe_label, name="syringe_label"),
    path("sessions/<int:pk>/sign/", signing.session_sign, name="sign"),
    path("sessions/<int:pk>/addendum/", signed.session_addendum, name="addendum"),
    path("sessions/<int:pk>/void/", signed.session_void, name="void"),
    path("sessions/<int:pk>/pain/", late_reports.session_pain, name="pain"),
    path("sessions/<int:pk>/reactions/", late_reports.session_reactions, name="reactions"),
    path("reactions/<int:pk>/end/", late_reports.reaction_end, name="reaction_end"),
]
