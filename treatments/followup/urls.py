"""The pages of this app."""

from django.urls import path

from treatments.followup import views

app_name = "followup"
urlpatterns = [
    path("check-ins/", views.call_list, name="calls"),
    path("check-ins/<int:pk>/", views.check_in_page, name="check_in"),
    path("check-ins/<int:pk>/not-reached/", views.check_in_not_reached, name="check_in_not_reached"),
    path("check-ins/<int:pk>/cancel/", views.check_in_cancel, name="check_in_cancel"),
    path("sessions/<int:pk>/afterwards/", views.check_ins_and_follow_ups_of_session, name="afterwards"),
    path("follow-ups/", views.follow_up_list, name="follow_ups"),
    path("follow-ups/<int:pk>/", views.follow_up_page, name="follow_up"),
    path("follow-ups/<int:pk>/move/", views.follow_up_move, name="follow_up_move"),
    path(
        "follow-ups/<int:pk>/lots/<int:lot_pk>/quarantine/",
        views.follow_up_quarantine,
        name="follow_up_quarantine",
    ),
]
