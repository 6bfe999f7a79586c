"""A clinic's own words for its messages: checked, kept in versions, and sent once to whoever tries them out."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import formats, timezone, translation
from django.utils.translation import pgettext
from django_tasks import task

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused, block
from mesoclinic.core.languages import language_name
from mesoclinic.core.placeholders import check_placeholders, sms_parts
from mesoclinic.outbox import sms
from mesoclinic.outbox.messages import (
    Words,
    body_places,
    filled,
    newest_text_or_none,
    shipped_words,
    subject_places,
)
from mesoclinic.outbox.models import MessageText, outbox_settings_or_unsaved
from mesoclinic.outbox.rules import Channel, Purpose

#: A text message is paid for by its parts.
MOST_SMS_PARTS = 6
LONGEST_BODY, LONGEST_SUBJECT = 5000, 150


@dataclass(frozen=True, slots=True)
class TextKey:
    """Which message, by which channel, in which language."""

    purpose: Purpose
    channel: Channel
    language: str


def check_words(key: TextKey, words: Words, clinic: Clinic) -> list[Finding]:
    """Why these words are not kept."""
    named = language_name(key.language)
    found = check_placeholders(
        words.body, body_places(key.purpose, key.language), where="body", language=named
    )
    if not words.body:
        found.append(block("text:empty", "Write the text.", fixed=True, where="body"))
    if len(words.body) > LONGEST_BODY:
        message = f"A text has up to {LONGEST_BODY} characters."
        found.append(block("text:long", message, fixed=True, where="body"))
    if key.channel == Channel.EMAIL:
        found += check_placeholders(
            words.subject, subject_places(key.purpose), where="subject", language=named
        )
        if not words.subject:
            found.append(block("text:subject", "Write a subject.", fixed=True, where="subject"))
    elif not found and sms_parts(example_of(key, words, clinic).body) > MOST_SMS_PARTS:
        message = f"This takes more than {MOST_SMS_PARTS} text messages. Shorten it."
        found.append(block("text:long", message, fixed=True, where="body"))
    return found


def read_words(key: TextKey, *, subject: str, body: str) -> Words:
    """As they are kept: lines end as everywhere, and a text message has no subject."""
    body = "\n".join(line.rstrip() for line in body.replace("\r\n", "\n").split("\n")).strip()
    return Words(body, " ".join(subject.split())[:LONGEST_SUBJECT] if key.channel == Channel.EMAIL else "")


@transaction.atomic
def save_message_text(*, clinic: Clinic, key: TextKey, words: Words, seen: int, by: User) -> MessageText:
    """The next version; no other version is changed. ``seen``: the version on the page, 0 for none.

    Words as they are shipped bring the shipped text back, so that its next wording is sent too.
    """
    refuse_unless_allowed(by, Permission.MANAGE_CLINIC)
    Clinic.objects.select_for_update().get(pk=clinic.pk)
    newest = newest_text_or_none(clinic, key.purpose, key.channel, key.language)
    if (newest.version if newest else 0) != seen:
        raise Refused.because(
            "Somebody has saved this text since the page was opened. Look at theirs, then save yours.",
            code="text:meanwhile",
        )
    if found := check_words(key, words, clinic):
        raise Refused(*found)
    return _write_version(clinic, key, words, seen, by)


@transaction.atomic
def restore_shipped_text(*, clinic: Clinic, key: TextKey, seen: int, by: User) -> MessageText:
    """The text that comes with the product again: a version of its own, so that the others stay."""
    return save_message_text(
        clinic=clinic, key=key, words=shipped_words(key.purpose, key.channel, key.language), seen=seen, by=by
    )


def _write_version(clinic: Clinic, key: TextKey, words: Words, seen: int, by: User) -> MessageText:
    if words == shipped_words(key.purpose, key.channel, key.language):
        words = Words("")
    text = MessageText.objects.create(
        clinic=clinic,
        purpose=key.purpose.value,
        channel=key.channel.value,
        language=key.language,
        version=seen + 1,
        subject=words.subject,
        body=words.body,
        written_by=by,
    )
    audit.record(
        by=by,
        did="message_text.written",
        about=text,
        purpose=text.purpose,
        channel=text.channel,
        language=text.language,
        version=text.version,
    )
    return text


# --- tried out ----------------------------------------------------------------------------------------


def example_of(key: TextKey, words: Words, clinic: Clinic) -> Words:
    """As a patient would read it; the addresses are made up and lead nowhere."""
    site = settings.SITE_URL.rstrip("/")
    soon = timezone.localtime(timezone.now(), clinic.zone) + timedelta(days=5)
    with translation.override(key.language):
        values: dict[str, str | int] = {
            "clinic": clinic.name,
            "day": formats.date_format(soon, pgettext("date format", "l j F Y")),
            "time": formats.date_format(soon.replace(hour=10, minute=30), pgettext("time format", "H:i")),
            "until": formats.date_format(soon.date(), "DATE_FORMAT"),
            "days": 5,
            "phone": outbox_settings_or_unsaved(clinic).phone,
            # As long as a real one, so that the parts of a text message are counted right.
            "link": f"{site}/l/{'example' * 11}/",
            "stop": f"{site}/m/{'example' * 3}x/",
        }
    return filled(words, values, key.language)


@transaction.atomic
def send_test_message(*, clinic: Clinic, key: TextKey, words: Words, to: str, by: User) -> None:
    """Send the words with made-up places to somebody who tries them out; no patient is in it."""
    refuse_unless_allowed(by, Permission.MANAGE_CLINIC)
    if found := check_words(key, words, clinic):
        raise Refused(*found)
    example = example_of(key, words, clinic)
    send_example.enqueue(key.channel.value, to, example.subject, example.body, key.language)
    audit.record(
        by=by,
        did="message_text.tested",
        about=clinic,
        purpose=key.purpose.value,
        channel=key.channel.value,
        language=key.language,
    )


@task()
def send_example(channel: str, to: str, subject: str, body: str, language: str) -> None:
    """Once: a task that fails is not tried again, and whoever waits presses the button again."""
    if channel == Channel.SMS:
        sms.sms_backend_from_settings().connect_and_return_sender(sms.Text(to, body, key=""))()
        return
    headers = {"Content-Language": language, "Auto-Submitted": "auto-generated"}
    EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [to], headers=headers).send()
