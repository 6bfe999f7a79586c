"""Whatever shows a patient is in the log, once a page; without its row it is not shown."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from mesoclinic.core import access_log
from mesoclinic.core.models import AuditEvent
from patients.models import Patient
from tests import factories


def rows(**kind) -> list[AuditEvent]:
    return list(
        AuditEvent.objects.filter(did__in=["patient.viewed", "patients.listed"], **kind).order_by("pk")
    )


@pytest.mark.django_db
def test_a_refused_post_that_shows_a_patient_is_in_the_log(as_clinician, clinician):
    patient = factories.PatientFactory()
    url = reverse("patients:edit", args=[patient.pk])

    said = as_clinician.post(url, {"family_name": ""}, REMOTE_ADDR="192.0.2.9")

    row = rows()[-1]
    assert said.status_code in (200, 422)
    assert (row.by, row.patient_id, row.address) == (clinician, patient.pk, "192.0.2.9")
    assert row.data == {"page": "patients:edit", "answered": said.status_code}


@pytest.mark.django_db
def test_a_search_writes_whom_it_showed_and_not_what_was_typed(as_front_desk, front_desk):
    found = [factories.PatientFactory(family_name="Haddad") for _ in range(2)]
    factories.PatientFactory(family_name="Nunes")

    as_front_desk.post(reverse("find"), {"q": "haddad"}, follow=True)

    row = rows()[-1]
    assert (row.did, row.by) == ("patients.listed", front_desk)
    assert row.data["patients"] == sorted(patient.pk for patient in found)
    assert "haddad" not in str(row.data).lower()


@pytest.mark.django_db
def test_the_list_of_patients_is_one_row(as_front_desk):
    for _ in range(3):
        factories.PatientFactory()

    as_front_desk.get(reverse("patients:list"))

    assert len(rows()) <= 1


@pytest.mark.django_db
def test_a_page_whose_view_writes_the_row_has_one(as_clinician):
    patient = factories.PatientFactory()

    as_clinician.get(reverse("patient", args=[patient.pk]))

    assert [row.patient_id for row in rows()] == [patient.pk]


@pytest.mark.django_db
def test_who_was_read_to_be_compared_and_is_not_shown_was_seen_by_nobody(as_front_desk, front_desk):
    known = factories.PatientFactory(family_name="Haddad", phone="+1 555 010 9999")
    unlike = factories.PatientFactory(family_name="Oduya", birth_date=known.birth_date)

    as_front_desk.get(reverse("patient", args=[known.pk]))

    assert [row.patient_id for row in rows()] == [known.pk]
    alike = factories.PatientFactory(family_name="Haddad", given_names=known.given_names, phone=known.phone)
    page = as_front_desk.get(reverse("patient", args=[known.pk])).content.decode()
    assert alike.record_number in page
    assert unlike.record_number not in page
    shown = {row.patient_id for row in rows()} | {pk for row in rows() for pk in row.data.get("patients", [])}
    assert shown == {known.pk, alike.pk}


def answered(text, *rows, sent=None, content_type="text/html"):
    """Whose viewing an answer of this text would write, had these rows been read for it."""
    request = RequestFactory().post("/", sent or {})
    seen = access_log.Seen(address=None, read={row.pk: [row] for row in rows})
    return access_log._shown(seen, request, HttpResponse(text, content_type=content_type))


@pytest.mark.parametrize(
    ("text", "sent", "is_shown"),
    [
        ("<td>MC-7</td>", "", True),
        ("<td>MC-70</td>", "", False),
        ('<a href="/patients/7/edit/">', "", True),
        ('<a href="/patients/77/">', "", False),
        ("<td>O&#x27;Brien, Noor</td>", "", True),
        ("<td>Noor</td>", "", True),
        ("<td>Noorwegen</td>", "", False),
        ("<input value='Noor O&#x27;Brien'>", "noor o'brien", False),
        ("<input value='Noor'> MC-7", "noor", True),
        ("<td>+1 555 0100</td>", "", True),
        ("<td>nobody</td>", "", False),
    ],
)
def test_a_patient_is_shown_where_something_of_theirs_stands_that_was_not_typed(text, sent, is_shown):
    patient = Patient(
        pk=7, record_number="MC-7", given_names="Noor", family_name="O'Brien", phone="+1 555 0100"
    )

    assert answered(text, patient, sent={"name": sent}) == ({7} if is_shown else set())


def test_in_what_is_no_page_whatever_was_read_is_shown():
    assert answered(b"%PDF", Patient(pk=7), Patient(pk=8), content_type="application/pdf") == {7, 8}


@pytest.mark.django_db
def test_a_page_without_patients_and_a_redirect_write_nothing(as_admin, as_clinician):
    patient = factories.PatientFactory(family_name="Haddad")
    as_admin.get(reverse("clinic_settings"))
    as_clinician.get(reverse("next_step", args=[patient.pk]))

    assert rows() == []


@pytest.mark.django_db(transaction=True)
def test_where_the_database_takes_no_writes_a_patient_is_not_shown(as_clinician):
    patient = factories.PatientFactory(family_name="Haddad")
    url = reverse("patients:edit", args=[patient.pk])
    assert "Haddad" in as_clinician.get(url).content.decode()
    as_clinician.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        said = as_clinician.get(url)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")

    assert said.status_code == 503
    assert "Haddad" not in said.content.decode()
    assert "takes nothing new" in said.content.decode()
