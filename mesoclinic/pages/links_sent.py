"""The links to a patient's pages, as the desk reads them: those sent, what may be sent, and a language that is not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.urls import reverse

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.languages import translated_language_or_none
from mesoclinic.pages.patient_desk import Desk
from patients.models import Patient, PatientLink
from treatments.billing.models import Quote
from treatments.billing.rules.quote_links import check_quote_can_be_sent
from treatments.followup.models import CheckIn
from treatments.schedule.models import Appointment


@dataclass(frozen=True, slots=True)
class Sendable:
    """What may be sent now: a button that posts, or where it has a form of its own a link to that."""

    label: str
    url: str
    is_posted: bool = True


@dataclass(frozen=True, slots=True)
class LinksSent:
    links: Sequence[PatientLink]
    sendable: Sequence[Sendable]
    #: What the patient speaks and no page is written in; empty where there is a translation.
    missing_language: str


def links_sent(
    patient: Patient, desk: Desk, check_in: CheckIn | None, clinic: Clinic | None, today: date
) -> LinksSent:
    """From what the desk's page has read; no query."""
    return LinksSent(
        links=desk.links,
        sendable=[
            *_quotes_to_send(desk.quotes, clinic, today),
            *_check_in_to_send(check_in, clinic, today),
            *_aftercare_to_send(check_in, clinic),
            *_visits_to_send(patient, desk.coming, clinic),
            *_intake_to_send(patient, clinic),
            Sendable("Messages wanted", reverse("outbox:wanted", args=[patient.pk]), is_posted=False),
        ],
        missing_language=missing_language_text(patient.language),
    )


def missing_language_text(code: str) -> str:
    """The language's name where patients' pages are not written in it, else nothing."""
    if translated_language_or_none(code) is not None:
        return ""
    short = code.partition("-")[0].lower()
    return str(dict(settings.LANGUAGES).get(short, code))


def _quotes_to_send(quotes: Sequence[Quote], clinic: Clinic | None, today: date) -> list[Sendable]:
    """Quotes that wait for an answer: the link and its code are made on the quote's own page."""
    return [
        Sendable(f"Send quote {quote.number}", reverse("billing:quote", args=[quote.pk]), is_posted=False)
        for quote in quotes
        if clinic is not None
        and quote.clinic_id == clinic.pk
        and check_quote_can_be_sent(quote.status, quote.valid_until, today) is None
    ]


def _check_in_to_send(check_in: CheckIn | None, clinic: Clinic | None, today: date) -> list[Sendable]:
    """The check-in that is due: the patient answers it by themselves."""
    if check_in is None or clinic is None or check_in.clinic_id != clinic.pk or check_in.due_on > today:
        return []
    label = f"Send check-in, {check_in.time_after_session_text}"
    return [Sendable(label, reverse("followup:check_in_send", args=[check_in.pk]))]


def _aftercare_to_send(check_in: CheckIn | None, clinic: Clinic | None) -> list[Sendable]:
    """What to do after the session whose check-in is next: the patient reads it by a code."""
    if check_in is None or clinic is None or check_in.clinic_id != clinic.pk:
        return []
    url = reverse("followup:aftercare_send", args=[check_in.treatment_session_id])
    return [Sendable("Send the aftercare", url)]


def _visits_to_send(patient: Patient, coming: Sequence[Appointment], clinic: Clinic | None) -> list[Sendable]:
    """All dates that are still to come here, in one page."""
    if clinic is None or not any(visit.clinic_id == clinic.pk for visit in coming):
        return []
    return [Sendable("Send the dates", reverse("schedule:visits_send", args=[patient.pk]))]


def _intake_to_send(patient: Patient, clinic: Clinic | None) -> list[Sendable]:
    """The questions of the intake: the patient answers them at home, a clinician confirms."""
    if clinic is None:
        return []
    return [Sendable("Send the intake", reverse("schedule:intake_send", args=[patient.pk]))]
