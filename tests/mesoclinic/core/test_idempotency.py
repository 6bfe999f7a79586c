"""A form sent twice is answered once; here with the registration of a patient."""

import re
import threading
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
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


@pytest.mark.fault("F8")
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


@pytest.mark.fault("F8")
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


# --- the key is bound to what the form says ----------------------------------


@pytest.mark.fault("F10")
@pytest.mark.django_db
def test_the_same_key_with_other_content_does_nothing_keeps_everything_and_offers_a_new_key(as_front_desk):
    key = str(uuid.uuid4())
    url = reverse("patients:register")
    as_front_desk.post(url, FORM | {"once": key})

    # Back, another name, sent again.
    answer = as_front_desk.post(url, FORM | {"given_names": "Amira", "family_name": "Haddad", "once": key})

    text = answer.content.decode()
    assert answer.status_code == 409
    assert Patient.objects.count() == 1
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    assert sent["once"] != key
    assert {name: sent[name] for name in FORM} == FORM | {"given_names": "Amira", "family_name": "Haddad"}
    assert reverse("patient", args=[Patient.objects.get().pk]) in text

    again = as_front_desk.post(url, {name: sent[name] for name in [*FORM, "once"]})
    assert again.status_code == 302
    assert set(Patient.objects.values_list("family_name", flat=True)) == {"Example", "Haddad"}


@pytest.mark.fault("F10")
@pytest.mark.django_db
def test_a_password_sent_again_with_other_content_is_not_carried_back(as_front_desk):
    key = str(uuid.uuid4())
    url = reverse("patients:register")
    as_front_desk.post(url, FORM | {"once": key})

    answer = as_front_desk.post(
        url, FORM | {"family_name": "Haddad", "password_again": "s3cret", "once": key}
    )

    assert answer.status_code == 409
    assert "s3cret" not in answer.content.decode()


@pytest.mark.django_db
def test_a_repeat_says_that_it_was_done_once(as_front_desk):
    form = FORM | {"once": str(uuid.uuid4())}
    url = reverse("patients:register")

    first = as_front_desk.post(url, form, follow=True)
    second = as_front_desk.post(url, form, follow=True)

    assert "done once" not in first.content.decode()
    assert "It was done once, the first time." in second.content.decode()


@pytest.mark.fault("F10")
@pytest.mark.django_db
@pytest.mark.parametrize("changed", [b"b", b""])
def test_another_file_is_other_content(as_admin, changed):
    key, url = str(uuid.uuid4()), reverse("patients:import")

    def send(content):
        file = SimpleUploadedFile("list.csv", b"family_name;birth_date\nRazo;1984-10-12\n" + content)
        return as_admin.post(url, {"file": file, "once": key})

    first, same, other = send(b""), send(b""), send(changed)

    if first.status_code == 302:
        assert same.status_code == 302
        assert other.status_code == (409 if changed else 302)


@pytest.mark.django_db
def test_a_post_without_a_key_is_answered_in_a_transaction(as_front_desk, clinic, clinician):
    lot = factories.LotFactory(clinic=clinic, on_hand=10)
    session = factories.give(lot, by=clinician)
    case = factories.make_recall(lots=[lot], by=clinician)

    answer = as_front_desk.post(reverse("recalls:attempt", args=[case.pk, session.patient_id]), {})

    assert answer.status_code == 422


@pytest.mark.django_db
def test_the_database_keeps_no_key_without_the_hash_of_its_form(front_desk):
    with pytest.raises(IntegrityError), transaction.atomic():
        IdempotencyKey.objects.create(key=uuid.uuid4(), by=front_desk, path="/", content="")


@pytest.mark.fault("F9")
@pytest.mark.django_db
def test_a_look_at_the_form_that_arrives_after_the_form_itself_is_not_that_form_again(as_front_desk):
    """What once failed in a browser: the page asked for its checks, and Save was pressed before the answer came."""
    form = FORM | {"once": str(uuid.uuid4())}

    saved = as_front_desk.post(reverse("patients:register"), form)
    look = as_front_desk.post(
        reverse("patients:register"), form | {"family_name": ""}, headers={"HX-Request": "true"}
    )

    assert saved.status_code == 302
    assert look.status_code == 422
    assert "sent before" not in look.content.decode()
    assert Patient.objects.count() == 1
    assert IdempotencyKey.objects.count() == 1
