"""Some who wait for a time, and reminders switched on: so that the waiting list has whom to ask."""

from datetime import time, timedelta

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.findings import Refused
from mesoclinic.demo.clinic import DemoClinic
from mesoclinic.outbox.actions import change_outbox_settings
from patients.models import Patient
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.settings import save_reminder_and_feed_settings
from treatments.schedule.queries.courses import BOOKABLE, course_of, with_course_columns
from treatments.waiting import actions as waiting

#: Weekdays, not before, over by, days to wait; an empty list is any day.
PREFERENCES = (
    ((), None, None, 60),
    ((0, 1, 2), None, time(13), 45),
    ((), time(14), None, 30),
    ((3, 4), None, None, 90),
)


def fill_waiting_list_and_message_settings(place: DemoClinic, today) -> None:
    """Courses that are not booked out wait for their next session; three people for a first visit."""
    clinic: Clinic = place.clinic
    ada = place.staff["ada"]
    change_outbox_settings(clinic=clinic, by=ada, by_email=True, by_sms=False, phone="+1 212 555 0142")
    save_reminder_and_feed_settings(clinic=clinic, by=ada, hours_before=[48, 3], names_in_feeds=False)
    turns = iter(PREFERENCES * 2)
    plans = TreatmentPlan.objects.filter(clinic=clinic, status__in=BOOKABLE)
    for plan in with_course_columns(plans.select_related("patient", "clinic")).order_by("-pk")[:12]:
        course = course_of(plan)
        if not course.session_numbers_to_book:
            continue
        preferences = next(turns, None)
        if preferences is None:
            break
        _add_waiting_entry(place, plan.patient, today, preferences, plan, course)
    for patient in Patient.objects.filter(plans=None).order_by("pk")[:3]:
        _add_waiting_entry(place, patient, today, PREFERENCES[0], None, None)


def _add_waiting_entry(place: DemoClinic, patient: Patient, today, preferences, plan, course) -> None:
    weekdays, not_before, not_after, days = preferences
    try:
        waiting.join_waiting_list(
            patient=patient,
            clinic=place.clinic,
            kind="session" if plan else "intake",
            plan=plan,
            minutes=course.minutes_to_propose(course.session_numbers_to_book[0]) if course else 45,
            weekdays=weekdays,
            not_before=not_before,
            not_after=not_after,
            until_day=today + timedelta(days=days),
            by=place.desk,
        )
    except Refused:
        return  # a patient who has died waits for nothing
