"""What is known before a session: how long since the last, what it needs, what is missing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from mesoclinic.core.findings import Finding
from patients.models import Consent, Intake, RiskFactor, SafetyAnswer, records_of, records_of_patients
from patients.rules.alerts import Injection
from treatments.billing.models import Payment, Quote
from treatments.billing.queries.payments import allowances_of_plan_subquery
from treatments.billing.rules.states import QuoteStatus
from treatments.catalogue.models import ProductContent
from treatments.cocktails.models import Component
from treatments.conditions.models import AssessmentZone
from treatments.plans.alert_queries import OpenAlertsRead, open_alerts_from_read, open_alerts_subquery
from treatments.plans.models import CourseSession, TreatmentPlan
from treatments.plans.rules import REVIEW_SESSION, course_intervals, review_waited_for_or_none
from treatments.schedule.models import Appointment
from treatments.schedule.queries.courses import USUAL_INTERVAL
from treatments.schedule.queries.going_ahead import (
    GoingAheadColumns,
    clinician_away_exists,
    going_ahead_facts_of_visit,
    holiday_name_on_day_subquery,
    room_closed_exists,
    treats_here_exists,
)
from treatments.schedule.queries.intervals import (
    IntervalsRead,
    intervals_from_json,
    intervals_of_visits_subquery,
)
from treatments.schedule.queries.stock import NeedRow, needs_from_rows, session_needs_subquery
from treatments.schedule.rules.going_ahead import findings_against_going_ahead
from treatments.schedule.rules.intervals import fewest_and_most_days_between_sessions
from treatments.schedule.rules.readiness import CLINICIAN, SessionAhead, UnsignedSession, readiness_findings
from treatments.schedule.rules.stock import Lot, Shelf, Shortage

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

#: Before these the light is shown: afterwards it has been seen to.
BEFORE = ("booked", "confirmed", "arrived")


class VisitColumns(GoingAheadColumns):
    """What :func:`with_readiness` adds to an appointment."""

    consent_until: date | None
    told_at: datetime | None
    cocktail_signed_at: datetime | None
    review_at: int | None
    agreed: Decimal | None
    paid: Decimal | None
    alerts: OpenAlertsRead
    plan_substances: list[str]
    plan_zones: list[str]
    needs: list[NeedRow]
    intervals: IntervalsRead


if TYPE_CHECKING:
    VisitRow = WithAnnotations[Appointment, VisitColumns]


def with_readiness_columns(
    appointments: QuerySet[Appointment], today: date | None = None
) -> "QuerySet[VisitRow]":
    """Appointments with consent, intake, money, alerts and what they take from the shelf, in the same query."""
    consent = Consent.objects.filter(
        patient__in=records_of(OuterRef("patient")), kind=Consent.Kind.TREATMENT, withdrawn_at=None
    )
    accepted = Quote.objects.filter(plan=OuterRef("plan"), status=QuoteStatus.ACCEPTED).order_by("-pk")
    paid = Payment.objects.filter(plan=OuterRef("plan")).order_by().values("plan")
    return appointments.annotate(
        consent_until=Subquery(consent.order_by("-valid_until").values("valid_until")[:1]),
        told_at=_patient_last_answered_at_expression(),
        cocktail_signed_at=F("plan__cocktail_version__signed_at"),
        review_at=F("plan__clinic__review_at_session"),
        # What the patient owes in all: the accepted option, less what an insurer pays and what was written off.
        agreed=Subquery(accepted.values(sum=F("chosen_option__total") - F("chosen_option__insurer"))[:1])
        - allowances_of_plan_subquery("plan"),
        paid=Subquery(paid.annotate(sum=Sum("amount")).values("sum")),
        alerts=open_alerts_subquery(OuterRef("patient"), today or timezone.localdate()),
        plan_substances=ArraySubquery(
            ProductContent.objects.filter(
                product__in=Component.objects.filter(
                    version=OuterRef(OuterRef("plan__cocktail_version"))
                ).values("product")
            )
            .order_by("ingredient__code")
            .values("ingredient__code")
            .distinct()
        ),
        plan_zones=ArraySubquery(
            AssessmentZone.objects.filter(assessment=OuterRef("plan__assessment"))
            .order_by("zone__code")
            .values("zone__code")
        ),
        intervals=intervals_of_visits_subquery(),
        needs=session_needs_subquery(Q(version=OuterRef("plan__cocktail_version"))),
        closed_for=holiday_name_on_day_subquery(),
        treats_here=treats_here_exists(),
        clinician_away=clinician_away_exists(),
        room_closed=room_closed_exists(),
    )


def _patient_last_answered_at_expression() -> Case:
    """When the patient last told something. Unknown is not no: a record of which nobody ever asked has told nothing."""
    told = {"patient__in": records_of(OuterRef("patient"))}
    intakes = Intake.objects.filter(**told)
    answers = SafetyAnswer.objects.filter(**told, question="allergy")
    risks = RiskFactor.objects.filter(**told).order_by("-recorded_at").values("recorded_at")[:1]
    return Case(
        When(
            Exists(intakes),
            then=Greatest(Subquery(intakes.order_by("-taken_at").values("taken_at")[:1]), Subquery(risks)),
        ),
        default=Subquery(answers.order_by("-recorded_at").values("recorded_at")[:1]),
    )


@dataclass(frozen=True, slots=True)
class GivenSession:
    """A session of a patient's course that was given, signed or not."""

    plan: int
    number: int
    on: date
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class BookedSession:
    """A session of a course that holds a time, and with whom."""

    number: int
    starts_at: datetime
    clinician: str


@dataclass(frozen=True, slots=True)
class BeforeVisit:
    """The sessions before one visit.

    ``last_on``: the day of the patient's last session before it, of any course. ``previous``: number and
    day of the session of its course before it, charted or booked. ``signed_at``: when a session of the
    patient was last signed. ``unsigned``: the patient's other sessions that nobody has signed.
    """

    day: date
    last_on: date | None
    previous: tuple[int, date] | None
    signed_at: datetime | None
    unsigned: Sequence[UnsignedSession]

    @property
    def last_session_day_or_none(self) -> date | None:
        """The day of the patient's session before this visit, booked ones of its course included."""
        days = [self.last_on] if self.last_on else []
        if self.previous:
            days.append(self.previous[1])
        return max((day for day in days if day < self.day), default=None)


def sessions_before_by_appointment(
    appointments: Sequence[Appointment], zone: ZoneInfo
) -> dict[int, BeforeVisit]:
    """By appointment: the sessions before it. Two queries."""
    given = _given_sessions_by_patient({a.patient_id for a in appointments})
    plans = {a.plan_id for a in appointments if a.plan_id}
    plans |= {one.plan for sessions in given.values() for one in sessions if one.signed_at is None}
    booked = _booked_sessions_by_plan(plans)
    return {a.pk: _sessions_before_visit(a, given.get(a.patient_id, []), booked, zone) for a in appointments}


def _given_sessions_by_patient(patients: set[int]) -> dict[int, list[GivenSession]]:
    """By patient: every session of their courses that was given, the first first. One query."""
    found: dict[int, list[GivenSession]] = defaultdict(list)
    rows = (
        CourseSession.objects.filter(plan__patient__in=records_of_patients(patients))
        .annotate(person=Coalesce("plan__patient__merged_into", "plan__patient"))
        .order_by("performed_on", "pk")
        .values_list("person", "plan", "number", "performed_on", "signed_at")
    )
    for patient, plan, number, on, signed_at in rows:
        found[patient].append(GivenSession(plan, number, on, signed_at))
    return found


def _booked_sessions_by_plan(plans: set[int]) -> dict[int, list[BookedSession]]:
    """By plan: its sessions that hold a time, in order of time. One query."""
    found: dict[int, list[BookedSession]] = defaultdict(list)
    rows = (
        Appointment.objects.filter(plan__in=plans, session_number__isnull=False)
        .holding_time()
        .select_related("clinician")
        .order_by("starts_at", "pk")
    )
    for row in rows:
        if row.plan_id and row.session_number:
            booked = BookedSession(row.session_number, row.starts_at, row.clinician.display_name)
            found[row.plan_id].append(booked)
    return found


def _sessions_before_visit(
    a: Appointment, given: Sequence[GivenSession], booked: Mapping[int, list[BookedSession]], zone: ZoneInfo
) -> BeforeVisit:
    day = a.starts_at.astimezone(zone).date()
    earlier = []
    if a.plan_id and a.session_number:
        number = a.session_number
        earlier = [(g.number, g.on) for g in given if g.plan == a.plan_id and g.number < number]
        earlier += [
            (b.number, b.starts_at.astimezone(zone).date())
            for b in booked.get(a.plan_id, ())
            if b.number < number
        ]
    unsigned = [
        UnsignedSession(g.number, g.on, _clinician_name_of_session(g, booked))
        for g in given
        if g.signed_at is None and (g.plan, g.number) != (a.plan_id, a.session_number)
    ]
    return BeforeVisit(
        day=day,
        last_on=max((g.on for g in given if g.on < day), default=None),
        previous=max(earlier, default=None),
        signed_at=max((g.signed_at for g in given if g.signed_at), default=None),
        unsigned=unsigned,
    )


def _clinician_name_of_session(session: GivenSession, booked: Mapping[int, list[BookedSession]]) -> str:
    """Whose visit it was; a session without a visit is any clinician's to sign."""
    visits = booked.get(session.plan, ())
    return next((b.clinician for b in visits if b.number == session.number), CLINICIAN)


def fewest_and_most_protocol_days(plan: TreatmentPlan, before: int, number: int) -> tuple[int, int]:
    """Fewest and most days of the protocol from session ``before`` to session ``number``."""
    pattern = plan.intervals or [USUAL_INTERVAL]
    return fewest_and_most_days_between_sessions(
        sum(course_intervals(pattern, number)[before - 1 : number - 1])
    )


def session_facts_for_readiness(
    a: "VisitRow", before: BeforeVisit, zone: ZoneInfo, short: Sequence[Shortage], *, clinical: bool = False
) -> SessionAhead:
    """What the rules ask of one session. No query. ``clinical``: whether the reader may know what is injected."""
    plan, number, previous = a.plan, a.session_number, before.previous
    if plan is None or number is None:
        raise ValueError("only a session of a plan is asked about")
    reviewed_at = max((at for at in (a.cocktail_signed_at, before.signed_at) if at), default=None)
    return SessionAhead(
        day=before.day,
        number=number,
        planned=plan.sessions_planned,
        consent_until=a.consent_until,
        told_on=a.told_at.astimezone(zone).date() if a.told_at else None,
        reviewed_on=reviewed_at.astimezone(zone).date() if reviewed_at else None,
        last_on=previous[1] if previous else None,
        window=fewest_and_most_protocol_days(plan, previous[0], number) if previous else None,
        price=a.agreed,
        paid=a.paid or Decimal(0),
        short=short,
        unsigned=before.unsigned,
        waits_for_review=review_waited_for_or_none(
            number,
            sessions_planned=plan.sessions_planned,
            review_at=a.review_at or REVIEW_SESSION,
            reviewed_to=plan.reviewed_to,
        ),
        intervals=intervals_from_json(a.intervals, plan, zone, before.day).findings(
            is_begun=False, clinical=clinical
        ),
        alerts=open_alerts_from_read(a.alerts),
        injection=Injection(
            substances=frozenset(a.plan_substances) or None, zones=frozenset(a.plan_zones) or None
        ),
    )


def is_session_appointment(a: Appointment) -> bool:
    return bool(a.plan_id and a.session_number)


def readiness_findings_by_appointment(
    appointments: "Iterable[VisitRow]",
    before: Mapping[int, BeforeVisit],
    lots: Sequence[Lot],
    zone: ZoneInfo,
    *,
    clinical: bool,
) -> dict[int, list[Finding]]:
    """By appointment: every check before a session that is still to come; of any other visit, why it cannot be.

    No query.

    The shelf is taken from in order of time, so that the last vial is not promised twice.
    """
    shelf, found = Shelf(lots), {}
    for a in sorted(appointments, key=lambda one: (one.starts_at, one.pk)):
        if a.status not in BEFORE:
            continue
        place = findings_against_going_ahead(going_ahead_facts_of_visit(a))
        if not is_session_appointment(a):
            if place:
                found[a.pk] = place
            continue
        known = before[a.pk]
        short = shelf.take_and_list_shortages(needs_from_rows(a.needs), known.day)
        ahead = session_facts_for_readiness(a, known, zone, short, clinical=clinical)
        found[a.pk] = [*place, *readiness_findings(ahead, clinical=clinical)]
    return found


def interval_outside_protocol_text_or_empty(a: Appointment, before: BeforeVisit) -> str:
    """What a clinician is told of a session whose interval leaves the protocol; empty where it does not."""
    if a.plan is None or a.session_number is None or before.previous is None:
        return ""
    number, last_on = before.previous
    least, most = fewest_and_most_protocol_days(a.plan, number, a.session_number)
    days = (before.day - last_on).days
    if least <= days <= most:
        return ""
    return f"{days} days, protocol {least} to {most}"
