"""A laboratory result that is an alert reaches every page that a patient is treated from."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.alert_types import load_alert_types
from treatments.cocktails.actions.signing import sign_version
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.actions.labs import record_or_replace_lab_result
from treatments.conditions.models import LabTest
from treatments.conditions.rules.labs import LabReport
from treatments.sessions.actions.start import start_or_resume_session

#: The words of the alert, and what the desk reads.
CHIP, HOLD = "Platelets 80 10*3/uL", "Hold: a clinician must look first."


def report(patient, by, value: str):
    test, _ = LabTest.objects.get_or_create(
        code="PLT",
        defaults={
            "name": "Platelets",
            "unit": "10*3/uL",
            "finding_low": "alert:lab:platelets under 100",
            "order": 1,
        },
    )
    record_or_replace_lab_result(
        patient=patient,
        test=test,
        by=by,
        report=LabReport(taken_on=timezone.localdate(), value=D(value), unit="10*3/uL", low=D(150)),
    )


@pytest.fixture
def visit(clinic, clinician):
    load_alert_types()
    patient = factories.PatientFactory(registered_by=clinician)
    version = factories.signed_cocktail(clinic=clinic, patient=patient, by=clinician)
    plan = factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )
    factories.ConsentFactory(patient=patient, taken_by=clinician)
    start = timezone.now().replace(microsecond=0)
    return factories.AppointmentFactory(
        clinic=clinic,
        patient=patient,
        clinician=clinician,
        room=factories.RoomFactory(clinic=clinic),
        kind="session",
        plan=plan,
        session_number=1,
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        booked_by=clinician,
    )


def test_low_platelets_stand_in_the_bar_at_the_visit_and_at_booking(
    as_clinician, as_front_desk, visit, clinician
):
    pages = [
        reverse("patient", args=[visit.patient_id]),
        reverse("schedule:appointment", args=[visit.pk]),
    ]
    assert all(CHIP not in as_clinician.get(page).text for page in pages)
    report(visit.patient, clinician, "80")

    for page in pages:
        told = as_front_desk.get(page).text
        assert CHIP in as_clinician.get(page).text
        assert "Platelets" not in told
    assert HOLD in as_front_desk.get(reverse("schedule:book_course", args=[visit.plan_id])).text
    report(visit.patient, clinician, "180")

    assert all(CHIP not in as_clinician.get(page).text for page in pages)


def test_they_stand_against_the_start_and_the_bench_until_a_new_value(visit, clinic, clinician):
    report(visit.patient, clinician, "80")
    version = CocktailVersion.objects.get(pk=visit.plan.cocktail_version_id)
    draft = factories.CocktailVersionFactory(cocktail=version.cocktail, number=2)

    for action, of in (
        (start_or_resume_session, {"plan": visit.plan, "clinic": clinic}),
        (sign_version, {"version": draft}),
    ):
        with pytest.raises(Refused) as refused:
            action(**of, by=clinician)
        levels = {each.code: each.fixed for each in refused.value.findings}
        assert levels["alert:lab:platelets"] is False
    report(visit.patient, clinician, "180")

    assert start_or_resume_session(plan=visit.plan, clinic=clinic, by=clinician).is_draft
