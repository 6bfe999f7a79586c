"""What is written to a patient, in their language. The visit's time and the clinic's name: nothing else.

No diagnosis, no treatment, no name: a message is read on a locked screen, and by whoever shares the inbox.
"""

from django.utils import formats, timezone, translation
from django.utils.translation import gettext, pgettext

from mesoclinic.core.languages import language_for_patient
from mesoclinic.outbox.actions import Letter
from mesoclinic.outbox.models import outbox_settings_or_unsaved
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


def reminder_email_letter(appointment: Appointment) -> Letter:
    language = language_for_patient(appointment.patient.language)
    with translation.override(language):
        day, clock = day_and_time_texts(appointment)
        values = {
            "clinic": appointment.clinic.name,
            "day": day,
            "time": clock,
            "link": visit_link_address(appointment),
            "phone": outbox_settings_or_unsaved(appointment.clinic).phone,
        }
        parts = [
            gettext("Hello,"),
            gettext("You have a visit at %(clinic)s on %(day)s at %(time)s."),
            gettext("Please say whether you are coming. You can also cancel there:") + "\n%(link)s",
            gettext("The link is yours alone and works until the visit begins."),
        ]
        if values["phone"]:
            parts.append(gettext("Questions? Call us: %(phone)s."))
        parts += [gettext("You can switch these reminders off on the same page."), "%(clinic)s"]
        return Letter(
            to=appointment.patient.email,
            subject=gettext("Your visit on %(day)s at %(time)s") % values,
            text="\n\n".join(parts) % values + "\n",
            language=language,
        )


def reminder_sms_letter(appointment: Appointment) -> Letter:
    language = language_for_patient(appointment.patient.language)
    with translation.override(language):
        day, clock = day_and_time_texts(appointment)
        values = {
            "clinic": appointment.clinic.name,
            "day": day,
            "time": clock,
            "link": visit_link_address(appointment),
        }
        text = gettext("%(clinic)s: your visit is on %(day)s at %(time)s. Confirm or cancel: %(link)s")
        return Letter(to=appointment.patient.phone, text=text % values, language=language)
