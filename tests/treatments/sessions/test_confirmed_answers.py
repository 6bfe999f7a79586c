"""Answers of an earlier day, confirmed at a session: each is written down anew, within the statements of a page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import SafetyAnswer


@pytest.fixture
def asked_on():
    return timezone.localdate() - timedelta(days=1)


def test_a_signature_with_all_that_can_come_with_it_confirms_them_within_thirty_statements(
    as_clinician, booked_session_as_given, scales, patient, once, count_queries
):
    url = reverse("sessions:sign", args=[booked_session_as_given.pk])

    with count_queries() as sent:
        answer = as_clinician.post(url, {"once": once()})

    today = SafetyAnswer.objects.filter(patient=patient, asked_on=timezone.localdate(), asked_where="session")
    assert answer.status_code == 302
    assert today.count() == 3
    assert len(sent) <= 30
