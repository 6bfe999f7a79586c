"""What a made-up patient needs before a state can be shown: a syringe, a course that is paid, a session."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from mesoclinic.accounts.models import User
from mesoclinic.demo import patients as course
from mesoclinic.demo.answers import record_healthy_safety_answers
from mesoclinic.demo.patients import CASES, Case, Demo
from mesoclinic.demo.states.listing import Shown
from patients.models import Patient
from treatments.billing.actions.quotes import issue_quote
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.required_answers import AnswersOfPatient
from treatments.cocktails.rules.required_answers import SIGNING, START, Gate, RequiredAnswer
from treatments.conditions.models import Assessment
from treatments.plans.models import TreatmentPlan
from treatments.schedule.rules.availability import instant_of_clock
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import TreatmentSession

#: The one session behind them was so many days ago.
DAYS_AGO = 15

RIBOFLAVIN = replace(CASES[3], cocktail="Vitamin B2", products=(("riboflavin-2", "1.0"),))
DUTASTERIDE = replace(CASES[0], cocktail="Dutasteride", products=(("dutasteride-01", "2.0"),))


@dataclass(frozen=True, slots=True)
class Making:
    """One made-up patient on the way to the state that is shown, and the clinician who sees them."""

    demo: Demo
    shown: Shown
    patient: Patient
    by: User
    #: What must be asked, of anybody.
    rules: Sequence[RequiredAnswer]
    #: Answers of somebody who is not asked, or answers otherwise.
    unasked: Collection[str] = ()
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def usual_case(self) -> Case:
        return CASES[2] if self.patient.sex_at_birth == "male" else CASES[0]

    def record_answers_at_gate(self, gate: Gate, day: date) -> None:
        """Everything that is asked at this gate. Nobody has told these patients' clinicians anything before."""
        known = AnswersOfPatient(rules=self.rules, answers={}, standing=(), on=day)
        record_healthy_safety_answers(
            self.patient, self.by, day, gate, unasked=self.unasked, said=self.said, known=known
        )


def create_assessment_and_cocktail_draft(
    making: Making, case: Case | None = None, days_ago: int = 0
) -> tuple[Assessment, CocktailVersion]:
    """Assessed, and a syringe that nobody has signed."""
    demo, case = making.demo, case or making.usual_case
    day = demo.today - timedelta(days=days_ago + 3)
    assessment = course.record_made_up_assessment(demo, making.patient, case, making.by, on=day)
    return assessment, course.create_cocktail(demo, making.patient, case, making.by)


def create_paid_plan(
    making: Making, case: Case | None = None, *, days_ago: int = 0, consents: bool = True, sessions: int = 5
) -> TreatmentPlan:
    """Assessed, signed, quoted, accepted: the next session may be started."""
    demo, patient, by = making.demo, making.patient, making.by
    if consents:
        course.record_consent(demo, patient, by, days_ago=days_ago + 3)
    assessment, version = create_assessment_and_cocktail_draft(making, case, days_ago)
    making.record_answers_at_gate(SIGNING, demo.today)
    version = course.sign_answered_cocktail(version, by)
    plan = course.create_plan(demo, patient, assessment, version, sessions, by)
    offer = issue_quote(quote=course.draft_first_quote(demo, plan), by=demo.place.desk)
    return course.accept_and_pay(demo, offer, sessions)


def start_session_without_visit(making: Making, plan: TreatmentPlan, days_ago: int = 0) -> TreatmentSession:
    """In the chair, without a visit, at ten o'clock of that day."""
    demo = making.demo
    day = demo.today - timedelta(days=days_ago)
    making.record_answers_at_gate(START, day)
    at: datetime = course.at_or_now_if_future(instant_of_clock(day, time(10), demo.place.clinic.zone))
    return course.run_with_override_reasons(
        start_or_resume_session, plan=plan, by=making.by, clinic=demo.place.clinic, performed_on=day, now=at
    )


def treat_once(
    making: Making, case: Case | None = None, *, days_ago: int = DAYS_AGO, pain: int | None = None
) -> TreatmentSession:
    """One session signed."""
    plan = create_paid_plan(making, case, days_ago=days_ago)
    session = start_session_without_visit(making, plan, days_ago)
    course.chart_session(making.demo, session, making.by, pain=pain, calm=pain is None)
    course.measure_and_sign_session(making.demo, session, making.by, 120)
    return session
