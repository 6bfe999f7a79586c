"""The pages of this app."""

from django.urls import path

from treatments.sessions import views
from treatments.sessions.views import follow_up, lots, preparation

app_name = "sessions"
urlpatterns = [
    path("appointments/<int:pk>/session/", views.session_start, name="start"),
    path("plans/<int:pk>/session/", views.session_start_for_plan, name="start_for_plan"),
    path("sessions/<int:pk>/", views.session, name="session"),
    path("sessions/<int:pk>/keep/", views.session_keep, name="keep"),
    path("sessions/<int:pk>/scan/", views.session_scan, name="scan"),
    path("sessions/<int:pk>/safety/", views.session_safety, name="safety"),
    path("sessions/<int:pk>/discard/", views.session_discard, name="discard"),
    path("sessions/<int:pk>/lots/", lots.lot_watch, name="lot_watch"),
    path("sessions/<int:pk>/preparation/", preparation.session_preparation, name="preparation"),
    path("syringes/<int:pk>/prepared/", preparation.syringe_prepared, name="syringe_prepared"),
    path("syringes/<int:pk>/checked/", preparation.syringe_checked, name="syringe_checked"),
    path("syringes/<int:pk>/sheet/", preparation.syringe_sheet, name="syringe_sheet"),
    path("syringes/<int:pk>/label/", preparation.syringe_label, name="syringe_label"),
    path("sessions/<int:pk>/sign/", views.session_sign, name="sign"),
    path("sessions/<int:pk>/addendum/", views.session_addendum, name="addendum"),
    path("sessions/<int:pk>/void/", views.session_void, name="void"),
    path("sessions/<int:pk>/pain/", follow_up.session_pain, name="pain"),
    path("sessions/<int:pk>/reactions/", follow_up.session_reactions, name="reactions"),
    path("reactions/<int:pk>/end/", follow_up.reaction_end, name="reaction_end"),
    path("check-ins/", follow_up.call_list, name="calls"),
    path("check-ins/<int:pk>/", follow_up.check_in, name="check_in"),
    path("check-ins/<int:pk>/not-reached/", follow_up.check_in_not_reached, name="check_in_not_reached"),
    path("check-ins/<int:pk>/cancel/", follow_up.check_in_cancel, name="check_in_cancel"),
    path("follow-ups/", follow_up.follow_up_list, name="follow_ups"),
    path("follow-ups/<int:pk>/", follow_up.follow_up, name="follow_up"),
    path("follow-ups/<int:pk>/move/", follow_up.follow_up_move, name="follow_up_move"),
    path(
        "follow-ups/<int:pk>/lots/<int:lot_pk>/quarantine/",
        follow_up.follow_up_quarantine,
        name="follow_up_quarantine",
    ),
]
