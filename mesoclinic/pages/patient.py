"""TODO-DOC SESSIONS_SHOWN, patient_at_a_glance, sessions_of, progress_o"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, JSONObject
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core import audit
from mesoclinic.core.quantities import ZERO
from mesoclinic.pages import record_frame as record
from mesoclinic.pages.next_steps import Do, Progress, Step, what_next
from patients.models import Intake, Patient
from treatments.billing.models import Payment, Quote
from treatments.billing.rules.states import QuoteStatus
from treatments.followup.models import CheckIn, FollowUp
from treatments.followup.rules import CheckInStatus, FollowUpStatus
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus
from treatments.response.queries import band_of, plot_of, response_of, session_of_review
from treatments.schedule.models import Appointment
from treatments.sessions.models import Dose, Pain, Reaction, TreatmentSession
from treatments.sessions.rules.late_reports import check_in_name

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
        review_at=session_of_review(plan),
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
        Do.SIGN_COCKTAIL: ("cocktails:formulation", [cocktail["id"]]) if cocktail else None,
        Do.MAKE_PLAN: ("billing:start", here),
        Do.ISSUE_QUOTE: ("billing:quote", [quote["id"]])
        if quote
        else ("plan", [plan["id"]])
        if plan
        else None,
        Do.AWAIT_ANSWER: ("billing:quote", [quote["id"]]) if quote else None,
        Do.BOOK: ("schedule:book_course", [plan["id"]]) if plan else None,
        Do.START_SESSION: ("schedule:appointment", [patient.glance_booked[0]["id"]])
        if patient.glance_booked
        else None,
        Do.DECIDE_MAINTENANCE: ("billing:start", here),
    }
    return [
        Link(step.text, reverse(target[0], args=target[1]) if target else None)
        for step in steps
        for target in [targets.get(step.do)]
    ]


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
                session_of_review(plan),
            ),
            "known": known_of(patient),
        }
    return context


def _afterwards(patient: Any, *, clinical: bool, today: date) -> list[Link]:
    """What is followed up, for who may read it, and the next call."""
    links = [
        Link(f"Follow up: {each['label'].lower()}", reverse("followup:follow_up", args=[each["id"]]))
        for each in patient.glance_follow_ups
        if clinical
    ]
    for each in patient.glance_check_ins:
        due = date.fromisoformat(each["due"])
        when = "now" if due <= today else f"on {formats.date_format(due, 'j M')}"
        url = reverse("followup:check_in", args=[each["id"]]) if clinical else reverse("followup:calls")
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


@allowed(Permission.SEE_PATIENT)
@require_GET
@transaction.atomic
def patient(request, pk):
    """What happened and what comes next. Looking is a row in the audit log."""
    day = timezone.localdate()
    try:
        found = patient_at_a_glance(pk, day)
    except Patient.DoesNotExist as nobody:
        raise Http404 from nobody
    if found.merged_into_id:
        return redirect("patient", pk=found.merged_into_id)
    audit.record(by=request.user, did="patient.viewed", about=found, patient_id=pk)
    clinical = request.user.may(Permission.SEE_CLINICAL)
    return render(
        request,
        "mesoclinic/pages/patient.html",
        {"nav_on": "patients", "patient": found, "step": ""} | page(found, clinical=clinical, today=day),
    )
