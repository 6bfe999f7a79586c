"""The day's work and what needs this person: what Today shows. A fixed number of queries."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core import tick_runs
from mesoclinic.core.findings import Finding, block
from treatments.billing.models import Quote
from treatments.billing.rules.states import QuoteStatus
from treatments.followup import queries as follow_up
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus
from treatments.schedule.models import Appointment
from treatments.schedule.queries import calendar
from treatments.schedule.queries.readiness import BEFORE, leaves_the_protocol
from treatments.schedule.rules.readiness import WORDS
from treatments.schedule.views.day_grid import Reader, by_clinician
from treatments.sessions.queries import sessions as sessions_queries

logger = logging.getLogger(__name__)

MOST = 6

#: A lot that expires sooner is worth a look.
SOON_DAYS = 30

#: How far ahead a clinician is told of gaps that leave the protocol.
GAPS_AHEAD_DAYS = 45

MOST_GAPS = 4


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
    if not settings.DEMO and (user.may(Permission.MANAGE_CLINIC) or user.may(Permission.SIGN_SESSION)):
        context["tick"] = tick_alarm(now)
    needs: list[Need] = []
    if user.may(Permission.SEE_CALENDAR):
        reader = Reader(clinical=user.may(Permission.SEE_CLINICAL), books=user.may(Permission.BOOK))
        signs = user.may(Permission.SIGN_SESSION)
        also = my_sessions_ahead(user, now) if signs else None
        at = calendar.day_at(clinic, today, now, also=also)
        context["day"] = by_clinician(at, reader)
        context["next_free"] = at.next_free
        waiting = work_waiting(user, clinic, today)
        if signs:
            needs += drafts_to_sign(waiting, today)
            needs += to_follow_up(waiting, today)
            needs += gaps_to_know(at, user)
        needs += _about_today(at, reader, clinic.review_at_session)
        needs += calls_due(waiting)
    if user.may(Permission.SEE_QUOTES):
        context["quotes"] = quotes_waiting(clinic)
    if user.may(Permission.TAKE_PAYMENT):
        needs += accepted_not_booked(clinic, now)
    if user.may(Permission.SEE_STOCK):
        context["stock"] = stock_levels(clinic, today)
    return context | {"needs": needs}


def tick_alarm(now: datetime) -> Finding | None:
    """Says, here and in the log, that nothing is done in the background. One query."""
    last = tick_runs.last_tick()
    if not tick_runs.is_late(last, now):
        return None
    logger.error("The tick has not run since %s", last.isoformat() if last else "the beginning")
    since = f"since {timezone.localtime(last):%d %b %Y, %H:%M}" if last else "yet"
    return block(
        "tick",
        f"Nothing has been done in the background {since}. Tell whoever keeps the server.",
        fixed=True,
        detail="Reminders are not sent, and calls and follow-ups after sessions do not appear until “manage.py tick” runs (docs/deploy.md).",
    )


def _about_today(at: calendar.DaysAt, reader: Reader, review_at: int) -> list[Need]:
    """What stops a session of the day, and which of them is the review."""
    checks = at.readiness(clinical=reader.clinical)
    needs = []
    for a in at.appointments:
        url = reverse("schedule:appointment", args=[a.pk])
        before = f"{timezone.localtime(a.starts_at):%H:%M}"
        needs += [
            Need(f"{WORDS[f.code].capitalize()}: {a.patient.full_name}", url, f"before {before}", "stop")
            for f in checks.get(a.pk, [])
            if f.blocks
        ]
        if a.session_number == review_at:
            needs.append(Need(f"Review at session {review_at}: {a.patient.full_name}", url, "today", "info"))
    return needs


def my_sessions_ahead(user: User, now: datetime) -> Q:
    """The clinician's sessions of the next weeks, to see whether their gaps keep the protocol."""
    return Q(
        clinician=user,
        plan__isnull=False,
        status__in=[*BEFORE],
        starts_at__gte=now,
        starts_at__lt=now + timedelta(days=GAPS_AHEAD_DAYS),
    )


def gaps_to_know(at: calendar.DaysAt, user: User) -> list[Need]:
    """The clinician is told where the gap before one of their sessions leaves the protocol. No query."""
    needs = []
    for a in [*at.appointments, *at.ahead]:
        if a.clinician_id != user.pk or a.status not in BEFORE:
            continue
        if said := leaves_the_protocol(a, at.clinic.zone):
            day = timezone.localtime(a.starts_at, at.clinic.zone)
            needs.append(
                Need(
                    f"Gap of {said}: {a.patient.full_name}, {day.day} {day:%b}",
                    reverse("schedule:appointment", args=[a.pk]),
                    "interval",
                    "warn",
                )
            )
    return needs[:MOST_GAPS]


def work_waiting(user: User, clinic: Clinic, today: date) -> Any:
    """What this clinician has begun and follows up, and how many patients are to be rung. One query."""
    calls = follow_up.calls_due(clinic, today).order_by().values("clinic")
    return (
        Clinic.objects.filter(pk=clinic.pk)
        .annotate(
            drafts=ArraySubquery(
                sessions_queries.drafts_to_sign(user, clinic)
                .select_related(None)
                .order_by("performed_on", "pk")
                .values(
                    row=JSONObject(
                        id="pk",
                        on="performed_on",
                        given="patient__given_names",
                        family="patient__family_name",
                    )
                )[:MOST]
            ),
            reactions=ArraySubquery(
                follow_up.open_follow_ups(clinic, of=user).values(
                    row=JSONObject(
                        id="pk",
                        on="due_on",
                        later="reaction__added_at",
                        effect="reaction__effect__short_label",
                        given="treatment_session__patient__given_names",
                        family="treatment_session__patient__family_name",
                    )
                )[:MOST]
            ),
            calls_due=Coalesce(Subquery(calls.annotate(count=Count("pk")).values("count")), 0),
            late_calls=Coalesce(
                Subquery(calls.filter(due_on__lt=today).annotate(count=Count("pk")).values("count")), 0
            ),
        )
        .get()
    )


def _name(row: Mapping[str, str]) -> str:
    return f"{row['given']} {row['family']}".strip()


def drafts_to_sign(waiting: Any, today: date) -> list[Need]:
    """Sessions this clinician has begun and not signed, the oldest first."""
    return [
        Need(
            f"Sign session: {_name(row)}",
            reverse("sessions:session", args=[row["id"]]),
            _days((today - date.fromisoformat(row["on"])).days),
            "warn",
        )
        for row in waiting.drafts
    ]


def to_follow_up(waiting: Any, today: date) -> list[Need]:
    """Reactions this clinician still sees to, the first due first."""
    needs = []
    for row in waiting.reactions:
        late = (today - date.fromisoformat(row["on"])).days
        said = "Delayed reaction" if row["later"] else "Reaction"
        needs.append(
            Need(
                f"{said}: {_name(row)}",
                reverse("followup:follow_up", args=[row["id"]]),
                f"{_days(late)} late" if late > 0 else row["effect"].lower(),
                "stop",
            )
        )
    return needs


def calls_due(waiting: Any) -> list[Need]:
    """How many patients are to be rung; nothing clinical in it."""
    due, late = waiting.calls_due, waiting.late_calls
    if not due:
        return []
    text = "1 patient to ring" if due == 1 else f"{due} patients to ring"
    chip, level = (f"{late} late", "stop") if late else ("today", "info")
    return [Need(text, reverse("followup:calls"), chip, level)]


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
    ahead = Appointment.objects.filter(plan=OuterRef("pk"), starts_at__gte=now).holding_time().order_by()
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
SELECT p.id, p.name, p.strength, coalesce(sum(l.on_hand_ml - CASE WHEN l.opened_until <= now()
            THEN coalesce(l.opened_ml, l.on_hand_ml) ELSE 0 END), 0), min(l.expires_on),
       (array_agg(l.number ORDER BY l.expires_on, l.number))[1], need.ml
  FROM (SELECT c.product_id, avg(c.ml) AS ml
          FROM plans_treatmentplan t
          JOIN cocktails_component c ON c.version_id = t.cocktail_version_id
         WHERE t.clinic_id = %(clinic)s AND t.status = ANY(%(open)s)
         GROUP BY c.product_id) need
  JOIN catalogue_product p ON p.id = need.product_id
  LEFT JOIN stock_lot l ON l.product_id = p.id AND l.clinic_id = %(clinic)s
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
            share, low = (min(max(round(Decimal(100) * sessions / 40), 2), 100), sessions < 10)
        levels.append(Level(label, left, share, low, reverse("stock:stock")))
    return levels


@allowed(Permission.SEE_TODAY)
@require_GET
def today(request):
    work_of_today = of_the_day(request.user, request.clinic, timezone.now())
    return render(request, "mesoclinic/pages/today.html", {"nav_on": "today"} | work_of_today)
