"""What a clinic needs before its first patient, and what an admin has to look at: the admin's part of Today."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

from django.db.models import Count, Exists, IntegerField, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, Membership
from mesoclinic.accounts.permissions import Role
from mesoclinic.accounts.sign_in_tries import locked_accounts
from mesoclinic.core.wording import day_text
from mesoclinic.operations.models import BackupRun
from mesoclinic.operations.troubles import VERIFICATION_EVERY
from mesoclinic.outbox.models import Message, OutboxSettings
from mesoclinic.outbox.rules import NEEDS_SOMEBODY
from patients.models import ConsentText
from treatments.billing.models import PlanSettings, Price
from treatments.outcomes.models import LotAlarm
from treatments.schedule.models import Room, WorkingHours
from treatments.stock.models import Lot

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up: what is there, and where to go on. Without an address nothing is done in these pages."""

    title: str
    said: str
    done: bool
    url: str = ""
    action: str = "Open"


@dataclass(frozen=True, slots=True)
class Setup:
    steps: list[Step]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def is_done(self) -> bool:
        return self.done == len(self.steps)

    @property
    def next_step(self) -> Step | None:
        """The first that is not done and can be done here."""
        return next((step for step in self.steps if not step.done and step.url), None)

    @property
    def percent(self) -> int:
        return round(100 * self.done / len(self.steps))


@dataclass(frozen=True, slots=True)
class Alarm:
    title: str
    said: str
    when: str
    level: str
    url: str = ""


def _number_of(rows: QuerySet[Row], of: str = "pk") -> Coalesce:
    """How many of these there are at the outer clinic; by ``of`` how many different ones of that column."""
    here = rows.filter(clinic=OuterRef("pk")).order_by().values("clinic")
    counted = here.annotate(n=Count(of, distinct=of != "pk"))
    return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), 0)


class There(NamedTuple):
    """What a clinic has of all that it needs."""

    is_reached: bool
    hours: int
    rooms: int
    clinicians: int
    desks: int
    has_prices: bool
    lots: int
    has_texts: bool
    writes: bool
    verified_at: datetime | None


def _what_is_there(clinic: Clinic, today: date) -> There:
    """One query."""
    prices = Price.objects.filter(
        price_list__clinic=OuterRef("pk"), price_list__withdrawn_at=None, price_list__valid_from__lte=today
    )
    reached = PlanSettings.objects.filter(clinic=OuterRef("pk")).exclude(address="").exclude(phone="")
    writes = OutboxSettings.objects.filter(Q(by_email=True) | Q(by_sms=True), clinic=OuterRef("pk"))
    texts = ConsentText.objects.filter(language=OuterRef("language"), in_force_from__lte=today)
    usable = Lot.objects.filter(status=Lot.Status.RELEASED, on_hand_ml__gt=0, expires_on__gte=today)
    staff = Membership.objects.filter(user__is_active=True)
    verified = BackupRun.objects.filter(kind=BackupRun.Kind.VERIFICATION, is_good=True).order_by("-ended_at")
    row = (
        Clinic.objects.filter(pk=clinic.pk)
        .values_list(
            Exists(reached),
            _number_of(WorkingHours.objects.all()),
            _number_of(Room.objects.filter(active=True)),
            _number_of(staff.filter(roles__contains=[Role.CLINICIAN])),
            _number_of(staff.filter(roles__contains=[Role.FRONT_DESK])),
            Exists(prices),
            _number_of(usable),
            Exists(texts),
            Exists(writes),
            Subquery(verified.values("ended_at")[:1]),
        )
        .get()
    )
    return There(*row)


def setup_of_clinic(clinic: Clinic, now: datetime) -> Setup:
    """What is there of all that a clinic needs. One query."""
    there = _what_is_there(clinic, timezone.localdate(now, clinic.zone))
    return Setup([*_steps_of_place(there), *_steps_of_trade(there, clinic), _backup_step(there, clinic, now)])


def _backup_step(there: There, clinic: Clinic, now: datetime) -> Step:
    """A backup counts once it was restored elsewhere, and not for ever."""
    at = there.verified_at
    if at is None:
        said, done = "no backup was ever verified: needed before the first patient", False
    else:
        local = timezone.localtime(at, clinic.zone)
        done = now - at <= VERIFICATION_EVERY
        said = f"last verified {day_text(local.date())}, {local:%H:%M}" + ("" if done else ": too long ago")
    return Step("Backup", said, done, reverse("server"), "Open")


def _steps_of_place(there: There) -> list[Step]:
    """Where and by whom: address, rooms, staff, hours."""
    address = "stand on quotes and invoices" if there.is_reached else "missing on quotes and invoices"
    clinicians = _counted(there.clinicians, "clinician", "no clinician yet")
    desks = _counted(there.desks, "at the front desk", "nobody at the front desk", plural="at the front desk")
    return [
        Step("Address and telephone", address, there.is_reached, reverse("billing:plan_settings")),
        Step(
            "Rooms", _counted(there.rooms, "room", "no room yet"), there.rooms > 0, reverse("schedule:hours")
        ),
        Step("Staff", f"{clinicians} · {desks}", there.clinicians > 0 and there.desks > 0, reverse("staff")),
        Step(
            "Working hours",
            _counted(there.hours, "working day", "no hours yet: nothing can be booked"),
            there.hours > 0,
            reverse("schedule:hours"),
        ),
    ]


def _steps_of_trade(there: There, clinic: Clinic) -> list[Step]:
    """With what: prices, lots, consent texts, messages."""
    return [
        Step(
            f"Prices in {clinic.currency}",
            "a price list is in force" if there.has_prices else "no price list: nothing can be quoted",
            there.has_prices,
            reverse("billing:price_list_list"),
        ),
        Step(
            "Products and first lots",
            _counted(
                there.lots,
                "lot ready to use",
                "no lot ready to use: no session can be signed",
                plural="lots ready to use",
            ),
            there.lots > 0,
            reverse("stock:receive"),
            "Receive",
        ),
        Step(
            "Consent texts",
            f"in force in {clinic.language}" if there.has_texts else f"none in force in {clinic.language}",
            there.has_texts,
            reverse("patients:consent_text_list"),
        ),
        Step(
            "Messages",
            "reminders go out" if there.writes else "off: no reminder goes out",
            there.writes,
            reverse("outbox:settings"),
            "Set up",
        ),
    ]


def _counted(count: int, one: str, none: str, *, plural: str = "") -> str:
    if not count:
        return none
    return f"{count} {one}" if count == 1 else f"{count} {plural or one + 's'}"


def alarms_of_clinic(clinic: Clinic, now: datetime) -> list[Alarm]:
    """What an admin has to see to, the gravest first. Three queries."""
    today = timezone.localdate(now, clinic.zone)
    on_shelf = Lot.objects.filter(on_hand_ml__gt=0, status=Lot.Status.RELEASED)
    found = (
        Clinic.objects.filter(pk=clinic.pk)
        .annotate(
            failed=_number_of(Message.objects.filter(status__in=[s.value for s in NEEDS_SOMEBODY])),
            expired=_number_of(on_shelf.filter(expires_on__lt=today)),
            expiring=_number_of(
                on_shelf.filter(expires_on__gte=today, expires_on__lt=today + timedelta(days=30))
            ),
            reacting=_number_of(LotAlarm.objects.filter(decided_at=None), of="lot"),
        )
        .get()
    )
    usernames = Membership.objects.filter(clinic=clinic).values_list("user__username", flat=True)
    alarms = [
        Alarm(f"{name} is locked out", "too many wrong passwords or codes", "now", "stop", reverse("staff"))
        for name in sorted(locked_accounts(list(usernames.distinct()), now=now))[:5]
    ]
    if found.reacting:
        text = _counted(
            found.reacting,
            "lot with more reactions than expected",
            "",
            plural="lots with more reactions than expected",
        )
        alarms.append(
            Alarm(text, "a quarantine is drafted: decide", "now", "stop", reverse("outcomes:clinical"))
        )
    if found.expired:
        text = _counted(
            found.expired, "lot on the shelf has expired", "", plural="lots on the shelf have expired"
        )
        alarms.append(Alarm(text, "throw away or send back", "now", "stop", reverse("stock:stock")))
    if found.failed:
        text = _counted(found.failed, "message did not go out", "", plural="messages did not go out")
        alarms.append(Alarm(text, "the front desk sees them in Today", "today", "warn"))
    if found.expiring:
        text = _counted(found.expiring, "lot expires within 30 days", "", plural="lots expire within 30 days")
        alarms.append(Alarm(text, "use it first", "soon", "info", reverse("stock:stock")))
    return alarms
