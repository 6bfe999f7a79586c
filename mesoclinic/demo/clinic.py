"""The made-up clinic itself: its staff, rooms and hours, what stands on its shelves and what it charges."""

import csv
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from mesoclinic.accounts import actions as accounts
from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Role
from mesoclinic.demo.seed_actives import add_seed_products, receive_seed_products
from patients.actions.safety_texts import sign_safety_texts
from patients.models import ConsentText
from patients.rules.safety_texts import SafetyTopic, consent_texts, version_of_texts
from treatments.billing.actions.coupons import create_coupon
from treatments.billing.actions.price_lists import publish_price_list
from treatments.billing.actions.settings import save_plan_settings
from treatments.billing.models import PlanSettings
from treatments.billing.rules.coupons import CouponFact
from treatments.billing.rules.prices import PriceRow
from treatments.catalogue.actions.products import add_product
from treatments.catalogue.actions.versions import (
    change_row_now_or_plan,
    last_version_number_or_zero,
    mark_row_reviewed,
    write_versions_now,
)
from treatments.catalogue.models import DoseLimit, Ingredient, Interaction, Product
from treatments.followup.queries.safety_texts import TEXTS
from treatments.recalls import actions as recalls
from treatments.schedule.actions.hours import add_room, add_working_hours_and_freed_times
from treatments.schedule.models import Room
from treatments.stock.actions.lots import release_lot
from treatments.stock.actions.receiving import receive_delivery
from treatments.stock.models import Lot
from treatments.stock.rules.lots import Receipt

HERE = Path(__file__).parent
TIME_ZONE = "America/New_York"
CLINIC = "Kaya Hair Clinic (made up)"
#: Printed by `make demo`; nothing real is behind it.
PASSWORD = "mesoclinic-demo"

STAFF = (
    ("elif", "Dr", "Elif", "Kaya", Role.CLINICIAN),
    ("marco", "Dr", "Marco", "Rinaldi", Role.CLINICIAN),
    ("ama", "Dr", "Ama", "Osei", Role.CLINICIAN),
    ("sara", "", "Sara", "Dahl", Role.FRONT_DESK),
    ("ada", "", "Ada", "Berg", Role.ADMIN),
    ("cleo", "", "Cleo", "Roth", Role.COSMETOLOGIST),
    ("priya", "", "Priya", "Nair", Role.PRIVACY_OFFICER),
)

#: username, room, weekdays, hours: two rooms, three clinicians. Sundays are free; see days_to_move_week.
HOURS = (
    ("elif", "Room 2", (0, 1, 2, 3, 4), time(9), time(16)),
    ("marco", "Room 1", (0, 1, 3), time(9), time(16)),
    ("ama", "Room 1", (2, 4, 5), time(9), time(16)),
)


@dataclass(frozen=True)
class DemoClinic:
    clinic: Clinic
    staff: dict[str, User]
    rooms: dict[str, Room]
    products: dict[str, Product]

    @property
    def clinicians(self) -> list[User]:
        return [self.staff[name] for name in ("elif", "marco", "ama")]

    @property
    def desk(self) -> User:
        return self.staff["sara"]

    @property
    def admin(self) -> User:
        return self.staff["ada"]


def today_at_demo_clinic() -> date:
    """What day it is at the made-up clinic."""
    return timezone.localtime(timezone.now(), ZoneInfo(TIME_ZONE)).date()


def days_to_move_week(today: date) -> int:
    """By how many days the week of ``HOURS`` is moved, so that today and tomorrow are full working days.

    A clinic made on a weekend works at weekends: its Saturday or Sunday is what Thursday is elsewhere.
    """
    weekday = today.weekday()
    return weekday - 3 if weekday >= 5 else 0


def read_csv_rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def create_clinic(today: date) -> DemoClinic:
    """Everything that stands before the first patient comes in."""
    clinic = accounts.add_clinic(name=CLINIC, time_zone=TIME_ZONE, country="US", currency="USD")
    # Hashed once: it takes long on purpose, and everybody of the demo has the same.
    hashed = make_password(PASSWORD)
    staff = {
        username: accounts.save_new_staff(
            User(username=username, password=hashed, title=title, first_name=first, last_name=last),
            roles=[role],
            clinic=clinic,
        )
        for username, title, first, last, role in STAFF
    }
    admin = staff["ada"]
    rooms = {name: add_room(clinic=clinic, name=name, by=admin) for name in ("Room 1", "Room 2")}
    moved = days_to_move_week(today)
    for username, room, weekdays, opens, closes in HOURS:
        add_working_hours_and_freed_times(
            clinic=clinic,
            clinician=staff[username],
            room=rooms[room],
            weekdays=[(weekday + moved) % 7 for weekday in weekdays],
            opens=opens,
            closes=closes,
            by=admin,
        )
    sign_safety_texts_read(clinic, staff["elif"])
    place = DemoClinic(clinic, staff, rooms, {**_add_products(admin), **add_seed_products(admin)})
    _review_rules_and_change_prices(place)
    _add_stock(place, today)
    receive_seed_products(clinic, place.products, today, admin)
    _add_prices_and_coupon(place, today)
    return place


def sign_safety_texts_read(clinic: Clinic, by: User) -> None:
    """A clinician has read what patients are told in an emergency, afterwards and before they consent, in two languages; the others are off."""
    read = [
        (topic, language, texts_in(language))
        for topic, texts_in in TEXTS.items()
        for language in ("en", "tr")
    ]
    read += [
        (SafetyTopic.CONSENT, text.language, consent_texts(text.title, text.body))
        for text in ConsentText.objects.filter(language__in=("en", "tr"))
    ]
    for topic, language, texts in read:
        sign_safety_texts(
            clinic=clinic, topic=topic, language=language, texts=texts, seen=version_of_texts(texts), by=by
        )


def read_built_clinic() -> DemoClinic:
    """The clinic that was built before, without its products."""
    clinic = Clinic.objects.get(name=CLINIC)
    staff = User.objects.in_bulk([username for username, *_ in STAFF], field_name="username")
    rooms = {room.name: room for room in Room.objects.filter(clinic=clinic, active=True).order_by("name")}
    return DemoClinic(clinic, staff, rooms, {})


def _add_products(admin: User) -> dict[str, Product]:
    ingredients = {i.code: i for i in Ingredient.objects.all()}
    return {
        row["code"]: add_product(
            code=row["code"],
            name=row["name"],
            strength=row["strength"],
            presentation=row["presentation"],
            container_ml=Decimal(row["container_ml"]),
            maker=row["maker"],
            supplier=row["supplier"],
            country=row["country"],
            price_per_ml=Decimal(row["price_per_ml"]),
            gtin=row["gtin"],
            contents=[
                (ingredients[row["ingredient"]], Decimal(row["mg_per_ml"]) if row["mg_per_ml"] else None)
            ],
            by=admin,
        )
        for row in read_csv_rows("products.csv")
    }


#: Whose rules Dr Kaya has read; the rest still says that nobody here has.
_REVIEWED = ("lidocaine", "biotin", "zinc")
#: What becomes dearer, in the clinic's currency a ml: one today, one when next month begins.
_DEARER = (("zinc-1", Decimal("15.00"), 0), ("biotin-5", Decimal("17.50"), 30))


def _review_rules_and_change_prices(place: DemoClinic) -> None:
    """Some rules are signed, a price has its history, and a change waits for its day."""
    about = Ingredient.objects.filter(code__in=_REVIEWED)
    read = [
        *about,
        *DoseLimit.objects.filter(ingredient__in=about),
        *Interaction.objects.filter(first__in=about, second__in=about),
    ]
    # Versions are written at the end of a transaction, and all of this is one.
    write_versions_now()
    for row in read:
        mark_row_reviewed(row=row, version=last_version_number_or_zero(row), by=place.clinicians[0])
    for code, price, days in _DEARER:
        change_row_now_or_plan(
            row=place.products[code],
            changes={"price_per_ml": price},
            valid_from=timezone.localdate() + timedelta(days=days),
            reason="The supplier’s new price list.",
            by=place.admin,
        )


#: What the sessions use, what stays in their ampoules, and a little more.
_RECEIVED_ML = {
    "dexpanthenol-250": (200, 40),
    "biotin-5": (60, 60),
    "zinc-1": (120, 60),
    "minoxidil-5": (160, 50),
    "organic-silicium-5": (80, 60),
    "pyridoxine-50": (80, 60),
}


#: A line of a delivery: what products.csv says of it, the lot's number, days it is good for, ml.
Coming = tuple[dict[str, str], str, int, int]


def _add_stock(place: DemoClinic, today: date) -> None:
    """Two lots of everything, and the ones that give the admin something to do."""
    by_code = {row["code"]: row for row in read_csv_rows("products.csv")}
    for turn, (came, lasts) in enumerate(((400, 700), (120, 620))):
        lines = [
            (row, made_up_lot_number(position, code, turn), lasts, _RECEIVED_ML.get(code, (60, 40))[turn])
            for position, (code, row) in enumerate(by_code.items())
        ]
        _release_lots(place, _receive_lots(place, today - timedelta(days=came), lines))
    _release_lots(
        place, _receive_lots(place, today - timedelta(days=350), [(by_code["biotin-5"], "BT-0086", 362, 200)])
    )
    little = (by_code["acetyl-tetrapeptide-3"], "AT-0007", 205, 4)
    _release_lots(place, _receive_lots(place, today - timedelta(days=200), [little]))
    expired = (by_code["vitamin-c-500"], "VC-0311", 371, 12)
    _receive_lots(place, today - timedelta(days=380), [expired])
    _receive_lots(place, today - timedelta(days=2), [(by_code["zinc-1"], "ZN-4410", 500, 100)])
    noticed = (by_code["minoxidil-5"], "MX-1180", 400, 60)
    recalled = _receive_lots(place, today - timedelta(days=90), [noticed])
    _release_lots(place, recalled)
    recalls.start_recall_case(
        clinic=place.clinic, lots=recalled, reason="Pharmacy notice 12-B: particles seen", by=place.admin
    )


def made_up_lot_number(position: int, code: str, turn: int) -> str:
    """The number of the first (0) or second (1) lot of the product in this row of products.csv."""
    letters = "".join(word[0] for word in code.split("-"))[:2].upper()
    return f"{letters}-{2100 + 37 * position + turn}"


def _release_lots(place: DemoClinic, lots: list[Lot]) -> None:
    for lot in lots:
        release_lot(lot=lot, by=place.admin)


def _receive_lots(place: DemoClinic, received_on: date, lines: list[Coming]) -> list[Lot]:
    """One delivery; each line is good for so many days from then."""
    return receive_delivery(
        clinic=place.clinic,
        lines=[
            (
                place.products[row["code"]],
                Receipt(
                    product=row["name"],
                    number=number,
                    maker=row["maker"],
                    country=row["country"],
                    supplier=row["supplier"],
                    certificate=f"CoA {number}",
                    received_on=received_on,
                    expires_on=received_on + timedelta(days=lasts),
                    ml=Decimal(ml),
                    unit_cost=Decimal(row["cost_per_ml"]),
                ),
            )
            for row, number, lasts, ml in lines
        ],
        by=place.admin,
    )


#: What a session costs by the area that is treated.
_SESSION_PRICES = (
    ("Session, small area", "up to 50 cm²", None, 50, 260),
    ("Session, medium area", "50–100 cm²", 50, 100, 320),
    ("Session, large area", "100–200 cm²", 100, 200, 390),
    ("Session, whole scalp", "over 200 cm²", 200, None, 460),
)
_OTHER_PRICES = (
    PriceRow(kind="kit", label="Single-use kit", why="gloves, syringe, 30G needle", amount=Decimal(8)),
    PriceRow(kind="consultation", label="First consultation", amount=Decimal(90), tax_class="exempt"),
    PriceRow(kind="extra", label="Trichoscopy with pictures", amount=Decimal(60)),
    PriceRow(kind="no_show", label="Missed visit", why="per visit", amount=Decimal(60)),
    PriceRow(kind="late_cancel", label="Late cancellation", why="under 24 h before", amount=Decimal(40)),
    PriceRow(kind="package", label="Package of 5", sessions_from=5, rate=Decimal(10)),
    PriceRow(kind="package", label="Package of 8", sessions_from=8, rate=Decimal(15)),
)


def _session_price_row(
    label: str, why: str, area_from: int | None, area_to: int | None, amount: int
) -> PriceRow:
    return PriceRow(
        kind="session",
        label=label,
        why=why,
        area_from=None if area_from is None else Decimal(area_from),
        area_to=None if area_to is None else Decimal(area_to),
        amount=Decimal(amount),
    )


def _add_prices_and_coupon(place: DemoClinic, today: date) -> None:
    """A price list, a coupon, and what a session costs the clinic."""
    publish_price_list(
        clinic=place.clinic,
        valid_from=date(today.year - 1, 1, 1),
        currency="USD",
        name=f"Prices from January {today.year - 1}",
        cocktail_markup=Decimal(1),
        discount_cap=Decimal(25),
        deposit_rate=Decimal(20),
        rows=[*(_session_price_row(*row) for row in _SESSION_PRICES), *_OTHER_PRICES],
        by=place.admin,
    )
    create_coupon(
        clinic=place.clinic,
        fact=CouponFact("SPRING-25", Decimal(25), "USD", valid_to=today + timedelta(days=60), most_uses=50),
        note="Newsletter",
        by=place.admin,
    )
    save_plan_settings(
        settings=PlanSettings(
            clinic=place.clinic,
            address="210 W 21st St\nNew York, NY",
            phone="+1 212 555 0100",
            tax_number="00-0000000",
            instalments=2,
            cash_float=Decimal(100),
            kit_cost=Decimal(3),
            practitioner_cost=Decimal(120),
            room_cost=Decimal(40),
        ),
        by=place.admin,
    )
