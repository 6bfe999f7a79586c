"""The desk's way with a quote, in a browser: found, issued, sent, signed on the tablet, booked, paid, the day closed."""

import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from decimal import Decimal

import pytest
from django.conf import settings
from django.core import mail
from playwright.sync_api import expect

from mesoclinic.outbox.link_messages import send_link_message
from patients.actions.links import link_address
from tests import factories
from tests.conftest import signed_in
from treatments.billing.actions.quote_links import create_and_mail_quote_link
from treatments.billing.actions.quotes import issue_quote, replace_draft_quote
from treatments.billing.models import DayClose, Invoice, PlanSettings, Quote, QuoteLink

PHONE = {"width": 390, "height": 844}
NOTE = "Canary note: she cries at night"


@pytest.fixture
def plan(house):
    doctor = house.staff["elif"]
    patient = factories.PatientFactory(given_names="Yuki", family_name="Tanaka", email="yuki@example.org")
    assessment = factories.AssessmentFactory(patient=patient, assessed_by=doctor, note=NOTE)
    factories.AssessmentZoneFactory(assessment=assessment, area_cm2=Decimal(78))
    version = factories.signed_cocktail(
        clinic=house.clinic,
        patient=patient,
        by=doctor,
        assessment=assessment,
        products=[factories.ProductFactory(price_per_ml=Decimal(46)) for _ in "ab"],
    )
    return factories.make_plan(clinic=house.clinic, patient=patient, version=version, by=doctor)


@pytest.fixture
def issued(plan, house):
    draft = replace_draft_quote(plan=plan, by=house.desk)
    return issue_quote(quote=draft, by=house.desk)


def draw(desk):
    """A signature with the pen: two strokes."""
    pad = desk.page.locator("[data-signature-pad]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    mouse = desk.page.mouse
    for row in (0.3, 0.6):
        mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * row)
        mouse.down()
        for step in range(1, 12):
            mouse.move(
                box["x"] + box["width"] * (0.2 + step / 20),
                box["y"] + box["height"] * (row + (0.1 if step % 2 else -0.1)),
            )
        mouse.up()


def test_the_desk_quotes_sends_signs_books_and_is_paid(house, plan, person):
    desk = person()
    page = desk.page
    desk.sign_in("sara")
    desk.look("day ")

    # From the plan to the issued quote: at most 8 taps (docs/laws.md).
    desk.open(f"/plans/{plan.pk}/")
    desk.look("Plan")
    desk.taps = 0
    desk.tap(desk.button("Make a quote"))
    desk.look("Draft quote")
    desk.tap(desk.button("Issue"))
    expect(page.get_by_role("heading", name="Accept and sign")).to_be_visible()
    desk.look("Quote Q-")
    assert desk.taps <= 8
    quote = Quote.objects.get(plan=plan)

    sends_it(desk, quote)
    page.locator(".quote-option").filter(has_text="Start 5").click()
    draw(desk)
    page.get_by_role("button", name=re.compile("^Accept Start 5, ")).click()
    expect(page.get_by_text("Accepted. Book the sessions now.")).to_be_visible()
    desk.look("Quote Q-")
    expect(page.locator(".signature-shown path")).to_have_count(1)
    quote.refresh_from_db()
    assert (quote.status, len(quote.signature)) == ("accepted", 2)
    assert quote.chosen_option.sessions == 5
    desk.button("Book the sessions").click()
    desk.look("Book the course")

    takes_the_deposit(desk, plan)
    closes_the_day(desk, house)
    assert NOTE not in "".join(desk.read)


def sends_it(desk, quote):
    page = desk.page
    page.locator("summary", has_text="Send").click()
    expect(page.get_by_label("E-mail")).to_have_value("yuki@example.org")
    desk.button("Send the link").click()
    expect(page.get_by_text("Tell the patient this code")).to_be_visible()
    desk.look("Quote Q-")
    code = page.locator(".message .price").inner_text()
    link = QuoteLink.objects.get(quote=quote)
    send_link_message.call(link.link.carried_by.message_id)
    address = re.search(r"http\S+", mail.outbox[-1].body)[0]
    opened = urllib.request.urlopen(address.replace(settings.SITE_URL, desk.address)).read()
    assert code.encode() not in opened


def takes_the_deposit(desk, plan):
    page = desk.page
    desk.open(f"/plans/{plan.pk}/")
    desk.look("Plan")
    expect(page.get_by_label("Amount").first).not_to_have_value("")
    desk.button("Take payment").click()
    expect(page.get_by_text("Payment taken.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("R-"))).to_be_visible()
    desk.look("Plan")


def closes_the_day(desk, house):
    page = desk.page
    desk.open("/till/")
    desk.look("Close the day")
    taken = house.clinic.receipts.get().payment.amount
    in_the_drawer = taken + PlanSettings.of_clinic_or_defaults(house.clinic).cash_float
    page.get_by_label("Cash, counted").fill(f"{in_the_drawer:.2f}")
    for method in ("Card terminal", "Bank transfer"):
        page.get_by_label(f"{method}, counted").fill("0")
    page.get_by_role("button", name="Close the day").click()
    expect(page.get_by_text("The day is closed.")).to_be_visible()
    desk.look("Close the day")
    assert DayClose.objects.get().counts.get(method="cash").difference == 0


def test_a_patient_opens_the_link_at_home_on_a_phone(house, issued, person):
    link, code = create_and_mail_quote_link(quote=issued, to="yuki@example.org", language="ar", by=house.desk)
    address = link_address(link.link).removeprefix(settings.SITE_URL)
    patient = person(PHONE)
    page = patient.page

    patient.open(address)
    patient.look("قبل فتح هذه الصفحة")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    page.locator("#id_code").fill(wrong)
    page.get_by_role("button", name="فتح").click()
    expect(page.get_by_role("alert")).to_be_visible()
    patient.look("قبل فتح هذه الصفحة")

    assert "Tanaka" not in "".join(patient.read)
    # The answer to a wrong code is said in the console too; it is no fault of the page.
    patient.trouble[:] = [each for each in patient.trouble if "422" not in each]


@pytest.mark.parametrize(
    ("language", "gate", "quote", "pays", "paid"),
    [
        ("en", "Before this page opens", "Your quote", "Pay the deposit", "has been paid"),
        ("ar", "قبل فتح هذه الصفحة", "عرض", "ادفعوا العربون", "دُفع عربونكم"),
    ],
)
def test_a_patient_accepts_at_home_and_pays_the_deposit_on_a_phone(
    house, issued, person, settings, language, gate, quote, pays, paid
):
    settings.PAYMENT_PROVIDER = "treatments.billing.payment_providers.made_up.MadeUpProvider"
    sent, code = create_and_mail_quote_link(
        quote=issued, to="yuki@example.org", language=language, by=house.desk
    )
    patient = person(PHONE)
    page = patient.page
    settings.SITE_URL = patient.address

    patient.open(link_address(sent.link).removeprefix(patient.address))
    patient.look(gate)
    page.locator("#id_code").fill(code)
    page.locator("button[form=gate]").click()
    patient.look(quote)
    page.locator(".pt-option").first.click()
    page.locator("#accept_signed_name").fill("Yuki Tanaka")
    page.locator("button[form=accept]").click()
    page.get_by_role("button", name=pays).click()
    patient.look(pays)
    page.locator(".pt-dock a").click()
    patient.look("Made-up payment")
    page.locator("button[value=twice]").click()
    expect(page.get_by_role("status")).to_contain_text("Done.")
    patient.look("Made-up payment")
    page.get_by_role("link", name="Back to the clinic").click()

    expect(page.get_by_text(paid)).to_be_visible()
    patient.look(quote)
    assert issued.plan.payments.count() == 1
    # Back leads to no second payment.
    page.go_back(wait_until="commit")
    page.goto(f"{patient.address}{link_address(sent.link).removeprefix(patient.address)}pay/")
    patient.look(quote)
    assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    for read in patient.read:
        assert "Tanaka" not in read
        assert len(read.encode()) < 60_000


def test_the_desk_charges_without_a_plan_and_makes_the_payment_void(house, plan, person):
    desk = person()
    page = desk.page
    desk.sign_in("sara", at=f"/patients/{plan.patient_id}/charge/")
    desk.look("Charge")

    # Taking a payment is at most 4 taps (docs/laws.md).
    desk.taps = 0
    desk.tap(page.locator(".chip-check").filter(has_text="First consultation"))
    take = page.get_by_role("button", name=re.compile(r"^\s*Take \$90\.00 by card"))
    desk.tap(take)
    assert desk.taps <= 4
    desk.look("Invoice I-")
    invoice = Invoice.objects.get()
    assert (invoice.total, invoice.payments.get().amount) == (Decimal(90), Decimal(90))

    page.locator(".confirm > summary").filter(has_text="Void").click()
    page.get_by_label("What was wrong").fill("typed twice")
    desk.button("Void it").click()
    desk.look("Invoice I-")
    expect(page.get_by_text("Payment voided.")).to_be_visible()
    expect(page.locator(".chip").filter(has_text="owing")).to_be_visible()
    receipt = invoice.payments.get(kind="payment").receipt
    href = page.get_by_role("link", name=receipt.number).get_attribute("href")
    paper = page.request.get(urllib.parse.urljoin(page.url, href))
    assert paper.headers["content-type"] == "application/pdf"


def test_without_a_script_the_name_is_typed(issued, person):
    desk = person(scripts=False)
    page = desk.page
    desk.sign_in("sara", at=f"/quotes/{issued.pk}/")
    desk.look("Quote Q-")
    expect(page.locator("[data-signature-pad]")).to_be_hidden()

    page.get_by_label("Name, as the patient signs").fill("Yuki Tanaka")
    page.locator(".quote-option").filter(has_text="Start 5").click()
    page.get_by_role("button", name=re.compile("^Accept Start 5, ")).click()

    expect(page.get_by_text("Accepted. Book the sessions now.")).to_be_visible()
    desk.look("Quote Q-")
    issued.refresh_from_db()
    assert (issued.accepted_name, issued.signature) == ("Yuki Tanaka", None)


def test_the_pages_of_the_admin_and_of_the_money_are_looked_at(house, issued, person):
    """The admin's pages, and the desk's on a phone: nothing scrolls sideways, axe finds nothing."""
    admin = person()
    admin.sign_in("ada")
    admin.look("day ")
    for path, title in (
        ("/prices/", "Prices"),
        ("/prices/coupons/", "Coupons"),
        ("/prices/settings/", "Refunds"),
        ("/till/book/", "Payment book"),
        ("/prices/new/", "New price list"),
        ("/rules/?kind=blood&show=all", "Rules"),
        ("/rules/blood/new/", "New time limit of own blood"),
        ("/rules/others/new/", "New treatment without a syringe"),
        ("/hours/", "Rooms and hours"),
    ):
        admin.open(path)
        admin.look(title)
    desk = person(PHONE)
    desk.sign_in("sara")
    desk.look("day ")
    again = replace_draft_quote(plan=issued.plan, by=house.desk)
    for path, title in (
        (f"/quotes/{issued.pk}/", "Quote Q-"),
        (f"/quotes/{again.pk}/", "Draft quote"),
        ("/calendar/to-book/?list=unused", "To book"),
        ("/till/", "Close the day"),
        (f"/plans/{issued.plan_id}/", "Plan"),
    ):
        desk.open(path)
        desk.look(title)


# --- two desks over HTTP -----------------------------------------------------


class Desk:
    """A browser without a screen: its own connection, cookies and form."""

    def __init__(self, address, user):
        self.address = address
        self.cookies = {"sessionid": signed_in(user).cookies["sessionid"].value}

    def _ask(self, path, data=None):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request = urllib.request.Request(
            self.address + path, data, {"Cookie": cookies, "Referer": self.address + path}
        )
        try:
            with _OPENER.open(request) as answer:
                status, headers, page = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, headers, page = error.code, error.headers, error.read()
        for cookie in headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return status, page.decode(), headers.get("Location", "")

    def get(self, path):
        return self._ask(path)[1]

    def post(self, path, page, **typed):
        """(status, page); the tokens of the form that posts there are taken from the page."""
        form = re.search(rf'<form[^>]*action="{path}".*?</form>', page, re.S)[0]
        hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|once)" value="([^"]+)"', form))
        data = urllib.parse.urlencode(hidden | typed).encode()
        status, page, location = self._ask(path, data)
        return (status, page) if status != 302 else (302, self.get(location))


class _Stays(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other."""

    def redirect_request(self, *args):
        return None


_OPENER = urllib.request.build_opener(_Stays)


def test_two_desks_accept_one_quote_at_once_one_does_and_both_are_told(house, issued, live_server):
    users = [factories.UserFactory(roles=["front_desk"], clinic=house.clinic) for _ in range(2)]
    desks = [Desk(live_server.url, user) for user in users]
    path = f"/quotes/{issued.pk}/"
    pages = [desk.get(path) for desk in desks]
    options = list(issued.options.order_by("sessions"))[:2]
    start, answers = threading.Barrier(2), [None, None]

    def accept(at):
        start.wait()
        answers[at] = desks[at].post(f"{path}accept/", pages[at], option=options[at].pk, signed_name="Yuki")

    threads = [threading.Thread(target=accept, args=(at,)) for at in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(status for status, _ in answers) == [302, 422]
    won = next(page for status, page in answers if status == 302)
    lost = next(page for status, page in answers if status == 422)
    assert "Accepted. Book the sessions now." in won
    assert "This quote was already accepted" in lost
    issued.refresh_from_db()
    issued.plan.refresh_from_db()
    assert issued.status == "accepted"
    assert issued.plan.sessions_planned == issued.chosen_option.sessions
