"""What messages to patients say: the words that come with the product, a clinic's own in their place, and how they are filled.

No name, no diagnosis and no treatment has a place in them: a message is read on a locked screen, and by whoever shares the inbox.
"""

import base64
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.languages import plural_form_of, plural_forms_of
from mesoclinic.core.placeholders import Expected, fill_placeholders
from mesoclinic.outbox.models import MessageText
from mesoclinic.outbox.rules import Channel, Purpose
from patients.rules.links import GATES, Gate, LinkPurpose

#: By purpose, what the message of a link is about. It is read on a locked screen: no name, no diagnosis, no medicine.
SUBJECTS = {
    LinkPurpose.QUOTE: gettext_noop("Your quote from %(clinic)s"),
    LinkPurpose.CHECK_IN: gettext_noop("A question from %(clinic)s"),
    LinkPurpose.INTAKE: gettext_noop("Before your visit at %(clinic)s"),
    LinkPurpose.AFTERCARE: gettext_noop("From %(clinic)s, after your visit"),
    LinkPurpose.COURSE: gettext_noop("Your dates at %(clinic)s"),
}

#: The places of a message; the first stand in a subject too.
_ABOUT_VISIT = ("clinic", "day", "time")
_PLACES = {
    True: (*_ABOUT_VISIT, "link", "phone", "stop"),
    False: ("clinic", "link", "until", "days", "phone", "stop"),
}
_REQUIRED = {True: ("day", "time", "link", "stop"), False: ("link", "stop")}

_CATALOGUE_PLACE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Words:
    """A message before its places are filled. A text message has no subject."""

    body: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What goes into one message to one patient: the clinic's words, and where the patient says that they want no more."""

    words: Words
    stop: str


def body_places(purpose: Purpose, language: str) -> Expected:
    """What the text of a message may and must name."""
    is_reminder = purpose == Purpose.REMINDER
    return Expected(
        known=_PLACES[is_reminder],
        required=_REQUIRED[is_reminder],
        counted=("days",),
        plural_forms=plural_forms_of(language),
    )


def subject_places(purpose: Purpose) -> Expected:
    return Expected(known=_ABOUT_VISIT if purpose == Purpose.REMINDER else ("clinic",))


# --- the words ----------------------------------------------------------------------------------------


def shipped_words(purpose: Purpose, channel: str, language: str) -> Words:
    """As they come with the product, in a language of the catalogue."""
    with translation.override(language):
        subject, parts = (
            _reminder_parts(channel) if purpose == Purpose.REMINDER else _link_parts(purpose, channel)
        )
    is_email = channel == Channel.EMAIL
    return Words(_as_places("\n\n".join(parts)), _as_places(subject) if is_email else "")


def _as_places(text: str) -> str:
    return _CATALOGUE_PLACE.sub(r"{\1}", text)


def _reminder_parts(channel: str) -> tuple[str, list[str]]:
    subject = gettext("Your visit on %(day)s at %(time)s")
    if channel == Channel.SMS:
        text = gettext("%(clinic)s: your visit is on %(day)s at %(time)s. Confirm or cancel: %(link)s")
        return subject, [text, gettext("No more of these: %(stop)s")]
    return subject, [
        gettext("Hello,"),
        gettext("You have a visit at %(clinic)s on %(day)s at %(time)s."),
        gettext("Please say whether you are coming. You can also cancel there:") + "\n%(link)s",
        gettext("The link is yours alone and works until the visit begins."),
        gettext("Questions? Call us: %(phone)s."),
        "%(clinic)s",
        gettext("In another language, by another way, or no more of these messages:") + "\n%(stop)s",
    ]


def _link_parts(purpose: Purpose, channel: str) -> tuple[str, list[str]]:
    of_link = LinkPurpose(purpose.value)
    subject = gettext(SUBJECTS[of_link])
    if channel == Channel.SMS:
        return subject, [subject + ": %(link)s", gettext("No more of these: %(stop)s")]
    return subject, [
        gettext("Hello,"),
        gettext("This page is for you:") + "\n%(link)s",
        gettext("The clinic tells you the code that opens it.")
        if GATES[of_link] == Gate.CODE
        else gettext("Your date of birth opens it."),
        gettext("It works until %(until)s and is yours alone: do not pass it on."),
        gettext("Questions? Call us: %(phone)s."),
        "%(clinic)s",
        gettext("In another language, by another way, or no more of these messages:") + "\n%(stop)s",
    ]


def words_of_clinic(clinic: Clinic, purpose: Purpose, channel: str, language: str) -> Words:
    """The clinic's own newest words, or those that come with the product. One query."""
    own = newest_text_or_none(clinic, purpose, channel, language)
    if own is None or not own.body:
        return shipped_words(purpose, channel, language)
    return Words(own.body, own.subject)


def newest_text_or_none(clinic: Clinic, purpose: Purpose, channel: str, language: str) -> MessageText | None:
    texts = MessageText.objects.filter(
        clinic=clinic, purpose=purpose.value, channel=channel, language=language
    )
    return texts.select_related("written_by").order_by("-version").first()


def filled(words: Words, values: Mapping[str, str | int], language: str) -> Words:
    """As it is sent."""

    def plural_form(number: int) -> int:
        return plural_form_of(language, number)

    return Words(
        fill_placeholders(words.body, values, plural_form),
        " ".join(fill_placeholders(words.subject, values, plural_form).split()),
    )


# --- where a patient says what they want ----------------------------------------------------------------


def choices_token(key: uuid.UUID) -> str:
    """Of a message: its own number, which nobody can guess, in 22 letters: a text message is short."""
    return base64.urlsafe_b64encode(key.bytes).rstrip(b"=").decode()


def key_of_token_or_none(token: str) -> uuid.UUID | None:
    try:
        key = uuid.UUID(bytes=base64.urlsafe_b64decode(token + "=="))
    except ValueError:
        return None
    # One address, one message: no second spelling of the last letter.
    return key if choices_token(key) == token else None


def choices_address(key: uuid.UUID) -> str:
    """The whole address, for a message: nothing about anybody stands in it."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse('message_choices', args=[choices_token(key)])}"
