"""The page of who looked at what: filters, report, export, reasons; reading it is a row too."""

from datetime import date

import pytest
from django.db import transaction
from django.urls import reverse

from mesoclinic.core import audit
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in

OPENED = "patient.opened_with_reason"


@pytest.fixture
def patient():
    return factories.PatientFactory(family_name="Haddad")


@pytest.fixture
def officer(clinic):
    return signed_in(factories.UserFactory(roles=["privacy_officer"], clinic=clinic))


def shown(client, **asked):
    return client.get(reverse("access_log"), asked).context["rows"]


@pytest.mark.django_db
def test_admins_and_the_privacy_officer_read_it_and_nobody_else(
    as_admin, officer, as_clinician, as_front_desk, as_cosmetologist
):
    clients = (as_admin, officer, as_clinician, as_front_desk, as_cosmetologist)

    for name in ("access_log", "access_log_csv", "access_log_patient"):
        statuses = [client.get(reverse(name)).status_code for client in clients]
        assert [status == 403 for status in statuses] == [False, False, True, True, True]


@pytest.mark.django_db
def test_rows_are_found_by_person_patient_action_and_day(
    officer, as_clinician, as_front_desk, clinician, patient
):
    as_clinician.get(reverse("patient", args=[patient.pk]))
    other = factories.PatientFactory(family_name="Somebody else", birth_date=date(1971, 5, 20))
    as_front_desk.get(reverse("patient", args=[other.pk]))

    assert [row.records for row in shown(officer, who=clinician.pk)] == [patient.record_number]
    assert [row.who for row in shown(officer, record=patient.record_number)] == [clinician.display_name]
    assert len(shown(officer, did="looked")) == 2
    assert shown(officer, did="looked", until="2020-01-01") == []
    assert shown(officer, record="MC-nobody") == []


@pytest.mark.django_db
def test_a_list_that_showed_a_patient_is_found_by_their_number(officer, as_front_desk, patient):
    factories.PatientFactory(family_name="Haddad")
    as_front_desk.post(reverse("find"), {"q": "haddad"}, follow=True)

    assert "saw in a list" in [row.did for row in shown(officer, record=patient.record_number)]


@pytest.mark.django_db
def test_no_name_of_a_patient_is_on_the_page_or_in_the_files(officer, as_clinician, patient):
    as_clinician.get(reverse("patient", args=[patient.pk]))

    for name in ("access_log", "access_log_csv"):
        text = officer.get(reverse(name)).getvalue().decode()
        assert patient.record_number in text
        assert "Haddad" not in text


@pytest.mark.django_db
def test_the_report_for_a_patient_is_a_paper_and_a_row(officer, as_clinician, patient):
    as_clinician.get(reverse("patient", args=[patient.pk]))

    paper = officer.get(reverse("access_log_patient"), {"record": patient.record_number})

    assert paper.content.startswith(b"%PDF")
    row = AuditEvent.objects.get(did="access_log.reported")
    assert (row.patient_id, row.data["rows"]) == (patient.pk, 1)
    assert officer.get(reverse("access_log_patient"), {"record": "MC-nobody"}).status_code == 302


@pytest.mark.django_db
def test_reading_and_exporting_the_log_are_rows_of_it(officer):
    officer.get(reverse("access_log"), {"did": "looked"})
    officer.get(reverse("access_log_csv"))

    rows = AuditEvent.objects.filter(did__startswith="access_log.").order_by("pk")
    assert [(row.did, row.data.get("asked")) for row in rows] == [
        ("access_log.viewed", ["did"]),
        ("access_log.exported", None),
    ]


@pytest.mark.django_db
def test_a_reason_waits_until_somebody_finds_it_in_order(officer, clinician, patient):
    with transaction.atomic():
        event = audit.record(by=clinician, did=OPENED, about=patient, patient_id=patient.pk)
    url = reverse("access_log_review", args=[event.pk])

    def waiting():
        return [row.pk for row, _ in officer.get(reverse("access_log")).context["reasons"]]

    assert waiting() == [event.pk]
    officer.post(url, {"said": "ask_why"})
    assert waiting() == [event.pk]
    officer.post(url, {"said": "in_order"})
    assert waiting() == []
    assert AuditEvent.objects.filter(did__startswith="access.", patient_id=patient.pk).count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_whole_log_is_checked_at_a_press(officer):
    said = officer.post(reverse("access_log_check"), follow=True)

    assert "The log is whole" in said.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_row_of_the_look_itself_is_not_taken_for_a_broken_log(officer):
    checked = officer.get(reverse("access_log")).context["checked"]

    assert checked.broken == []


@pytest.mark.django_db
def test_a_long_log_is_read_by_pages(officer, clinician):
    with transaction.atomic():
        for _ in range(120):
            audit.record(by=clinician, did="thing.done", about=clinician)
    first = officer.get(reverse("access_log"))
    second = officer.get(reverse("access_log"), {"before": first.context["earlier"]})

    assert len(first.context["rows"]) == len(second.context["rows"]) == 50
    assert max(row.pk for row in second.context["rows"]) < min(row.pk for row in first.context["rows"])
