"""The messages of a clinic as pages show them."""

from django.db.models import QuerySet

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.paging import Page, Place, page_of
from mesoclinic.outbox.models import Message, MessageText, OptOut, OptOutQuerySet
from mesoclinic.outbox.rules import NEEDS_SOMEBODY, Purpose
from patients.models import Patient, records_of_person

MESSAGES_A_PAGE = 50


def _messages_of_clinic(clinic: Clinic | None) -> QuerySet[Message]:
    return Message.objects.filter(clinic=clinic).select_related("patient").order_by("-pk")


def messages_that_need_somebody(clinic: Clinic | None) -> list[Message]:
    """Those that did not go out, or may not have, the newest first: fifty of them."""
    return list(_messages_of_clinic(clinic).filter(status__in=[s.value for s in NEEDS_SOMEBODY])[:50])


def page_of_messages(clinic: Clinic | None, place: Place) -> Page[Message]:
    """The newest first. One query."""
    return page_of(_messages_of_clinic(clinic), ["pk"], place, size=MESSAGES_A_PAGE, newest=True)


def is_opted_out(patient: Patient, purpose: Purpose) -> bool:
    """Whether the patient has said, by the link in a message, that they want no more of its kind. One query."""
    return opt_outs_of(patient).standing().filter(purpose=purpose.value).exists()


def opt_outs_of(patient: Patient) -> OptOutQuerySet:
    """Of all records of this person, the newest first."""
    found = OptOut.objects.filter(patient__in=records_of_person(patient.pk))
    return found.select_related("clinic", "ended_by")


def newest_texts_of_clinic(clinic: Clinic, language: str) -> dict[tuple[str, str], MessageText]:
    """By purpose and channel. One query."""
    texts = MessageText.objects.filter(clinic=clinic, language=language).select_related("written_by")
    newest = texts.order_by("purpose", "channel", "-version").distinct("purpose", "channel")
    return {(text.purpose, text.channel): text for text in newest}


def versions_of_text(clinic: Clinic, purpose: str, channel: str, language: str) -> list[MessageText]:
    """The newest first. One query."""
    texts = MessageText.objects.filter(clinic=clinic, purpose=purpose, channel=channel, language=language)
    return list(texts.select_related("written_by").order_by("-version"))
