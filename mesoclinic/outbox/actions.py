"""Every message to a patient: queued, claimed by a worker, handed over, settled by hand; and what a dead worker left.

The owner of a text has its own row, which points to the message, and its own task. The task asks :func:`claim_message_or_none`, writes the
letter as things stand now, and calls :func:`send_message_and_return_outcome`. Whoever owns tasks asks :func:`take_and_mark_messages_without_task` in the transaction that
enqueues them: after queueing, after a ``send_message_and_return_outcome`` that says ``queued``, and at every tick.
"""

import smtplib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.locking import lock_row
from mesoclinic.outbox import email, sms
from mesoclinic.outbox.channels import channels
from mesoclinic.outbox.models import Message, OutboxSettings
from mesoclinic.outbox.queries import is_opted_out
from mesoclinic.outbox.rules import (
    NEEDS_SOMEBODY,
    OPTED_OUT,
    USUAL_QUIET_FROM,
    USUAL_QUIET_UNTIL,
    Channel,
    Delivery,
    MessageStatus,
    NotSent,
    Purpose,
    TryLater,
    Way,
    furthest_delivery,
    status_after_delivery_or_none,
    wait_before_next_attempt_or_none,
    way_to_reach,
)
from patients.models import Patient
from patients.rules.phones import dialable_or_none

#: A worker that has worked on one message for this long is dead: a message takes seconds, and a server that
#: does not answer is given up after EMAIL_TIMEOUT.
MESSAGE_DEAD_AFTER = timedelta(minutes=5)

#: No task of ours runs this long: each does one thing and is enqueued again for the next.
DEAD_AFTER = timedelta(minutes=15)
#: A task that kills its worker is not tried for ever.
MOST_ATTEMPTS = 5


@dataclass(frozen=True)
class Reaped:
    again: int
    given_up: int


@transaction.atomic
def requeue_tasks_of_dead_workers(
    *, now: datetime | None = None, dead_after: timedelta = DEAD_AFTER
) -> Reaped:
    """Make tasks ready again whose worker is gone; after five such workers, failed.

    Every task's body must stand being run twice, even at once: a worker may only have been slow.
    """
    now = now or timezone.now()
    left = DBTaskResult.objects.select_for_update(skip_locked=True).filter(
        status=TaskResultStatus.RUNNING, started_at__lte=now - dead_after
    )
    again = given_up = 0
    for result in left:
        if len(result.worker_ids) >= MOST_ATTEMPTS:
            result.status, result.finished_at = TaskResultStatus.FAILED, now
            result.traceback = f"given up: {len(result.worker_ids)} workers died of it"
            result.save(update_fields=["status", "finished_at", "traceback"])
            given_up += 1
        else:
            result.status, result.started_at = TaskResultStatus.READY, None
            result.save(update_fields=["status", "started_at"])
            again += 1
    return Reaped(again, given_up)


@dataclass(frozen=True)
class Letter:
    """What is sent: written at the last moment, and kept nowhere."""

    to: str
    text: str
    #: The language it came out in: the patient's, or English where the clinic has no translation.
    language: str
    subject: str = ""
    #: Where the patient says that they want no more of these.
    stop: str = ""


def way_to_reach_patient(patient: Patient, settings: OutboxSettings, purpose: Purpose | None = None) -> Way:
    """By which channel this clinic reaches this patient; with ``purpose``, whether they want such messages is asked too."""
    if purpose is not None and is_opted_out(patient, purpose):
        return Way("", OPTED_OUT)
    return way_to_reach(
        patient.reminders_by,
        email=patient.email,
        phone=dialable_or_none(patient.phone) or "",
        phone_typed=patient.phone,
        by_email=settings.by_email,
        by_sms=settings.by_sms,
    )


_NOT_SENT = {False: MessageStatus.SKIPPED, True: MessageStatus.FAILED}


def unsaved_message(
    *,
    clinic: Clinic,
    patient: Patient,
    purpose: Purpose,
    way: Way,
    about_at: datetime | None,
    now: datetime,
    needs_task: bool = True,
) -> Message:
    """A message to be queued by :func:`save_new_messages`; skipped from the beginning where there is no way.

    ``needs_task`` is False where its owner enqueues the task itself, in the same transaction.
    """
    wanted = bool(way.channel)
    return Message(
        clinic=clinic,
        patient=patient,
        purpose=purpose.value,
        about_at=about_at,
        channel=way.channel,
        # Whom no text reaches is rung: the message stands where messages that did not go out stand.
        status=(MessageStatus.QUEUED if wanted else _NOT_SENT[way.needs_call]).value,
        reason=way.why_not,
        needs_task=wanted and needs_task,
        queued_at=now,
        status_at=now,
    )


def save_new_messages(messages: Sequence[Message]) -> list[Message]:
    """Keep new messages. Their owner makes its own rows and the tasks in the same transaction."""
    return Message.objects.bulk_create(messages)


def take_and_mark_messages_without_task(purpose: Purpose) -> list[Message]:
    """The messages that wait for a task: the caller enqueues one for each, in this transaction.

    Two callers at once take different ones.
    """
    rows = list(
        Message.objects.select_for_update(skip_locked=True)
        .filter(purpose=purpose.value, needs_task=True)
        .order_by("pk")
    )
    Message.objects.filter(pk__in=[row.pk for row in rows]).update(needs_task=False)
    return rows


def mark_message_skipped_if_queued(message_id: int, *, reason: str, now: datetime) -> bool:
    """It is wanted no more; False where it was no longer queued."""
    skipped = Message.objects.filter(pk=message_id, status=MessageStatus.QUEUED.value).update(
        status=MessageStatus.SKIPPED.value, status_at=now, reason=reason[:100], needs_task=False
    )
    return skipped == 1


def postpone_message(message_id: int, *, until: datetime) -> bool:
    """It waits for a task that runs no sooner than ``until``; False where it was no longer queued."""
    waits = Message.objects.filter(pk=message_id, status=MessageStatus.QUEUED.value).update(
        needs_task=True, not_before=until
    )
    return waits == 1


def claim_message_or_none(message_id: int, *, channel: str, now: datetime) -> Message | None:
    """Take a queued message to send it; None where it is somebody else's, or done."""
    taken = Message.objects.filter(pk=message_id, status=MessageStatus.QUEUED.value).update(
        status=MessageStatus.SENDING.value,
        status_at=now,
        reason="",
        channel=channel,
        claim=uuid.uuid4(),
        # What was reported is of the sending before.
        provider_id="",
        delivery=Delivery.UNKNOWN.value,
        attempts=F("attempts") + 1,
        needs_task=False,
        not_before=None,
    )
    return Message.objects.get(pk=message_id) if taken else None


def send_message_and_return_outcome(message: Message, letter: Letter, *, now: datetime) -> str:
    """Hand a claimed message over, once. What became of it, or "" where the claim is no longer ours.

    ``queued``: nobody was reached, or as many went out as may in a minute, and it waits for a task again.
    """
    free_at = channels.free_at_or_none(
        message.channel, now, most_a_minute=settings.MESSAGES_A_MINUTE[message.channel]
    )
    if free_at is not None:
        return _queue_until(message, free_at, now)
    if why := channels.why_not_reached_or_empty(message.channel, now):
        # The worker is not held again: others wait for it.
        return _queue_again_or_mark_failed(message, why, now)
    try:
        hand_over = _connect_and_return_sender(message, letter)
    except (OSError, smtplib.SMTPException, NotSent) as error:
        # Nobody was reached: nothing has gone out.
        channels.note_not_reached(message.channel, type(error).__name__, now)
        return _queue_again_or_mark_failed(message, type(error).__name__, now)
    if not _mark_being_sent_if_still_claimed(message, now):
        return ""
    channels.note_handed_over(message.channel, now)
    try:
        provider_id = hand_over()
    except TryLater as error:
        return _queue_again_or_mark_failed(message, f"refused for now: {error}", now, was_refused=True)
    except (
        smtplib.SMTPResponseException,
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPNotSupportedError,
        NotSent,
    ) as error:
        # The server's own no: it has not taken the message.
        return _save_outcome_if_still_claimed(message, MessageStatus.FAILED, now, _refusal_reason_text(error))
    except Exception as error:  # whatever it was, nobody can tell whether the message went
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            channels.note_not_reached(message.channel, type(error).__name__, now)
        return _save_outcome_if_still_claimed(message, MessageStatus.UNSURE, now, type(error).__name__)
    became = _save_outcome_if_still_claimed(message, MessageStatus.SENT, now, provider_id=provider_id)
    if became == MessageStatus.SENT:
        _audit_message_sent(message)
    return became


def _connect_and_return_sender(message: Message, letter: Letter) -> Callable[[], str]:
    """The server reached: what is left is to hand the letter over; that gives its number there, or ""."""
    key = str(message.key)
    if message.channel == Channel.SMS:
        text = sms.Text(letter.to, letter.text, key, delivery_report_address(message.key))
        return sms.sms_backend_from_settings().connect_and_return_sender(text)
    send = email.connect_and_return_mail_sender(
        to=letter.to,
        subject=letter.subject,
        text=letter.text,
        language=letter.language,
        key=key,
        stop=letter.stop,
    )

    def send_without_number() -> str:
        send()
        return ""

    return send_without_number


def delivery_report_address(key: uuid.UUID) -> str:
    """Where the provider reports what became of this message. It says nothing of anybody."""
    name = sms.provider_name_from_settings()
    if not name:
        return ""
    return f"{settings.SITE_URL.rstrip('/')}{reverse(f'outbox:report_{name}', args=[key])}"


def _mark_being_sent_if_still_claimed(message: Message, now: datetime) -> bool:
    """Said before a byte is sent, if the claim is still ours: a worker that slept may have been taken for dead."""
    marked = Message.objects.filter(
        pk=message.pk, claim=message.claim, status=MessageStatus.SENDING.value
    ).update(handed_over_at=now, status_at=now)
    return marked == 1


@transaction.atomic
def _save_outcome_if_still_claimed(
    message: Message, to: MessageStatus, now: datetime, reason: str = "", provider_id: str = ""
) -> str:
    """What became of it; "" where the claim is no longer ours, and then nothing is saved.

    A report may have come before the provider's answer was read: it counts from here on.
    """
    saved = Message.objects.filter(
        pk=message.pk, claim=message.claim, status=MessageStatus.SENDING.value
    ).update(status=to.value, status_at=now, reason=reason[:100], provider_id=provider_id[:64])
    if not saved:
        return ""
    current = lock_row(Message, message.pk)
    _move_by_delivery(current, now)
    return current.status


def _queue_again_or_mark_failed(
    message: Message, reason: str, now: datetime, *, was_refused: bool = False
) -> str:
    """What became of it; "" where the claim is no longer ours. ``was_refused``: it was handed over, and not taken."""
    wait = wait_before_next_attempt_or_none(message.attempts)
    if wait is None:
        return _save_outcome_if_still_claimed(message, MessageStatus.FAILED, now, reason)
    mine = Message.objects.filter(pk=message.pk, claim=message.claim, status=MessageStatus.SENDING.value)
    queued = (mine if was_refused else mine.filter(handed_over_at=None)).update(
        handed_over_at=None,
        status=MessageStatus.QUEUED.value,
        status_at=now,
        reason=reason[:100],
        needs_task=True,
        not_before=now + wait,
    )
    return MessageStatus.QUEUED.value if queued else ""


def _queue_until(message: Message, free_at: datetime, now: datetime) -> str:
    """Put it back untried, to be taken up when its channel is free; "" where the claim is no longer ours."""
    queued = Message.objects.filter(
        pk=message.pk, claim=message.claim, status=MessageStatus.SENDING.value, handed_over_at=None
    ).update(
        status=MessageStatus.QUEUED.value,
        status_at=now,
        attempts=F("attempts") - 1,
        needs_task=True,
        not_before=free_at,
    )
    return MessageStatus.QUEUED.value if queued else ""


def _refusal_reason_text(error: Exception) -> str:
    """The server's number and no more: its words may repeat the address."""
    code = getattr(error, "smtp_code", None)
    return f"refused: {code}" if code else f"refused: {type(error).__name__}"


@transaction.atomic
def _audit_message_sent(message: Message) -> None:
    audit.record(
        by=None,
        did="message.sent",
        about=message,
        patient_id=message.patient_id,
        channel=message.channel,
        purpose=message.purpose,
    )


# --- what the provider reports afterwards -------------------------------------------------------------


@transaction.atomic
def record_delivery_report(key: uuid.UUID, report: sms.Report, *, now: datetime | None = None) -> bool:
    """Keep what a provider told of a message. False: there is no such message.

    Told twice it is told once; of several the furthest counts, in whatever order they come. What is told of an earlier
    sending of the same message counts only where it arrived.
    """
    message = Message.objects.select_for_update(of=("self",)).filter(key=key).first()
    if message is None:
        return False
    of_this_sending = not message.provider_id or message.provider_id == report.provider_id
    if of_this_sending or report.delivery == Delivery.DELIVERED:
        known = message.delivery
        message.delivery = furthest_delivery(known, report.delivery).value
        if message.delivery != known:
            message.save(update_fields=["delivery"])
        _move_by_delivery(message, now or timezone.now(), report.code)
    return True


def _move_by_delivery(message: Message, now: datetime, code: str = "") -> None:
    """Where what was reported says more than what is known. ``message`` is locked."""
    to = status_after_delivery_or_none(message.status, Delivery(message.delivery))
    if to is None:
        return
    reasons = {
        MessageStatus.FAILED: f"not delivered: {code}" if code else "not delivered",
        MessageStatus.SKIPPED: "it had arrived",
    }
    message.status, message.status_at, message.reason = to.value, now, reasons.get(to, "")
    message.needs_task, message.not_before = False, None
    message.save(update_fields=["status", "status_at", "reason", "needs_task", "not_before"])
    audit.record(
        by=None, did="message.reported", about=message, patient_id=message.patient_id, became=to.value
    )


@transaction.atomic
def requeue_messages_of_dead_workers(
    *, now: datetime | None = None, dead_after: timedelta = MESSAGE_DEAD_AFTER
) -> tuple[int, int]:
    """Take up what a dead worker left: (queued again, unsure).

    One that was claimed and not handed over is sent anew. One that was being handed over is not: it may
    have gone out.
    """
    now = now or timezone.now()
    left = list(
        Message.objects.select_for_update(skip_locked=True)
        .filter(status=MessageStatus.SENDING.value, status_at__lte=now - dead_after)
        .values_list("pk", "handed_over_at")
    )
    again = [pk for pk, handed_over_at in left if handed_over_at is None]
    unsure = [pk for pk, handed_over_at in left if handed_over_at is not None]
    died = "sending was broken off"
    Message.objects.filter(pk__in=again).update(
        status=MessageStatus.QUEUED.value, status_at=now, reason=died, needs_task=True
    )
    Message.objects.filter(pk__in=unsure).update(
        status=MessageStatus.UNSURE.value, status_at=now, reason=died
    )
    return len(again), len(unsure)


@transaction.atomic
def queue_message_again(*, message: Message, by: User, now: datetime | None = None) -> None:
    """Somebody asked: the patient knows nothing of it. Its owner's task comes with the next tick."""
    current = _lock_message_needing_somebody(message)
    current.status, current.status_at = MessageStatus.QUEUED.value, now or timezone.now()
    current.reason, current.attempts, current.handed_over_at = "", 0, None
    current.needs_task, current.not_before = True, None
    current.save(
        update_fields=[
            "status",
            "status_at",
            "reason",
            "attempts",
            "handed_over_at",
            "needs_task",
            "not_before",
        ]
    )
    audit.record(by=by, did="message.sent_again", about=current, patient_id=current.patient_id)


@transaction.atomic
def mark_message_settled(*, message: Message, by: User, now: datetime | None = None) -> None:
    """The patient was told by telephone, or knows."""
    current = _lock_message_needing_somebody(message)
    current.status = MessageStatus.SETTLED.value
    current.status_at = now or timezone.now()
    current.save(update_fields=["status", "status_at"])
    audit.record(by=by, did="message.settled", about=current, patient_id=current.patient_id)


def _lock_message_needing_somebody(message: Message) -> Message:
    current = lock_row(Message, message.pk)
    if current.status not in NEEDS_SOMEBODY:
        raise Refused.because(
            f"This message is {current.get_status_display()}: nothing is to be done about it.",
            code="message:state",
        )
    return current


@transaction.atomic
def change_outbox_settings(
    *,
    clinic: Clinic,
    by: User,
    by_email: bool,
    by_sms: bool,
    phone: str,
    quiet_from: time | None = USUAL_QUIET_FROM,
    quiet_until: time | None = USUAL_QUIET_UNTIL,
    quiet_when_closed: bool = True,
) -> OutboxSettings:
    """By which channels this clinic writes, the telephone that its messages name, and when texts wait."""
    values = {
        "by_email": by_email,
        "by_sms": by_sms,
        "phone": phone.strip()[:40],
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "quiet_when_closed": quiet_when_closed,
    }
    row, _ = OutboxSettings.objects.select_for_update().get_or_create(clinic=clinic)
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=changed)
    audit.record(by=by, did="outbox.set", about=row, fields=changed)
    return row
