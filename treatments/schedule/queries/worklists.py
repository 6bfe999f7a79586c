"""Courses somebody has to be called about: overdue, and paid but not booked. Paged by key."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import DateField, Exists, F, Func, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from mesoclinic.accounts.models import Clinic
from treatments.billing.queries.payments import with_money
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment
from treatments.schedule.queries.courses import BOOKABLE, USUAL_INTERVAL, course_of, with_held
from treatments.schedule.rules.courses import interval_window

PAGE = 25
LISTS = {
    "overdue": ("Overdue", "The next session is later than the protocol allows, and nothing is booked."),
    "paid": ("Paid, not booked", "Money was taken, sessions are left, and nothing is booked."),
}


@dataclass(frozen=True)
class Waiting:
    """A course that waits: whose, which session is next, since when, and how much was paid."""

    plan: Any
    number: int
    last_on: date | None
    due_on: date | None
    latest_on: date | None


@dataclass(frozen=True)
class Page:
    rows: list[Waiting]
    after: str = ""


def _open(clinic: Clinic, now: datetime) -> QuerySet[Any]:
    """Courses that are agreed, have sessions left, and nothing booked from now on."""
    ahead = Appointment.objects.filter(plan=OuterRef("pk"), starts_at__gte=now).holding_time()
    # By the name of the table above: an app does not import upwards, a row may be asked for.
    done = Q(treatment_sessions__status__in=["draft", "signed", "amended"])
    charted = TreatmentPlan.objects.filter(pk=OuterRef("pk")).values("pk")
    return with_money(
        TreatmentPlan.objects.filter(clinic=clinic, status__in=BOOKABLE)
        .filter(~Exists(ahead))
        .annotate(
            last_on=Subquery(
                charted.annotate(last=Max("treatment_sessions__performed_on", filter=done)).values("last")
            ),
            last_number=Coalesce(
                Subquery(
                    charted.annotate(last=Max("treatment_sessions__number", filter=done)).values("last")
                ),
                0,
                output_field=IntegerField(),
            ),
        )
        .filter(last_number__lt=F("sessions_planned"))
    )


class _Latest(Func):
    """The last day on which the next session keeps the protocol (rules.interval_window), in SQL.

    The pattern repeats its last interval past its end; without one it is ``USUAL_INTERVAL``.
    """

    output_field = DateField()
    arity = 3
    template = (
        "(SELECT x.l + x.g + greatest(x.g / 2, 1) FROM (SELECT a.l,"
        f" coalesce(a.i[least(a.n, cardinality(a.i))], {USUAL_INTERVAL})::int AS g"
        " FROM (VALUES (%(expressions)s)) AS a (l, n, i)) x)"
    )


def worklist(key: str, clinic: Clinic, now: datetime, *, after: str = "") -> Page:
    """A page of a list, the longest waiting first; one query whatever its place."""
    today = now.astimezone(clinic.zone).date()
    plans = _open(clinic, now)
    if key == "overdue":
        plans = plans.filter(last_on__isnull=False).annotate(
            latest=_Latest(F("last_on"), F("last_number"), F("intervals"))
        )
        plans = plans.filter(latest__lt=today)
    else:
        plans = plans.filter(paid__gt=0)
    if after.isascii() and after.isdigit() and len(after) < 19:
        plans = plans.filter(pk__gt=int(after))
    plans = with_held(plans.select_related("patient", "clinic__booking"))
    rows = list(plans.order_by("pk")[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Page([_waiting(plan) for plan in rows], str(rows[-1].pk) if more else "")


def _waiting(plan: Any) -> Waiting:
    """As it was charted: what is booked in the past and was never given does not count."""
    course, number = course_of(plan), plan.last_number + 1
    if plan.last_on is None:
        return Waiting(plan, number, None, None, None)
    gap = course.gap(plan.last_number, number)
    most = interval_window(gap)[1]
    return Waiting(
        plan, number, plan.last_on, plan.last_on + timedelta(days=gap), plan.last_on + timedelta(days=most)
    )
