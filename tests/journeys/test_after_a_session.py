"""After a session: somebody rings, a late bald patch asks about the lots, a consent is drawn, a wording is renewed."""

import re

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from mesoclinic.demo import build
from mesoclinic.demo import clinic as made_up
from mesoclinic.demo import patients as course
from patients.actions.alerts import raise_alert_unless_open
from patients.actions.links import link_token
from patients.actions.safety_texts import sign_safety_texts
from patients.models import Consent
from patients.rules.alerts import AlertKind, AlertLevel
from patients.rules.safety_texts import SafetyTopic, version_of_texts
from tests import factories
from treatments.conditions.models import LabResult
from treatments.followup.actions import sync_check_ins_and_follow_ups
from treatments.followup.links import send_aftercare_link, send_check_in_link
from treatments.followup.models import CheckIn, FollowUp
from treatments.followup.queries.aftercare import aftercare_safety_texts
from treatments.sessions.actions import start
from treatments.stock.models import Lot

TABLET = {"width": 1024, "height": 768}
PHONE = {"width": 390, "height": 800}
#: What a page by link loads beside itself.
SHEET_BYTES = (settings.BASE_DIR / "static" / "build" / "patient.css").stat().st_size


@pytest.fixture
def signed(house):
    """One made-up patient with a session signed today, built through the actions."""
    with timezone.override(house.clinic.time_zone):
        demo = course.Demo.load_at_clinic(house, timezone.localdate(), seed=6)
        patient = course.register_person(demo, made_up.read_csv_rows("people.csv")[0])
        by, case = house.staff["elif"], course.CASES[3]
        course.record_made_up_intake(demo, patient, by)
        course.record_consent(demo, patient, by, days_ago=1)
        assessment = course.record_made_up_assessment(demo, patient, case, by)
        version = course.create_cocktail(demo, patient, case, by)
        version = course.record_answers_and_sign_cocktail(version, by)
        plan = build.create_accepted_plan(demo, patient, assessment, version, 5, by)
        session = course.run_with_override_reasons(
            start.start_or_resume_session, plan=plan, by=by, clinic=house.clinic
        )
        course.chart_session(demo, session, by)
        course.measure_and_sign_session(demo, session, by, 120)
    sync_check_ins_and_follow_ups()
    session.refresh_from_db()
    return session


def test_a_late_bald_patch_leads_from_the_call_to_the_lots(person, signed):
    clinician = person(TABLET)
    clinician.sign_in("elif", at="/check-ins/?show=coming")
    page = clinician.page
    clinician.look("Calls")
    page.get_by_role("link", name="Answer").click()
    clinician.look("Check-in after 48 h")
    page.get_by_label("New bald patch").first.check()
    expect(page.locator(".do-now:visible")).to_contain_text("Do now: stop")
    page.locator(".reaction:has(input:checked) summary").click()
    page.locator("#pain-nrs").get_by_text("2", exact=True).click()
    clinician.look("Check-in after 48 h")
    page.get_by_label("Note", exact=True).fill("Left temple")
    clinician.button("Write down").click()
    expect(page.get_by_text("Written down.")).to_be_visible()
    clinician.look("Check-in after 48 h")
    sync_check_ins_and_follow_ups()
    clinician.open("/follow-ups/")
    clinician.look("Follow-ups")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    clinician.look("Follow-up")
    first = page.locator(".suspect-lots > li").first
    first.get_by_text("Put aside").first.click()
    first.get_by_label("Why").fill("A bald patch after this lot")
    clinician.look("Follow-up")
    first.get_by_role("button", name="Put aside").click()
    expect(page.get_by_text("is put aside: nobody can use it")).to_be_visible()
    page.get_by_label("What was done, or what came of it").fill("Biopsy booked")
    clinician.button("Take it in hand").click()
    clinician.look("Follow-up")
    expect(page.locator("main")).to_contain_text("in hand")
    clinician.open(f"/sessions/{signed.pk}/")
    page.get_by_text("Add what is told later").click()
    clinician.look("Session 1 of 5")
    clinician.open(f"/sessions/{signed.pk}/afterwards/")
    clinician.look("After session 1")
    clinician.open(f"/patients/{signed.patient_id}/alerts/")
    clinician.look("Alerts")
    clinician.button("Clear it").click()
    clinician.look("Clear an alert")
    page.get_by_label("Trichoscopy result").fill("Exclamation hairs, no scarring")
    page.get_by_label("Biopsy result, or why none").fill("Regrowth, no scar")
    page.get_by_label("The product suspected").select_option(label="Zinc")
    page.get_by_label("What you found").fill("Biopsy shows regrowth, next session agreed")
    clinician.button("Clear it, as").click()
    expect(page.get_by_text("The alert is cleared.")).to_be_visible()
    clinician.look(signed.patient.full_name)

    assert Lot.objects.filter(status="quarantined", status_reason="A bald patch after this lot").count() == 1
    assert FollowUp.objects.get().status == "in_hand"


def test_the_desk_rings_on_a_phone_and_sees_nothing_clinical(person, signed):
    desk = person(PHONE)
    desk.sign_in("sara", at="/check-ins/?show=coming")
    desk.look("Calls")
    desk.page.get_by_role("button", name="Not reached").click()
    expect(desk.page.get_by_text("The call stays on the list.")).to_be_visible()
    desk.look("Calls")

    assert CheckIn.objects.get(days=2).tries == 1
    assert "Strength" not in desk.read[-1]
    assert ">Answer<" not in desk.read[-1]


def test_a_long_alert_stands_whole_in_the_bar_of_a_phone(house, person, signed):
    raise_alert_unless_open(
        patient=signed.patient,
        kind=AlertKind.REACTION,
        level=AlertLevel.BLOCK,
        text="Patchy alopecia at injection sites, moderate, after session 1",
        source="made up:1",
        by=house.staff["elif"],
    )
    clinician = person(PHONE)
    clinician.sign_in("elif", at=f"/patients/{signed.patient_id}/")
    clinician.look(signed.patient.full_name)

    expect(clinician.page.locator(".patient-name").get_by_text("Patchy alopecia")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_consent_is_drawn_or_without_a_script_typed(person, signed, scripts):
    clinician = person(TABLET, scripts=scripts)
    clinician.sign_in("elif", at=f"/patients/{signed.patient_id}/consent/?kind=photo")
    clinician.look("Consent")
    page = clinician.page
    if scripts:
        box = page.locator("[data-signature-pad]")
        box.scroll_into_view_if_needed()
        at = box.bounding_box()
        page.mouse.move(at["x"] + 40, at["y"] + 60)
        page.mouse.down()
        for n in range(1, 9):
            page.mouse.move(at["x"] + 40 + 20 * n, at["y"] + 60 + 25 * (n % 2))
        page.mouse.up()
        expect(page.locator('[name="method"][value="drawn"]')).to_be_checked()
    else:
        expect(page.locator("[data-signature-pad]")).to_be_hidden()
        expect(page.locator('[name="method"][value="drawn"]')).to_be_hidden()
    page.get_by_label("Name of who signs").fill("Somebody Made Up")
    clinician.button("Record this consent").click()
    expect(page.get_by_text("Consent recorded.")).to_be_visible()
    clinician.look("Consent")

    photo = Consent.objects.get(kind="photo")
    assert (photo.method, bool(photo.strokes)) == (("drawn", True) if scripts else ("typed", False))


def test_the_admin_renews_a_wording(person, house):
    admin = person()
    admin.sign_in("ada", at="/patients/consent-texts/")
    admin.look("Consent texts")
    admin.page.get_by_role("link", name="New version").first.click()
    admin.look("New version")
    admin.page.get_by_label("Wording").press("End")
    admin.page.get_by_label("Wording").type(" Reworded by the clinic.")
    admin.button("Write this version").click()
    expect(admin.page.get_by_text("Version 2 is written.")).to_be_visible()
    admin.look("Consent texts")


def test_what_was_written_is_read_back(person, signed):
    clinician = person(TABLET)
    page, patient = clinician.page, signed.patient
    clinician.sign_in("elif", at=f"/patients/{patient.pk}/")
    clinician.look(patient.full_name)
    way = page.get_by_role("navigation", name="The way of this patient")
    way.get_by_role("link", name="Assessment").click()
    clinician.look("Assessments")
    page.get_by_role("link", name="Read the one of").click()
    clinician.look("Assessment")
    page.get_by_role("link", name="All assessments").click()
    page.get_by_role("link", name="Add a result").click()
    clinician.look("Laboratory")
    page.locator("#id_test").select_option(label="Ferritin")
    page.locator("#id_value").fill("14,5")
    page.locator("#id_unit").select_option(label="ug/L")
    page.locator("#id_low").fill("15")
    page.locator("#id_high").fill("150")
    page.locator("#id_taken_on").fill(timezone.localdate().isoformat())
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Ferritin is recorded.")).to_be_visible()
    clinician.look("Laboratory")
    page.get_by_role("link", name="Replace").first.click()
    clinician.look("Laboratory")
    clinician.open(f"/patients/{patient.pk}/assessments/")
    clinician.look("Assessments")
    clinician.open(f"/patients/{patient.pk}/")
    page.get_by_role("link", name="Record of session 1").click()
    clinician.look("Record of session 1")

    assert str(LabResult.objects.get().value) == "14.5000"
    assert "SHA-256 of what was signed" in clinician.read[-1]


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        ("en", ("Before this page opens", "How are you?", "Thank you")),
        ("ar", ("قبل فتح هذه الصفحة", "كيف حالكم؟", "شكرًا لكم")),
    ],
)
def test_a_patient_answers_a_check_in_by_link_on_a_phone(person, signed, language, titles):
    # The made-up clinic has read the emergency texts in English and Turkish.
    if language != "en":
        factories.SafetyTextReadingFactory(clinic=signed.clinic, language=language)
    link = send_check_in_link(check_in=signed.check_ins.get(days=2), by=None).link
    patient, born = person(PHONE), signed.patient.birth_date
    page = patient.page
    gate, questions, thanks = titles

    patient.open(f"/l/{link_token(link)}/?language={language}")
    patient.look(gate)
    # The first of the three is ready to be typed in.
    expect(page.locator("#id_month")).to_be_focused()
    page.keyboard.type(str(born.month))
    for part in ("day", "year"):
        patient.tap(page.locator(f"#id_{part}"))
        page.keyboard.type(str(getattr(born, part)))
    patient.tap(page.locator("button[type=submit]"))
    patient.look(questions)
    patient.tap(page.locator("label[for=id_pain_2]"))
    patient.tap(page.locator("label[for=id_noticed_1]"))
    # An alarm is told of in red.
    patient.tap(page.locator("label[for=id_alarms_0]"))
    patient.look(questions)
    patient.tap(page.locator("button[type=submit]"))
    patient.look(thanks)

    assert patient.taps <= 8
    expect(page.get_by_role("alert").locator("a").first).to_have_attribute(
        "href", re.compile(r"tel:\+1212555")
    )
    # Back leads to what became of it, and never to the questions again.
    page.go_back()
    page.wait_for_load_state()
    page.reload()
    expect(page).to_have_title(re.compile(thanks))
    assert FollowUp.objects.filter(treatment_session=signed, reaction__added_by=None).count() == 1
    for read in patient.read:
        assert signed.patient.family_name not in read
        assert len(read.encode()) + SHEET_BYTES <= 60_000


@pytest.mark.parametrize(
    ("language", "gate", "title"),
    [("en", "Before this page opens", "After your session"), ("ar", "قبل فتح هذه الصفحة", "بعد جلستكم")],
)
def test_a_patient_reads_the_aftercare_by_a_code_on_a_phone(person, signed, house, language, gate, title):
    if language != "en":
        texts = aftercare_safety_texts(language)
        sign_safety_texts(
            clinic=signed.clinic,
            topic=SafetyTopic.AFTERCARE,
            language=language,
            texts=texts,
            seen=version_of_texts(texts),
            by=house.staff["elif"],
        )
    factories.OutboxSettingsFactory(clinic=signed.clinic, by_email=True, phone="+12125550142")
    signed.patient.language, signed.patient.email = language, "z@example.org"
    signed.patient.save()
    sent = send_aftercare_link(session=signed, by=house.staff["elif"])
    patient = person(PHONE)
    page = patient.page

    patient.open(f"/l/{link_token(sent.link)}/")
    patient.look(gate)
    page.locator("#id_code").fill(sent.code)
    page.locator("button[form=gate]").click()
    patient.look(title)

    expect(page.locator(".pt-emergency a")).to_have_attribute("href", "tel:911")
    assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    page.go_back()
    page.go_forward()
    patient.look(title)
    for read in patient.read:
        assert signed.patient.family_name not in read
        assert len(read.encode()) + SHEET_BYTES <= 60_000
