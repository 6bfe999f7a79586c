"""What is written to a patient, in their language. The visit's time and the clinic's name: nothing else.

No diagnosis, no treatment, no name: a message is read on a locked screen, and by whoever shares the inbox.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.translation import gettext, pgettext

from treatments.schedule.models import Appointment, contact_of
from treatments.schedule.queries.visit_links import link_of


@dataclass(frozen=True)
class Message:
    subject: str
    text: str
    #: The language it came out in: the patient's, or English where the clinic has no translation.
    language: str


@cache
def languages() -> frozenset[str]:
    """What messages are translated into: the folders of mesoclinic/locale, and English."""
    folders = (
        path.parent.parent.name
        for place in settings.LOCALE_PATHS
        for path in Path(place).glob("*/LC_MESSAGES/django.mo")
    )
    return frozenset({"en", *map(translation.to_language, folders)})


def language_of(wanted: str) -> str:
    """The patient's language if there is a translation, else English: ``de-AT`` is served by ``de``.

    Asked of our own translations: Django knows a hundred languages, and would write the date in one and
    the rest in English.
    """
    wanted = wanted.lower().replace("_", "-")
    for code in (wanted, wanted.partition("-")[0]):
        if code in languages():
            return code
    return "en"


def when_words(appointment: Appointment) -> tuple[str, str]:
    """Day and time by the clinic's clock, as the language in force writes them."""
    local = timezone.localtime(appointment.starts_at, appointment.clinic.zone)
    # Translators: how a date with its weekday is written, in Django's letters: l weekday, j day, F month, Y year.
    day = formats.date_format(local, pgettext("date format", "l j F Y"))
    # Translators: how a time of day is written, in Django's letters: H hour (0-23), i minutes.
    clock = formats.date_format(local, pgettext("time format", "H:i"))
    return day, clock


def reminder_email(appointment: Appointment) -> Message:
    language = language_of(appointment.patient.language)
    with translation.override(language):
        day, clock = when_words(appointment)
        facts = {
            "clinic": appointment.clinic.name,
            "day": day,
            "time": clock,
            "link": link_of(appointment),
            "phone": contact_of(appointment.clinic).phone,
        }
        parts = [
            gettext("Hello,"),
            gettext("You have a visit at %(clinic)s on %(day)s at %(time)s."),
            gettext("Please say whether you are coming. You can also cancel there:") + "\n%(link)s",
            gettext("The link is yours alone and works until the visit begins."),
        ]
        if facts["phone"]:
            parts.append(gettext("Questions? Call us: %(phone)s."))
        parts += [gettext("You can switch these reminders off on the same page."), "%(clinic)s"]
        return Message(
            subject=gettext("Your visit on %(day)s at %(time)s") % facts,
            text="\n\n".join(parts) % facts + "\n",
            language=language,
        )


def reminder_sms(appointment: Appointment) -> Message:
    language = language_of(appointment.patient.language)
    with translation.override(language):
        day, clock = when_words(appointment)
        facts = {"clinic": appointment.clinic.name, "day": day, "time": clock, "link": link_of(appointment)}
        text = gettext("%(clinic)s: your visit is on %(day)s at %(time)s. Confirm or cancel: %(link)s")
        return Message(subject="", text=text % facts, language=language)
