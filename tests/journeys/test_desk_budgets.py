"""What the desk does all day takes few taps, counted (docs/laws.md); its inbox, and a second clinic beside the first."""

import re
from datetime import timedelta

from django.utils import formats, timezone
from playwright.sync_api import expect

from mesoclinic.demo.second_clinic import build_second_clinic
from tests import factories
from tests.journeys.test_quote_desk import plan  # noqa: F401
from treatments.billing.actions.quotes import accept_quote
from treatments.billing.models import Quote
from treatments.schedule.actions.visit_links import CANCELLED_BY_LINK
from treatments.schedule.models import Appointment


def test_quote_course_payment_find_and_check_in_stay_within_their_taps(house, plan, person):  # noqa: F811
    desk = person()
    page = desk.page
    patient = plan.patient
    desk.sign_in("sara", at=f"/plans/{plan.pk}/")
    desk.look("Plan")

    # A quote from the plan: at most 8.
    desk.tap(desk.button("Make a quote"))
    desk.look("Draft quote")
    desk.tap(desk.button("Issue"))
    expect(page.get_by_role("heading", name="Accept and sign")).to_be_visible()
    desk.look("Quote Q-")
    assert desk.taps <= 8
    quote = Quote.objects.get(plan=plan)
    course = max(quote.options.all(), key=lambda option: option.sessions)
    accept_quote(quote=quote, option=course, by=house.desk, signed_name=patient.full_name)

    # A payment on the plan: at most 4.
    desk.open(f"/plans/{plan.pk}/")
    desk.look("Plan")
    desk.taps = 0
    desk.tap(desk.button("Take payment"))
    expect(page.get_by_text("Payment taken.")).to_be_visible()
    desk.look("Plan")
    assert desk.taps <= 4

    # The whole course from the plan: at most 6.
    desk.taps = 0
    desk.tap(desk.button("Book the sessions"))
    desk.look("Book the course")
    desk.tap(page.get_by_label("First day"))
    with page.expect_response(lambda response: response.url.endswith("/book/")):
        page.get_by_label("First day").fill(timezone.localdate().isoformat())
        page.keyboard.press("Tab")
    chosen = page.get_by_label("Time of session 1").locator("option:checked")
    expect(chosen).to_contain_text(formats.date_format(timezone.localdate(), "D j M"))
    desk.tap(page.get_by_role("button", name=re.compile(r"^Book \d+ sessions, ")))
    expect(page.get_by_text(re.compile(r"\d+ sessions are booked"))).to_be_visible()
    desk.look(patient.full_name)
    assert desk.taps <= 6

    # A patient by name: at most 2, the field and the row.
    desk.taps = 0
    desk.tap(page.locator("#find"))
    page.keyboard.type(patient.family_name.lower())
    page.keyboard.press("Enter")
    desk.look(patient.full_name)
    assert desk.taps <= 2

    # They are here: 1.
    desk.open("/")
    desk.look("day ")
    desk.taps = 0
    desk.tap(
        page.get_by_role("region", name="The day").get_by_role("button", name=re.compile("has arrived")).first
    )
    expect(page.get_by_role("region", name="The day").get_by_text("arrived").first).to_be_visible()
    desk.look("day ")
    assert desk.taps == 1


def test_a_line_of_the_inbox_is_seen_comes_back_and_a_colleague_sees_who_has_it(house, person):
    ahead = timezone.now() + timedelta(days=1)
    visit = factories.AppointmentFactory(
        clinic=house.clinic,
        clinician=house.staff["elif"],
        patient=factories.PatientFactory(given_names="Yuki", family_name="Tanaka", at=house.clinic),
        starts_at=ahead,
        ends_at=ahead + timedelta(minutes=30),
    )
    visit.status, visit.status_reason = Appointment.Status.CANCELLED, CANCELLED_BY_LINK
    visit.save()
    factories.UserFactory(
        username="rui", first_name="Rui", last_name="", roles=["front_desk"], clinic=house.clinic
    )
    sara, rui = person(), person()
    sara.sign_in("sara")
    sara.look("day ")
    changes = sara.page.get_by_role("region", name="Changes by patients")

    sara.tap(changes.get_by_role("button", name=re.compile("^Seen")))
    expect(changes.get_by_text("seen by you")).to_be_visible()
    sara.look("day ")
    sara.tap(changes.get_by_role("button", name=re.compile("^Undo")))
    expect(changes.get_by_role("button", name=re.compile("^Seen"))).to_be_visible()
    sara.tap(changes.get_by_role("button", name=re.compile("^Offer the time")))
    sara.look("Free time")

    rui.sign_in("rui")
    expect(rui.page.get_by_text("Sara Dahl has it")).to_be_visible()
    rui.look("day ")


def test_somebody_of_two_clinics_changes_between_them_and_reads_each_time_by_its_clock(house, person):
    guest = factories.PatientFactory(given_names="Amira", family_name="Haddad", at=house.clinic)
    lisbon = build_second_clinic(house, guest, timezone.localdate())
    visit = Appointment.objects.get(patient=guest)
    there = timezone.localtime(visit.starts_at, lisbon.zone)
    desk = person()
    desk.sign_in("sara", at=f"/patients/{guest.pk}/")
    desk.look("Amira Haddad")

    row = desk.page.get_by_role("region", name="Visits").get_by_role("row").filter(has_text=lisbon.name)
    expect(row).to_contain_text(f"{there:%H:%M}")
    here = timezone.localtime(visit.starts_at, house.clinic.zone)
    if here.utcoffset() != there.utcoffset():
        expect(row).to_contain_text("here")
    desk.tap(desk.button(f"{house.clinic.name}: work at another clinic"))
    desk.look("Where you work")
    desk.tap(desk.button(f"Work at {lisbon.name}"))
    desk.look("day ")
    expect(desk.page.get_by_text("Rita Lopes").first).to_be_visible()

    desk.open(f"/patients/{guest.pk}/")
    desk.look("Amira Haddad")
    row = desk.page.get_by_role("region", name="Visits").get_by_role("row").filter(has_text=f"{there:%H:%M}")
    expect(row).not_to_contain_text("here")
