"""From a pack that is scanned in to a recall that is closed, with everybody who has a part in it."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from mesoclinic.accounts import actions as accounts
from mesoclinic.demo import clinic as made_up
from mesoclinic.demo.patients import (
    CASES,
    Demo,
    accept_and_pay,
    book_session_or_none,
    chart_session,
    create_cocktail,
    create_plan,
    draft_first_quote,
    measure_and_sign_session,
    record_answers_and_sign_cocktail,
    record_consent,
    record_made_up_assessment,
    record_made_up_intake,
    register_person,
    run_with_override_reasons,
)
from treatments.billing.actions import quotes
from treatments.recalls.models import RecallCase
from treatments.schedule.actions import visits
from treatments.sessions.actions.start import start_or_resume_session
from treatments.stock.models import Lot

GTIN = "05012345678900"
NUMBER = "BX-7001"


@pytest.fixture
def second_admin(house):
    return accounts.add_staff(
        username="ben",
        password=made_up.PASSWORD,
        roles=["admin"],
        clinic=house.clinic,
        first_name="Ben",
        last_name="Olsen",
    )


def begun(demo, person):
    """A patient of Dr Kaya's in the chair: a first session begun, charted and not signed."""
    by = demo.place.staff["elif"]
    patient = register_person(demo, person)
    record_made_up_intake(demo, patient, by)
    record_consent(demo, patient, by, days_ago=1)
    assessment = record_made_up_assessment(demo, patient, CASES[0], by)
    version = record_answers_and_sign_cocktail(create_cocktail(demo, patient, CASES[0], by), by)
    plan = create_plan(demo, patient, assessment, version, 8, by)
    offer = quotes.issue_quote(quote=draft_first_quote(demo, plan), by=demo.place.desk)
    plan = accept_and_pay(demo, offer, 8)
    visit = book_session_or_none(demo, plan, 1, demo.today, by, timezone.now())
    visits.mark_arrived(appointment=visit, by=demo.place.desk)
    session = run_with_override_reasons(start_or_resume_session, plan=plan, by=by, clinic=demo.place.clinic)
    chart_session(demo, session, by)
    return session


@pytest.mark.fault("F26")
def test_from_a_scanned_pack_to_a_closed_recall(house, second_admin, person):
    admin, other_admin = person(), person()
    admin.sign_in("ada")
    admin.look("day ")
    receives_by_scan(admin)
    other_admin.sign_in("ben")
    other_admin.look("day ")
    releases_what_somebody_else_received(admin, other_admin)

    demo = Demo.load_at_clinic(house, timezone.localdate(), seed=1)
    women = [row for row in made_up.read_csv_rows("people.csv") if row["sex_at_birth"] == "female"]
    treated, in_the_chair = (begun(demo, woman) for woman in women[:2])
    measure_and_sign_session(demo, treated, demo.place.staff["elif"], 120)
    lot = Lot.objects.get(number=NUMBER)
    assert in_the_chair.doses.filter(lot=lot).exists()

    clinician = person()
    clinician.sign_in("elif", at=f"/sessions/{in_the_chair.pk}/")
    clinician.look("Session 1 of 8")
    colleague = person()
    colleague.sign_in("marco")
    colleague.look("day ")
    has_the_list_in_three_taps(colleague, lot, treated.patient)
    is_told_and_refused(clinician, in_the_chair)

    desk = person()
    desk.sign_in("sara")
    desk.look("day ")
    calls_everyone(desk)
    sees_no_name(admin, treated.patient)
    in_the_chair.doses.filter(lot=lot).delete()
    closes(admin)


def receives_by_scan(admin):
    page = admin.page
    admin.open("/stock/receive/")
    admin.look("Receive a delivery")
    page.get_by_label("A second person releases").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("From now on a second person")).to_be_visible()
    admin.look("Receive a delivery")
    soon = timezone.localdate() + timedelta(days=9)
    scan = page.get_by_label("Scan the pack").first
    scan.fill(f"]d201{GTIN}17{soon:%y%m%d}10{NUMBER}|21S1")
    scan.press("Enter")  # as a scanner does
    expect(page.get_by_text("This GTIN is new here")).to_be_visible()
    expect(page.get_by_label("Lot number").first).to_have_value(NUMBER)
    expect(page.get_by_label("Scan the pack").nth(1)).to_be_focused()
    admin.look("Receive a delivery")
    page.get_by_label("Product").first.select_option(label="Biotin 5 mg/ml")
    page.get_by_label("ml in all").first.fill("20")
    for label, said in (("Maker", "Rheinpharm"), ("Country", "Germany"), ("Supplier", "Medilog")):
        page.get_by_label(label).first.fill(said)
    page.locator("input[type=file]").first.set_input_files(
        {"name": "CoA.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    )
    page.get_by_role("button", name="Receive", exact=True).click()
    expect(page.get_by_text(f"Lot {NUMBER} is received")).to_be_visible()
    admin.look("Stock")


def releases_what_somebody_else_received(admin, other):
    lot = Lot.objects.get(number=NUMBER)
    admin.open(f"/stock/lots/{lot.pk}/")
    admin.look(f"Lot {NUMBER}")
    expect(admin.page.get_by_text("Somebody else releases")).to_be_visible()
    other.open(f"/stock/lots/{lot.pk}/")
    other.look(f"Lot {NUMBER}")
    other.button("Release for use").click()
    expect(other.page.get_by_text("may be used now")).to_be_visible()
    other.look(f"Lot {NUMBER}")


def has_the_list_in_three_taps(colleague, lot, patient):
    page = colleague.page
    colleague.open(f"/stock/lots/{lot.pk}/")
    colleague.look(f"Lot {NUMBER}")
    colleague.taps = 0
    colleague.tap(page.locator("summary", has_text=re.compile("^Recall$")))
    page.get_by_label("Who recalls it").fill("Rheinpharm: particles seen")
    colleague.tap(colleague.button("Recall this lot"))
    colleague.look("whom to tell")
    assert colleague.taps <= 3
    expect(page.get_by_role("link", name=patient.full_name)).to_be_visible()
    expect(page.get_by_text("Session open now")).to_be_visible()


def is_told_and_refused(clinician, session):
    page = clinician.page
    expect(page.get_by_role("alert")).to_contain_text("is recalled", timeout=10_000)
    clinician.look("Session 1 of 8")
    clinician.open(f"/sessions/{session.pk}/sign/")
    clinician.look("Session 1 of 8")
    expect(page.get_by_text(f"Lot {NUMBER}").first).to_be_visible()
    # It is signed only where somebody says that it was in the patient already.
    expect(page.get_by_label("It was already injected from this lot")).not_to_be_checked()


def calls_everyone(desk):
    page, case = desk.page, RecallCase.objects.latest("pk")
    for turn in range(2):
        desk.open(f"/recalls/{case.pk}/contacts/?show=todo")
        desk.look("whom to tell")
        page.locator("summary", has_text="Write down").first.click()
        page.locator("details[open] select").first.select_option("reached")
        page.get_by_label("Note").locator("visible=true").fill(f"Comes in, call {turn}")
        page.get_by_role("button", name="Write it down").locator("visible=true").click()
        expect(page.get_by_text("Written down.")).to_be_visible()
        desk.look("whom to tell")
    expect(page.get_by_text("2 of 2 reached")).to_be_visible()


def sees_no_name(admin, patient):
    case = RecallCase.objects.latest("pk")
    admin.open(f"/recalls/{case.pk}/")
    admin.look(f"Recall {case.pk}")
    assert not any(patient.family_name in read for read in admin.read)
    expect(admin.page.get_by_text("1 open session holds")).to_be_visible()


def closes(admin):
    page, case = admin.page, RecallCase.objects.latest("pk")
    admin.open(f"/recalls/{case.pk}/")
    admin.look(f"Recall {case.pk}")
    page.get_by_label("Reason to go ahead").fill("Locked away for the maker")
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_role("link", name="Closing report")).to_be_visible()
    admin.look(f"Recall {case.pk}")
    case.refresh_from_db()
    # Who was in the chair had nothing of it in the end: the lot was taken out of the session.
    assert (case.status, case.ending_figures["reached"]) == ("closed", 1)
    # A millilitre was drawn up; what stayed in the syringe is not given.
    assert Decimal("0.9") < Decimal(case.ending_figures["given_ml"]) <= 1
