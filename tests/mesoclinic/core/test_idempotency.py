"""A form sent twice is answered once; here with the registration of a patient."""

import threading
import uuid

import pytest
from django.db import connection
from django.urls import reverse

from mesoclinic.core.models import IdempotencyKey
from patients.models import Patient
from tests import factories
from tests.conftest import signed_in

FORM = {
    "given_names": "Noor",
    "family_name": "Example",
    "birth_date": "1990-05-17",
    "sex_at_birth": "female",
    "language": "en",
}


@pytest.mark.django_db
def test_a_form_sent_twice_does_its_work_once(as_front_desk):
    form = FORM | {"once": str(uuid.uuid4())}

    first = as_front_desk.post(reverse("patients:register"), form)
    second = as_front_desk.post(reverse("patients:register"), form)

    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Patient.objects.count() == 1


@pytest.mark.django_db
def test_a_form_with_a_mistake_uses_up_nothing(as_front_desk):
    key = str(uuid.uuid4())

    wrong = as_front_desk.post(reverse("patients:register"), FORM | {"family_name": "", "once": key})
    right = as_front_desk.post(reverse("patients:register"), FORM | {"once": key})

    assert wrong.status_code in (200, 422)
    assert right.status_code == 302
    assert Patient.objects.count() == 1
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_over_two_connections_registers_one_patient():
    user = factories.UserFactory(roles=["front_desk"])
    form = FORM | {"once": str(uuid.uuid4())}
    together, answers = threading.Barrier(8), []

    def click():
        try:
            client = signed_in(user)
            together.wait()
            answers.append(client.post(reverse("patients:register"), form))
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(8)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()

    assert [answer.status_code for answer in answers] == [302] * 8
    assert len({answer["Location"] for answer in answers}) == 1
    assert Patient.objects.count() == 1
