"""States of a gate that is not passed: a question nobody asked, no consent, an interval that is too short."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from mesoclinic.demo import patients as course
from mesoclinic.demo.states.courses import (
    Making,
    create_assessment_and_cocktail_draft,
    create_paid_plan,
    start_session_without_visit,
    treat_once,
)
from treatments.sessions.queries.required_answers import SCALP_LOOK


def draft_cocktail_without_answers(making: Making) -> None:
    create_assessment_and_cocktail_draft(making)


def create_paid_plan_only(making: Making) -> None:
    create_paid_plan(making)


def create_paid_plan_without_consent(making: Making) -> None:
    create_paid_plan(making, consents=False)


def chart_session_without_relief_questions(making: Making) -> None:
    """What relief asks is asked at the tap on cream or nerve block."""
    making = replace(making, unasked=("anaesthetic", "g6pd"))
    session = start_session_without_visit(making, create_paid_plan(making))
    course.chart_session(making.demo, session, making.by)


def start_session_without_scalp_answer(making: Making) -> None:
    making = replace(making, unasked=(SCALP_LOOK,))
    start_session_without_visit(making, create_paid_plan(making))


def treat_three_days_ago(making: Making) -> None:
    treat_once(making, days_ago=3)


RECIPES: Mapping[str, Callable[[Making], None]] = {
    "unasked-signing": draft_cocktail_without_answers,
    "unasked-start": create_paid_plan_only,
    "no-consent": create_paid_plan_without_consent,
    "unasked-relief": chart_session_without_relief_questions,
    "unasked-first-dose": start_session_without_scalp_answer,
    "too-soon": treat_three_days_ago,
}
