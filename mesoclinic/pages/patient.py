"""One patient at a glance: what happened, what comes next, what is booked and what is owed; and the next step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from django.contrib.postgres.aggregates import StringAgg
from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.views.decorators.http import require_GET, require_http_methods

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core import audit
from mesoclinic.merging.queries import merges_of, records_maybe_the_same
from mesoclinic.pages.alert_strip import alert_strip_or_none, clearing_url_of_alert
from mesoclinic.pages.before_and_now import before_and_now_of_patient
from mesoclinic.pages.links_sent import links_sent
from mesoclinic.pages.next_steps import Do, Progress, Step, next_steps_of
from mesoclinic.pages.patient_desk import read_patient_desk
from mesoclinic.pages.record_frame import Frame, read_patient_frame
from mesoclinic.pages.way import path_steps_of_patient
from patients.models import Intake, Patient, records_of
from patients.rules.alerts import OpenAlert, alerts_without_companions
from patients.rules.months import month_or_year_text_or_none
from treatments.billing.models import Quote
from treatments.billing.queries.invoices import invoices_of_patient
from treatments.billing.queries.payments import Balance, plan_balance
from treatments.followup.models import CheckIn, FollowUp
from treatments.followup.rules import CheckInStatus, FollowUpStatus
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import REVIEW_SESSION
from treatments.response.queries.series import response_of_patient
from treatments.response.rules.review import HONEST_LINE
from treatments.response.views.review import shown_response_context
from treatments.schedule.models import Appointment
from treatments.sessions.models import Dose, Pain, Reaction, TreatmentSession
from treatments.sessions.queries.sessions import SIGNED
from treatments.sessions.rules.alerts import ALERT_LEVELS, SEVERE
from treatments.sessions.rules.late_reports import days_as_hours_or_weeks_text
from treatments.sessions.rules.states import SessionStatus

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

SESSIONS_SHOWN = 12
#: So many visits and open follow-ups are named.
MOST = 5
#: So many open alerts are told in full; the others stand on their own page.
MOST_ALERTS = 3

#: What the front desk can do about a step.
_DESK_STEPS = {Do.AWAIT_ANSWER, Do.ISSUE_QUOTE, Do.BOOK, Do.COME_ON, Do.START_SESSION}


@dataclass(frozen=True, slots=True)
class CourseSoFar:
    """All sessions of the newest plan: how many are signed, and the first that is a draft."""

    done: int = 0
    draft_pk: int | None = None
    draft_number: int | None = None


@dataclass(frozen=True, slots=True)
class Glance:
    """What a patient's page is made of."""

    frame: Frame
    intake: Intake | None
    plan: TreatmentPlan | None  # the newest
    quote: Quote | None  # the newest
    check_in: CheckIn | None  # the next that is due
    follow_ups: Sequence[FollowUp]
    booked: Sequence[Appointment]
    sessions: Sequence[TreatmentSession]  # the last twelve of any plan, the last first
    course: CourseSoFar

    @property
    def patient(self) -> Patient:
        return self.frame.patient

    @property
    def review_session_number(self) -> int:
        return self.plan.clinic.review_at_session if self.plan else REVIEW_SESSION

    @property
    def sessions_done_of_plan(self) -> int:
        """Of the newest plan."""
        return self.course.done


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str | None


@dataclass(frozen=True, slots=True)
class OpenBalance:
    """What came in for the newest plan and what is open."""

    open: Decimal
    paid: Decimal
    currency: str
    is_settled: bool


def read_patient_glance(pk: int, on: date) -> Glance:
    """Eight queries, however much there is; ``Patient.DoesNotExist``."""
    frame = read_patient_frame(pk, on)
    plan = _newest_plan_with_its_course_or_none(pk)
    check_ins = CheckIn.objects.filter(
        treatment_session__patient__in=records_of(pk), status=CheckInStatus.DUE
    )
    follow_ups = FollowUp.objects.filter(treatment_session__patient__in=records_of(pk)).exclude(
        status=FollowUpStatus.CLOSED
    )
    booked = Appointment.objects.filter(patient=pk, starts_at__gte=timezone.now()).holding_time()
    return Glance(
        frame=frame,
        intake=Intake.objects.filter(patient__in=records_of(pk)).order_by("-taken_at", "-pk").first(),
        plan=plan,
        quote=Quote.objects.filter(patient__in=records_of(pk)).order_by("-pk").first(),
        check_in=check_ins.order_by("due_on", "pk").first(),
        follow_ups=list(follow_ups.select_related("reaction__effect").order_by("due_on", "pk")[:MOST]),
        booked=list(booked.select_related("clinic").order_by("starts_at")[:MOST]),
        sessions=list(last_sessions_with_totals(pk)),
        course=CourseSoFar(plan.done, plan.draft_pk, plan.draft_number) if plan else CourseSoFar(),
    )


class _CourseColumns(TypedDict):
    """What :func:`_newest_plan_with_its_course_or_none` adds to a plan."""

    done: int
    draft_pk: int | None
    draft_number: int | None


def _newest_plan_with_its_course_or_none(pk: int) -> "WithAnnotations[TreatmentPlan, _CourseColumns] | None":
    """With what CourseSoFar holds. One query."""
    sessions = TreatmentSession.objects.filter(plan=OuterRef("pk")).order_by("number", "pk")
    drafts = sessions.filter(status=SessionStatus.DRAFT)
    done = sessions.filter(status__in=SIGNED).order_by().values("plan").annotate(n=Count("pk")).values("n")
    return (
        TreatmentPlan.objects.filter(patient__in=records_of(pk))
        .select_related("clinic", "protocol", "assessment")
        .annotate(
            done=Coalesce(Subquery(done), 0),
            draft_pk=Subquery(drafts.values("pk")[:1]),
            draft_number=Subquery(drafts.values("number")[:1]),
        )
        .order_by("-pk")
        .first()
    )


#: Reactions that are shown in red (treatments.sessions.rules.alerts.is_alarming).
_IS_ALARMING = Q(effect__level__in=ALERT_LEVELS) | Q(grade=SEVERE)


def last_sessions_with_totals(pk: int) -> QuerySet[TreatmentSession]:
    """The last sessions with ml given, worst pain and reactions. One query."""
    mine = {"treatment_session": OuterRef("pk")}
    doses, reactions = Dose.objects.filter(**mine), Reaction.objects.filter(**mine).order_by()
    return (
        TreatmentSession.objects.filter(patient__in=records_of(pk))
        .exclude(status=SessionStatus.VOID)
        .select_related("signed_by", "clinician", "clinic", "cocktail_version__cocktail")
        .annotate(
            given_ml=Subquery(
                doses.order_by().values("treatment_session").annotate(total=Sum("ml")).values("total")
            ),
            worst_pain=Subquery(Pain.objects.filter(**mine, moment=Pain.Moment.DURING).values("score")[:1]),
            alarming_text=Subquery(
                reactions.filter(_IS_ALARMING)
                .values("treatment_session")
                .annotate(all=StringAgg("effect__short_label", ", "))
                .values("all")
            ),
            reactions_text=Subquery(
                reactions.exclude(_IS_ALARMING)
                .values("treatment_session")
                .annotate(all=StringAgg("effect__short_label", ", "))
                .values("all")
            ),
        )
        .order_by("-performed_on", "-pk")[:SESSIONS_SHOWN]
    )


def progress_of_patient(glance: Glance, today: date) -> Progress:
    """How far the patient is, from what is already at hand."""
    frame, plan, quote = glance.frame, glance.plan, glance.quote
    return Progress(
        intake_taken=frame.has_intake,
        consent_valid=frame.consent is not None and frame.consent.is_valid_on(today),
        assessed=frame.has_assessment,
        cocktail_begun=frame.cocktail_pk is not None,
        cocktail_signed=frame.has_signed_cocktail,
        plan_status=plan.status if plan else "",
        quote_status=quote.status if quote else "",
        quote_valid_until=quote.valid_until if quote else None,
        sessions_planned=plan.sessions_planned if plan else 0,
        sessions_done=glance.sessions_done_of_plan,
        booked=tuple(
            (visit.session_number, timezone.localtime(visit.starts_at).date())
            for visit in glance.booked
            if visit.session_number
        ),
        draft_number=glance.course.draft_number,
        review_at=glance.review_session_number,
        reviewed_to=plan.reviewed_to if plan else 0,
    )


def links_of_steps(steps: Sequence[Step], glance: Glance) -> list[Link]:
    """The steps as links to where they are done; a step that only waits has none."""
    plan, quote, cocktail = glance.plan, glance.quote, glance.frame.cocktail_pk
    draft_pk = glance.course.draft_pk
    first_booked = next(iter(glance.booked), None)
    here = glance.patient.pk
    targets: dict[Do, tuple[str, int] | None] = {
        Do.SIGN_SESSION: ("sessions:session", draft_pk) if draft_pk else None,
        Do.TAKE_INTAKE: ("patients:intake", here),
        Do.SIGN_CONSENT: ("patients:consent", here),
        Do.ASSESS: ("conditions:assess", here),
        Do.BUILD_COCKTAIL: ("cocktails:start", here),
        Do.SIGN_COCKTAIL: ("cocktails:formulation", cocktail) if cocktail else None,
        Do.MAKE_PLAN: ("billing:start", here),
        Do.ISSUE_QUOTE: ("billing:quote", quote.pk) if quote else ("plan", plan.pk) if plan else None,
        Do.AWAIT_ANSWER: ("billing:quote", quote.pk) if quote else None,
        Do.BOOK: ("schedule:book_course", plan.pk) if plan else None,
        Do.GO_ON: ("plan", plan.pk) if plan else None,
        Do.START_SESSION: ("schedule:appointment", first_booked.pk) if first_booked else None,
        Do.DECIDE_REVIEW: ("response:review", plan.pk) if plan else None,
        Do.DECIDE_MAINTENANCE: ("response:review", plan.pk)
        if plan and plan.reviewed_to < plan.sessions_planned
        else ("billing:start", here),
    }
    return [
        Link(step.text, reverse(target[0], args=[target[1]]) if target else None)
        for step in steps
        for target in [targets.get(step.do)]
    ]


def known_patient_facts(glance: Glance) -> list[tuple[str, str]]:
    """“What we know”: the answers and risk factors a clinician looks for first, in words."""
    intake = glance.intake
    answers = intake.answers if intake else {}

    def intake_answer_text(code: str) -> str:
        """The answer in words; empty where there is none."""
        value = answers.get(code) or ""
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if month := month_or_year_text_or_none(str(value)):
            return month
        try:
            return formats.date_format(date.fromisoformat(str(value)), "j M Y")
        except ValueError:
            return str(value)

    def risk_factor_labels_text(kind: str) -> str:
        """The labels of this kind, with commas between them."""
        return ", ".join(factor.label for factor in glance.frame.factors if factor.kind == kind)

    rows = [
        ("Likely causes", ", ".join(intake.likely_causes) if intake else ""),
        ("Since", intake_answer_text("duration")),
        ("Where", intake_answer_text("pattern")),
        ("Medicines", risk_factor_labels_text("medicine")),
        ("Allergies", risk_factor_labels_text("allergy")),
        ("Pregnancy", risk_factor_labels_text("pregnancy") or intake_answer_text("pregnant")),
        ("Diseases", risk_factor_labels_text("disease")),
        ("Expects", intake_answer_text("expect")),
    ]
    return [(label, text) for label, text in rows if text]


def links_of_next_steps(glance: Glance, *, clinical: bool, today: date) -> list[Link]:
    """What comes next, as far as the reader may do it."""
    steps = next_steps_of(progress_of_patient(glance, today), today)
    links = links_of_steps(steps, glance)
    if clinical or not steps:
        return links
    first = steps[0].text
    links = [link for step, link in zip(steps, links, strict=True) if step.do in _DESK_STEPS]
    return links or [Link(f"With the clinician: {first[0].lower()}{first[1:]}", None)]


def patient_page_context(
    glance: Glance, *, here: Clinic, clinical: bool, sees_photographs: bool, today: date
) -> dict[str, object]:
    """The context of the patient's page. The front desk gets bookings, plan and balance, nothing clinical."""
    plan = glance.plan
    steps = links_of_next_steps(glance, clinical=clinical, today=today)
    context: dict[str, object] = {
        "plan": plan,
        "afterwards": _follow_up_and_next_call_links(glance, clinical=clinical, today=today),
        "next_steps": steps,
        "primary": primary_link_or_none(glance, steps, clinical=clinical),
        "booked": glance.booked,
        "segments": [n < glance.sessions_done_of_plan for n in range(plan.sessions_planned)] if plan else [],
        "course_line": _course_text(plan, glance, today) if plan else "",
        "balance": _balance_unless_nothing_accepted(
            plan_balance(plan, signed_sessions=glance.sessions_done_of_plan)
        )
        if plan and clinical
        else None,
        "clinical": clinical,
    }
    if not clinical:
        desk = read_patient_desk(glance.patient, here, timezone.now())
        context |= {"desk": desk, "desk_visits": desk.desk_visits}
        context["sent"] = links_sent(glance.patient, desk, glance.check_in, here, today)
        context["invoices"] = list(invoices_of_patient(glance.patient)[:MOST])
    else:
        shown = alerts_without_companions(glance.frame.alerts)
        response = response_of_patient(glance.patient, plan)
        if sees_photographs:
            context["pictures"] = before_and_now_of_patient(glance.patient.pk, response.first_session_on)
        context |= {
            "open_alerts": shown[:MOST_ALERTS],
            "more_alerts": max(0, len(shown) - MOST_ALERTS),
            "alert_origins": _origin_address_by_alert_id(glance.frame.alerts),
            "to_clear": _links_that_end_alerts(shown, glance.patient.pk),
            "blocked_session": next((visit for visit in glance.booked if visit.session_number), None)
            if any(alert.is_fixed for alert in shown)
            else None,
            "sessions": glance.sessions,
            **shown_response_context(response),
            "honest_line": HONEST_LINE,
            "known": known_patient_facts(glance),
            "way": path_steps_of_patient(
                glance.frame,
                intake=glance.intake,
                plan=plan,
                quote=glance.quote,
                signed=glance.sessions_done_of_plan,
            ),
        }
    return context


def primary_link_or_none(glance: Glance, steps: Sequence[Link], *, clinical: bool) -> Link | None:
    """The one thing to do now. Where an open alert stops the next injection it is cleared first, not passed by."""
    first = next((link for link in steps if link.url), None)
    stops = next((alert for alert in glance.frame.alerts if alert.pk and alert.is_fixed), None)
    starts = reverse("schedule:appointment", args=[glance.booked[0].pk]) if clinical and glance.booked else ""
    if stops is None or first is None or first.url != starts:
        return first
    return Link("Clear the alert…", reverse("patients:alert_clear", args=[glance.patient.pk, stops.pk]))


def _links_that_end_alerts(alerts: Sequence[OpenAlert], patient_pk: int) -> list[Link]:
    """What is ended before the next injection, the gravest first."""
    return [
        Link(
            f"{'Clear' if alert.pk else 'See'} first: {alert.text.partition(': ')[0].rstrip('.')}",
            clearing_url_of_alert(alert, patient_pk),
        )
        for alert in alerts[:MOST_ALERTS]
        if alert.is_fixed
    ]


#: The rows that raise an alert and have a page: what happened stands there.
_ORIGINS = {"followup.followup": "followup:follow_up", "recalls.recallcase": "recalls:case"}


def _origin_address_by_alert_id(alerts: Iterable[OpenAlert]) -> dict[int, str]:
    """By alert: the page of what raised it, where it has one."""
    found = {}
    for alert in alerts:
        row, _, pk = alert.source.partition(":")
        if row in _ORIGINS:
            found[alert.pk] = reverse(_ORIGINS[row], args=[int(pk.partition("/")[0])])
    return found


def _follow_up_and_next_call_links(glance: Glance, *, clinical: bool, today: date) -> list[Link]:
    """What is followed up, for who may read it, and the next call."""
    links = [
        Link(
            f"Follow up: {each.reaction.effect.short_label.lower()}",
            reverse("followup:follow_up", args=[each.pk]),
        )
        for each in glance.follow_ups
        if clinical and each.reaction
    ]
    if check_in := glance.check_in:
        when = "now" if check_in.due_on <= today else f"on {formats.date_format(check_in.due_on, 'j M')}"
        url = reverse("followup:check_in", args=[check_in.pk]) if clinical else reverse("followup:calls")
        links.append(Link(f"Ring {when}: {days_as_hours_or_weeks_text(check_in.days)} after a session", url))
    return links


def _course_text(plan: TreatmentPlan, glance: Glance, today: date) -> str:
    """“2 of 8 done · next today 10:00 · then 7 Dec”."""
    parts = [f"{glance.sessions_done_of_plan} of {plan.sessions_planned} done"]
    ahead = [
        timezone.localtime(visit.starts_at, visit.clinic.zone)
        for visit in glance.booked
        if visit.session_number
    ]
    for word, at in zip(("next", "then"), ahead, strict=False):
        day = "today" if at.date() == today else formats.date_format(at, "j M")
        parts.append(f"{word} {day} {at:%H:%M}" if word == "next" else f"{word} {day}")
    return " · ".join(parts)


def _balance_unless_nothing_accepted(money: Balance) -> OpenBalance | None:
    """None where nothing was accepted."""
    if money.price is None:
        return None
    return OpenBalance(open=money.owed, paid=money.paid, currency=money.currency, is_settled=money.is_settled)


def _read_glance_or_404(pk: int, on: date) -> Glance:
    try:
        return read_patient_glance(pk, on)
    except Patient.DoesNotExist as nobody:
        raise Http404 from nobody


@requires_permission(Permission.SEE_PATIENT)
@require_GET
@transaction.atomic
def patient_page(request: StaffRequest, pk: int) -> HttpResponse:
    """What happened and what comes next. Looking is a row in the audit log."""
    day = timezone.localdate()
    glance = _read_glance_or_404(pk, day)
    found = glance.patient
    if found.merged_into_id:
        return redirect("patient", pk=found.merged_into_id)
    audit.record(by=request.user, did="patient.viewed", about=found, patient_id=pk)
    clinical = request.user.may(Permission.SEE_CLINICAL)
    context = {"nav_on": "patients", "patient": found, "frame": glance.frame, "step": ""}
    origins = _origin_address_by_alert_id(glance.frame.alerts)
    context["strip"] = alert_strip_or_none(
        glance.frame.alerts,
        pk,
        clinical=clinical,
        may_clear=request.user.may(Permission.SIGN_SESSION),
        happened=next((url for url in origins.values()), ""),
        booked_pk=glance.booked[0].pk if glance.booked and request.user.may(Permission.BOOK) else None,
    )
    if request.user.may(Permission.REGISTER_PATIENTS):
        context |= {"maybe_same": records_maybe_the_same(found), "merges": merges_of(found)}
    return render(
        request,
        "mesoclinic/pages/patient.html",
        context
        | patient_page_context(
            glance,
            here=request.clinic,
            clinical=clinical,
            sees_photographs=request.user.may(Permission.SEE_PHOTOGRAPHS),
            today=day,
        ),
    )


@requires_permission(Permission.SEE_PATIENT)
@require_http_methods(["GET", "HEAD"])
def redirect_to_next_step(request: StaffRequest, pk: int) -> HttpResponse:
    """To the page of what is to be done now for a patient; to the patient's page where that is nothing for this reader."""
    day = timezone.localdate()
    glance = _read_glance_or_404(pk, day)
    links = links_of_next_steps(glance, clinical=request.user.may(Permission.SEE_CLINICAL), today=day)
    return redirect(next((link.url for link in links if link.url), reverse("patient", args=[pk])))
