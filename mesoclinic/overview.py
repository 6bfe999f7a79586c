"""One patient at a glance: what happened, how it went, what comes next. A fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, JSONObject
from django.urls import reverse
from django.utils import formats, timezone

from mesoclinic import record
from mesoclinic.accounts.models import Clinic
from mesoclinic.core.quantities import ZERO, plain
from patients.models import Intake, Patient
from treatments.plans.models import Payment, Quote, TreatmentPlan
from treatments.plans.rules import PlanStatus, QuoteStatus
from treatments.schedule.models import Appointment
from treatments.sessions.models import CheckIn, Dose, FollowUp, Pain, Reaction, TreatmentSession
from treatments.sessions.rules import (
    CheckInStatus,
    Do,
    FollowUpStatus,
    Progress,
    Step,
    check_in_name,
    what_next,
)

#: The figure that shows a response best (domain README §7).
RESPONSE_SCALE = "HAIR_DENSITY"
SESSIONS_SHOWN = 12


def patient_at_a_glance(pk: int, on: date) -> Patient:
    """The patient with frame, last intake, plan and bookings. One query; ``Patient.DoesNotExist``."""
    plans = TreatmentPlan.objects.filter(patient=OuterRef("pk")).order_by("-pk")
    quotes = Quote.objects.filter(patient=OuterRef("pk")).order_by("-pk")
    paid = (
        Payment.objects.filter(plan=OuterRef("pk"))
        .order_by()
        .values("plan")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    return (
        record.patients_with_frame(on)
        .annotate(
            glance_intake=Subquery(
                Intake.objects.filter(patient=OuterRef("pk"))
                .order_by("-version")
                .values(
                    fact=JSONObject(
                        answers="answers", causes="likely_causes", taken_at="taken_at", version="version"
                    )
                )[:1]
            ),
            glance_plan=Subquery(
                plans.annotate(
                    paid=Coalesce(Subquery(paid), Value(ZERO)),
                    owed=Subquery(
                        Quote.objects.filter(plan=OuterRef("pk"), status=QuoteStatus.ACCEPTED)
                        .order_by("-pk")
                        .values(due=F("chosen_option__total") - F("chosen_option__insurer"))[:1]
                    ),
                    currency=Subquery(
                        Quote.objects.filter(plan=OuterRef("pk")).order_by("-pk").values("currency")[:1]
                    ),
                ).values(
                    fact=JSONObject(
                        id="pk",
                        name="name",
                        status="status",
                        sessions="sessions_planned",
                        protocol="protocol",
                        paid="paid",
                        owed="owed",
                        currency="currency",
                        review_at="clinic__review_at_session",
                    )
                )[:1]
            ),
            glance_quote=Subquery(
                quotes.values(fact=JSONObject(id="pk", status="status", until="valid_until"))[:1]
            ),
            glance_check_ins=ArraySubquery(
                CheckIn.objects.filter(treatment_session__patient=OuterRef("pk"), status=CheckInStatus.DUE)
                .order_by("due_on", "pk")
                .values(fact=JSONObject(id="pk", days="days", due="due_on"))[:1]
            ),
            glance_follow_ups=ArraySubquery(
                FollowUp.objects.filter(treatment_session__patient=OuterRef("pk"))
                .exclude(status=FollowUpStatus.CLOSED)
                .order_by("due_on", "pk")
                .values(fact=JSONObject(id="pk", label="reaction__effect__short_label"))[:5]
            ),
            glance_booked=ArraySubquery(
                Appointment.objects.filter(patient=OuterRef("pk"), starts_at__gte=timezone.now())
                .holding_time()
                .order_by("starts_at")
                .values(
                    fact=JSONObject(
                        id="pk", at="starts_at", kind="kind", status="status", number="session_number"
                    )
                )[:5]
            ),
        )
        .get(pk=pk)
    )


def sessions_of(patient: Patient) -> QuerySet[TreatmentSession]:
    """The last sessions with ml given, worst pain and reactions. One query."""
    mine = {"treatment_session": OuterRef("pk")}
    return (
        TreatmentSession.objects.filter(patient=patient)
        .exclude(status="void")
        .select_related("signed_by", "clinician", "cocktail_version__cocktail")
        .annotate(
            given_ml=Subquery(
                Dose.objects.filter(**mine)
                .order_by()
                .values("treatment_session")
                .annotate(total=Sum("ml"))
                .values("total")
            ),
            worst_pain=Subquery(Pain.objects.filter(**mine, moment=Pain.Moment.DURING).values("score")[:1]),
            seen=Subquery(
                Reaction.objects.filter(**mine)
                .order_by()
                .values("treatment_session")
                .annotate(all=StringAgg("effect__short_label", ", "))
                .values("all")
            ),
        )
        .order_by("-performed_on", "-pk")[:SESSIONS_SHOWN]
    )


@dataclass(frozen=True)
class Point:
    """A measurement placed on the axis of sessions: 0 is the baseline."""

    session: int
    value: Decimal
    measured_at: datetime


def response_of(patient: Patient, plan_id: int | None) -> list[Point]:
    """Mean density at each session of a course, the baseline before it first. One query.

    Without a course, what was measured outside sessions.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(s.number, 0), avg(m.value), min(m.measured_at)
              FROM conditions_measurement m
              JOIN conditions_severityscale c ON c.id = m.scale_id AND c.code = %(scale)s
              LEFT JOIN treatment_sessions_treatmentsession_measurements l ON l.measurement_id = m.id
              LEFT JOIN treatment_sessions_treatmentsession s ON s.id = l.treatmentsession_id
             WHERE m.patient_id = %(patient)s
               AND (s.plan_id = %(plan)s
                    OR s.id IS NULL AND (m.assessment_id IS NULL OR %(plan)s IS NULL
                       OR m.assessment_id = (SELECT assessment_id FROM plans_treatmentplan WHERE id = %(plan)s)))
             GROUP BY 1 ORDER BY 1
            """,
            {"scale": RESPONSE_SCALE, "patient": patient.pk, "plan": plan_id},
        )
        return [Point(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Band:
    """The middle half of patients on the same protocol, at a session."""

    session: int
    low: Decimal
    high: Decimal
    patients: int


#: Fewer than this is not a comparison, and could show who it is.
MIN_PATIENTS = 5


def band_of(protocol_id: int | None) -> list[Band]:
    """Quartiles of density by session over patients of one protocol. One query, or none without a protocol."""
    if protocol_id is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT number, percentile_cont(0.25) WITHIN GROUP (ORDER BY value),
                   percentile_cont(0.75) WITHIN GROUP (ORDER BY value), count(DISTINCT patient_id)
              FROM (SELECT s.number, m.value, m.patient_id
                      FROM treatment_sessions_treatmentsession s
                      JOIN plans_treatmentplan p ON p.id = s.plan_id AND p.protocol_id = %(protocol)s
                      JOIN treatment_sessions_treatmentsession_measurements l ON l.treatmentsession_id = s.id
                      JOIN conditions_measurement m ON m.id = l.measurement_id
                      JOIN conditions_severityscale c ON c.id = m.scale_id AND c.code = %(scale)s
                     UNION ALL
                    SELECT 0, m.value, m.patient_id
                      FROM conditions_measurement m
                      JOIN conditions_severityscale c ON c.id = m.scale_id AND c.code = %(scale)s
                      JOIN plans_treatmentplan p ON p.assessment_id = m.assessment_id AND p.protocol_id = %(protocol)s
                   ) figures
             GROUP BY number HAVING count(DISTINCT patient_id) >= %(least)s ORDER BY number
            """,
            {"protocol": protocol_id, "scale": RESPONSE_SCALE, "least": MIN_PATIENTS},
        )
        return [
            Band(number, Decimal(str(low)), Decimal(str(high)), count)
            for number, low, high, count in cursor.fetchall()
        ]


def progress_of(patient: Any, sessions: list[TreatmentSession], today: date) -> Progress:
    """How far the patient is, from what is already at hand."""
    plan, quote = patient.glance_plan, patient.glance_quote
    cocktail, consent = patient.frame_cocktail, patient.frame_consent
    of_plan = [s for s in sessions if plan and s.plan_id == plan["id"]]
    drafts = [s.number for s in of_plan if s.is_draft]
    return Progress(
        intake_taken=patient.frame_intake is not None,
        consent_valid=bool(
            consent and not consent["withdrawn_at"] and date.fromisoformat(consent["valid_until"]) >= today
        ),
        assessed=patient.frame_assessment is not None,
        cocktail_begun=cocktail is not None,
        cocktail_signed=patient.frame_signed_cocktail,
        plan_status=plan["status"] if plan else "",
        quote_status=quote["status"] if quote else "",
        quote_valid_until=date.fromisoformat(quote["until"]) if quote and quote["until"] else None,
        sessions_planned=plan["sessions"] if plan else 0,
        sessions_done=sum(1 for s in of_plan if not s.is_draft),
        booked=tuple(
            (b["number"], timezone.localtime(datetime.fromisoformat(b["at"])).date())
            for b in patient.glance_booked
            if b["number"]
        ),
        draft_number=min(drafts, default=None),
        review_at=_review_at(plan),
    )


@dataclass(frozen=True)
class Link:
    text: str
    url: str | None


def links_for(steps: list[Step], patient: Any, sessions: list[TreatmentSession]) -> list[Link]:
    """The steps as links to where they are done; a step that only waits has none."""
    plan, quote, cocktail = (patient.glance_plan, patient.glance_quote, patient.frame_cocktail)
    draft = next((s for s in sessions if s.is_draft), None)
    here = [patient.pk]
    targets: dict[Do, tuple[str, list[int]] | None] = {
        Do.SIGN_SESSION: ("sessions:session", [draft.pk]) if draft else None,
        Do.TAKE_INTAKE: ("patients:intake", here),
        Do.SIGN_CONSENT: ("patients:consent", here),
        Do.ASSESS: ("conditions:assess", here),
        Do.BUILD_COCKTAIL: ("cocktails:start", here),
        Do.SIGN_COCKTAIL: ("cocktails:bench", [cocktail["id"]]) if cocktail else None,
        Do.MAKE_PLAN: ("plans:start", here),
        Do.ISSUE_QUOTE: ("plans:quote", [quote["id"]])
        if quote
        else ("plans:plan", [plan["id"]])
        if plan
        else None,
        Do.AWAIT_ANSWER: ("plans:quote", [quote["id"]]) if quote else None,
        Do.BOOK: ("schedule:book_course", [plan["id"]]) if plan else None,
        Do.START_SESSION: ("schedule:appointment", [patient.glance_booked[0]["id"]])
        if patient.glance_booked
        else None,
        Do.DECIDE_MAINTENANCE: ("plans:start", here),
    }
    return [
        Link(step.text, reverse(target[0], args=target[1]) if target else None)
        for step in steps
        for target in [targets.get(step.do)]
    ]


@dataclass(frozen=True)
class Plot:
    """The response as figures for an SVG of 600 × 190: the template prints, it computes nothing."""

    line: str
    dots: list[tuple[str, str]]
    band: str
    ticks: list[tuple[str, str]]
    levels: list[tuple[str, str]]
    review_x: str
    review_at: int
    rows: list[tuple[str, str, str]]


_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 590, 26, 150


def plot_of(points: list[Point], band: list[Band], sessions: int, review_at: int) -> Plot | None:
    """Where everything is drawn; None where there is nothing to draw. ``review_at`` is the clinic's review."""
    if not points:
        return None
    last = max([sessions, review_at, *(p.session for p in points)])
    values = [p.value for p in points] + [v for b in band for v in (b.low, b.high)]
    low, high = min(values), max(values)
    room = max((high - low) * Decimal("0.15"), Decimal(1))
    low, high = low - room, high + room

    def x(session: int) -> str:
        return f"{_LEFT + (_RIGHT - _LEFT) * session / last:.1f}"

    def y(value: Decimal) -> str:
        share = float((value - low) / (high - low))
        return f"{_BOTTOM - (_BOTTOM - _TOP) * share:.1f}"

    drawn_band = ""
    if len(band) > 1:
        there = " ".join(f"{x(b.session)},{y(b.high)}" for b in band)
        back = " ".join(f"{x(b.session)},{y(b.low)}" for b in reversed(band))
        drawn_band = f"{there} {back}"
    by_session = {b.session: f"{b.low:.0f}–{b.high:.0f}" for b in band}
    marks = sorted({0, review_at, last, *range(0, last + 1, max(1, last // 8))})
    return Plot(
        line=" ".join(f"{x(p.session)},{y(p.value)}" for p in points),
        dots=[(x(p.session), y(p.value)) for p in points],
        band=drawn_band,
        ticks=[(x(mark), "baseline" if mark == 0 else str(mark)) for mark in marks],
        levels=[(y(value), plain(value.quantize(Decimal(1)))) for value in (max(values), min(values))],
        review_x=x(review_at),
        review_at=review_at,
        rows=[
            (
                "baseline" if p.session == 0 else f"session {p.session}",
                plain(p.value.quantize(Decimal(1))),
                by_session.get(p.session, ""),
            )
            for p in points
        ],
    )


def _review_at(plan: dict[str, Any] | None) -> int:
    """The session at which the plan's clinic reviews; as clinics begin, where there is no plan."""
    return plan["review_at"] if plan else Clinic().review_at_session


def known_of(patient: Any) -> list[tuple[str, str]]:
    """“What we know”: the answers and factors a clinician looks for first, in words."""
    intake = patient.glance_intake
    answers = intake["answers"] if intake else {}

    def said(code: str) -> str:
        value = answers.get(code) or ""
        if isinstance(value, list):
            return ", ".join(map(str, value))
        try:
            return formats.date_format(date.fromisoformat(str(value)), "j M Y")
        except ValueError:
            return str(value)

    by_kind: dict[str, list[str]] = {}
    for fact in patient.frame_factors:
        by_kind.setdefault(fact["kind"], []).append(fact["label"])
    rows = [
        ("Likely causes", ", ".join(intake["causes"]) if intake else ""),
        ("Since", said("duration")),
        ("Where", said("pattern")),
        ("Medicines", ", ".join(by_kind.get("medicine", []))),
        ("Allergies", ", ".join(by_kind.get("allergy", []))),
        ("Pregnancy", ", ".join(by_kind.get("pregnancy", [])) or said("pregnant")),
        ("Diseases", ", ".join(by_kind.get("disease", []))),
        ("Expects", said("expect")),
    ]
    return [(label, text) for label, text in rows if text]


def is_open(plan: dict[str, Any] | None) -> bool:
    return bool(plan) and plan["status"] in (PlanStatus.ACCEPTED, PlanStatus.ACTIVE)  # type: ignore[index]


def page(patient: Any, *, clinical: bool, today: date) -> dict[str, Any]:
    """The context of the patient's page. The front desk gets bookings, plan and balance, nothing clinical."""
    sessions = list(sessions_of(patient))
    plan = patient.glance_plan
    steps = what_next(progress_of(patient, sessions, today), today)
    next_steps = links_for(steps, patient, sessions)
    if not clinical:
        first = steps[0].text if steps else ""
        next_steps = [link for step, link in zip(steps, next_steps, strict=True) if step.do in _DESK_STEPS]
        if first and not next_steps:
            next_steps = [Link(f"With the clinician: {first[0].lower()}{first[1:]}", None)]
    done = sum(1 for s in sessions if plan and s.plan_id == plan["id"] and not s.is_draft)
    context = {
        "plan": plan,
        "afterwards": _afterwards(patient, clinical=clinical, today=today),
        "next_steps": next_steps,
        "primary": next((link for link in next_steps if link.url), None),
        "booked": [b | {"starts_at": datetime.fromisoformat(b["at"])} for b in patient.glance_booked],
        "segments": [n < done for n in range(plan["sessions"])] if plan else [],
        "course_line": _course_line(patient, done, today) if plan else "",
        "balance": _balance(plan),
        "clinical": clinical,
    }
    if clinical:
        protocol = plan["protocol"] if plan else None
        context |= {
            "sessions": sessions,
            "plot": plot_of(
                response_of(patient, plan["id"] if plan else None),
                band_of(protocol),
                plan["sessions"] if plan else 0,
                _review_at(plan),
            ),
            "known": known_of(patient),
        }
    return context


def _afterwards(patient: Any, *, clinical: bool, today: date) -> list[Link]:
    """What is followed up, for who may read it, and the next call."""
    links = [
        Link(f"Follow up: {each['label'].lower()}", reverse("sessions:follow_up", args=[each["id"]]))
        for each in patient.glance_follow_ups
        if clinical
    ]
    for each in patient.glance_check_ins:
        due = date.fromisoformat(each["due"])
        when = "now" if due <= today else f"on {formats.date_format(due, 'j M')}"
        url = reverse("sessions:check_in", args=[each["id"]]) if clinical else reverse("sessions:calls")
        links.append(Link(f"Ring {when}: {check_in_name(each['days'])} after a session", url))
    return links


def _course_line(patient: Any, done: int, today: date) -> str:
    """“2 of 8 done · next today 10:00 · then 7 Dec”."""
    parts = [f"{done} of {patient.glance_plan['sessions']} done"]
    ahead = [
        timezone.localtime(datetime.fromisoformat(b["at"])) for b in patient.glance_booked if b["number"]
    ]
    for word, at in zip(("next", "then"), ahead, strict=False):
        day = "today" if at.date() == today else formats.date_format(at, "j M")
        parts.append(f"{word} {day} {at:%H:%M}" if word == "next" else f"{word} {day}")
    return " · ".join(parts)


#: What the front desk can do about a step.
_DESK_STEPS = {Do.AWAIT_ANSWER, Do.ISSUE_QUOTE, Do.BOOK, Do.COME_ON, Do.START_SESSION}


def _balance(plan: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the course costs, what came in and what is open; None where nothing was accepted."""
    if plan is None or plan["owed"] is None:
        return None
    owed, paid = Decimal(str(plan["owed"])), Decimal(str(plan["paid"]))
    return {"open": owed - paid, "paid": paid, "currency": plan["currency"]}
