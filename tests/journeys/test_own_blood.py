"""Plasma of the patient's own blood, by hand: drawn, checked by two people at two screens, spun, injected, signed."""

import pytest
from playwright.sync_api import expect

from mesoclinic.demo import patients as course
from mesoclinic.demo.answers import record_healthy_answers_before_start
from mesoclinic.demo.blood import CASE, PERSON, create_accepted_plasma_plan
from tests.journeys.charting.hands import TABLET, forgive
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import BloodPreparation


@pytest.fixture
def session(demo):
    """The first session of a made-up man, begun."""
    by = demo.place.staff["elif"]
    patient = course.register_person(demo, PERSON)
    course.record_made_up_intake(demo, patient, by)
    course.record_consent(demo, patient, by, days_ago=1)
    assessment = course.record_made_up_assessment(demo, patient, CASE, by)
    plan = create_accepted_plasma_plan(demo, patient, assessment, by)
    record_healthy_answers_before_start(patient, by, demo.today)
    return course.run_with_override_reasons(
        start_or_resume_session, plan=plan, by=by, clinic=demo.place.clinic
    )


def sits_down(person, username, session):
    who = person(TABLET)
    who.sign_in(username, at=f"/sessions/{session.pk}/preparation/")
    who.look("Preparation")
    return who


def test_own_plasma_is_prepared_by_two_people_and_signed(demo, person, session):
    number = session.patient.record_number
    doctor = sits_down(person, "elif", session)
    page = doctor.page

    page.get_by_label("Blood drawn, ml").fill("30")
    doctor.button("Blood is drawn").click()
    expect(page.get_by_label("Record number on the tube")).to_be_visible()
    doctor.look("Preparation")
    page.get_by_label("Record number on the tube").fill("MC-999999")
    doctor.button("It is ").click()
    expect(page.get_by_role("alert").get_by_text("The tube says MC-999999")).to_be_visible()
    doctor.look("Preparation")
    forgive(doctor, "422")
    page.get_by_label("Record number on the tube").fill(number)
    doctor.button("It is ").click()
    expect(page.get_by_text("Somebody else signs in and checks it too")).to_be_visible()
    doctor.look("Preparation")

    colleague = sits_down(person, "marco", session)
    colleague.page.get_by_label("Record number on the tube").fill(number)
    colleague.button("It is ").click()
    expect(colleague.page.get_by_label("Spun, minutes")).to_be_visible()
    colleague.look("Preparation")

    doctor.open(f"/sessions/{session.pk}/preparation/")
    page.get_by_label("Spun, minutes").fill("8")
    page.get_by_label("g", exact=True).fill("1500")
    page.get_by_label("Plasma obtained, ml").fill("5.5")
    doctor.button("It is spun").click()
    expect(page.get_by_label("Injected at")).to_be_visible()
    doctor.look("Preparation")
    page.get_by_label("The rest was thrown away").check()
    doctor.button("It is injected").click()
    expect(page.get_by_text("injected, the rest thrown away")).to_be_visible()
    doctor.look("Preparation")

    course.chart_session(demo, session, demo.place.staff["elif"])
    doctor.open(f"/sessions/{session.pk}/")
    doctor.look("Session 1 of 5")
    doctor.button("Review & sign").click()
    expect(page.get_by_role("button", name="Sign", exact=True)).to_be_visible()
    doctor.look("Session 1 of 5")
    for reason in page.locator('#sign [name^="reason:"]').all():
        if reason.is_visible():
            reason.fill("Discussed with the patient today.")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Session signed.")).to_be_visible()
    doctor.look("Session 1 of 5")

    doctor.open(f"/sessions/{session.pk}/record/")
    doctor.look("Record of session 1")
    expect(page.get_by_role("heading", name="From the patient’s own blood")).to_be_visible()

    blood = BloodPreparation.objects.get(treatment_session=session)
    assert (blood.obtained_ml, blood.rest_ml) == (blood.rest_ml + 5, blood.obtained_ml - 5)
    session.refresh_from_db()
    assert session.status == "signed"
