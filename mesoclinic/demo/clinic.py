"""The made-up clinic itself: its staff, rooms and hours, what stands on its shelves and what it charges."""

import csv
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import timezone

from mesoclinic.accounts import actions as accounts
from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Role
from treatments.billing.actions.coupons import make_coupon
from treatments.billing.actions.price_lists import publish_price_list
from treatments.billing.actions.settings import save_settings
from treatments.billing.models import PlanSettings
from treatments.billing.rules.coupons import CouponFact
from treatments.billing.rules.prices import PriceRow
from treatments.catalogue.actions.products import add_product
from treatments.catalogue.actions.versions import change_row, keep_versions, last_version, review_row
from treatments.catalogue.models import DoseLimit, Ingredient, Interaction, Product
from treatments.recalls import actions as recalls
from treatments.schedule.actions.hours import add_room, add_working_day
from treatments.schedule.models import Room
from treatments.stock.actions.lots import release_lot
from treatments.stock.actions.receiving import receive_lot
from treatments.stock.models import Lot

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
)

#: username, room, weekdays, hours: two rooms, three clinicians.
HOURS = (
    ("elif", "Room 2", (0, 1, 2, 3, 4), time(9), time(16)),
    ("marco", "Room 1", (0, 1, 3), time(9), time(16)),
    ("ama", "Room 1", (2, 4, 5), time(9), time(16)),
)


@dataclass(frozen=True)
class House:
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


def day_there() -> date:
    """What day it is at the made-up clinic."""
    return timezone.localtime(timezone.now(), ZoneInfo(TIME_ZONE)).date()


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def build(today: date) -> House:
    """Everything that stands before the first patient comes in."""
    clinic = accounts.add_clinic(name=CLINIC, time_zone=TIME_ZONE, country="US", currency="USD")
    staff = {
        username: accounts.add_staff(
            username=username,
            password=PASSWORD,
            roles=[role],
            clinic=clinic,
            title=title,
            first_name=first,
            last_name=last,
        )
        for username, title, first, last, role in STAFF
    }
    admin = staff["ada"]
    rooms = {name: add_room(clinic=clinic, name=name, by=admin) for name in ("Room 1", "Room 2")}
    for username, room, weekdays, opens, closes in HOURS:
        for weekday in weekdays:
            add_working_day(
                clinic=clinic,
                clinician=staff[username],
                room=rooms[room],
                weekday=weekday,
                opens=opens,
                closes=closes,
                by=admin,
            )
    house = House(clinic, staff, rooms, _products(admin))
    _reviews(house)
    _stock(house, today)
    _prices(house, today)
    return house


def _products(admin: User) -> dict[str, Product]:
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
            contents=[
                (ingredients[row["ingredient"]], Decimal(row["mg_per_ml"]) if row["mg_per_ml"] else None)
            ],
            by=admin,
        )
        for row in rows("products.csv")
    }


#: Whose rules Dr Kaya has read; the rest still says that nobody here has.
_REVIEWED = ("lidocaine", "biotin", "zinc")
#: What becomes dearer, in the clinic's currency a ml: one today, one when next month begins.
_DEARER = (("zinc-1", Decimal("15.00"), 0), ("biotin-5", Decimal("17.50"), 30))


def _reviews(house: House) -> None:
    """Some rules are signed, a price has its history, and a change waits for its day."""
    about = Ingredient.objects.filter(code__in=_REVIEWED)
    read = [
        *about,
        *DoseLimit.objects.filter(ingredient__in=about),
        *Interaction.objects.filter(first__in=about, second__in=about),
    ]
    # Versions are written at the end of a transaction, and all of this is one.
    keep_versions()
    for row in read:
        review_row(row=row, version=last_version(row), by=house.clinicians[0])
    for code, price, days in _DEARER:
        change_row(
            row=house.products[code],
            changes={"price_per_ml": price},
            valid_from=timezone.localdate() + timedelta(days=days),
            reason="The supplier’s new price list.",
            by=house.admin,
        )


#: What the four hundred sessions use, what stays in their ampoules, and a little more.
_RECEIVED_ML = {
    "dexpanthenol-250": (560, 40),
    "biotin-5": (60, 60),
    "zinc-1": (260, 60),
    "minoxidil-5": (420, 50),
    "organic-silicium-5": (170, 60),
    "pyridoxine-50": (120, 60),
}


def _stock(house: House, today: date) -> None:
    """Two lots of everything, and the ones that give the admin something to do."""
    for number, row in enumerate(rows("products.csv")):
        letters = "".join(word[0] for word in row["code"].split("-"))[:2].upper()
        first, second = _RECEIVED_ML.get(row["code"], (60, 40))
        for turn, (came, lasts, ml) in enumerate(((400, 700, first), (120, 620, second))):
            lot = _receive(house, row, f"{letters}-{2100 + 37 * number + turn}", today, came, lasts, ml)
            release_lot(lot=lot, by=house.admin)
    by_code = {row["code"]: row for row in rows("products.csv")}
    soon = _receive(house, by_code["biotin-5"], "BT-0086", today, 350, 362, 560)
    release_lot(lot=soon, by=house.admin)
    little = _receive(house, by_code["acetyl-tetrapeptide-3"], "AT-0007", today, 200, 205, 4)
    release_lot(lot=little, by=house.admin)
    _receive(house, by_code["vitamin-c-500"], "VC-0311", today, 380, 371, 12)  # expired
    _receive(house, by_code["zinc-1"], "ZN-4410", today, 2, 500, 100)
    recalled = _receive(house, by_code["minoxidil-5"], "MX-1180", today, 90, 400, 60)
    release_lot(lot=recalled, by=house.admin)
    recalls.open_case(
        clinic=house.clinic, lots=[recalled], reason="Pharmacy notice 12-B: particles seen", by=house.admin
    )


def _receive(
    house: House, row: dict[str, str], number: str, today: date, came: int, lasts: int, ml: int
) -> Lot:
    """``came`` days ago, good for ``lasts`` days from then."""
    received_on = today - timedelta(days=came)
    return receive_lot(
        clinic=house.clinic,
        product=house.products[row["code"]],
        number=number,
        maker=row["maker"],
        country=row["country"],
        supplier=row["supplier"],
        certificate=f"CoA {number}",
        received_on=received_on,
        expires_on=received_on + timedelta(days=lasts),
        ml=Decimal(ml),
        unit_cost=Decimal(row["cost_per_ml"]),
        by=house.admin,
    )


def _prices(house: House, today: date) -> None:
    row = PriceRow
    publish_price_list(
        clinic=house.clinic,
        valid_from=date(today.year - 1, 1, 1),
        currency="USD",
        name=f"Prices from January {today.year - 1}",
        cocktail_markup=Decimal(1),
        discount_cap=Decimal(25),
        deposit_rate=Decimal(20),
        rows=[
            row(
                kind="session",
                label="Session, small area",
                why="up to 50 cm²",
                area_to=Decimal(50),
                amount=Decimal(260),
            ),
            row(
                kind="session",
                label="Session, medium area",
                why="50–100 cm²",
                area_from=Decimal(50),
                area_to=Decimal(100),
                amount=Decimal(320),
            ),
            row(
                kind="session",
                label="Session, large area",
                why="100–200 cm²",
                area_from=Decimal(100),
                area_to=Decimal(200),
                amount=Decimal(390),
            ),
            row(
                kind="session",
                label="Session, whole scalp",
                why="over 200 cm²",
                area_from=Decimal(200),
                amount=Decimal(460),
            ),
            row(kind="kit", label="Single-use kit", why="gloves, syringe, 30G needle", amount=Decimal(8)),
            row(kind="consultation", label="First consultation", amount=Decimal(90), tax_class="exempt"),
            row(kind="extra", label="Trichoscopy with pictures", amount=Decimal(60)),
            row(kind="package", label="Package of 5", sessions_from=5, rate=Decimal(10)),
            row(kind="package", label="Package of 8", sessions_from=8, rate=Decimal(15)),
        ],
        by=house.admin,
    )
    make_coupon(
        clinic=house.clinic,
        fact=CouponFact("SPRING-25", Decimal(25), "USD", valid_to=today + timedelta(days=60), most_uses=50),
        note="Newsletter",
        by=house.admin,
    )
    save_settings(
        settings=PlanSettings(
            clinic=house.clinic,
            instalments=2,
            cash_float=Decimal(100),
            kit_cost=Decimal(3),
            practitioner_cost=Decimal(120),
            room_cost=Decimal(40),
        ),
        by=house.admin,
    )
