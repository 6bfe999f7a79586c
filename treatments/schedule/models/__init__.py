"""The models of this app, by topic."""

from treatments.schedule.models.appointments import Appointment, AppointmentQuerySet
from treatments.schedule.models.feeds import CalendarFeed
from treatments.schedule.models.freed_times import FreedTime
from treatments.schedule.models.hours import Break, Holiday, Room, TimeOff, WorkingHours
from treatments.schedule.models.reminders import Reminder
from treatments.schedule.models.settings import BookingSettings, booking_settings_or_usual

__all__ = [
    "Appointment",
    "AppointmentQuerySet",
    "BookingSettings",
    "Break",
    "CalendarFeed",
    "FreedTime",
    "Holiday",
    "WorkingHours",
    "Reminder",
    "Room",
    "TimeOff",
    "booking_settings_or_usual",
]
