"""What is written to a patient, in their language. The visit's time and the clinic's name: nothing else.

No diagnosis, no treatment, no name: a message is read on a locked screen, and by whoever shares the inbox.
"""

from django.utils import formats, timezone, translation
from django.utils.translation import pgettext

from mesoclinic.core.languages import language_for_patient
from mesoclinic.outbox.actions import Letter
from mesoclinic.outbox.messages import OwnWords, Words, filled, shipped_words
from mesoclinic.outbox.models import outbox_settings_or_unsaved
from mesoclinic.outbox.rules import Channel, Purpose
from treatments.schedule.models import Appointment
from treatments.schedule.queries.visit_links import visit_link_address


def day_and_time_texts(appointment: Appointment) -> tuple[str, str]:
    """Day and time by the clinic's clock, as the language in force writes them."""
    local = timezone.localtime(appointment.starts_at, appointment.clinic.zone)
    # Translators: how a date with its weekday is written, in Django's letters: l weekday, j day, F month, Y year.
    day = formats.date_format(local, pgettext("date format", "l j F Y"))
    # Translators: how a time of day is written, in Django's letters: H hour (0-23), i minutes.
    clock = formats.date_format(local, pgettext("time format", "H:i"))
    return day, clock


def reminder_email_letter(appointment: Appointment, own: OwnWords | None = None) -> Letter:
    """``own``: in the clinic's words, with where to say no more."""
    words = _reminder_words(appointment, Channel.EMAIL, own)
    return Letter(
        to=appointment.patient.email,
        subject=words.subject,
        text=words.body + "\n",
        language=language_for_patient(appointment.patient.language),
        stop=own.stop if own else "",
    )


def reminder_sms_letter(appointment: Appointment, own: OwnWords | None = None) -> Letter:
    """The same, as a text message."""
    return Letter(
        to=appointment.patient.phone,
        text=_reminder_words(appointment, Channel.SMS, own).body,
        language=language_for_patient(appointment.patient.language),
    )


def _reminder_words(appointment: Appointment, channel: Channel, own: OwnWords | None) -> Words:
    """Filled in the patient's language."""
    language = language_for_patient(appointment.patient.language)
    with translation.override(language):
        day, clock = day_and_time_texts(appointment)
    values = {
        "clinic": appointment.clinic.name,
        "day": day,
        "time": clock,
        "link": visit_link_address(appointment),
        "phone": outbox_settings_or_unsaved(appointment.clinic).phone,
        "stop": own.stop if own else "",
    }
    return filled(own.words if own else shipped_words(Purpose.REMINDER, channel, language), values, language)
