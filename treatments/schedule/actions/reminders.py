"""TODO-DOC AHEAD, DEAD_AFTER, Enqueued, enqueue_reminders, _alone, _due"""

import smtplib
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import mail
from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused, block
from mesoclinic.outbox import sms
from patients.models import Patient
from treatments.schedule import messages
from treatments.schedule.models import Appointment, ContactSettings, Reminder
from treatments.schedule.rules.appointments import AppointmentStatus
from treatments.schedule.rules.reminders import (
    TOO_LATE,
    ReminderStatus,
    Way,
    reminder_due,
    try_again_after,
    way_to_reach,
)

#: Visits that are still ahead of their patient.
AHEAD = (AppointmentStatus.BOOKED.value, AppointmentStatus.CONFIRMED.value)

#: A worker that has worked on one reminder for this long is dead: a message takes seconds, and a
#: server that does not answer is given up after EMAIL_TIMEOUT.
DEAD_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Enqueued:
    made: int
    skipped: int


def enqueue_reminders(*, now: datetime | None = None) -> Enqueued:
    """Make a row and a task for each reminder that is due, clinic by clinic. Run every few minutes.

    Row and task commit together. Two runs at once do the work of one: the second finds the lock taken, and
    the unique row would refuse it anyway.
    """
    now = now or timezone.now()
    made = skipped = 0
    for contact in ContactSettings.objects.select_related("clinic").order_by("pk"):
        if not (contact.by_email or contact.by_sms):
            continue
        with transaction.atomic():
            if not _alone(contact.pk):
                continue
            rows = _due_at(contact, now)
            Reminder.objects.bulk_create(rows)
            for reminder in rows:
                if reminder.status == ReminderStatus.DUE:
                    send_reminder.enqueue(reminder.pk)
                    made += 1
                else:
                    skipped += 1
    return Enqueued(made, skipped)


def _alone(clinic: int) -> bool:
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('reminders'), %s)", [clinic % 2147483647])
        return bool(cursor.fetchone()[0])


def _due_at(contact: ContactSettings, now: datetime) -> list[Reminder]:
    longest = timedelta(hours=max(contact.hours_before))
    visits = list(
        Appointment.objects.filter(
            clinic=contact.clinic_id,
            status__in=AHEAD,
            starts_at__gt=now + TOO_LATE,
            starts_at__lte=now + longest,
        )
        .select_related("patient")
        .order_by("starts_at", "pk")
    )
    told: dict[tuple[int, datetime], set[int]] = defaultdict(set)
    for pk, at, hours in Reminder.objects.filter(appointment__in=[v.pk for v in visits]).values_list(
        "appointment", "starts_at", "hours_before"
    ):
        told[pk, at].add(hours)
    rows = []
    for visit in visits:
        # A visit that was moved is told of its new time even where that is near.
        fresh = visit.booked_at if visit.revision == 0 else None
        before = reminder_due(
            visit.starts_at,
            contact.hours_before,
            now,
            booked_at=fresh,
            already=told[visit.pk, visit.starts_at],
        )
        if before is None:
            continue
        way = _way(visit.patient, contact)
        rows.append(
            Reminder(
                appointment=visit,
                starts_at=visit.starts_at,
                hours_before=before,
                channel=way.channel,
                status=(ReminderStatus.DUE if way.channel else ReminderStatus.SKIPPED).value,
                reason=way.why_not,
                made_at=now,
                status_at=now,
            )
        )
    return rows


def _way(patient: Patient, contact: ContactSettings) -> Way:
    return way_to_reach(
        patient.reminders_by,
        email=patient.email,
        phone=patient.phone,
        by_email=contact.by_email,
        by_sms=contact.by_sms,
    )


@task
def send_reminder(reminder_id: int) -> str:
    """Send one reminder if it is still to be sent. Running it twice, or twice at once, sends it once."""
    return deliver(reminder_id)


def deliver(reminder_id: int, *, now: datetime | None = None) -> str:
    """What became of it: a :class:`ReminderStatus`, or "" where it was somebody else's or done."""
    now = now or timezone.now()
    reminder = _claim(reminder_id, now)
    if reminder is None:
        return ""
    visit = reminder.appointment
    try:
        hand_over = _by_sms(reminder) if reminder.channel == "sms" else _by_email(reminder)
    except (OSError, smtplib.SMTPException, sms.NotSent) as error:
        # Nobody was reached: nothing has gone out.
        return _try_again(reminder, type(error).__name__, now)
    if not _step(reminder, ReminderStatus.HANDED_OVER, now):
        return ""
    try:
        hand_over()
    except (
        smtplib.SMTPResponseException,
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPNotSupportedError,
        sms.NotSent,
    ) as error:
        # The server's own no: it has not taken the message.
        _step(reminder, ReminderStatus.FAILED, now, _refusal(error))
        return ReminderStatus.FAILED.value
    except Exception as error:  # whatever it was, nobody can tell whether the message went
        _step(reminder, ReminderStatus.UNSURE, now, type(error).__name__)
        return ReminderStatus.UNSURE.value
    _step(reminder, ReminderStatus.SENT, now)
    _log(visit, reminder)
    return ReminderStatus.SENT.value


@transaction.atomic
def _claim(reminder_id: int, now: datetime) -> Reminder | None:
    """Take it, unless it is taken or no longer wanted: the visit is asked again, as it is now."""
    reminder = (
        Reminder.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("appointment__patient", "appointment__clinic__contact")
        .filter(pk=reminder_id, status=ReminderStatus.DUE.value)
        .first()
    )
    if reminder is None:
        return None
    visit = reminder.appointment
    way = _way(visit.patient, visit.clinic.contact)
    why_not = way.why_not
    if visit.status not in AHEAD:
        why_not = f"visit {visit.get_status_display()}"
    elif visit.starts_at != reminder.starts_at:
        why_not = "visit moved"
    elif now >= visit.starts_at - TOO_LATE:
        why_not = "too late"
    elif visit.patient.died_on:
        why_not = "patient died"
    to = ReminderStatus.SKIPPED if why_not else ReminderStatus.CLAIMED
    reminder.status, reminder.status_at, reminder.reason = to.value, now, why_not
    reminder.channel = way.channel or reminder.channel
    if to is ReminderStatus.CLAIMED:
        reminder.claim, reminder.attempts = uuid.uuid4(), reminder.attempts + 1
    reminder.save(update_fields=["status", "status_at", "reason", "channel", "claim", "attempts"])
    return reminder if to is ReminderStatus.CLAIMED else None


def _step(reminder: Reminder, to: ReminderStatus, now: datetime, reason: str = "") -> bool:
    """Move on, if the claim is still ours: a worker that slept may have been taken for dead."""
    moved = Reminder.objects.filter(pk=reminder.pk, claim=reminder.claim, status=reminder.status).update(
        status=to.value, status_at=now, reason=reason[:100]
    )
    reminder.status = to.value
    return moved == 1


@transaction.atomic
def _try_again(reminder: Reminder, reason: str, now: datetime) -> str:
    wait = try_again_after(reminder.attempts)
    if wait is None:
        _step(reminder, ReminderStatus.FAILED, now, reason)
        return ReminderStatus.FAILED.value
    if _step(reminder, ReminderStatus.DUE, now, reason):
        send_reminder.using(run_after=now + wait).enqueue(reminder.pk)
    return ReminderStatus.DUE.value


def _by_email(reminder: Reminder) -> Callable[[], object]:
    """The letter written and the server reached: what is left is to hand it over."""
    visit = reminder.appointment
    written = messages.reminder_email(visit)
    server = mail.get_connection()
    letter = mail.EmailMessage(
        subject=written.subject,
        body=written.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[visit.patient.email],
        # The same at every attempt: many servers throw a repeated id away.
        headers={
            "Message-ID": f"<{reminder.key}@reminders.mesoclinic>",
            "Content-Language": written.language,
            "Auto-Submitted": "auto-generated",
        },
        connection=server,
    )
    server.open()

    def hand_over() -> None:
        try:
            if not server.send_messages([letter]):
                raise sms.NotSent("the server took no message")
        finally:
            server.close()

    return hand_over


def _by_sms(reminder: Reminder) -> Callable[[], object]:
    visit = reminder.appointment
    carrier = sms.backend()
    text = sms.Text(visit.patient.phone, messages.reminder_sms(visit).text, str(reminder.key))
    return lambda: carrier.send(text)


def _refusal(error: Exception) -> str:
    """The server's number and no more: its words may repeat the address."""
    code = getattr(error, "smtp_code", None)
    return f"refused: {code}" if code else f"refused: {type(error).__name__}"


@transaction.atomic
def _log(visit: Appointment, reminder: Reminder) -> None:
    audit.record(
        by=None,
        did="reminder.sent",
        about=reminder,
        patient_id=visit.patient_id,
        channel=reminder.channel,
        hours_before=reminder.hours_before,
    )


@transaction.atomic
def reap_reminders(*, now: datetime | None = None, dead_after: timedelta = DEAD_AFTER) -> tuple[int, int]:
    """Take up what a dead worker left: (due again, unsure).

    One that was claimed and not handed over is sent anew. One that was being handed over is not: it may
    have gone out.
    """
    now = now or timezone.now()
    left = Reminder.objects.select_for_update(skip_locked=True).filter(status_at__lte=now - dead_after)
    again = list(left.filter(status=ReminderStatus.CLAIMED.value))
    for reminder in again:
        if _step(reminder, ReminderStatus.DUE, now, "the worker died"):
            send_reminder.enqueue(reminder.pk)
    unsure = list(left.filter(status=ReminderStatus.HANDED_OVER.value))
    for reminder in unsure:
        _step(reminder, ReminderStatus.UNSURE, now, "the worker died")
    return len(again), len(unsure)


@transaction.atomic
def send_again(*, reminder: Reminder, by: User, now: datetime | None = None) -> None:
    """Somebody asked: the patient knows nothing of it."""
    now = now or timezone.now()
    current = _troubled(reminder)
    current.status, current.status_at, current.reason = (ReminderStatus.DUE.value, now, "")
    current.attempts = 0
    current.save(update_fields=["status", "status_at", "reason", "attempts"])
    send_reminder.enqueue(current.pk)
    _by_hand(current, by, "reminder.sent_again")


@transaction.atomic
def settle(*, reminder: Reminder, by: User, now: datetime | None = None) -> None:
    """The patient was told by telephone, or knows."""
    current = _troubled(reminder)
    current.status = ReminderStatus.SETTLED.value
    current.status_at = now or timezone.now()
    current.save(update_fields=["status", "status_at"])
    _by_hand(current, by, "reminder.settled")


def _troubled(reminder: Reminder) -> Reminder:
    current = (
        Reminder.objects.select_for_update(of=("self",)).select_related("appointment").get(pk=reminder.pk)
    )
    if current.status not in (ReminderStatus.UNSURE, ReminderStatus.FAILED):
        raise Refused.because(
            f"This reminder is {current.get_status_display()}: nothing is to be done about it.",
            code="reminder:state",
        )
    return current


def _by_hand(reminder: Reminder, by: User, did: str) -> None:
    patient = reminder.appointment.patient_id
    audit.record(by=by, did=did, about=reminder, patient_id=patient)


@transaction.atomic
def set_contact(
    *,
    clinic: Clinic,
    by: User,
    by_email: bool,
    by_sms: bool,
    hours_before: Iterable[int],
    phone: str,
    offer_hours: int,
    names_in_feeds: bool,
) -> ContactSettings:
    """How this clinic reminds, how long its offers stand, and what its feeds show.

    ``hours_before``: one to four different whole hours, from 1 to 336 (two weeks).
    """
    hours = sorted(set(hours_before), reverse=True)
    findings: list[Finding] = []
    if not 1 <= len(hours) <= 4:
        message = "Say one to four times before the visit, like 48, 3."
        findings.append(block("contact:hours", message, fixed=True, where="hours_before"))
    elif not all(1 <= h <= 336 for h in hours):
        message = "A reminder goes out 1 hour to 336 hours (two weeks) before."
        findings.append(block("contact:hours", message, fixed=True, where="hours_before"))
    if not 1 <= offer_hours <= 336:
        message = "An offer stands for 1 hour to 336 hours (two weeks)."
        findings.append(block("contact:offer", message, fixed=True, where="offer_hours"))
    if findings:
        raise Refused(*findings)
    values = {
        "by_email": by_email,
        "by_sms": by_sms,
        "hours_before": hours,
        "phone": phone.strip()[:40],
        "offer_hours": offer_hours,
        "names_in_feeds": names_in_feeds,
    }
    contact, _ = ContactSettings.objects.select_for_update().get_or_create(clinic=clinic)
    changed = sorted(n for n, v in values.items() if getattr(contact, n) != v)
    for name in changed:
        setattr(contact, name, values[name])
    if changed:
        contact.save(update_fields=changed)
    audit.record(by=by, did="contact.set", about=contact, fields=changed)
    return contact
