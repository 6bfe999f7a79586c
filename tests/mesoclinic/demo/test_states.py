"""One made-up patient in each state: every page says what docs/demo.md promises, and the desk reads no more than its words."""

import csv
from html import unescape
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from mesoclinic import data
from mesoclinic.demo import build, second_clinic
from mesoclinic.demo import clinic as demo_clinic
from mesoclinic.demo.states.build import RECIPES
from mesoclinic.demo.states.listing import PAGE, PAGES, Shown, demo_page_markdown, read_people_to_show
from patients.models import Alert, Patient, RiskFactor
from patients.rules.alerts import alert_texts_for_desk, alerts_without_companions
from tests.mesoclinic.demo.test_demo import MOMENTS, load
from treatments.cocktails.models import CocktailVersion
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment
from treatments.sessions.models import TreatmentSession

#: States beside the alerts, each asked for by name.
OTHER_STATES = {
    "unasked before signing",
    "unasked before the start",
    "unasked before the relief",
    "unasked before the first dose",
    "lot recalled after drawing",
    "visit not ready: pregnancy",
    "visit not ready: death",
    "visit not ready: closed day",
    "visit not ready: absent clinician",
    "visit not ready: clinician has left",
    "visit not ready: room out of use",
    "interval broken",
    "plasma of the own blood",
    "pattern hair loss, woman",
    "review of a course that helped",
    "review of a course that did nothing",
    "review of a course that got worse",
    "review that cannot be told",
}


def alert_rows() -> dict[str, dict[str, str]]:
    path = Path(data.__file__).parent / "alerts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def test_every_alert_and_every_gate_has_its_patient():
    shown = [state for each in read_people_to_show() for state in each.states]

    assert len(shown) == len(set(shown))
    assert set(shown) == set(alert_rows()) | OTHER_STATES
    assert {each.made_by for each in read_people_to_show()} == set(RECIPES)


def test_the_page_of_the_demo_lists_the_patients_it_has():
    assert PAGE.read_text(encoding="utf-8") == demo_page_markdown()


def patient_of(shown: Shown) -> Patient:
    return Patient.objects.get(
        given_names=shown.person["given_names"], family_name=shown.person["family_name"]
    )


def read_page(client: Client, shown: Shown) -> str:
    """What the page of a shown patient says."""
    patient = patient_of(shown)
    match shown.page:
        case "patient":
            response = client.get(reverse("patient", args=[patient.pk]))
        case "alerts":
            response = client.get(reverse("patient_alerts", args=[patient.pk]))
        case "labs":
            response = client.get(reverse("conditions:labs", args=[patient.pk]))
        case "bench":
            version = CocktailVersion.objects.get(cocktail__patient=patient)
            response = client.get(reverse("cocktails:formulation", args=[version.pk]))
        case "start":
            plan = TreatmentPlan.objects.get(patient=patient)
            response = client.post(reverse("sessions:start_for_plan", args=[plan.pk]))
            assert response.status_code == 422, shown.name
        case "sign":
            session = TreatmentSession.objects.get(patient=patient, status="draft")
            response = client.get(reverse("sessions:sign", args=[session.pk]))
        case "relief":
            session = TreatmentSession.objects.get(patient=patient, status="draft")
            response = client.post(reverse("sessions:relief", args=[session.pk]), {"relief": ["cream"]})
        case "review":
            plan = TreatmentPlan.objects.get(patient=patient)
            response = client.get(reverse("response:review", args=[plan.pk]))
        case "visit":
            visit = Appointment.objects.get(patient=patient)
            response = client.get(reverse("schedule:appointment", args=[visit.pk]))
    assert response.status_code in (200, 422), (shown.name, response.status_code)
    return response.content.decode()


@pytest.mark.django_db
@time_machine.travel(MOMENTS[0])
def test_each_patient_s_page_shows_the_state_and_the_desk_reads_its_own_words_alone():
    load()
    place_today = demo_clinic.today_at_demo_clinic()
    place = build.build_demo(place_today, count=0, patients=0)
    doctor, desk = Client(), Client()
    doctor.force_login(place.clinicians[0])
    desk.force_login(place.desk)

    unsaid = [
        f"{each.name}: {each.words}"
        for each in read_people_to_show()
        if each.words not in read_page(doctor, each)
    ]
    assert unsaid == []

    assert set(PAGES) == {each.page for each in read_people_to_show()}
    stored = {code for code, row in alert_rows().items() if row["stored"] == "yes"}
    raised = set(Alert.objects.not_cleared().values_list("type__code", flat=True))
    assert stored - raised == set()
    for each in read_people_to_show():
        patient = patient_of(each)
        html = unescape(desk.get(reverse("patient", args=[patient.pk])).content.decode())
        alerts = open_alerts_of_patient(patient.pk, place_today)
        # An allergy stands in the bar for everybody.
        risks = RiskFactor.objects.filter(patient=patient).exclude(kind="allergy")
        labels = risks.values_list("label", flat=True)
        assert not [text for text in [*(alert.text for alert in alerts), *labels] if text in html], each.name
        # A long one is cut off in the bar.
        assert [
            text for text in alert_texts_for_desk(alerts_without_companions(alerts)) if text[:40] not in html
        ] == [], each.name


@pytest.mark.faults
@pytest.mark.django_db
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_the_states_are_there_whatever_the_day_and_the_hour(moment):
    with time_machine.travel(MOMENTS[0]):
        load()
    with time_machine.travel(moment):
        build.build_demo(moment.date(), count=0, patients=0)

        assert Patient.objects.count() == len(read_people_to_show()) + len(second_clinic.PEOPLE)
