"""States of a gate that is not passed: a question nobody asked, no consent, an interval that is too short."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from mesoclinic.demo import patients as course
from mesoclinic.demo.states.courses import Making, begin, draw_syringe, pay_course, treat_once
from treatments.sessions.queries.required_answers import SCALP_LOOK


def draw_unasked(making: Making) -> None:
    draw_syringe(making)


def pay_only(making: Making) -> None:
    pay_course(making)


def pay_without_consent(making: Making) -> None:
    pay_course(making, consents=False)


def begin_without_asking_about_relief(making: Making) -> None:
    """What relief asks is asked at the tap on cream or nerve block."""
    making = replace(making, unasked=("anaesthetic", "g6pd"))
    session = begin(making, pay_course(making))
    course.chart_session(making.demo, session, making.by, review=False)


def forget_the_scalp(making: Making) -> None:
    making = replace(making, unasked=(SCALP_LOOK,))
    begin(making, pay_course(making))


def come_back_too_soon(making: Making) -> None:
    treat_once(making, days_ago=3)


RECIPES: Mapping[str, Callable[[Making], None]] = {
    "unasked-signing": draw_unasked,
    "unasked-start": pay_only,
    "no-consent": pay_without_consent,
    "unasked-relief": begin_without_asking_about_relief,
    "unasked-first-dose": forget_the_scalp,
    "too-soon": come_back_too_soon,
}
