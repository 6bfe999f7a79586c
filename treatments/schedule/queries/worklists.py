"""Courses somebody has to be called about: overdue, agreed or paid and not booked. Paged by key."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from django.db.models import (
    Count,
    DateField,
    Exists,
    Expression,
    F,
    Func,
    IntegerField,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.paging import FIRST, Page, Place, page_of
from mesoclinic.core.quantities import ZERO
from treatments.billing.models import Quote
from treatments.billing.queries.payments import MoneyColumns, plans_with_price_and_paid
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import CourseSession, TreatmentPlan
from treatments.plans.rules import PlanStatus
from treatments.schedule.models import Appointment
from treatments.schedule.queries.courses import (
    BOOKABLE,
    USUAL_INTERVAL,
    HeldColumns,
    course_of,
    with_course_columns,
)
from treatments.schedule.rules.appointments import NOT_OVER
from treatments.schedule.rules.intervals import fewest_and_most_days_between_sessions

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

PAGE = 25
LISTS = {
    "overdue": ("Overdue", "The next session is later than the protocol allows, and nothing is booked."),
    "unbooked": ("Accepted, not booked", "The patient accepted the quote: book the sessions."),
    "paid": ("Paid, not booked", "Money was taken, sessions are left, and nothing is booked."),
    "unused": (
        "Paid, not used",
        "Paid for more sessions than were signed, and nothing is booked: book them, or give the money back.",
    ),
}


@dataclass(frozen=True)
class WaitingCourse:
    """A course that waits: whose, which session is next, since when, and how much was signed and paid."""

    plan: TreatmentPlan
    number: int
    signed: int
    paid: Decimal
    last_on: date | None
    due_on: date | None
    latest_on: date | None


class ProgressColumns(MoneyColumns):
    """What :func:`_with_course_progress` adds to a plan."""

    last_on: date | None
    last_number: int
    signed: int


class WaitingColumns(ProgressColumns, HeldColumns):
    """What is read of a course that waits."""


if TYPE_CHECKING:
    PlanWithProgress = WithAnnotations[TreatmentPlan, ProgressColumns]
    WaitingPlan = WithAnnotations[TreatmentPlan, WaitingColumns]


def _with_course_progress(plans: QuerySet[TreatmentPlan]) -> "QuerySet[PlanWithProgress]":
    """Adds the day and number of the last session, how many are signed, and the money of the course."""
    given = CourseSession.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    return plans_with_price_and_paid(plans).annotate(
        last_on=Subquery(given.annotate(last=Max("performed_on")).values("last")),
        last_number=Coalesce(
            Subquery(given.annotate(last=Max("number")).values("last")),
            0,
            output_field=IntegerField(),
        ),
        signed=Coalesce(
            Subquery(
                given.filter(signed_at__isnull=False).annotate(n=Count("pk")).values("n"),
                output_field=IntegerField(),
            ),
            0,
        ),
    )


def _agreed_plans_not_booked(clinic: Clinic, now: datetime) -> "QuerySet[PlanWithProgress]":
    """Courses that are agreed, have sessions left, and nothing booked from now on."""
    ahead = Appointment.objects.filter(plan=OuterRef("pk"), starts_at__gte=now).holding_time()
    plans = TreatmentPlan.objects.filter(clinic=clinic, status__in=BOOKABLE).filter(~Exists(ahead))
    return _with_course_progress(plans).filter(last_number__lt=F("sessions_planned"))


def accepted_plans_not_booked(clinic: Clinic) -> "QuerySet[PlanWithProgress]":
    """The patient accepted the quote and has no appointment for it."""
    accepted = Quote.objects.filter(plan=OuterRef("pk"), status=QuoteStatus.ACCEPTED)
    booked = Appointment.objects.filter(plan=OuterRef("pk")).holding_time()
    plans = TreatmentPlan.objects.filter(clinic=clinic, status=PlanStatus.ACCEPTED)
    return _with_course_progress(plans.filter(Exists(accepted), ~Exists(booked)))


def plans_with_paid_unbooked_sessions(clinic: Clinic) -> "QuerySet[PlanWithProgress]":
    """Accepted, paid for more sessions than were signed, and nothing booked ahead."""
    ahead = Appointment.objects.filter(plan=OuterRef("pk"), status__in=[s.value for s in NOT_OVER])
    plans = TreatmentPlan.objects.filter(clinic=clinic, status__in=BOOKABLE).filter(~Exists(ahead))
    return (
        _with_course_progress(plans)
        .filter(price__isnull=False, paid__gt=ZERO, signed__lt=F("sessions_planned"))
        .filter(GreaterThan(F("paid") * F("sessions_planned"), F("signed") * F("price")))
    )


def _latest_protocol_day_expression() -> Expression:
    """The last day on which the next session keeps the protocol (rules.fewest_and_most_days_between_sessions), in SQL.

    The pattern repeats its last interval past its end; without one it is ``USUAL_INTERVAL``.
    """
    return Func(
        F("last_on"),
        F("last_number"),
        F("intervals"),
        template=(
            "(SELECT x.l + x.g + greatest(x.g / 2, 1) FROM (SELECT a.l,"
            f" coalesce(a.i[least(a.n, cardinality(a.i))], {USUAL_INTERVAL})::int AS g"
            " FROM (VALUES (%(expressions)s)) AS a (l, n, i)) x)"
        ),
        output_field=DateField(),
    )


def page_of_worklist(key: str, clinic: Clinic, now: datetime, *, place: Place = FIRST) -> Page[WaitingCourse]:
    """A page of a list, the longest waiting first; one query whatever its place."""
    today = now.astimezone(clinic.zone).date()
    if key == "unbooked":
        plans = accepted_plans_not_booked(clinic)
    elif key == "unused":
        plans = plans_with_paid_unbooked_sessions(clinic)
    elif key == "paid":
        plans = _agreed_plans_not_booked(clinic, now).filter(paid__gt=ZERO)
    else:
        plans = (
            _agreed_plans_not_booked(clinic, now)
            .filter(last_on__isnull=False)
            .annotate(latest=_latest_protocol_day_expression())
            .filter(latest__lt=today)
        )
    waiting = cast(
        "QuerySet[WaitingPlan]", with_course_columns(plans.select_related("patient", "clinic__booking"))
    )
    page = page_of(waiting, ["pk"], place, size=PAGE)
    return page.with_rows(_waiting_course_of_plan(plan) for plan in page.rows)


def _waiting_course_of_plan(plan: "WaitingPlan") -> WaitingCourse:
    """As it was charted: what is booked in the past and was never given does not count."""
    course, number = course_of(plan), plan.last_number + 1
    if plan.last_on is None:
        return WaitingCourse(plan, number, plan.signed, plan.paid, None, None, None)
    interval = course.protocol_interval_days(plan.last_number, number)
    most = fewest_and_most_days_between_sessions(interval)[1]
    return WaitingCourse(
        plan,
        number,
        plan.signed,
        plan.paid,
        plan.last_on,
        plan.last_on + timedelta(days=interval),
        plan.last_on + timedelta(days=most),
    )
