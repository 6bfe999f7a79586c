"""What happened last time stands before the next needle, from the telling to the clearing, on a tablet."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from mesoclinic.demo import build
from mesoclinic.demo import clinic as made_up
from mesoclinic.demo import patients as course
from mesoclinic.demo import today as demo_today
from patients.models import Alert
from tests.journeys.charting.hands import TABLET, answers_what_is_due, forgive
from treatments.sessions.actions.late_reports import record_late_reactions
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.charting import ReactionEntry

ABSCESS = "Abscess after session 2"


@pytest.fixture
def visit(house, demo):
    """Two sessions signed two months ago, and the third booked for today."""
    patient = course.register_person(demo, made_up.read_csv_rows("people.csv")[0])
    by, case = house.staff["elif"], course.CASES[3]
    course.record_made_up_intake(demo, patient, by)
    course.record_consent(demo, patient, by, days_ago=100)
    assessment = course.record_made_up_assessment(demo, patient, case, by)
    version = course.record_answers_and_sign_cocktail(course.create_cocktail(demo, patient, case, by), by)
    plan = build.create_accepted_plan(demo, patient, assessment, version, 5, by)
    build._record_signed_sessions(demo, plan, {}, 2, demo.today - timedelta(days=75), 120, by)
    (booked,) = demo_today.book_today(demo, demo_today.plans_in_course_with_nothing_booked(demo))
    return booked


def days_ago(days: int) -> str:
    return (timezone.localdate() - timedelta(days=days)).isoformat()


def test_a_severe_reaction_is_told_refuses_the_next_session_and_is_cleared_in_writing(person, demo, visit):
    patient = visit.patient
    second = TreatmentSession.objects.get(patient=patient, number=2)
    clinician = person(TABLET)
    clinician.sign_in("elif")
    clinician.look("day ")

    tells_an_abscess(clinician, second)
    reads_it_everywhere(clinician, visit)
    may_not_start(clinician, visit)
    clears_the_abscess(clinician, patient)
    starts_session_3(clinician, visit)
    third = TreatmentSession.objects.get(patient=patient, number=3)
    course.chart_session(demo, third, demo.place.staff["elif"])
    infection = ReactionEntry(
        demo.effects_by_code["infection"],
        "severe",
        "Told today",
        began_on=timezone.localdate() - timedelta(days=58),
    )
    record_late_reactions(session=second, by=demo.place.staff["elif"], reactions=[infection])
    may_not_sign(clinician, third)
    clears_the_infection(clinician)
    signs(clinician, third)

    reactions = Alert.objects.filter(patient=patient, kind="reaction").order_by("pk")
    assert [alert.clearing.how for alert in reactions] == ["cleared", "cleared"]


def tells_an_abscess(clinician, second):
    """An abscess weeks after session 2."""
    clinician.open(f"/sessions/{second.pk}/reactions/")
    clinician.look("Reaction after session 2")
    clinician.page.get_by_title("Abscess, multifocal").click()
    line = clinician.page.locator(".reaction:has(input:checked)")
    line.get_by_role("combobox").first.select_option("severe")
    line.get_by_text("Where, and from when to when").click()
    line.get_by_label("Began on").fill(days_ago(58))
    clinician.look("Reaction after session 2")
    clinician.button("Add").click()
    clinician.look("Session 2")


def reads_it_everywhere(clinician, visit):
    """The bar of every page, the patient's page, Today and the visit say so."""
    page, name = clinician.page, visit.patient.full_name
    clinician.open(f"/patients/{visit.patient_id}/")
    clinician.look(name)
    expect(page.locator("#patient-bar")).to_contain_text(ABSCESS)
    expect(page.locator("td .chip.c-stop", has_text="Abscess")).to_be_visible()
    expect(page.locator("td .chip.c-stop", has_text="blocked by the alert")).to_be_visible()
    clinician.open("/")
    clinician.look("day ")
    expect(page.get_by_role("link", name=re.compile(f"Alert: {re.escape(name)}"))).to_be_visible()
    clinician.open(f"/appointments/{visit.pk}/")
    clinician.look("Appointment")
    expect(page.locator(".finding.is-block").first).to_contain_text(ABSCESS)


def may_not_start(clinician, visit):
    """Start is refused, and nobody can go past it."""
    clinician.button("Start session").click()
    clinician.look("Start the session")
    forgive(clinician, "422")
    refused = clinician.page.locator("[id='finding-alertreactionabscess']")
    expect(refused).to_contain_text("Nobody goes past it")
    expect(refused.locator("input")).to_have_count(0)
    assert not TreatmentSession.objects.filter(patient=visit.patient, number=3).exists()


def clears_the_abscess(clinician, patient):
    """In writing: first too little, then what the alert asks for."""
    page = clinician.page
    opens_the_clearing(clinician)
    clinician.button("Clear it, as").click()
    expect(page.get_by_text("Drained or not: not written yet.").first).to_be_visible()
    clinician.look("Clear an alert")
    forgive(clinician, "422")
    page.get_by_label("Drained or not").fill("Drained, dressed for a week")
    page.get_by_label("Culture, with the result for mycobacteria").fill("S. aureus; mycobacteria negative")
    page.get_by_label("Healed on").fill(days_ago(43))
    page.get_by_label("Lots of the last 84 days").fill("All three tested and released")
    page.get_by_label("What you found").fill("Flat, dry scar, not tender, no node")
    is_cleared(clinician)
    expect(page.locator("#patient-bar")).to_contain_text(patient.full_name)
    expect(page.locator("#patient-bar")).not_to_contain_text("Abscess")


def starts_session_3(clinician, visit):
    """The alert is no longer in the way; what is asked before every session is answered."""
    page = clinician.page
    clinician.open(f"/appointments/{visit.pk}/")
    clinician.look("Appointment")
    clinician.button("Start session").click()
    clinician.look("Start the session")
    expect(page.locator("[id='finding-alertreactionabscess']")).to_have_count(0)
    for reason in page.locator("input[name^='reason:']").all():
        if reason.is_visible():
            reason.fill("Weighed today and accepted")
    answers_what_is_due(clinician)
    clinician.look("Session 3")


def may_not_sign(clinician, third):
    """Told while she is in the chair: the signature waits for the clearing, or for a reason in writing."""
    page = clinician.page
    clinician.open(f"/sessions/{third.pk}/sign/")
    clinician.look("Session 3")
    alert = page.locator("[id='finding-alertreactioninfection']")
    expect(alert).to_contain_text("Give nothing more")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(alert.get_by_role("textbox")).to_have_attribute("aria-invalid", "true")
    clinician.look("Session 3")
    forgive(clinician, "422")
    third.refresh_from_db()
    assert third.status == "draft"


def clears_the_infection(clinician):
    page = clinician.page
    opens_the_clearing(clinician)
    page.get_by_label("Seen on").fill(days_ago(0))
    page.get_by_label("No pus, no redness").fill("No pus, no redness, not tender")
    page.get_by_label("Culture result").fill("Not taken, because it was gone in two days")
    page.get_by_label("Lots checked").fill("None of them is suspect")
    page.get_by_label("What you found").fill("Healed for weeks, told late")
    is_cleared(clinician)


def opens_the_clearing(clinician):
    clinician.button("Clear the alert").click()
    clinician.look("Alerts")
    clinician.button("Clear it").click()
    clinician.look("Clear an alert")


def is_cleared(clinician):
    clinician.button("Clear it, as").click()
    expect(clinician.page.get_by_text("The alert is cleared.")).to_be_visible()
    clinician.look("Mesoclinic")


def signs(clinician, third):
    page = clinician.page
    clinician.open(f"/sessions/{third.pk}/sign/")
    clinician.look("Session 3")
    for reason in page.locator('#sign [name^="reason:"]').all():
        if reason.is_visible() and not reason.input_value():
            reason.fill("Weighed today and accepted")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Session signed.")).to_be_visible()
    clinician.look("Session 3")
    third.refresh_from_db()
    assert third.status == "signed"
