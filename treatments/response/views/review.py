"""The review of a course: what it is decided from on one page, the decision, what was decided, and the patient's letter."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.documents import pdf_response
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.reasons import add_field_errors_and_return_others
from mesoclinic.core.wording import day_text
from patients.actions.people import record_viewing
from treatments.billing.queries.payments import plan_balance
from treatments.conditions.queries.photographs import then_and_now_by_view
from treatments.response.actions.review import decide_review, is_harm_open, usual_interval_days
from treatments.response.forms import ReviewForm
from treatments.response.models import Review
from treatments.response.queries import review as queries
from treatments.response.queries.scoring import blind_scores_of_photographs
from treatments.response.queries.series import response_of_patient, sessions_given_to
from treatments.response.rules.plots import plot_series
from treatments.response.rules.review import (
    HONEST_LINE,
    Decision,
    check_review_possible,
    decisions_open,
    early_text,
    gives_up_bookings,
)
from treatments.response.rules.scoring import score_text

LETTER = "treatments/response/letter.typ"


@requires_permission(Permission.SEE_CLINICAL)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_decide_review(request, pk):
    """Everything the decision is made from, and the decision. Nothing is chosen beforehand."""
    plan = get_object_or_404(queries.plans_to_review(), pk=pk)
    form = ReviewForm(request.POST or None)
    refused = []
    if request.method == "POST" and form.is_valid():
        try:
            review = decide_review(plan=plan, by=request.user, **form.values_for_action)
        except Refused as stopped:
            refused = add_field_errors_and_return_others(stopped, form)
        else:
            messages.success(request, f"Decided: {review.get_decision_display().lower()}.")
            return redirect("response:reviewed", review.pk)
    if request.method != "POST":
        record_viewing(patient=plan.patient, by=request.user, page="review")
    # Read together with the patient: larger, without other people's figures and scores.
    large = "large" in request.GET
    context = _review_context(plan, form, refused, request.user, large=large)
    return render(request, "treatments/response/review.html", context, status=422 if form.is_bound else 200)


def _review_context(plan, form, refused, by, *, large):
    now = timezone.now()
    zone = plan.clinic.zone
    given = sessions_given_to(plan.patient)
    facts, number = queries.review_facts(plan, is_harm_open=is_harm_open(plan.patient_id), given=given)
    booked = queries.booked_sessions_after(plan, number, now=now)
    response = response_of_patient(plan.patient, plan, with_others=not large, given=given)
    open_now = set() if check_review_possible(facts) else set(decisions_open(facts))
    chosen = form["decision"].value() or ""
    return {
        "title": "Review",
        "patient": plan.patient,
        "step": "plan",
        "nav_on": "patients",
        "plan": plan,
        "large": large,
        "number": number,
        "findings": [*check_review_possible(facts), *refused],
        "form": form,
        "is_harm_open": facts.is_harm_open,
        "early": early_text(response.first_session_on, now.astimezone(zone).date()),
        "decisions": [
            {
                "value": decision.value,
                "label": decision.label,
                "lines": lines,
                "is_open": decision in open_now,
                "is_chosen": decision.value == chosen,
            }
            for decision, lines in _decisions_with_lines(plan, number, booked, now, signed=facts.signed)
        ],
        "waiting": [visit.session_number for visit in booked],
        "reviews": queries.reviews_of_plan(plan),
        **_pictures_context(_pictures_if_allowed(by, plan, response)),
        **shown_response_context(response),
        **_course_context(plan),
    }


def _pictures_if_allowed(by, plan, response, until=None):
    """Each view then and now; none for whoever may not see photographs."""
    if not by.may(Permission.SEE_PHOTOGRAPHS):
        return []
    return then_and_now_by_view(plan.patient_id, response.first_session_on, until=until)


def _pictures_context(pictures, until=None):
    """The pictures, and what people said of them without their dates: a line for each view. One query."""
    numbers = [each.pk for pair in pictures for each in (pair.then, pair.now) if each is not None]
    scores = blind_scores_of_photographs(numbers, until=until) if numbers else []
    by_view = {}
    for row in scores:
        by_view.setdefault(row.earlier.view_id, []).append(row)
    blind = [
        {
            "view": rows[0].earlier.view.name,
            "scores": " and ".join(score_text(row.score) for row in rows),
            "by": ", ".join(row.rater.short_name for row in rows),
            "on": rows[-1].answered_at,
        }
        for rows in by_view.values()
    ]
    return {"pictures": pictures, "blind": blind}


def _course_context(plan):
    """The sessions so far, what was given, and what the rules of reviews say."""
    rules = queries.rules_for_condition(plan.assessment.condition.code)
    names, never = queries.measure_names_and_never_measured(rules)
    return {
        "sessions": queries.sessions_of_course(plan),
        "given": queries.given_per_active(plan),
        "rules": [
            {"of": ", ".join(names.get(code, code) for code in rule.measures.split(";")), "row": rule}
            for rule in rules
        ],
        "never": never,
        "honest_line": HONEST_LINE,
    }


def shown_response_context(response):
    """The series as they are printed: what was measured is drawn, what the patient says stands in rows."""
    return {
        "measured": [_series_context(series) for series in response.measured],
        "told": [_told_context(series) for series in response.told],
    }


def _series_context(series):
    verdict = series.verdict()
    return {
        "name": series.measure.name,
        "place": series.place,
        "value": series.value_text,
        "how": series.how_text,
        "verdict": verdict.text,
        "level": verdict.level,
        "others": series.others_text(),
        "plot": plot_series(series),
    }


def _told_context(series):
    verdict = series.verdict()
    current = [each for each in series.figures if not each.is_earlier]
    return {
        "name": series.measure.name,
        "then": plain_number_text(current[0].value) if current else "",
        "then_on": current[0].on if current else None,
        "now": plain_number_text(series.last.value),
        "now_on": series.last.on,
        "verdict": verdict.text,
        "level": verdict.level,
        "is_higher_better": series.measure.higher_is_better,
    }


def _decisions_with_lines(plan, number, booked, now, *, signed):
    """Each decision with what is left, the next day, and the money that moves."""
    money = plan_balance(plan, signed_sessions=signed)
    zone = plan.clinic.zone
    left = max(plan.sessions_planned - number, 0)
    gives_up = f"; {len(booked)} booking{'' if len(booked) == 1 else 's'} given up" if booked else ""
    following = (
        f"next {day_text(booked[0].starts_at.astimezone(zone).date())}" if booked else "next not booked"
    )
    owed = "nothing owed" if money.owed <= 0 else f"{_money(money.owed, money)} owed"
    back = (
        f"{_money(money.refundable, money)} can go back" if money.refundable > 0 else "nothing to give back"
    )
    usual = usual_interval_days(plan, number)
    texts = {
        Decision.CONTINUE: [f"{left} left, {following}", owed],
        Decision.CHANGE: [
            f"{left} left, wait for another signed cocktail",
            "what was agreed stays; a dearer mix is a new quote",
        ],
        Decision.LONGER: [
            f"{left} left, now {usual} days apart{gives_up}{' and made again' if booked else ''}",
            owed,
        ],
        Decision.STOP: [f"{left} not given{gives_up}; the calls afterwards stay", back],
        Decision.REFER: [f"course paused{gives_up}; a letter to take along", owed],
        Decision.MAINTENANCE: [f"course ends{gives_up}", _maintenance_text(plan)],
    }
    return [(decision, texts[decision]) for decision in Decision]


def _money(amount, money):
    return f"{amount:,.2f} {money.currency}"


def _maintenance_text(plan):
    days = plan.protocol.maintenance_days
    every = f" every {days} days" if days else ""
    return f"a new plan{every} with its own quote"


@requires_permission(Permission.SEE_CLINICAL)
@require_safe
def reviewed_page(request, pk):
    """What was decided, with the figures as they stood then. It is read, not changed."""
    review = get_object_or_404(Review.objects.select_related("by"), pk=pk)
    plan = get_object_or_404(queries.plans_to_review(), pk=review.plan_id)
    record_viewing(patient=plan.patient, by=request.user, page="review")
    response = response_of_patient(plan.patient, plan, until=review.at, with_others=False)
    context = {
        "title": "Review",
        "patient": plan.patient,
        "step": "plan",
        "nav_on": "patients",
        "plan": plan,
        "review": review,
        "decision": Decision(review.decision),
        "gave_up": gives_up_bookings(Decision(review.decision)),
        "balance": plan_balance(plan),
        **_pictures_context(
            _pictures_if_allowed(request.user, plan, response, until=review.at), until=review.at
        ),
        **shown_response_context(response),
        **_course_context(plan),
    }
    return render(request, "treatments/response/reviewed.html", context)


@requires_permission(Permission.SEE_CLINICAL)
@require_safe
def review_letter_pdf(request, pk):
    """What was decided, for the patient to take along. No figure of others, no text of the record but the reason."""
    review = get_object_or_404(Review.objects.select_related("by"), pk=pk)
    plan = get_object_or_404(queries.plans_to_review(), pk=review.plan_id)
    record_viewing(patient=plan.patient, by=request.user, page="review letter")
    content = {
        "clinic": plan.clinic.name,
        "name": plan.patient.full_name,
        "record_number": plan.patient.record_number,
        "day": day_text(review.at.astimezone(plan.clinic.zone).date()),
        "decision": review.decision,
        "number": review.number,
        "planned": plan.sessions_planned,
        "text": review.text,
        "interval_days": review.interval_days,
        "next_on": day_text(review.next_on) if review.next_on else "",
        "cancelled": review.cancelled,
        "condition": plan.assessment.condition.name,
        "by": review.by.display_name,
        "honest_line": HONEST_LINE,
    }
    return pdf_response(LETTER, content, f"review-{review.pk}")
