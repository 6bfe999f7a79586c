"""A second made-up clinic in another time zone and currency, where some of the same people work."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from mesoclinic.accounts import actions as accounts
from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Role
from mesoclinic.accounts.staff import change_roles
from mesoclinic.demo.clinic import (
    PASSWORD,
    DemoClinic,
    days_to_move_week,
    read_csv_rows,
    sign_safety_texts_read,
)
from patients.actions.people import register_patient
from patients.models import Patient
from treatments.billing.actions.invoices import PaidNow, create_invoice_and_take_payment
from treatments.billing.actions.price_lists import publish_price_list
from treatments.billing.actions.settings import save_plan_settings
from treatments.billing.models import Payment, PlanSettings, PriceList
from treatments.billing.rules.invoices import ChargedLine
from treatments.billing.rules.prices import PriceRow
from treatments.schedule.actions.booking import book_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.actions.hours import add_room, add_working_hours_and_freed_times
from treatments.schedule.actions.visits import finish_non_session_visit, mark_arrived
from treatments.schedule.models import Appointment, Room, WorkingHours
from treatments.schedule.rules.availability import instant_of_clock
from treatments.stock.actions.lots import release_lot
from treatments.stock.actions.receiving import receive_delivery
from treatments.stock.rules.lots import Receipt

CLINIC = "Kaya Lisbon (made up)"
TIME_ZONE = "Europe/Lisbon"

#: Who works there only. Elif, Sara and Ada work at both.
STAFF = (
    ("lia", "Dr", "Lia", "Matos", Role.CLINICIAN),
    ("rui", "", "Rui", "Lopes", Role.FRONT_DESK),
    ("ines", "", "Inês", "Vaz", Role.ADMIN),
)
AT_BOTH = (("elif", Role.CLINICIAN), ("sara", Role.FRONT_DESK), ("ada", Role.ADMIN))

#: Given and family name, sex, birth date, telephone; hour and minute of the first visit.
PEOPLE = (
    ("Rita", "Lopes", "female", date(1991, 4, 12), "+351 21 555 0171", time(9)),
    ("Tiago", "Faria", "male", date(1984, 9, 3), "+351 21 555 0172", time(11)),
    ("Beatriz", "Pinho", "female", date(1996, 1, 27), "+351 21 555 0173", time(14)),
)
VISIT_MINUTES = 45
PRODUCTS = ("biotin-5", "dexpanthenol-250", "zinc-1")

PRICES = (
    PriceRow("session", "Session", Decimal(240), area_to=Decimal(100), tax_class="exempt"),
    PriceRow("session", "Session, large area", Decimal(310), area_from=Decimal(100), tax_class="exempt"),
    PriceRow("consultation", "First consultation", Decimal(80), tax_class="exempt"),
    PriceRow("extra", "Trichoscopy with pictures", Decimal(50), tax_class="standard"),
    PriceRow("no_show", "Missed visit", Decimal(50), why="per visit", tax_class="standard"),
    PriceRow("late_cancel", "Late cancellation", Decimal(30), why="under 24 h before", tax_class="standard"),
)


def build_second_clinic(first: DemoClinic, guest: Patient | None, day: date) -> Clinic:
    """``guest``, a patient of the first clinic, comes here next week. ``day``: the first clinic's today."""
    clinic = accounts.add_clinic(
        name=CLINIC, time_zone=TIME_ZONE, country="PT", currency="EUR", language="en"
    )
    hashed = make_password(PASSWORD)
    staff = {
        username: accounts.save_new_staff(
            User(username=username, password=hashed, title=title, first_name=given, last_name=family),
            roles=[role],
            clinic=clinic,
        )
        for username, title, given, family, role in STAFF
    }
    admin = staff["ines"]
    for username, role in AT_BOTH:
        change_roles(person=first.staff[username], clinic=clinic, roles=[role], by=admin)
    room = add_room(clinic=clinic, name="Room A", by=admin)
    _add_hours(clinic, room, staff["lia"], first.staff["elif"], day, admin)
    _receive_stock(clinic, first, day, admin)
    sign_safety_texts_read(clinic, staff["lia"])
    prices = _publish_prices(clinic, day, admin)
    _book_first_visits(clinic, room, staff, prices)
    if guest is not None:
        _book_guest(clinic, room, staff, guest)
    return clinic


def _add_hours(clinic: Clinic, room: Room, own: User, visitor: User, day: date, admin: User) -> None:
    """Dr Matos on weekdays, Dr Kaya on Saturdays where she is free; moved as the first clinic's week is."""
    moved = days_to_move_week(day)
    works = WorkingHours.objects.filter(clinician=visitor, weekday=(5 + moved) % 7).exists()
    for clinician, weekdays in ((own, range(5)), *(() if works else ((visitor, (5,)),))):
        add_working_hours_and_freed_times(
            clinic=clinic,
            clinician=clinician,
            room=room,
            weekdays=[(weekday + moved) % 7 for weekday in weekdays],
            opens=time(9),
            closes=time(18),
            by=admin,
        )


def _receive_stock(clinic: Clinic, first: DemoClinic, day: date, admin: User) -> None:
    rows = {row["code"]: row for row in read_csv_rows("products.csv")}
    received_on = day - timedelta(days=30)
    lots = receive_delivery(
        clinic=clinic,
        lines=[
            (
                first.products[code],
                Receipt(
                    product=rows[code]["name"],
                    number=f"LX-{code[:2].upper()}-0{place}",
                    maker=rows[code]["maker"],
                    country=rows[code]["country"],
                    supplier=rows[code]["supplier"],
                    certificate=f"CoA LX-{place}",
                    received_on=received_on,
                    expires_on=received_on + timedelta(days=500),
                    ml=Decimal(60),
                    unit_cost=Decimal(rows[code]["cost_per_ml"]),
                ),
            )
            for place, code in enumerate(PRODUCTS, 1)
        ],
        by=admin,
    )
    for lot in lots:
        release_lot(lot=lot, by=admin)


def _publish_prices(clinic: Clinic, day: date, admin: User) -> PriceList:
    """Prices with the tax in them, as people there read them."""
    save_plan_settings(
        settings=PlanSettings(
            clinic=clinic,
            address="Rua do Século 1\n1200 Lisboa",
            phone="+351 21 555 0170",
            tax_number="PT 500000000",
            prices_include_tax=True,
        ),
        by=admin,
    )
    return publish_price_list(
        clinic=clinic,
        valid_from=date(day.year - 1, 1, 1),
        currency="EUR",
        name="Preços",
        tax_standard=Decimal(23),
        rows=PRICES,
        by=admin,
    )


def _book_first_visits(clinic: Clinic, room: Room, staff: dict[str, User], prices: PriceList) -> None:
    """First visits on the clinic's own day; the first is over, charged and paid, whatever the hour."""
    clinician, desk = staff["lia"], staff["rui"]
    day = timezone.localdate(timezone=clinic.zone)
    midnight = instant_of_clock(day, time(), clinic.zone)
    visits = []
    for given, family, sex, born, phone, at in PEOPLE:
        patient = register_patient(
            by=desk,
            given_names=given,
            family_name=family,
            sex_at_birth=sex,
            birth_date=born,
            phone=phone,
            email=f"{given.lower()}.{family.lower()}@example.org",
            country="PT",
        )
        visits.append(
            _book(clinic, room, clinician, desk, patient, instant_of_clock(day, at, clinic.zone), midnight)
        )
    done = visits[0]
    mark_arrived(appointment=done, by=desk)
    finish_non_session_visit(appointment=Appointment.objects.get(pk=done.pk), by=clinician)
    create_invoice_and_take_payment(
        patient=done.patient,
        clinic=clinic,
        price_list=prices,
        lines=[
            ChargedLine("consultation", "First consultation", 1, Decimal(80), tax_class="exempt"),
            ChargedLine("extra", "Trichoscopy with pictures", 1, Decimal(50), "standard", Decimal(23)),
        ],
        by=desk,
        paid=PaidNow(Payment.Method.CARD.value, Decimal(130)),
    )


def _book(
    clinic: Clinic, room: Room, clinician: User, desk: User, patient: Patient, at: datetime, now: datetime
) -> Appointment:
    wanted = Wanted(clinician, room, at, VISIT_MINUTES)
    return book_appointment(
        patient=patient, wanted=wanted, kind=Appointment.Kind.INTAKE, by=desk, clinic=clinic, now=now,
        reasons={"booking:hours": "A made-up visit", "booking:closed": "A made-up visit"},
    )  # fmt: skip


def _book_guest(clinic: Clinic, room: Room, staff: dict[str, User], guest: Patient) -> None:
    """At 15:00 in Lisbon, a week from now."""
    day = timezone.localdate(timezone=clinic.zone)
    at = instant_of_clock(day + timedelta(days=7), time(15), clinic.zone)
    _book(clinic, room, staff["lia"], staff["rui"], guest, at, timezone.now())
