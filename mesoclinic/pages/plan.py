"""The page of one plan: its course, its quotes and its money. Nothing clinical for the front desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.moves import can_move
from mesoclinic.core.quantities import ZERO, round_money
from patients.actions.people import record_viewing
from treatments.billing.forms.charges import WriteOffForm
from treatments.billing.forms.payments import PaymentForm, RefundForm
from treatments.billing.models import Payment, PlanSettings, Quote
from treatments.billing.queries.payments import (
    Balance,
    is_plan_agreed,
    payments_with_receipts,
    plan_balance,
)
from treatments.billing.queries.quotes import QuoteSummary, quote_summaries_of_plan
from treatments.billing.rules.instalments import Due, overdue_and_next_due_or_none
from treatments.billing.rules.payments import REFUND_TEXT
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import CourseSession, TreatmentPlan
from treatments.plans.queries import other_signed_cocktails_of_patient
from treatments.plans.rules import PLAN_MOVES, PlanStatus, interval_text, review_waited_for_or_none
from treatments.response.queries.review import reviews_of_plan
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import ACTIVE, AppointmentStatus


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session of the course: ``done`` on a day, ``booked`` at a time, or ``open``."""

    number: int
    state: str = "open"
    on: date | None = None
    at: datetime | None = None
    waits_for: int | None = None  # the session whose review has to be answered first


@dataclass(frozen=True, slots=True)
class NextPart:
    """The next part of the agreed price, and its day."""

    on: date
    amount: Decimal


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.SEE_QUOTES)
def plan_page(request: StaffRequest, pk: int) -> HttpResponse:
    """How far a course is, its quotes and its money."""
    found = get_object_or_404(
        TreatmentPlan.objects.select_related(
            "patient", "clinic__plan_settings", "protocol", "cocktail_version__cocktail", "created_by"
        ),
        pk=pk,
    )
    record_viewing(patient=found.patient, by=request.user, page="plan")
    clinical = request.user.may(Permission.SEE_CLINICAL)
    today = timezone.localdate()
    quotes = quote_summaries_of_plan(found, on=today)
    sessions = course_session_rows(found)
    done = sum(1 for row in sessions if row.state == "done")
    context = {
        "patient": found.patient,
        "step": "plan" if clinical else "",
        "title": "Plan",
        "nav_on": "patients" if clinical else "quotes",
        "plan": found,
        "clinical": clinical,
        "sessions": sessions,
        "done": done,
        "reviews": reviews_of_plan(found),
        "is_reviewable": clinical and bool(done) and found.status in (PlanStatus.ACTIVE, PlanStatus.DONE),
        "is_review_waited_for": any(row.waits_for is not None and row.waits_for <= done for row in sessions),
        "segments": [n < done for n in range(found.sessions_planned)],
        "intervals_text": _intervals_text(found.intervals),
        "quotes": quotes,
        "draft": _newest_quote_with_status_or_none(quotes, QuoteStatus.DRAFT),
        "waiting": _newest_quote_with_status_or_none(quotes, QuoteStatus.ISSUED),
        "quotable": found.status == PlanStatus.QUOTED
        or can_move(PLAN_MOVES, found.status, PlanStatus.QUOTED),
        "acceptable": found.status == PlanStatus.DRAFT,
        "stoppable": can_move(PLAN_MOVES, found.status, PlanStatus.STOPPED),
        "paused": found.status == PlanStatus.PAUSED,
        "cocktails": other_signed_cocktails_of_patient(found)[:20]
        if found.status == PlanStatus.CHANGING
        else None,
        "bookable": found.status in (PlanStatus.ACCEPTED, PlanStatus.ACTIVE)
        and any(row.state == "open" for row in sessions),
    }
    return render(
        request, "mesoclinic/pages/plan.html", context | _money_context(found, quotes, today, request.clinic)
    )


def _money_context(
    found: TreatmentPlan, quotes: Sequence[QuoteSummary], today: date, clinic: Clinic | None
) -> dict[str, object]:
    """What was paid, what is owed and when the next part is due, with the forms for both ways of money."""
    money = plan_balance(found)
    accepted = _newest_quote_with_status_or_none(quotes, QuoteStatus.ACCEPTED)
    overdue, due = _overdue_and_next_part_or_none(accepted, money, today)
    payments = list(payments_with_receipts(Payment.objects.filter(plan=found)))
    settings = PlanSettings.of_clinic_or_defaults(found.clinic)
    return {
        "accepted": accepted,
        "money": money,
        "payments": payments,
        "till": clinic,
        "payable": is_plan_agreed(found) and (money.price is None or money.owed > 0),
        "overdue": overdue,
        "due": due,
        "refund_text": REFUND_TEXT[money.policy],
        "payment_form": PaymentForm(
            initial=_initial_of_payment_form(accepted, money, overdue, due),
            voided=_voided_and_not_replaced(payments),
            settings=settings,
            currency=money.currency,
        ),
        "refund_form": RefundForm(
            auto_id="refund_%s",
            initial={"amount": money.refundable or None},
            settings=settings,
            currency=money.currency,
        ),
        "write_off_form": WriteOffForm(auto_id="off_%s", settings=settings, currency=money.currency),
    }


def _voided_and_not_replaced(payments: Sequence[Payment]) -> list[Payment]:
    """Of a plan's payments (each with its receipt): those that another one may stand for."""
    voids = {each.voids_id: each for each in payments if each.undoes_another_payment}
    taken = {each.replaces_id for each in payments if each.replaces_id}
    return [
        each
        for each in payments
        if each.amount > 0
        and each.pk in voids
        and voids[each.pk].replaced_by_id is None
        and each.pk not in taken
    ]


def _newest_quote_with_status_or_none(quotes: Sequence[QuoteSummary], status: QuoteStatus) -> Quote | None:
    """The newest quote that stands so today."""
    return next((each.quote for each in quotes if each.status == status), None)


def course_session_rows(plan: TreatmentPlan) -> list[SessionRow]:
    """Each session of the course, by its number. Two queries."""
    done = {each.number: each for each in CourseSession.objects.filter(plan=plan, signed_at__isnull=False)}
    booked = {
        each.session_number or 0: each
        for each in Appointment.objects.filter(
            plan=plan, session_number__isnull=False, status__in=ACTIVE - {AppointmentStatus.DONE}
        ).order_by("starts_at")
    }
    rows = []
    for number in range(1, max([plan.sessions_planned, *done, *booked]) + 1):
        waits_for = review_waited_for_or_none(
            number,
            sessions_planned=plan.sessions_planned,
            review_at=plan.clinic.review_at_session,
            reviewed_to=plan.reviewed_to,
        )
        if number in done:
            rows.append(SessionRow(number, "done", on=done[number].performed_on))
        elif number in booked:
            rows.append(SessionRow(number, "booked", at=booked[number].starts_at, waits_for=waits_for))
        else:
            rows.append(SessionRow(number, waits_for=waits_for))
    return rows


def _intervals_text(intervals: Sequence[int]) -> str:
    """“fortnightly”, “weekly, then monthly”."""
    return ", then ".join(dict.fromkeys(map(interval_text, intervals)))


def _overdue_and_next_part_or_none(
    accepted: Quote | None, money: Balance, today: date
) -> tuple[Decimal, NextPart | None]:
    """(what is overdue, the next part), by the parts agreed in the quote."""
    if accepted is None or accepted.answered_at is None or money.price is None or money.owed <= 0:
        return ZERO, None
    parts = _agreed_instalments(accepted) or [money.price]
    dues = [Due(at * accepted.instalment_days, part) for at, part in enumerate(parts)]
    said_yes = timezone.localdate(accepted.answered_at)
    overdue, following = overdue_and_next_due_or_none(dues, (today - said_yes).days, money.paid)
    if following is None:
        return overdue, None
    return overdue, NextPart(said_yes + timedelta(days=following.days), following.amount)


def _agreed_instalments(accepted: Quote | None) -> list[Decimal]:
    """How the patient pays: the deposit first, where there is one."""
    return accepted.chosen_option.instalments if accepted and accepted.chosen_option else []


def _initial_of_payment_form(
    accepted: Quote | None, money: Balance, overdue: Decimal, due: NextPart | None
) -> dict[str, object]:
    """What is likely to come in: the deposit, what is overdue, the next part; else what is owed."""
    if money.price is None or money.owed <= 0:
        return {}
    amount = overdue or (due.amount if due else money.owed)
    kind = "payment"
    if len(_agreed_instalments(accepted)) > 1 and accepted and accepted.chosen_option:
        kind = "deposit" if accepted.chosen_option.deposit and not money.paid else "instalment"
    return {"amount": round_money(min(amount, money.owed), money.currency), "kind": kind}
