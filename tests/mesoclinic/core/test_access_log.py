"""Whatever shows a patient is in the log, once a page; without its row it is not shown."""

import pytest
from django.db import connection
from django.urls import reverse

from mesoclinic.core.models import AuditEvent
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
