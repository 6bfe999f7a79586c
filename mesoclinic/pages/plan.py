"""TODO-DOC plan_with_course, plan, plan_page, _session_rows, _rhythm, _"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.moves import can_move
from mesoclinic.core.quantities import round_money
from mesoclinic.core.reasons import local_today
from patients.actions.people import note_viewing
from treatments.billing.forms.payments import PaymentForm, RefundForm
from treatments.billing.models import PlanSettings
from treatments.billing.queries.payments import balance_of, may_be_paid, payments_of, with_money
from treatments.billing.queries.quotes import quotes_of
from treatments.billing.rules.instalments import Due, due_by
from treatments.billing.rules.payments import REFUND_WORDS
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PLAN_MOVES, PlanStatus, interval_words


def plan_with_course(pk: int) -> QuerySet[TreatmentPlan]:
    """For the plan's page, in one query: who, what, its sessions (``done_rows``, ``booked_rows``), its money."""
    mine = TreatmentPlan.objects.filter(pk=OuterRef("pk"))
    return (
        with_money(TreatmentPlan.objects.filter(pk=pk).with_course())
        .select_related(
            "patient", "clinic__plan_settings", "protocol", "cocktail_version__cocktail", "created_by"
        )
        .annotate(
            done_rows=ArraySubquery(
                mine.filter(treatment_sessions__status__in=["signed", "amended"])
                .order_by("treatment_sessions__number")
                .values(
                    row=JSONObject(
                        id="treatment_sessions__pk",
                        number="treatment_sessions__number",
                        on="treatment_sessions__performed_on",
                    )
                )
            ),
            booked_rows=ArraySubquery(
                mine.filter(appointments__status__in=["booked", "confirmed", "arrived", "in_treatment"])
                .order_by("appointments__starts_at")
                .values(
                    row=JSONObject(
                        id="appointments__pk",
                        number="appointments__session_number",
                        at="appointments__starts_at",
                    )
                )
            ),
        )
    )


@require_http_methods(["GET", "HEAD"])
@allowed(Permission.SEE_QUOTES)
def plan(request, pk):
    """How far a course is, its quotes and its money. Nothing clinical for the front desk."""
    return plan_page(request, pk)


def plan_page(request, pk, *, status=200, **more):
    found = get_object_or_404(plan_with_course(pk))
    quotes = list(quotes_of(found))
    today = local_today()
    for quote in quotes:
        quote.shown_status = quote.status_on(today)
    if request.method == "GET":
        note_viewing(patient=found.patient, by=request.user, page="plan")
    clinical = request.user.may(Permission.SEE_CLINICAL)
    money = balance_of(found)
    sessions = _session_rows(found)
    accepted = next((q for q in quotes if q.status == QuoteStatus.ACCEPTED), None)
    settings = PlanSettings.of(found.clinic)
    here = {"settings": settings, "currency": money.currency}
    overdue, due = _due(accepted, money, today)
    context = {
        "patient": found.patient,
        "step": "plan" if clinical else "",
        "title": "Plan",
        "nav_on": "patients" if clinical else "quotes",
        "plan": found,
        "clinical": clinical,
        "sessions": sessions,
        "segments": [n < found.sessions_done for n in range(found.sessions_planned)],
        "rhythm": _rhythm(found.intervals),
        "quotes": quotes,
        "draft": next((q for q in quotes if q.status == QuoteStatus.DRAFT), None),
        "waiting": next((q for q in quotes if q.shown_status == QuoteStatus.ISSUED), None),
        "accepted": accepted,
        "quotable": found.status == PlanStatus.QUOTED
        or can_move(PLAN_MOVES, found.status, PlanStatus.QUOTED),
        "acceptable": found.status == PlanStatus.DRAFT,
        "stoppable": can_move(PLAN_MOVES, found.status, PlanStatus.STOPPED),
        "bookable": found.status in (PlanStatus.ACCEPTED, PlanStatus.ACTIVE)
        and any(row["state"] == "open" for row in sessions),
        "money": money,
        "payments": list(payments_of(found)),
        "payable": may_be_paid(found) and (money.price is None or money.owed > 0),
        "overdue": overdue,
        "due": due,
        "refund_words": REFUND_WORDS[money.policy],
        "payment_form": PaymentForm(initial=_next_payment(accepted, money, overdue, due), **here),
        "refund_form": RefundForm(auto_id="refund_%s", initial={"amount": money.refundable or None}, **here),
    }
    return render(request, "mesoclinic/pages/plan.html", context | more, status=status)


def _session_rows(plan) -> list[dict[str, Any]]:
    """Each session planned: done on, booked at, or open."""
    done = {row["number"]: row for row in plan.done_rows}
    booked = {row["number"]: row for row in plan.booked_rows if row["number"]}
    rows = []
    for number in range(1, max([plan.sessions_planned, *done, *booked]) + 1):
        row: dict[str, Any] = {"number": number, "state": "open"}
        if number in done:
            row |= {"state": "done", "id": done[number]["id"], "on": done[number]["on"]}
            row["on"] = datetime.fromisoformat(row["on"]).date()
        elif number in booked:
            row |= {"state": "booked", "id": booked[number]["id"]}
            row["at"] = datetime.fromisoformat(booked[number]["at"])
        rows.append(row)
    return rows


def _rhythm(intervals) -> str:
    """“fortnightly”, “weekly, then monthly”."""
    return ", then ".join(dict.fromkeys(map(interval_words, intervals)))


def _due(accepted, money, today) -> tuple[Any, Any]:
    """(what is overdue, the next part with its day), by the parts agreed in the quote."""
    if accepted is None or money.price is None or money.owed <= 0:
        return 0, None
    parts = accepted.parts or [money.price]
    dues = [Due(at * accepted.instalment_days, part) for at, part in enumerate(parts)]
    said_yes = timezone.localdate(accepted.answered_at)
    overdue, following = due_by(dues, (today - said_yes).days, money.paid)
    if following is None:
        return overdue, None
    day = said_yes + timedelta(days=following.days)
    return overdue, {"on": day, "amount": following.amount}


def _next_payment(accepted, money, overdue, due) -> dict[str, Any]:
    """What is likely to come in: the deposit, what is overdue, the next part; else what is owed."""
    if money.price is None or money.owed <= 0:
        return {}
    amount = overdue or (due and due["amount"]) or money.owed
    parts = accepted.parts if accepted else []
    kind = "payment"
    if len(parts) > 1:
        kind = "deposit" if accepted.deposit and not money.paid else "instalment"
    return {"amount": round_money(min(amount, money.owed), money.currency), "kind": kind}
