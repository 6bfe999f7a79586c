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
from treatments.sessions.actions.late_reports import add_late_reactions
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.charting import ReactionEntry

TABLET = {"width": 1024, "height": 768}

ABSCESS = "Abscess after session 2"


@pytest.fixture
def visit(house, demo):
    """Two sessions signed two months ago, and the third booked for today."""
    patient = course.register_person(demo, made_up.read_csv_rows("people.csv")[0])
    by, case = house.staff["elif"], course.CASES[3]
    course.record_made_up_intake(demo, patient, by)
    course.record_consent(demo, patient, by, days_ago=100)
    assessment = course.record_made_up_assessment(demo, patient, case, by)
    version = course.sign_cocktail(course.create_cocktail(demo, patient, case, by), by)
    plan = build.create_accepted_plan(demo, patient, assessment, version, 5, by)
    build._record_signed_sessions(demo, plan, {}, 2, demo.today - timedelta(days=75), 120, by)
    (booked,) = demo_today.book_today(demo, demo_today.plans_with_nothing_booked(demo))
    return booked


def days_ago(days: int) -> str:
    return (timezone.localdate() - timedelta(days=days)).isoformat()


def test_a_severe_reaction_is_told_refuses_the_next_session_and_is_cleared_in_writing(person, demo, visit):
    patient, name = visit.patient, visit.patient.full_name
    second = TreatmentSession.objects.get(patient=patient, number=2)
    clinician = person(TABLET)
    clinician.sign_in("elif")
    clinician.look("day ")
    page = clinician.page

    # Told: an abscess weeks after session 2.
    clinician.open(f"/sessions/{second.pk}/reactions/")
    clinician.look("Reaction after session 2")
    page.get_by_text("Abscess", exact=False).first.click()
    line = page.locator(".reaction:has(input:checked)")
    line.get_by_role("combobox").first.select_option("severe")
    line.locator("input[type=date]").first.fill(days_ago(58))
    clinician.look("Reaction after session 2")
    clinician.button("Add").click()
    clinician.look("Session 2")

    # The bar of every page, the patient's page, Today and the visit say so.
    clinician.open(f"/patients/{patient.pk}/")
    clinician.look(name)
    expect(page.locator("#patient-bar")).to_contain_text(ABSCESS)
    expect(page.locator("td .chip.c-stop")).to_contain_text("Abscess")
    clinician.open("/")
    clinician.look("day ")
    expect(page.get_by_role("link", name=re.compile(f"Alert: {name}"))).to_be_visible()
    clinician.open(f"/appointments/{visit.pk}/")
    clinician.look(name)
    expect(page.locator(".finding.is-block").first).to_contain_text(ABSCESS)

    # Start is refused, and nobody can go past it.
    clinician.button("Start session").click()
    clinician.look("Start the session")
    refused = page.locator("[id='finding-alertreactionabscess']")
    expect(refused).to_contain_text("Nobody goes past it")
    expect(refused.locator("input")).to_have_count(0)
    assert not TreatmentSession.objects.filter(patient=patient, number=3).exists()

    # Cleared in writing: first too little, then what the alert asks for.
    clinician.button("Clear the alert").click()
    clinician.look("Alerts")
    clinician.button("Clear it").click()
    clinician.look("Clear an alert")
    clinician.button("Clear it, as").click()
    clinician.look("Clear an alert")
    expect(page.get_by_text("Drained or not: not written yet.").first).to_be_visible()
    page.get_by_label("Drained or not").fill("Drained, dressed for a week")
    page.get_by_label("Culture, with the result for mycobacteria").fill("S. aureus; mycobacteria negative")
    page.get_by_label("Healed on").fill(days_ago(43))
    page.get_by_label("Lots of the last 84 days").fill("All three tested and released")
    page.get_by_label("What you found").fill("Flat, dry scar, not tender, no node")
    clinician.button("Clear it, as").click()
    clinician.look(name)
    expect(page.get_by_text("The alert is cleared.")).to_be_visible()
    expect(page.locator("#patient-bar")).not_to_contain_text("Abscess")

    # Session 3 runs.
    clinician.open(f"/appointments/{visit.pk}/")
    clinician.look(name)
    clinician.button("Start session").click()
    for reason in page.locator("input[name^='reason:']").all():
        reason.fill("Weighed today and accepted")
    if page.locator("input[name^='reason:']").count():
        clinician.look("Start the session")
        clinician.button("Start the session").click()
    clinician.look("Session 3")
    third = TreatmentSession.objects.get(patient=patient, number=3)
    course.chart_session(demo, third, demo.place.staff["elif"], review=False)

    # Told while she is in the chair: the signature is refused until it is cleared.
    entry = ReactionEntry(
        demo.effects_by_code["infection"],
        "severe",
        "Told today",
        began_on=timezone.localdate() - timedelta(days=58),
    )
    add_late_reactions(session=second, by=demo.place.staff["elif"], reactions=[entry])
    clinician.open(f"/sessions/{third.pk}/sign/")
    clinician.look("Session 3")
    expect(page.locator("[id='finding-alertreactioninfection']")).to_contain_text("Give nothing more")
    clinician.button("Sign").click()
    clinician.look("Session 3")
    third.refresh_from_db()
    assert third.status == "draft"
    clinician.button("Clear the alert").click()
    clinician.look("Alerts")
    clinician.button("Clear it").click()
    clinician.look("Clear an alert")
    page.get_by_label("Seen on").fill(days_ago(0))
    page.get_by_label("No pus, no redness").fill("No pus, no redness, not tender")
    page.get_by_label("Culture result").fill("Not taken, because it was gone in two days")
    page.get_by_label("Lots checked").fill("None of them is suspect")
    page.get_by_label("What you found").fill("Healed for weeks, told late")
    clinician.button("Clear it, as").click()
    clinician.look(name)
    clinician.open(f"/sessions/{third.pk}/sign/")
    clinician.look("Session 3")
    for reason in page.locator("input[name^='reason:']").all():
        if reason.is_visible() and not reason.input_value():
            reason.fill("Weighed today and accepted")
    clinician.button("Sign").click()
    clinician.look("Session 3")

    third.refresh_from_db()
    assert third.status == "signed"
    assert [alert.clearing.how for alert in Alert.objects.filter(patient=patient).order_by("pk")] == [
        "cleared",
        "cleared",
    ]
