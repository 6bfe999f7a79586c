"""The questions of the start page and of relief: what is missing is asked there, and the answers are written there."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from mesoclinic.core.findings import Finding, Refused, block, ordered
from patients.actions.safety_answers import record_safety_answers_and_risk_factors
from patients.forms.safety_answers import NONE_OF_THESE, read_posted_answers
from patients.models import Patient, SafetyAnswer
from treatments.cocktails.queries.questions import build_safety_questions
from treatments.cocktails.views.not_asked import NotAsked, findings_apart_from_questions, questions_not_asked
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.relief import missing_answers_before_relief
from treatments.sessions.queries.required_answers import (
    Asked,
    missing_answers_at_start,
    missing_answers_before_relief_methods,
)
from treatments.sessions.rules.pain_relief import ReliefFact

#: Fields of an answer begin with this (patients.forms.safety_answers).
_ANSWER = "answer"


def plan_to_start_or_none(
    appointment: Appointment | None = None, plan: TreatmentPlan | None = None
) -> TreatmentPlan | None:
    """The plan whose session is to start; none where the appointment belongs to none."""
    if plan is not None:
        return plan
    if appointment is None or appointment.plan_id is None:
        return None
    return TreatmentPlan.objects.select_related("patient").get(pk=appointment.plan_id)


def save_posted_start_answers_or_refuse(request: HttpRequest, plan: TreatmentPlan | None) -> None:
    """Write what was answered on the start page, whatever else stands in the way. Refuses what cannot be read."""
    if plan is None or not _has_posted_answers(request.POST):
        return
    today = timezone.localdate()
    _save_readable_answers_or_refuse(
        request, plan.patient, missing_answers_at_start(plan, today), SafetyAnswer.Where.START, today
    )


def save_posted_relief_answers_or_refuse(
    request: HttpRequest, session: TreatmentSession, relief: Sequence[ReliefFact]
) -> None:
    """The same of what was answered beside the relief, on the day of the session."""
    if not _has_posted_answers(request.POST):
        return
    day = session.performed_on
    asked = missing_answers_before_relief_methods(session.patient, [each.method for each in relief], day)
    _save_readable_answers_or_refuse(request, session.patient, asked, SafetyAnswer.Where.SESSION, day)


def _has_posted_answers(post: QueryDict) -> bool:
    return any(name.startswith((_ANSWER, NONE_OF_THESE)) for name in post)


def _save_readable_answers_or_refuse(
    request: HttpRequest, patient: Patient, missing: Asked, where: str, on: date
) -> None:
    """Write the answers to what is missing; then refuse those that cannot be read."""
    asked = build_safety_questions(missing.known, missing.known.questions_to_ask(missing.findings))
    posted = read_posted_answers(request.POST, asked)
    record_safety_answers_and_risk_factors(
        patient=patient,
        answers=posted.answers,
        by=request.user,  # type: ignore[arg-type]
        where=where,
        on=on,
    )
    if posted.errors:
        raise Refused(
            *(
                block(f"unread:{code}", message, fixed=True, where=f"question-{code}")
                for code, message in posted.errors.items()
            )
        )


def findings_and_questions_at_start(
    request: HttpRequest, plan: TreatmentPlan | None, refused: Sequence[Finding]
) -> tuple[list[Finding], list[NotAsked]]:
    """What stands against the start, and apart from it the questions to ask now."""
    if plan is None:
        return list(refused), []
    missing = missing_answers_at_start(plan, timezone.localdate())
    return findings_apart_from_questions(
        refused, questions_not_asked(request, missing.known, missing.findings)
    )


def findings_and_questions_about_relief(
    request: HttpRequest,
    session: TreatmentSession,
    relief: Sequence[ReliefFact],
    record: Sequence[Finding] = (),
) -> tuple[list[Finding], list[NotAsked]]:
    """What stands against this relief, the record's findings among it, and apart from it the questions to ask now."""
    asked = missing_answers_before_relief(session, relief, record)
    return findings_apart_from_questions(
        ordered([*record, *asked.findings]), questions_not_asked(request, asked.known, asked.findings)
    )
