"""What is known before a session: how long since the last, what it needs, what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Greatest, JSONObject, TruncDate

from mesoclinic.core.findings import Finding
from patients.models import Consent, Intake, RiskFactor
from patients.queries import alerts_from, open_alerts_of
from treatments.billing.models import Payment, Quote
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import CourseSession
from treatments.plans.rules import course_intervals
from treatments.schedule.models import Appointment
from treatments.schedule.queries.courses import USUAL_INTERVAL
from treatments.schedule.queries.stock import needs_of, read_needs
from treatments.schedule.rules.courses import interval_window
from treatments.schedule.rules.readiness import CLINICIAN, SessionAhead, UnsignedSession, readiness
from treatments.schedule.rules.stock import Lot, Shelf, Shortage

#: Before these the light is shown: afterwards it has been seen to.
BEFORE = ("booked", "confirmed", "arrived")


def with_readiness(appointments: QuerySet[Appointment], zone: ZoneInfo) -> QuerySet[Any]:
    """Appointments with everything :func:`session_ahead` reads, in the same query."""
    consent = Consent.objects.filter(
        patient=OuterRef("patient"), kind=Consent.Kind.TREATMENT, withdrawn_at=None
    )
    mine = CourseSession.objects.filter(plan__patient=OuterRef("patient"))
    before = mine.filter(performed_on__lt=OuterRef("local_day")).order_by("-performed_on", "-pk")
    of_course = CourseSession.objects.filter(plan=OuterRef("plan"), number__lt=OuterRef("session_number"))
    booked = Appointment.objects.filter(
        plan=OuterRef("plan"), session_number__lt=OuterRef("session_number")
    ).holding_time()
    told = {"patient": OuterRef("patient")}
    accepted = Quote.objects.filter(plan=OuterRef("plan"), status=QuoteStatus.ACCEPTED).order_by("-pk")
    paid = Payment.objects.filter(plan=OuterRef("plan")).order_by().values("plan")
    return appointments.annotate(local_day=TruncDate("starts_at", tzinfo=zone)).annotate(
        consent_until=Subquery(consent.order_by("-valid_until").values("valid_until")[:1]),
        told_at=Greatest(
            Subquery(Intake.objects.filter(**told).order_by("-taken_at").values("taken_at")[:1]),
            Subquery(RiskFactor.objects.filter(**told).order_by("-recorded_at").values("recorded_at")[:1]),
        ),
        reviewed_at=Greatest(
            F("plan__cocktail_version__signed_at"),
            Subquery(mine.filter(signed_at__isnull=False).order_by("-signed_at").values("signed_at")[:1]),
        ),
        last_on=Subquery(before.values("performed_on")[:1]),
        charted_before=Subquery(
            of_course.order_by("-number").values(fact=JSONObject(number="number", on="performed_on"))[:1]
        ),
        booked_before=Subquery(
            booked.order_by("-session_number").values(
                fact=JSONObject(number="session_number", at="starts_at")
            )[:1]
        ),
        unsigned=_unsigned_before(),
        # What the patient owes in all: the accepted option, less what an insurer pays.
        agreed=Subquery(accepted.values(sum=F("chosen_option__total") - F("chosen_option__insurer"))[:1]),
        paid=Subquery(paid.annotate(sum=Sum("amount")).values("sum")),
        alerts=open_alerts_of(OuterRef("patient")),
        needs=needs_of(version=OuterRef("plan__cocktail_version")),
    )


def _unsigned_before() -> ArraySubquery:
    """The patient's other sessions that nobody has signed, each with the clinician of its visit."""
    unsigned = CourseSession.objects.filter(plan__patient=OuterRef("patient"), signed_at=None).exclude(
        plan=OuterRef("plan"), number=OuterRef("session_number")
    )
    its_visit = Appointment.objects.filter(
        plan=OuterRef("plan"), session_number=OuterRef("number")
    ).holding_time()
    clinician = its_visit.values(
        name=JSONObject(title="clinician__title", first="clinician__first_name", last="clinician__last_name")
    )
    return ArraySubquery(
        unsigned.order_by("performed_on", "pk").values(
            fact=JSONObject(number="number", on="performed_on", clinician=Subquery(clinician[:1]))
        )
    )


def previous_of(a: Any, zone: ZoneInfo) -> tuple[int, date] | None:
    """Number and day of the session of its course before this one: charted, or booked."""
    found = []
    if a.charted_before:
        on = date.fromisoformat(a.charted_before["on"])
        found.append((a.charted_before["number"], on))
    if a.booked_before:
        at = datetime.fromisoformat(a.booked_before["at"]).astimezone(zone)
        found.append((a.booked_before["number"], at.date()))
    return max(found, default=None)


def last_day_of(a: Any, zone: ZoneInfo) -> date | None:
    """The day of the patient's session before this visit, of any course."""
    days: list[date] = [a.last_on] if a.last_on else []
    if before := previous_of(a, zone):
        days.append(before[1])
    day = a.starts_at.astimezone(zone).date()
    return max((d for d in days if d < day), default=None)


def window_of(a: Any, before: int) -> tuple[int, int]:
    """Fewest and most days of the protocol from session ``before`` to this one."""
    pattern = a.plan.intervals or [USUAL_INTERVAL]
    days = sum(course_intervals(pattern, a.session_number)[before - 1 : a.session_number - 1])
    return interval_window(days)


def session_ahead(a: Any, zone: ZoneInfo, short: Sequence[Shortage]) -> SessionAhead:
    """What the rules ask of one session. No query."""
    before = previous_of(a, zone)
    return SessionAhead(
        day=a.starts_at.astimezone(zone).date(),
        number=a.session_number,
        planned=a.plan.sessions_planned,
        consent_until=a.consent_until,
        told_on=a.told_at.astimezone(zone).date() if a.told_at else None,
        reviewed_on=a.reviewed_at.astimezone(zone).date() if a.reviewed_at else None,
        last_on=before[1] if before else None,
        window=window_of(a, before[0]) if before else None,
        price=a.agreed,
        paid=a.paid or Decimal(0),
        short=short,
        unsigned=[
            UnsignedSession(
                d["number"],
                date.fromisoformat(d["on"]),
                _name(d["clinician"]),
            )
            for d in a.unsigned
        ],
        alerts=alerts_from(a.alerts),
    )


def _name(parts: Mapping[str, str] | None) -> str:
    """Whose visit it was; a session without a visit is any clinician's to sign."""
    if parts is None:
        return CLINICIAN
    return " ".join(filter(None, (parts["title"], parts["first"], parts["last"])))


def is_session(a: Any) -> bool:
    return bool(a.plan_id and a.session_number)


def readiness_of(
    appointments: Iterable[Any], lots: Sequence[Lot], zone: ZoneInfo, *, clinical: bool
) -> Mapping[int, list[Finding]]:
    """By appointment: every check before a session that is still to come. No query.

    The shelf is taken from in order of time, so that the last vial is not promised twice.
    """
    shelf, found = Shelf(lots), {}
    for a in sorted(appointments, key=lambda one: (one.starts_at, one.pk)):
        if not is_session(a) or a.status not in BEFORE:
            continue
        day = a.starts_at.astimezone(zone).date()
        short = shelf.take(read_needs(a.needs), day)
        found[a.pk] = readiness(session_ahead(a, zone, short), clinical=clinical)
    return found


def leaves_the_protocol(a: Any, zone: ZoneInfo) -> str:
    """What a clinician is told of a session whose interval leaves the protocol; empty where it does not."""
    before = previous_of(a, zone)
    if not is_session(a) or before is None:
        return ""
    least, most = window_of(a, before[0])
    days = (a.starts_at.astimezone(zone).date() - before[1]) // timedelta(days=1)
    if least <= days <= most:
        return ""
    return f"{days} days, protocol {least} to {most}"
