"""The day's work and what needs this person: what Today shows. A fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission
from treatments.plans.models import Quote, TreatmentPlan
from treatments.plans.rules import REVIEW_SESSION, PlanStatus, QuoteStatus
from treatments.schedule import queries as schedule
from treatments.schedule.models import Appointment
from treatments.sessions import queries as charting

MOST = 6
#: A lot that expires sooner is worth a look.
SOON_DAYS = 30


@dataclass(frozen=True)
class Need:
    """One thing that waits for this person."""

    text: str
    url: str
    chip: str
    level: str


@dataclass(frozen=True)
class Level:
    """How far a product's stock goes."""

    label: str
    left: str
    share: int
    low: bool
    url: str


def of_the_day(user: User, clinic: Clinic | None, now: datetime) -> dict[str, Any]:
    """What Today shows ``user``: the calendar's part, the clinician's, the desk's and the stock's."""
    if clinic is None:
        return {"no_clinic": True}
    today = timezone.localtime(now, clinic.zone).date()
    context: dict[str, Any] = {"today": today}
    needs: list[Need] = []
    if user.may(Permission.SEE_CALENDAR):
        day = schedule.day_at(clinic, today, now)
        flags = {
            a.patient_id: _flags(a, today) for a in day.appointments if _flags(a, today)
        }
        context["day"] = schedule.drawn(day, flags=flags)
        context["next_free"] = day.next_free
        if user.may(Permission.SIGN_SESSION):
            needs += drafts_to_sign(user, clinic, today)
        needs += _about_today(day.appointments, today)
    if user.may(Permission.SEE_QUOTES):
        context["quotes"] = quotes_waiting(clinic)
    if user.may(Permission.TAKE_PAYMENT):
        needs += accepted_not_booked(clinic, now)
    if user.may(Permission.SEE_STOCK):
        context["stock"] = stock_levels(clinic, today)
    return context | {"needs": needs}


def _flags(appointment: Any, today: date) -> list[tuple[str, str]]:
    """What the desk should know before the patient comes in."""
    if appointment.kind != Appointment.Kind.SESSION:
        return []
    until = appointment.consent_until
    if until is None:
        return [("no consent", "warn")]
    return [("consent expired", "warn")] if until < today else []


def _about_today(appointments: Iterable[Any], today: date) -> list[Need]:
    needs = []
    for a in appointments:
        url = reverse("schedule:appointment", args=[a.pk])
        at = f"{timezone.localtime(a.starts_at):%H:%M}"
        needs += [
            Need(
                f"{label.capitalize()}: {a.patient.full_name}",
                url,
                f"before {at}",
                "stop",
            )
            for label, _ in _flags(a, today)
        ]
        if a.session_number == REVIEW_SESSION:
            needs.append(
                Need(
                    f"Review at session {REVIEW_SESSION}: {a.patient.full_name}",
                    url,
                    "today",
                    "info",
                )
            )
    return needs


def drafts_to_sign(user: User, clinic: Clinic, today: date) -> list[Need]:
    """Sessions this clinician has begun, or typed into, and not signed, the oldest first. One query."""
    drafts = charting.drafts_to_sign(user, clinic)[:MOST]
    return [
        Need(
            f"Sign session: {s.patient.full_name}",
            reverse("sessions:session", args=[s.pk]),
            _days((today - s.performed_on).days),
            "warn",
        )
        for s in drafts
    ]


def _days(days: int) -> str:
    return "today" if days < 1 else "1 day" if days == 1 else f"{days} days"


def quotes_waiting(clinic: Clinic) -> list[Any]:
    """Issued quotes that wait for an answer, the first to run out first. One query."""
    return list(
        Quote.objects.filter(clinic=clinic, status=QuoteStatus.ISSUED)
        .select_related("patient", "plan")
        .annotate(most=F("options__total"))
        .order_by("valid_until", "pk", "-most")
        .distinct("valid_until", "pk")[:MOST]
    )


def accepted_not_booked(clinic: Clinic, now: datetime) -> list[Need]:
    """Plans the patient agreed to for which nothing is booked. One query."""
    ahead = (
        Appointment.objects.filter(plan=OuterRef("pk"), starts_at__gte=now)
        .holding_time()
        .order_by()
    )
    plans = (
        TreatmentPlan.objects.filter(clinic=clinic, status=PlanStatus.ACCEPTED)
        .filter(~Exists(ahead))
        .select_related("patient")
        .order_by("pk")[:MOST]
    )
    return [
        Need(
            f"Book the course: {plan.patient.full_name}",
            reverse("schedule:book_course", args=[plan.pk]),
            "not booked",
            "warn",
        )
        for plan in plans
    ]


# ml of a product the open plans still need, against what is usable at the clinic.
_STOCK = """
SELECT p.id, p.name, p.strength, coalesce(sum(l.on_hand_ml), 0), min(l.expires_on),
       (array_agg(l.number ORDER BY l.expires_on, l.number))[1], need.ml
  FROM (SELECT c.product_id, avg(c.ml) AS ml
          FROM plans_treatmentplan t
          JOIN cocktails_component c ON c.version_id = t.cocktail_version_id
         WHERE t.clinic_id = %(clinic)s AND t.status = ANY(%(open)s)
         GROUP BY c.product_id) need
  JOIN catalogue_product p ON p.id = need.product_id
  LEFT JOIN catalogue_lot l ON l.product_id = p.id AND l.clinic_id = %(clinic)s
        AND l.status = 'released' AND l.expires_on >= %(today)s AND l.on_hand_ml > 0
 GROUP BY p.id, p.name, p.strength, need.ml
 ORDER BY least(coalesce(min(l.expires_on) - %(today)s, 0), coalesce(sum(l.on_hand_ml), 0) / need.ml), p.name
 LIMIT %(most)s
"""


def stock_levels(clinic: Clinic, today: date) -> list[Level]:
    """The products that open plans use and that run out or expire first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _STOCK,
            {
                "clinic": clinic.pk,
                "open": [PlanStatus.ACCEPTED.value, PlanStatus.ACTIVE.value],
                "today": today,
                "most": 4,
            },
        )
        rows = cursor.fetchall()
    levels = []
    for _, name, strength, on_hand, expires_on, number, per_session in rows:
        sessions = int(on_hand / per_session) if per_session else 0
        days = (expires_on - today).days if expires_on else None
        if days is not None and days <= SOON_DAYS:
            label, left = f"{name} {number}", f"{_days(days)} left"
            share, low = max(round(100 * days / 60), 3), True
        else:
            label = f"{name} {strength}".strip()
            left = "1 session" if sessions == 1 else f"{sessions} sessions"
            share, low = (
                min(max(round(Decimal(100) * sessions / 40), 2), 100),
                sessions < 10,
            )
        levels.append(Level(label, left, share, low, reverse("catalogue:stock")))
    return levels
