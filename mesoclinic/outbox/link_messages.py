"""Sends a link to its patient: the letter is written when it goes, in the language of the link; the code is never in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import formats, timezone, translation
from django_tasks import task

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.findings import Refused, raise_if_found
from mesoclinic.outbox import actions as outbox
from mesoclinic.outbox.messages import OwnWords, choices_address, filled, shipped_words, words_of_clinic
from mesoclinic.outbox.models import LinkMessage, Message, OutboxSettings, outbox_settings_or_unsaved
from mesoclinic.outbox.queries import is_opted_out
from mesoclinic.outbox.rules import (
    OPTED_OUT,
    Channel,
    MessageStatus,
    Purpose,
    Way,
    check_wants_messages,
    quiet_until_or_none,
)
from patients.actions.links import create_link, link_address
from patients.models import Patient, PatientLink
from patients.rules.links import LinkPurpose

#: A link that ends at midnight works until the day before.
_LAST_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SentLink:
    """A link on its way. ``code``: to be told by another way, shown this once; empty where the birth date opens it."""

    link: PatientLink
    message: Message
    code: str


@transaction.atomic
def send_link(
    *,
    clinic: Clinic,
    patient: Patient,
    purpose: LinkPurpose,
    expires_at: datetime,
    by: User | None,
    language: str = "",
    to: str = "",
    now: datetime | None = None,
) -> SentLink:
    """Make a link and queue its message; the worker sends it. ``to``: an e-mail address for this message alone.

    Without ``to`` it goes as the patient wants to be reached; where no way leads to them the message is skipped, and says why.
    """
    now = now or timezone.now()
    settings = outbox_settings_or_unsaved(clinic)
    way = _way_of_link(patient, clinic, Purpose(purpose.value), to)
    if by is not None:
        raise_if_found(check_wants_messages(way.why_not))
    message = outbox.unsaved_message(
        clinic=clinic,
        patient=patient,
        purpose=Purpose(purpose.value),
        way=way,
        about_at=None,
        now=now,
        needs_task=False,
    )
    outbox.save_new_messages([message])
    made = create_link(
        clinic=clinic, patient=patient, purpose=purpose, expires_at=expires_at, by=by, language=language
    )
    LinkMessage.objects.create(link=made.link, message=message, sent_to=to)
    if way.channel:
        # A text that nobody at the desk asked for waits until the night is over.
        waits = way.channel == Channel.SMS and by is None
        quiet = _night_ends_at_or_none(clinic, settings, now) if waits else None
        send_link_message.using(run_after=quiet).enqueue(message.pk)
    return SentLink(made.link, message, made.code)


def _way_of_link(patient: Patient, clinic: Clinic, purpose: Purpose, to: str) -> Way:
    """``to``: an address for this message alone. Who wants no such messages gets none at any address."""
    if to:
        return Way("", OPTED_OUT) if is_opted_out(patient, purpose) else Way(Channel.EMAIL)
    return outbox.way_to_reach_patient(patient, outbox_settings_or_unsaved(clinic), purpose)


def refuse_unless_reachable(patient: Patient, clinic: Clinic, purpose: LinkPurpose) -> None:
    """Refuse where no way leads to the patient: a link that nobody gets is not made, and no code is told for it."""
    way = outbox.way_to_reach_patient(patient, outbox_settings_or_unsaved(clinic), Purpose(purpose.value))
    raise_if_found(check_wants_messages(way.why_not))
    if not way.channel:
        raise Refused.because(
            f"No link was sent: {way.why_not}. See the patient’s contacts.", code="link:unreachable"
        )


def _night_ends_at_or_none(clinic: Clinic, settings: OutboxSettings, now: datetime) -> datetime | None:
    here = timezone.localtime(now, clinic.zone)
    return quiet_until_or_none(here, begins=settings.quiet_from, ends=settings.quiet_until, closed_days=())


@transaction.atomic
def enqueue_link_message_tasks() -> int:
    """A task for each message of a link that has none: not reached and tried again, or sent again by hand."""
    waiting = [
        message
        for purpose in LinkPurpose
        for message in outbox.take_and_mark_messages_without_task(Purpose(purpose.value))
    ]
    for message in waiting:
        send_link_message.using(run_after=message.not_before).enqueue(message.pk)
    return len(waiting)


@task()
def send_link_message(message_id: int) -> str:
    """Send the message of a link, once: a second run finds it sent, or the link ended, and does nothing."""
    now = timezone.now()
    carried = (
        LinkMessage.objects.select_related("link__clinic__outbox", "link__patient")
        .filter(message=message_id)
        .first()
    )
    if carried is None:
        return ""
    if not carried.link.opens:
        outbox.mark_message_skipped_if_queued(message_id, reason="the link was taken back", now=now)
        return ""
    clinic, patient, purpose = carried.link.clinic, carried.link.patient, Purpose(carried.link.purpose)
    way = _way_of_link(patient, clinic, purpose, carried.sent_to)
    if not way.channel:
        outbox.mark_message_skipped_if_queued(message_id, reason=way.why_not, now=now)
        return ""
    message = outbox.claim_message_or_none(message_id, channel=way.channel, now=now)
    if message is None:
        return ""
    words = words_of_clinic(clinic, purpose, way.channel, carried.link.language)
    letter = link_letter(carried, way.channel, OwnWords(words, choices_address(message.key)))
    became = outbox.send_message_and_return_outcome(message, letter, now=now)
    if became == MessageStatus.QUEUED:
        enqueue_link_message_tasks()
    return became


def link_letter(carried: LinkMessage, channel: str, own: OwnWords | None = None) -> outbox.Letter:
    """What is sent: the clinic's name, the address, until when it works. ``own``: in the clinic's words, with where to say no more."""
    link = carried.link
    clinic, purpose = link.clinic, Purpose(link.purpose)
    with translation.override(link.language):
        last = timezone.localtime(link.expires_at - _LAST_MOMENT, clinic.zone).date()
        values: dict[str, str | int] = {
            "clinic": clinic.name,
            "link": link_address(link),
            "until": formats.date_format(last, "DATE_FORMAT"),
            "days": max((last - timezone.localdate(timezone=clinic.zone)).days, 0),
            "phone": outbox_settings_or_unsaved(clinic).phone,
            "stop": own.stop if own else "",
        }
    words = filled(
        own.words if own else shipped_words(purpose, channel, link.language), values, link.language
    )
    is_sms = channel == Channel.SMS
    return outbox.Letter(
        to=link.patient.phone if is_sms else carried.sent_to or link.patient.email,
        subject=words.subject,
        text=words.body if is_sms else words.body + "\n",
        language=link.language,
        stop=own.stop if own else "",
    )
