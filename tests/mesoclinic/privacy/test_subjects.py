"""What stands on the outside of a message says nothing of anybody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mesoclinic.outbox.link_messages import link_letter
from mesoclinic.outbox.models import LinkMessage, OutboxSettings
from patients.models import PatientLink
from patients.rules.links import LinkPurpose
from tests import factories
from treatments.schedule.messages import reminder_email_letter
from treatments.schedule.models import Appointment

WORDS = {"given_names": "Zqgiven", "family_name": "Zqfamily", "preferred_name": "Zqcalled", "address": "Zq 1"}


@pytest.mark.parametrize("language", ["en", "fr", "it", "ar"])
def test_no_subject_of_a_message_holds_a_name(language):
    patient = factories.PatientFactory.build(language=language, record_number="MC-771771", **WORDS)
    clinic = factories.ClinicFactory.build(name="Kaya Hair Clinic")
    soon = timezone.now() + timedelta(days=2)
    visit = Appointment(pk=1, clinic=clinic, patient=patient, starts_at=soon, ends_at=soon, note="Zqnote")
    OutboxSettings(clinic=clinic)
    links = [
        PatientLink(clinic=clinic, patient=patient, purpose=purpose, language=language, expires_at=soon)
        for purpose in LinkPurpose
    ]

    mails = [reminder_email_letter(visit), *(link_letter(LinkMessage(link=link), "email") for link in links)]
    texts = [link_letter(LinkMessage(link=link), "sms") for link in links]

    assert all(letter.subject for letter in mails)
    for letter in (*mails, *texts):
        for word in (*WORDS.values(), "771771"):
            assert word not in f"{letter.subject}{letter.text}"
