"""What is another clinic's is read in that clinic's time, and says so."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.actions.clinics import record_clinic_of_patient
from tests import factories
from tests.conftest import signed_in
from treatments.billing.actions.invoices import PaidNow, create_invoice_and_take_payment
from treatments.billing.rules.invoices import ChargedLine

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_york():
    return factories.ClinicFactory(name="New York", time_zone="America/New_York")


@pytest.fixture
def tokyo():
    return factories.ClinicFactory(name="Tokyo", time_zone="Asia/Tokyo", currency="JPY", country="JP")


@pytest.fixture
def patient(new_york, tokyo):
    """Somebody of both clinics."""
    patient = factories.PatientFactory(at=new_york)
    record_clinic_of_patient(patient_id=patient.pk, clinic_id=tokyo.pk)
    return patient


#: Half past midnight in Tokyo, half past ten in the morning of the day before in New York.
AT = datetime(2031, 1, 6, 15, 30, tzinfo=UTC)


@pytest.fixture
def visit_in_tokyo(tokyo, patient):
    return factories.AppointmentFactory(
        clinic=tokyo, patient=patient, starts_at=AT, ends_at=AT + timedelta(minutes=30)
    )


@pytest.mark.parametrize("role", ["front_desk", "clinician"])
def test_a_visit_at_another_clinic_is_in_its_time_with_the_hour_here(role, new_york, patient, visit_in_tokyo):
    client = signed_in(factories.UserFactory(roles=[role], clinic=new_york))

    page = client.get(reverse("patient", args=[patient.pk])).text

    assert "Tue 7 Jan" in page
    assert "00:30" in page
    assert "Tokyo · 6 Jan, 10:30 here" in page
    assert reverse("schedule:appointment", args=[visit_in_tokyo.pk]) not in page


@pytest.fixture
def sold_in_tokyo(tokyo, patient):
    by = factories.UserFactory(roles=["front_desk"], clinic=tokyo)
    line = ChargedLine(kind="consultation", label="Consultation", quantity=1, unit=D(6000))
    return create_invoice_and_take_payment(
        patient=patient, clinic=tokyo, price_list=None, lines=[line], by=by, paid=PaidNow("card", D(6000))
    )


def test_a_receipt_of_another_till_stands_on_the_record_with_its_place_and_is_read_not_voided(
    new_york, patient, sold_in_tokyo
):
    client = signed_in(factories.UserFactory(roles=["front_desk"], clinic=new_york))
    payment = sold_in_tokyo.payments.get()

    page = client.get(reverse("patient", args=[patient.pk])).text

    assert payment.receipt.number in page
    assert "(Tokyo)" in page
    assert client.get(reverse("billing:receipt", args=[payment.pk])).status_code == 200
    voided = client.post(reverse("billing:payment_void", args=[payment.pk]), {"reason": "Wrong till"})
    assert voided.status_code == 422
    assert "is in the till of Tokyo" in voided.text


def test_a_receipt_for_an_invoice_is_behind_the_wall_of_its_till_and_patient(new_york, tokyo):
    stranger = factories.PatientFactory(at=tokyo)
    by = factories.UserFactory(roles=["front_desk"], clinic=tokyo)
    line = ChargedLine(kind="consultation", label="Consultation", quantity=1, unit=D(6000))
    invoice = create_invoice_and_take_payment(
        patient=stranger, clinic=tokyo, price_list=None, lines=[line], by=by, paid=PaidNow("card", D(6000))
    )
    client = signed_in(factories.UserFactory(roles=["front_desk"], clinic=new_york))

    answer = client.get(reverse("billing:receipt", args=[invoice.payments.get().pk]))

    assert answer.status_code == 404


def test_the_plan_of_another_clinic_is_read_in_its_time_and_the_page_says_so(
    new_york, tokyo, patient, visit_in_tokyo
):
    clinician = factories.ClinicianFactory(clinic=tokyo)
    plan = factories.make_plan(clinic=tokyo, patient=patient, by=clinician, status="active")
    visit_in_tokyo.plan, visit_in_tokyo.session_number = plan, 1
    visit_in_tokyo.save()
    at_home = signed_in(factories.UserFactory(roles=["front_desk"], clinic=tokyo))
    away = signed_in(factories.UserFactory(roles=["front_desk"], clinic=new_york))
    url = reverse("plan", args=[plan.pk])

    there, here = at_home.get(url).text, away.get(url).text

    assert "Tue 7 Jan 2031, 00:30" in here
    assert "This is of <b>Tokyo</b>" in here
    assert "Tue 7 Jan 2031, 00:30" in there
    assert "This is of" not in there


def test_the_next_page_is_in_ones_own_time_again(new_york, tokyo, patient):
    plan = factories.make_plan(clinic=tokyo, patient=patient, by=factories.ClinicianFactory(clinic=tokyo))
    client = signed_in(factories.UserFactory(roles=["front_desk"], clinic=new_york))
    client.get(reverse("plan", args=[plan.pk]))

    page = client.get(reverse("patient", args=[patient.pk])).text

    now = timezone.localtime(timezone=new_york.zone)
    assert f"{now:%H:%M} {now:%Z}" in page or f"{now - timedelta(minutes=1):%H:%M} {now:%Z}" in page


def test_the_top_bar_names_the_clinic_for_who_works_at_several_and_leads_to_the_others(new_york, tokyo):
    user = factories.UserFactory(roles=["front_desk"], clinic=new_york)
    factories.MembershipFactory(user=user, clinic=tokyo, roles=["front_desk"])
    alone = factories.UserFactory(roles=["front_desk"], clinic=new_york)

    several = signed_in(user).get(reverse("today")).text
    one = signed_in(alone).get(reverse("today")).text

    assert 'aria-label="New York: work at another clinic"' in several
    assert "work at another clinic" not in one
