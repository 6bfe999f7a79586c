"""The reminders of one visit, with what became of each."""

from django.db.models import QuerySet

from treatments.schedule.models import Appointment, Reminder


def reminders_of(appointment: Appointment) -> QuerySet[Reminder]:
    return Reminder.objects.filter(appointment=appointment).select_related("message").order_by("pk")
