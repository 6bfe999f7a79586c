"""The day's work and what needs this person: what Today shows. A fixed number of queries."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import TypedDict

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models.functions import JSONObject
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core import tick_runs
from mesoclinic.core.findings import Finding, block
from mesoclinic.core.paging import MOST_COUNTED, counted_text
from mesoclinic.pages.clinic_setup import alarms_of_clinic, setup_of_clinic
from mesoclinic.pages.inbox import inbox_of_desk, works_the_inbox
from patients.models import Patient, ToldIntake
from treatments.billing.queries.quotes import quotes_waiting_for_answer
from treatments.followup.models import FollowUp
from treatments.followup.queries import follow_ups as follow_up
from treatments.followup.queries.by_link import red_follow_ups
from treatments.outcomes.models import LotAlarm
from treatments.plans.rules import PlanStatus
from treatments.schedule.models import Appointment
from treatments.schedule.queries import calendar
from treatments.schedule.queries.going_ahead import visits_not_going_ahead_subquery
from treatments.schedule.queries.readiness import BEFORE, interval_outside_protocol_text_or_empty
from treatments.schedule.rules.readiness import WORDS
from treatments.schedule.views.day_grid import Reader, day_grid_of_clinicians
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries import sessions as sessions_queries

logger = logging.getLogger(__name__)

MOST = 6

#: Of what stands against the visits of the day, so much is told one by one; the day's list has all of it.
MOST_OF_VISITS = 12

#: A lot that expires sooner is worth a look.
SOON_DAYS = 30

MOST_INTERVALS = 4

_STOCK_LEVELS = (Path(__file__).parent / "sql" / "stock_levels.sql").read_text(encoding="utf-8")


class Harm(IntEnum):
    """What waits longest at the greatest cost stands first."""

    ALERT = 0
    REACTION = 1
    STOPS_A_VISIT = 2
    NOT_SIGNED = 3
    TO_RING = 4
    REVIEW = 5
    INTERVAL = 6


@dataclass(frozen=True)
class Need:
    """One thing that waits for this person."""

    text: str
    url: str
    chip: str
    level: str
    harm: Harm


@dataclass(frozen=True)
class Level:
    """How far a product's stock goes."""

    label: str
    left: str
    share: int
    low: bool
    url: str


def today_context(user: User, clinic: Clinic | None, now: datetime) -> dict[str, object]:
    """What Today shows ``user``: the calendar's part, the clinician's, the desk's and the stock's."""
    if clinic is None:
        return {"no_clinic": True}
    today = timezone.localtime(now, clinic.zone).date()
    context: dict[str, object] = {"today": today}
    if not settings.DEMO and (user.may(Permission.MANAGE_CLINIC) or user.may(Permission.SIGN_SESSION)):
        context["tick"] = check_tick_and_log_if_late(now)
    needs: list[Need] = []
    has_inbox = works_the_inbox(user)
    if user.may(Permission.SEE_CALENDAR):
        reader = Reader(
            clinical=user.may(Permission.SEE_CLINICAL), books=user.may(Permission.BOOK), pk=user.pk
        )
        signs = user.may(Permission.SIGN_SESSION)
        at = calendar.read_calendar_day(clinic, today, now, ahead_of=user if signs else None)
        context["day"] = day_grid_of_clinicians(at, reader)
        context["next_free"] = at.next_free_slot_or_none
        needs += _needs_of_todays_sessions(at, reader, clinic.review_at_session)
        if signs:
            waiting = read_waiting_work(user, clinic, today, now)
            needs += needs_of_drafts(waiting, today)
            needs += needs_of_reactions(waiting, today)
            needs += needs_of_lot_alarms(waiting)
            needs += needs_of_told_intakes(waiting)
            needs += needs_of_intervals_off_protocol(at, user)
            if not has_inbox:
                needs += needs_of_visits_to_ring(waiting)
                needs += needs_of_calls(waiting)
    if has_inbox or user.may(Permission.SEE_CLINICAL):
        context["red"] = red_answers(clinic, clinical=user.may(Permission.SEE_CLINICAL))
    if has_inbox:
        context["inbox"] = inbox_of_desk(user, clinic, today, now)
    if user.may(Permission.SEE_QUOTES):
        context["quotes"] = quotes_waiting_for_answer(clinic, MOST, on=today)
    if user.may(Permission.SEE_STOCK):
        context["stock"] = lowest_stock_levels_of_open_plans(clinic, today)
    if user.may(Permission.MANAGE_CLINIC):
        context["setup"] = setup_of_clinic(clinic, now)
        context["alarms"] = alarms_of_clinic(clinic, now)
    by_harm = sorted(needs, key=lambda need: need.harm)
    return context | {
        "needs": by_harm,
        "needs_first": [need for need in by_harm if need.harm is not Harm.INTERVAL],
        "interval_remarks": [need for need in by_harm if need.harm is Harm.INTERVAL],
    }


@dataclass(frozen=True, slots=True)
class RedAnswer:
    """A patient who answered in red and is attended to by nobody. What they told is left out for who may not read it."""

    patient: Patient
    since: datetime
    said: str
    url: str


def red_answers(clinic: Clinic, *, clinical: bool) -> list[RedAnswer]:
    """The longest waiting first, each patient once. One query."""
    found: dict[int, RedAnswer] = {}
    for case in red_follow_ups(clinic)[:MOST_COUNTED]:
        patient = case.treatment_session.patient
        url = (
            reverse("followup:follow_up", args=[case.pk])
            if clinical
            else reverse("patient", args=[patient.pk])
        )
        said = case.reaction.note or case.reaction.effect.short_label
        found.setdefault(patient.pk, RedAnswer(patient, case.opened_at, said if clinical else "", url))
    return list(found.values())


def check_tick_and_log_if_late(now: datetime) -> Finding | None:
    """Says, here and in the log, that nothing is done in the background. One query."""
    last = tick_runs.last_tick_at_or_none()
    if not tick_runs.is_tick_late(last, now):
        return None
    logger.error("The tick has not run since %s", last.isoformat() if last else "the beginning")
    since = f"since {timezone.localtime(last):%d %b %Y, %H:%M}" if last else "yet"
    return block(
        "tick",
        f"Nothing has been done in the background {since}. Tell whoever keeps the server.",
        fixed=True,
        detail="Until it is put right, reminders are not sent, and calls and follow-ups after sessions do not appear.",
    )


def _needs_of_todays_sessions(at: calendar.DaysAt, reader: Reader, review_at: int) -> list[Need]:
    """What stops a session of the day, and which of them is the review: the first few, and how many more there are."""
    checks = at.readiness_by_appointment(clinical=reader.clinical)
    found: list[tuple[Harm, Appointment, Finding | None]] = []
    for a in at.appointments:
        for f in checks.get(a.pk, []):
            if f.blocks:
                found.append((Harm.ALERT if f.code == "ready:alert" else Harm.STOPS_A_VISIT, a, f))
        if a.session_number == review_at:
            found.append((Harm.REVIEW, a, None))
    found.sort(key=lambda one: one[0])  # those of the same harm stay in the order of the clock
    needs = [_need_of_visit(harm, a, f, review_at) for harm, a, f in found[:MOST_OF_VISITS]]
    if left := found[MOST_OF_VISITS:]:
        url = reverse("schedule:day", query={"view": "list"})
        needs.append(Need(f"{len(left)} more about today’s visits", url, "list", "plain", left[0][0]))
    return needs


def _need_of_visit(harm: Harm, a: Appointment, finding: Finding | None, review_at: int) -> Need:
    """What stops this visit; without a finding: that it is the review."""
    url = reverse("schedule:appointment", args=[a.pk])
    if finding is None:
        return Need(f"Review at session {review_at}: {a.patient.full_name}", url, "today", "info", harm)
    text = f"{WORDS[finding.code].capitalize()}: {a.patient.full_name}"
    return Need(text, url, f"before {timezone.localtime(a.starts_at):%H:%M}", "stop", harm)


def needs_of_intervals_off_protocol(at: calendar.DaysAt, user: User) -> list[Need]:
    """The clinician is told where the interval before one of their sessions leaves the protocol. No query."""
    needs = []
    for a in [*at.appointments, *at.ahead]:
        if a.clinician_id != user.pk or a.status not in BEFORE:
            continue
        if said := interval_outside_protocol_text_or_empty(a, at.before[a.pk]):
            day = timezone.localtime(a.starts_at, at.clinic.zone)
            needs.append(
                Need(
                    f"Gap of {said}: {a.patient.full_name}, {day.day} {day:%b}",
                    reverse("schedule:appointment", args=[a.pk]),
                    "interval",
                    "warn",
                    Harm.INTERVAL,
                )
            )
    return needs[:MOST_INTERVALS]


class ToldIntakeRow(TypedDict):
    """What a patient told by link and nobody has confirmed, as another query brings it."""

    pk: int
    given_names: str
    family_name: str


class LotAlarmRow(TypedDict):
    """A lot with more reactions than expected, as another query brings it."""

    pk: int
    number: str
    opened: str | None  # when, where it is one opened vial


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """What this clinician has begun and follows up, how many patients are to be rung, and what waits for a decision."""

    drafts: Sequence[TreatmentSession]
    follow_ups: Sequence[FollowUp]
    calls: int
    late_calls: int
    visits_to_ring: int
    told_intakes: Sequence[ToldIntakeRow]
    lot_alarms: Sequence[LotAlarmRow]


def read_waiting_work(user: User, clinic: Clinic, today: date, now: datetime) -> WaitingWork:
    """Three queries."""
    drafts = sessions_queries.drafts_to_sign(user, clinic).order_by("performed_on", "pk")
    due = follow_up.reachable_check_ins_due(clinic, today)
    told = ToldIntake.objects.filter(link__clinic=clinic.pk, intake=None, finished_at__isnull=False)
    undecided = LotAlarm.objects.filter(clinic=clinic.pk, decided_at=None)
    calls, to_ring, told_rows, alarm_rows = (
        Clinic.objects.filter(pk=clinic.pk)
        .values_list(
            # The first due first: what is late is among them as long as it is counted at all.
            ArraySubquery(due.values("due_on")[:MOST_COUNTED]),
            visits_not_going_ahead_subquery(clinic, now),
            ArraySubquery(
                told.order_by("finished_at").values(
                    row=JSONObject(
                        pk="pk", given_names="patient__given_names", family_name="patient__family_name"
                    )
                )[:MOST]
            ),
            ArraySubquery(
                undecided.order_by("pk").values(
                    row=JSONObject(pk="pk", number="lot__number", opened="vial__opened_at")
                )[:MOST]
            ),
        )
        .get()
    )
    return WaitingWork(
        drafts=list(drafts[:MOST]),
        follow_ups=list(follow_up.open_follow_ups(clinic, of=user)[:MOST]),
        calls=len(calls),
        late_calls=sum(due_on < today for due_on in calls),
        visits_to_ring=len(to_ring),
        told_intakes=told_rows,
        lot_alarms=alarm_rows,
    )


def needs_of_drafts(waiting: WaitingWork, today: date) -> list[Need]:
    """Sessions this clinician has begun and not signed, the oldest first."""
    return [
        Need(
            f"Sign session: {session.patient.full_name}",
            reverse("sessions:session", args=[session.pk]),
            _days_text((today - session.performed_on).days),
            "warn",
            Harm.NOT_SIGNED,
        )
        for session in waiting.drafts
    ]


def needs_of_told_intakes(waiting: WaitingWork) -> list[Need]:
    """What patients told by link: nothing of it counts before a clinician confirms it."""
    return [
        Need(
            f"Confirm the intake: {row['given_names']} {row['family_name']}".rstrip(),
            reverse("patients:told_intake", args=[row["pk"]]),
            "by link",
            "warn",
            Harm.STOPS_A_VISIT,
        )
        for row in waiting.told_intakes
    ]


def needs_of_lot_alarms(waiting: WaitingWork) -> list[Need]:
    """Lots with more reactions than expected: a quarantine is drafted, and somebody decides."""
    return [
        Need(
            f"{'A vial of lot' if row['opened'] else 'Lot'} {row['number']}: more reactions than expected",
            reverse("outcomes:alarm", args=[row["pk"]]),
            "decide",
            "stop",
            Harm.REACTION,
        )
        for row in waiting.lot_alarms
    ]


def needs_of_reactions(waiting: WaitingWork, today: date) -> list[Need]:
    """Reactions this clinician still sees to, the first due first."""
    needs = []
    for case in waiting.follow_ups:
        late = (today - case.due_on).days
        said = "Delayed reaction" if case.reaction.added_at else "Reaction"
        needs.append(
            Need(
                f"{said}: {case.treatment_session.patient.full_name}",
                reverse("followup:follow_up", args=[case.pk]),
                f"{_days_text(late)} late" if late > 0 else case.reaction.effect.short_label.lower(),
                "stop",
                Harm.REACTION,
            )
        )
    return needs


def needs_of_calls(waiting: WaitingWork) -> list[Need]:
    """How many patients are to be rung; nothing clinical in it."""
    due, late = waiting.calls, waiting.late_calls
    if not due:
        return []
    text = "1 patient to ring" if due == 1 else f"{counted_text(due)} patients to ring"
    chip, level = (f"{counted_text(late)} late", "stop") if late else ("today", "info")
    return [Need(text, reverse("followup:calls"), chip, level, Harm.TO_RING)]


def needs_of_visits_to_ring(waiting: WaitingWork) -> list[Need]:
    """How many visits ahead cannot take place as they are booked."""
    count = waiting.visits_to_ring
    if not count:
        return []
    text = "1 visit ahead cannot take place" if count == 1 else f"{count} visits ahead cannot take place"
    return [Need(text, reverse("schedule:to_ring"), "ring", "stop", Harm.TO_RING)]


def _days_text(days: int) -> str:
    return "today" if days < 1 else "1 day" if days == 1 else f"{days} days"


def lowest_stock_levels_of_open_plans(clinic: Clinic, today: date) -> list[Level]:
    """The products that open plans use and that run out or expire first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _STOCK_LEVELS,
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
            label, left = f"{name} {number}", f"{_days_text(days)} left"
            share, low = max(round(100 * days / 60), 3), True
        else:
            label = f"{name} {strength}".strip()
            left = "1 session" if sessions == 1 else f"{sessions} sessions"
            share, low = (min(max(round(Decimal(100) * sessions / 40), 2), 100), sessions < 10)
        levels.append(Level(label, left, share, low, reverse("stock:stock")))
    return levels


@requires_permission(Permission.SEE_TODAY)
@require_GET
def today_page(request: StaffRequest) -> HttpResponse:
    work_of_today = today_context(request.user, request.clinic, timezone.now())
    return render(request, "mesoclinic/pages/today.html", {"nav_on": "today"} | work_of_today)
