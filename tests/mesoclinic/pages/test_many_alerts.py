"""A patient with many open alerts: the bar names the worst and counts the rest, and clearing comes before starting."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.actions.alerts import raise_alert_unless_open
from patients.rules.alerts import AlertKind, AlertLevel
from tests import factories


def raised(patient, number, level=AlertLevel.BLOCK):
    return raise_alert_unless_open(
        patient=patient,
        kind=AlertKind.REACTION,
        level=level,
        text=f"Reaction {number}",
        source=f"test.row:{number}",
        by=None,
    )


@pytest.fixture
def patient(db):
    return factories.PatientFactory()


@pytest.fixture
def plan_with_visit(clinic, clinician):
    patient = factories.PatientFactory(registered_by=clinician)
    version = factories.signed_cocktail(clinic=clinic, patient=patient, by=clinician)
    plan = factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )
    # Today, and still to come.
    start = timezone.localtime().replace(hour=23, minute=58, second=0, microsecond=0)
    factories.AppointmentFactory(
        clinic=clinic,
        patient=patient,
        clinician=clinician,
        room=factories.RoomFactory(clinic=clinic),
        kind="session",
        plan=plan,
        session_number=1,
        starts_at=start,
        ends_at=start + timedelta(minutes=1),
    )
    factories.IntakeFactory(patient=patient, taken_by=clinician)
    factories.ConsentFactory(patient=patient)
    return plan


def test_the_bar_names_two_and_counts_the_others(as_clinician, patient):
    for number in range(5):
        raised(patient, number)

    page = as_clinician.get(reverse("patient", args=[patient.pk]))

    assert page.context["bar"].alerts == [
        ("Reaction 0", "stop"),
        ("Reaction 1", "stop"),
        ("3 more open alerts", "stop"),
    ]
    assert "2 more open alerts</a>" in " ".join(page.text.split())


def test_three_are_all_named(as_clinician, patient):
    for number in range(3):
        raised(patient, number)

    bar = as_clinician.get(reverse("patient", args=[patient.pk])).context["bar"]

    assert [text for text, _ in bar.alerts] == ["Reaction 0", "Reaction 1", "Reaction 2"]


def test_a_fixed_alert_is_cleared_before_the_session_is_started(as_clinician, plan_with_visit):
    patient = plan_with_visit.patient
    before = as_clinician.get(reverse("patient", args=[patient.pk])).context["primary"]
    alert = raised(patient, 1, level=AlertLevel.FIXED)

    page = as_clinician.get(reverse("patient", args=[patient.pk]))

    assert before.text == "Start session 1"
    assert page.context["primary"].text == "Clear the alert…"
    assert page.context["primary"].url == reverse("patients:alert_clear", args=[patient.pk, alert.pk])
    assert "0 of 8 signed · blocked" in page.text
