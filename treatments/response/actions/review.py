"""Decide how a course goes on. The decision does it: the plan, its days and what is booked."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import gate
from mesoclinic.core.reasons import refuse_card_number
from patients.actions.self_harm import raise_alert_if_self_harm_is_named
from treatments.plans.actions import lock_plan, move_plan_to_status
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import course_intervals, intervals_after_review
from treatments.response.models import Review
from treatments.response.queries.review import booked_sessions_after, review_facts
from treatments.response.rules.review import (
    Decision,
    check_decision,
    gives_up_bookings,
    plan_status_after_review_or_none,
)
from treatments.schedule.actions.visits import set_appointment_status
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import AppointmentStatus


def is_harm_open(patient_pk: int) -> bool:
    """Whether an alert that was raised stands against the next injection. Not what the record itself says."""
    return any(alert.pk and alert.blocks_injection for alert in open_alerts_of_patient(patient_pk))


@transaction.atomic
def decide_review(
    *,
    plan: TreatmentPlan,
    decision: Decision | None,
    text: str,
    by: User,
    interval_days: int | None = None,
    now: datetime | None = None,
) -> Review:
    """Keep the decision and do it.

    Continue lets the next session start. Change waits for another signed cocktail. Longer interval, stop, refer and
    maintenance give up what is booked after this session: it is booked again by the new days, or not at all. ``now``
    is for history.
    """
    refuse_unless_allowed(
        by, Permission.SIGN_SESSION, "A clinician decides how a course goes on.", code="review:role"
    )
    refuse_card_number(text, "text")
    now = now or timezone.now()
    plan = lock_plan(plan)
    facts, number = review_facts(plan, is_harm_open=is_harm_open(plan.patient_id))
    usual_days = usual_interval_days(plan, number)
    gate(check_decision(facts, decision, text=text, interval_days=interval_days, usual_days=usual_days))
    assert decision is not None  # the rule has refused none
    booked = booked_sessions_after(plan, number, now=now)
    if gives_up_bookings(decision):
        _cancel_bookings(booked, decision, by, now)
    _save_plan(plan, decision, number, interval_days, text.strip(), by)
    is_kept = bool(booked) and not gives_up_bookings(decision)
    review = Review.objects.create(
        plan=plan,
        number=number,
        decision=decision.value,
        text=text.strip(),
        interval_days=interval_days if decision is Decision.LONGER else None,
        next_on=booked[0].starts_at.astimezone(plan.clinic.zone).date() if is_kept else None,
        cancelled=len(booked) if gives_up_bookings(decision) else 0,
        at=now,
        by=by,
    )
    raise_alert_if_self_harm_is_named(plan.patient_id, [text], by)
    audit.record(
        by=by,
        did="review.decided",
        about=review,
        patient_id=plan.patient_id,
        plan=plan.pk,
        number=number,
        decision=decision.value,
        cancelled=review.cancelled,
    )
    return review


def usual_interval_days(plan: TreatmentPlan, number: int) -> int:
    """The days from session ``number`` to the next by the plan; 0 where none follows."""
    days = course_intervals(plan.intervals, plan.sessions_planned)
    return days[number - 1] if 1 <= number <= len(days) else 0


def _save_plan(
    plan: TreatmentPlan, decision: Decision, number: int, interval_days: int | None, text: str, by: User
) -> None:
    """The plan is reviewed as far as this session, and stands as decided."""
    plan.reviewed_to = number
    fields = ["reviewed_to"]
    if decision is Decision.LONGER and interval_days:
        plan.intervals = intervals_after_review(
            plan.intervals, sessions=plan.sessions_planned, number=number, days=interval_days
        )
        fields.append("intervals")
    plan.save(update_fields=fields)
    to = plan_status_after_review_or_none(decision, status=plan.status)
    if to is not None:
        reason = f"{decision.label} after session {number}: {text}"
        move_plan_to_status(plan=plan, to=to, by=by, reason=reason)


def _cancel_bookings(booked: list[Appointment], decision: Decision, by: User, now: datetime) -> None:
    """By the clinic, so never late on the patient's side, however short the notice."""
    for appointment in booked:
        set_appointment_status(
            appointment=appointment,
            to=AppointmentStatus.CANCELLED,
            by=by,
            reason=f"Review: {decision.label.lower()}",
            now=now,
        )
