"""The pages of this app."""

from django.urls import path

from treatments.schedule import views
from treatments.schedule.views import stock

app_name = "schedule"
urlpatterns = [
    path("stock/forecast/", stock.stock_forecast, name="stock_forecast"),
    path("calendar/", views.day, name="day"),
    path("patients/<int:pk>/appointment/", views.book, name="book"),
    path("plans/<int:pk>/book/", views.book_course, name="book_course"),
    path("appointments/<int:pk>/", views.appointment, name="appointment"),
    path("appointments/<int:pk>/move/", views.move, name="move"),
    path("appointments/<int:pk>/confirm/", views.confirm, name="confirm"),
    path("appointments/<int:pk>/arrive/", views.arrive, name="arrive"),
    path("appointments/<int:pk>/arrive/undo/", views.arrive_undo, name="arrive_undo"),
    path("appointments/<int:pk>/no-show/", views.no_show, name="no_show"),
    path("appointments/<int:pk>/finish/", views.finish, name="finish"),
    path("appointments/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("hours/", views.hours, name="hours"),
    path("hours/rooms/", views.room_add, name="room_add"),
    path("hours/rooms/<int:pk>/", views.room_set, name="room_set"),
    path("hours/openings/", views.opening_add, name="opening_add"),
    path(
        "hours/openings/<int:pk>/remove/", views.opening_remove, name="opening_remove"
    ),
    path("hours/time-off/", views.time_off_add, name="time_off_add"),
    path(
        "hours/time-off/<int:pk>/remove/", views.time_off_remove, name="time_off_remove"
    ),
]
