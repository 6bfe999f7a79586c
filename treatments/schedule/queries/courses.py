"""Where a course stands: which sessions have their day, and which times suit the others."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypedDict, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from mesoclinic.core.findings import Finding
from mesoclinic.core.periods import Period
from patients.models import Patient, records_of
from patients.rules.alerts import Injection, OpenAlert, alert_level_for_injection_or_empty
from treatments.catalogue.models import ProductContent
from treatments.cocktails.models import Component
from treatments.plans.alert_queries import OpenAlertsRead, open_alerts_from_read, open_alerts_subquery
from treatments.plans.models import CourseSession, TreatmentPlan
from treatments.plans.rules import PlanStatus, course_intervals
from treatments.schedule.models import Appointment, booking_settings_or_usual
from treatments.schedule.queries.availability import Diary, Slot
from treatments.schedule.queries.intervals import IntervalsAsked, read_interval_facts_before_session
from treatments.schedule.queries.stock import (
    LotRow,
    NeedRow,
    lots_from_rows,
    needs_from_rows,
    session_needs_subquery,
    usable_lots_subquery,
)
from treatments.schedule.rules.appointments import AppointmentStatus
from treatments.schedule.rules.availability import day_period
from treatments.schedule.rules.intervals import (
    check_intervals_since_given_sessions,
    fewest_and_most_days_between_sessions,
    interval_finding,
)
from treatments.schedule.rules.lengths import equipment_of_technique, session_minutes
from treatments.schedule.rules.stock import Lot, Need, Shortage, shortages_by_day

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

#: Days between sessions where the plan says nothing [GK].
USUAL_INTERVAL = 14

#: How far past its protocol day a session is looked for.
LATEST_DAYS = 30

#: A plan that may be booked: the patient said yes.
BOOKABLE = (PlanStatus.ACCEPTED, PlanStatus.ACTIVE)


@dataclass(frozen=True)
class Held:
    """A session that has its day: booked, or done. ``visit`` is its appointment as read, where it is only booked."""

    number: int
    day: date
    appointment: int | None
    visit: Appointment | None = None


@dataclass(frozen=True)
class Course:
    """Where a plan stands: which of its sessions have their day, and which are still to be booked.

    ``needs`` is what a session takes from the shelf, ``lots`` what stands there for it.
    """

    plan: TreatmentPlan
    held: dict[int, Held]
    needs: Sequence[Need] = ()
    lots: Sequence[Lot] = ()
    #: What stands against the patient's next injection, the worst first.
    alerts: Sequence[OpenAlert] = ()
    #: Where only some of its sessions are looked at: these.
    only: Collection[int] | None = None

    @property
    def session_numbers_to_book(self) -> list[int]:
        """Those that were neither given nor have a booked time."""
        return [
            n
            for n in range(1, self.plan.sessions_planned + 1)
            if n not in self.held and (self.only is None or n in self.only)
        ]

    @property
    def days_by_session_number(self) -> dict[int, date]:
        """Of those given or booked."""
        return {number: held.day for number, held in self.held.items()}

    def minutes_to_propose(self, number: int) -> int:
        """The length to propose for a session: by the clinic's rule of area, technique and first or repeat."""
        return session_minutes(
            self.plan.area_cm2,
            self.plan.technique,
            number == 1,
            booking_settings_or_usual(self.plan.clinic).session_length_rule(),
        )

    @property
    def required_equipment(self) -> frozenset[str]:
        """What the room of its sessions must have."""
        return equipment_of_technique(
            self.plan.technique, booking_settings_or_usual(self.plan.clinic).equipment_by_technique
        )

    def stock_shortages_by_day(self, days: Collection[date]) -> dict[date, list[Shortage]]:
        """What is missing from the shelf where a session is given on each of ``days``."""
        found = shortages_by_day(self.needs, self.lots, sorted(days))
        return {day: short for day, short in found.items() if short}

    def protocol_interval_days(self, before: int, after: int) -> int:
        """The protocol's days from one session to a later one."""
        pattern = self.plan.intervals or [USUAL_INTERVAL]
        return sum(course_intervals(pattern, after)[before - 1 : after - 1])

    def booked_appointment_by_later_number(self, number: int) -> dict[int, Appointment]:
        """By number: the sessions after this one that are booked and have not begun."""
        return {
            n: held.visit
            for n, held in sorted(self.held.items())
            if n > number
            and held.visit is not None
            and held.visit.status in (AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED)
        }

    def previous_session_number_or_none(self, number: int, days: dict[int, date]) -> int | None:
        """The nearest number before this one that stands in ``days``; None where it is the first."""
        return max((n for n in days if n < number), default=None)


def interval_findings(
    course: Course, days: dict[int, date], new: Collection[int | None], *, clinical: bool = False
) -> list[Finding]:
    """What plan and intervals say of each distance beside a ``new`` session, when the sessions fall on ``days``.

    One query. ``clinical`` is whether the reader may know what is injected. A reason is given for one session: its
    number stands in the code, but where one session alone is asked about.
    """
    plan = course.plan
    asked = read_interval_facts_before_session(plan, plan.clinic, max(days.values(), default=date.min))
    return _interval_findings_beside_new_sessions(asked, course, days, new, clinical=clinical)


def days_meeting_all_intervals(
    course: Course, number: int, days: Collection[date], *, clinical: bool = False
) -> set[date]:
    """Of ``days``, those on which this session of the course meets every interval. One query."""
    if not days:
        return set()
    others = {n: day for n, day in course.days_by_session_number.items() if n != number}
    asked = read_interval_facts_before_session(
        course.plan, course.plan.clinic, max(*days, *others.values(), date.min)
    )
    return {
        day
        for day in days
        if not any(
            found.needs_reason or found.blocks
            for found in _interval_findings_beside_new_sessions(
                asked, course, {**others, number: day}, {number}, clinical=clinical
            )
        )
    }


def _interval_findings_beside_new_sessions(
    asked: IntervalsAsked,
    course: Course,
    days: dict[int, date],
    new: Collection[int | None],
    *,
    clinical: bool,
) -> list[Finding]:
    plan = course.plan
    numbers = sorted(days)
    findings = []
    for place, number in enumerate(numbers):
        before = numbers[:place]
        if number not in new and (not before or before[-1] not in new):
            continue
        where = f"slot-{number}"
        found = check_intervals_since_given_sessions(
            asked.rules,
            replace(asked.ahead, on=days[number]),
            [
                *asked.sessions_of_other_plans(plan.pk),
                *(asked.booked_session_as_given(n, days[n]) for n in before),
            ],
            clinical=clinical,
            where=where,
        )
        is_alone = len(new) == 1 and number in new
        findings += found if is_alone else [replace(f, code=f"{f.code}:{number}") for f in found]
        if before and not any(each.blocks for each in found):
            window = fewest_and_most_days_between_sessions(course.protocol_interval_days(before[-1], number))
            left = interval_finding(days[before[-1]], days[number], *window)
            message = f"Session {number}: {left.message[:1].lower()}{left.message[1:]}"
            findings.append(replace(left, code=f"interval:{number}", message=message, where=where))
    return findings


def course_columns_of(plan: OuterRef, today: date | None = None) -> dict[str, ArraySubquery | JSONObject]:
    """What :func:`course_of` reads of a plan: its appointments, and its sessions that were given."""
    given_before = CourseSession.objects.filter(plan=plan)
    booked = Appointment.objects.filter(plan=plan, session_number__isnull=False)
    given = Component.objects.filter(version__plans=OuterRef(plan))
    return {
        "held_alerts": open_alerts_subquery(OuterRef("patient"), today or timezone.localdate()),
        "held_substances": ArraySubquery(
            ProductContent.objects.filter(product__in=given.values("product"))
            .order_by("ingredient__code")
            .values("ingredient__code")
            .distinct()
        ),
        "held_needs": session_needs_subquery(Q(version__plans=plan)),
        "held_lots": usable_lots_subquery(Q(clinic__plans=plan, product__in=given.values("product"))),
        "held_booked": ArraySubquery(
            booked.holding_time()
            .order_by("starts_at")
            .values(
                fact=JSONObject(
                    number="session_number",
                    at="starts_at",
                    id="pk",
                    ends="ends_at",
                    clinician="clinician_id",
                    room="room_id",
                    status="status",
                )
            )
        ),
        "held_charted": ArraySubquery(
            given_before.order_by("number").values(fact=JSONObject(number="number", on="performed_on"))
        ),
    }


class BookedRow(TypedDict):
    """A session that is booked, as :func:`course_columns_of` brings it."""

    number: int
    at: str
    id: int
    ends: str
    clinician: int
    room: int
    status: str


class ChartedRow(TypedDict):
    """A session that was given, as :func:`course_columns_of` brings it."""

    number: int
    on: str


class HeldColumns(TypedDict):
    """What :func:`course_columns_of` adds to a row."""

    held_alerts: OpenAlertsRead
    held_substances: list[str]
    held_needs: list[NeedRow]
    held_lots: list[LotRow]
    held_booked: list[BookedRow]
    held_charted: list[ChartedRow]


if TYPE_CHECKING:
    PlanWithCourse = WithAnnotations[TreatmentPlan, HeldColumns]


class HoldsCourse(Protocol):
    """A row with :func:`course_columns_of` some plan."""

    held_alerts: OpenAlertsRead
    held_substances: list[str]
    held_needs: list[NeedRow]
    held_lots: list[LotRow]
    held_booked: list[BookedRow]
    held_charted: list[ChartedRow]


def with_course_columns(
    plans: QuerySet[TreatmentPlan], today: date | None = None
) -> "QuerySet[PlanWithCourse]":
    """Plans that :func:`course_of` can read."""
    return cast("QuerySet[PlanWithCourse]", plans.annotate(**course_columns_of(OuterRef("pk"), today)))


def course_of(plan: "PlanWithCourse") -> Course:
    """The course of a plan that was read by :func:`with_course_columns`. No query."""
    return course_from_row(plan, plan)


def course_from_row(plan: TreatmentPlan, row: HoldsCourse) -> Course:
    """The course of a plan, from any row that holds :func:`course_columns_of` it. No query."""
    zone, held = plan.clinic.zone, {}
    for fact in row.held_booked:
        start = datetime.fromisoformat(fact["at"])
        visit = Appointment(
            pk=fact["id"],
            session_number=fact["number"],
            starts_at=start,
            ends_at=datetime.fromisoformat(fact["ends"]),
            clinician_id=fact["clinician"],
            room_id=fact["room"],
            status=fact["status"],
        )
        day = start.astimezone(zone).date()
        held[fact["number"]] = Held(fact["number"], day, fact["id"], visit)
    for given in row.held_charted:
        booked = held.get(given["number"])
        day = date.fromisoformat(given["on"])
        held[given["number"]] = Held(given["number"], day, booked.appointment if booked else None)
    injection = Injection(frozenset(row.held_substances) or None)
    alerts = [
        alert
        for alert in open_alerts_from_read(row.held_alerts)
        if alert_level_for_injection_or_empty(alert, injection)
    ]
    return Course(plan, held, needs_from_rows(row.held_needs), lots_from_rows(row.held_lots), alerts)


def read_course(plan_id: int) -> Course:
    """One plan's course, as it stands now. One query."""
    return course_of(_compiled_plan_with_course(timezone.localdate()).ask_for_one(plan=plan_id))


@lru_cache(maxsize=16)
def _compiled_plan_with_course(today: date) -> "CompiledQuery[TreatmentPlan, PlanWithCourse]":
    plans = TreatmentPlan.objects.filter(pk=Blank("plan")).select_related("clinic__booking")
    return CompiledQuery(with_course_columns(plans, today))


def bookable_courses(patient: Patient) -> list[Course]:
    """The patient's courses with sessions still to be booked, the newest first. One query."""
    plans = _compiled_bookable_plans(timezone.localdate()).ask(patient=patient.pk)
    return [course for course in map(course_of, plans) if course.session_numbers_to_book]


@lru_cache(maxsize=16)
def _compiled_bookable_plans(today: date) -> "CompiledQuery[TreatmentPlan, PlanWithCourse]":
    plans = TreatmentPlan.objects.filter(patient__in=records_of(Blank("patient")), status__in=BOOKABLE)
    plans = plans.select_related("clinic__booking").order_by("-pk")
    return CompiledQuery(with_course_columns(plans, today))


@dataclass(frozen=True)
class Proposal:
    """A session of a course: the protocol's day for it, the time proposed, and what else that day has."""

    number: int
    protocol_day: date
    day: date
    slot: Slot | None
    free: list[Slot]
    #: Why it is not on the protocol's day: "a holiday".
    conflict: str = ""


def proposal_search_period(course: Course, first_day: date) -> Period:
    """Every day on which a session of this course may be proposed."""
    numbers = course.session_numbers_to_book
    longest = course.protocol_interval_days(1, numbers[-1]) * 3 // 2 if numbers else 0
    last = first_day + timedelta(days=longest + LATEST_DAYS * 2)
    zone = course.plan.clinic.zone
    return Period(day_period(first_day, zone).start, day_period(last, zone).end)


def session_time_proposals(
    course: Course,
    diary: Diary,
    *,
    first_day: date,
    clinician_id: int,
    preferred: time,
    now: datetime,
    chosen_days: dict[int, date] | None = None,
) -> list[Proposal]:
    """A free time for each open session, near the protocol's day and the hour wished for. No query.

    A day off the protocol weighs as much as two hours off the preferred one; a session that found no time leaves
    the later ones where the protocol puts them. ``chosen_days`` are days somebody chose instead.
    """
    days = course.days_by_session_number
    out: list[Proposal] = []
    for number in course.session_numbers_to_book:
        before = course.previous_session_number_or_none(number, days)
        if before is None:
            target, early, late = first_day, 0, LATEST_DAYS
        else:
            interval = course.protocol_interval_days(before, number)
            target = max(days[before] + timedelta(days=interval), first_day)
            least, most = fewest_and_most_days_between_sessions(interval)
            early, late = interval - least, max(most - interval, LATEST_DAYS)
        length = timedelta(minutes=course.minutes_to_propose(number))

        def slots_of_length_on(day: date, length: timedelta = length) -> list[Slot]:
            """The clinician's free times of this length on ``day``."""
            return diary.free_slots_on(
                day, length, now=now, clinician_id=clinician_id, equipment=course.required_equipment
            )

        best: tuple[int, Slot] | None = None
        given = (chosen_days or {}).get(number)
        tried = [given] if given else _days_nearest_first(target, early, late, first_day)
        for day in tried:
            off = abs((day - target).days) * 120
            if best is not None and off >= best[0]:
                break
            for slot in slots_of_length_on(day):
                cost = off + abs(
                    _minutes_since_midnight(slot.local_start.time()) - _minutes_since_midnight(preferred)
                )
                if best is None or cost < best[0]:
                    best = (cost, slot)
        chosen = best[1] if best else None
        day = chosen.local_start.date() if chosen else (given or target)
        free = slots_of_length_on(day)
        days[number] = day
        if chosen:
            diary.treat_patient_as_busy(chosen)
        conflict = "" if day == target else diary.why_no_slot_free_text(target, clinician_id)
        if day != target and given and slots_of_length_on(target):
            conflict = "another day was chosen"
        out.append(Proposal(number, target, day, chosen, free, conflict))
    return out


def _days_nearest_first(day: date, early: int, late: int, not_before: date) -> list[date]:
    """The day itself, then one later, one earlier, two later…"""
    offsets = sorted(range(-early, late + 1), key=lambda d: (abs(d), -d))
    days = [day + timedelta(days=offset) for offset in offsets]
    return [d for d in days if d >= not_before]


def _minutes_since_midnight(clock: time) -> int:
    return clock.hour * 60 + clock.minute
