"""Reminders of visits: queued when their time has come, and sent if the visit still stands."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.languages import language_for_patient
from mesoclinic.outbox import actions as outbox
from mesoclinic.outbox.messages import OwnWords, choices_address, words_of_clinic
from mesoclinic.outbox.models import OutboxSettings, outbox_settings_or_unsaved
from mesoclinic.outbox.rules import (
    MOST_QUIET_DAYS,
    Channel,
    MessageStatus,
    Purpose,
    quiet_until_or_none,
)
from treatments.schedule import messages
from treatments.schedule.models import Appointment, Reminder, booking_settings_or_usual
from treatments.schedule.queries.hours import closed_days_among
from treatments.schedule.rules.reminders import (
    AHEAD,
    TOO_LATE,
    reminder_hours_due_or_none,
    why_reminder_not_sent_or_empty,
)


@dataclass(frozen=True)
class Enqueued:
    made: int
    skipped: int


def enqueue_reminders(*, now: datetime | None = None) -> Enqueued:
    """Make a row, a message and a task for each reminder that is due, clinic by clinic. Run every few minutes.

    They commit together. Two runs at once do the work of one: the second finds the lock taken, and the unique
    row would refuse it anyway. Reminders that wait for another try get their task here as well.
    """
    now = now or timezone.now()
    made = skipped = 0
    switched_on = OutboxSettings.objects.select_related("clinic__booking").order_by("pk")
    for settings in switched_on:
        if not (settings.by_email or settings.by_sms):
            continue
        with transaction.atomic():
            if not _try_to_lock_reminders_of_clinic(settings.clinic_id):
                continue
            due = _unsaved_due_reminders(settings, now)
            queued = outbox.save_new_messages([reminder.message for reminder in due])
            Reminder.objects.bulk_create(due)
            skipping = sum(message.status == MessageStatus.SKIPPED for message in queued)
            made, skipped = made + len(queued) - skipping, skipped + skipping
    enqueue_reminder_tasks()
    return Enqueued(made, skipped)


@transaction.atomic
def enqueue_reminder_tasks() -> None:
    """A task for each reminder that has none: new, not reached and tried again, or sent again by hand."""
    for message in outbox.take_and_mark_messages_without_task(Purpose.REMINDER):
        send_reminder.using(run_after=message.not_before).enqueue(message.pk)


def _try_to_lock_reminders_of_clinic(clinic: int) -> bool:
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('reminders'), %s)", [clinic % 2147483647])
        return bool(cursor.fetchone()[0])


def _unsaved_due_reminders(settings: OutboxSettings, now: datetime) -> list[Reminder]:
    """Reminders of this clinic that are due and not made yet, each with its message; none of them is saved."""
    clinic: Clinic = settings.clinic
    hours = booking_settings_or_usual(clinic).hours_before
    visits = list(
        Appointment.objects.filter(
            clinic=clinic,
            status__in=[s.value for s in AHEAD],
            starts_at__gt=now + TOO_LATE,
            starts_at__lte=now + timedelta(hours=max(hours)),
        )
        .select_related("patient")
        .order_by("starts_at", "pk")
    )
    told: dict[tuple[int, datetime], set[int]] = defaultdict(set)
    for pk, at, before in Reminder.objects.filter(appointment__in=[v.pk for v in visits]).values_list(
        "appointment", "starts_at", "hours_before"
    ):
        told[pk, at].add(before)
    quiet = visits and texts_are_quiet_until_or_none(clinic, settings, now)
    rows = []
    for visit in visits:
        nearest = reminder_hours_due_or_none(
            visit.starts_at,
            hours,
            now,
            # A visit that was moved is told of its new time even where that is near.
            booked_at=visit.booked_at if visit.revision == 0 else None,
            already=told[visit.pk, visit.starts_at],
        )
        if nearest is None:
            continue
        way = outbox.way_to_reach_patient(visit.patient, settings)
        if way.channel == Channel.SMS and quiet:
            continue  # due still, once texts may go
        message = outbox.unsaved_message(
            clinic=clinic,
            patient=visit.patient,
            purpose=Purpose.REMINDER,
            way=way,
            about_at=visit.starts_at,
            now=now,
        )
        rows.append(
            Reminder(appointment=visit, starts_at=visit.starts_at, hours_before=nearest, message=message)
        )
    return rows


def texts_are_quiet_until_or_none(clinic: Clinic, settings: OutboxSettings, now: datetime) -> datetime | None:
    """When texts may go again, where the clinic's night or a closed day holds them back. Two queries at most."""
    here = timezone.localtime(now, clinic.zone)
    days = {here.date() + timedelta(days=n) for n in range(MOST_QUIET_DAYS)}
    closed = closed_days_among(clinic, days) if settings.quiet_when_closed else set()
    return quiet_until_or_none(
        here, begins=settings.quiet_from, ends=settings.quiet_until, closed_days=closed
    )


@task
def send_reminder(message_id: int) -> str:
    """Send one reminder if it is still to be sent. Running it twice, or twice at once, sends it once."""
    return send_or_skip_reminder_and_return_status(message_id)


def send_or_skip_reminder_and_return_status(message_id: int, *, now: datetime | None = None) -> str:
    """What became of it: a :class:`MessageStatus`, or "" where it was somebody else's or done.

    The visit is asked again, as it is now: a reminder that is no longer wanted is skipped.
    """
    now = now or timezone.now()
    reminder = (
        Reminder.objects.select_related(
            "appointment__patient", "appointment__clinic__outbox", "appointment__clinic__booking"
        )
        .filter(message=message_id)
        .first()
    )
    if reminder is None:
        return ""
    visit = reminder.appointment
    settings = outbox_settings_or_unsaved(visit.clinic)
    way = outbox.way_to_reach_patient(visit.patient, settings, Purpose.REMINDER)
    why_not = why_reminder_not_sent_or_empty(
        visit.status,
        starts_at=visit.starts_at,
        reminded_of=reminder.starts_at,
        died=visit.patient.died_on is not None,
        now=now,
    )
    if why_not or way.why_not:
        skipped = outbox.mark_message_skipped_if_queued(message_id, reason=why_not or way.why_not, now=now)
        return MessageStatus.SKIPPED.value if skipped else ""
    by_sms = way.channel == Channel.SMS
    if by_sms and (until := texts_are_quiet_until_or_none(visit.clinic, settings, now)):
        waits = outbox.postpone_message(message_id, until=until)
        enqueue_reminder_tasks()
        return MessageStatus.QUEUED.value if waits else ""
    message = outbox.claim_message_or_none(message_id, channel=way.channel, now=now)
    if message is None:
        return ""
    language = language_for_patient(visit.patient.language)
    words = words_of_clinic(visit.clinic, Purpose.REMINDER, way.channel, language)
    write = messages.reminder_sms_letter if by_sms else messages.reminder_email_letter
    letter = write(visit, OwnWords(words, choices_address(message.key)))
    became = outbox.send_message_and_return_outcome(message, letter, now=now)
    if became == MessageStatus.QUEUED:
        enqueue_reminder_tasks()
    return became
