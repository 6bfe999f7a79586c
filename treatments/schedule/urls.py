"""The pages of this app."""

from django.urls import path

from treatments.schedule import views
from treatments.schedule.views import (
    booking_settings,
    calendar,
    calendars,
    finding,
    public,
    reminders,
    rest,
    stock,
    waiting,
    worklists,
)

app_name = "schedule"
urlpatterns = [
    path("stock/forecast/", stock.stock_forecast, name="stock_forecast"),
    path("calendar/", calendar.day, name="day"),
    path("calendar/free/", finding.free, name="free"),
    path("calendar/new/", finding.new, name="new"),
    path("calendar/to-book/", worklists.to_book, name="to_book"),
    path("patients/<int:pk>/appointment/", views.book, name="book"),
    path("plans/<int:pk>/book/", views.book_course, name="book_course"),
    path("appointments/<int:pk>/", views.appointment, name="appointment"),
    path("appointments/<int:pk>/move/", views.move, name="move"),
    path("appointments/<int:pk>/place/", calendar.place, name="place"),
    path("appointments/<int:pk>/rest/", rest.rest, name="rest"),
    path("appointments/<int:pk>/check-in/", calendar.check_in, name="check_in"),
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
    path("hours/booking/", booking_settings.settings, name="settings"),
    path("hours/breaks/", booking_settings.break_add, name="break_add"),
    path(
        "hours/breaks/<int:pk>/remove/",
        booking_settings.break_remove,
        name="break_remove",
    ),
    path("hours/holidays/", booking_settings.holiday_add, name="holiday_add"),
    path(
        "hours/holidays/<int:pk>/remove/",
        booking_settings.holiday_remove,
        name="holiday_remove",
    ),
    path(
        "hours/rooms/<int:pk>/equipment/",
        booking_settings.equipment_set,
        name="equipment_set",
    ),
    path("hours/time-off/", views.time_off_add, name="time_off_add"),
    path(
        "hours/time-off/<int:pk>/remove/", views.time_off_remove, name="time_off_remove"
    ),
    path("waiting/", waiting.waiting, name="waiting"),
    path("patients/<int:pk>/wait/", waiting.wait_add, name="wait_add"),
    path("waiting/<int:pk>/leave/", waiting.wait_leave, name="wait_leave"),
    path("waiting/freed/<int:pk>/", waiting.freed, name="freed"),
    path("waiting/freed/<int:pk>/offer/", waiting.offer_make, name="offer_make"),
    path(
        "waiting/freed/<int:pk>/dismiss/", waiting.freed_dismiss, name="freed_dismiss"
    ),
    path("offers/<int:pk>/", waiting.offer, name="offer"),
    path("offers/<int:pk>/decline/", waiting.offer_decline, name="offer_decline"),
    path("reminders/", reminders.reminder_list, name="reminder_list"),
    path("reminders/<int:pk>/again/", reminders.reminder_again, name="reminder_again"),
    path(
        "reminders/<int:pk>/settle/", reminders.reminder_settle, name="reminder_settle"
    ),
    path("hours/contact/", reminders.contact, name="contact"),
    path("calendars/", calendars.calendars, name="calendars"),
    path("calendars/feeds/", calendars.feed_open, name="feed_open"),
    path("calendars/feeds/<int:pk>/revoke/", calendars.feed_revoke, name="feed_revoke"),
    path("calendars/busy/", calendars.busy_import, name="busy_import"),
    path("calendars/busy/<int:pk>/forget/", calendars.busy_forget, name="busy_forget"),
    # For people who do not sign in: each stands in the allow-list of tests/test_architecture.py.
    path("visit/<str:token>/", public.visit, name="visit"),
    path("feeds/<str:token>.ics", public.feed, name="feed"),
]
