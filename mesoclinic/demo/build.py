"""Made-up patients in every state, their sessions, and something left to do for everyone."""

from collections.abc import Callable, Collection
from datetime import date, timedelta
from itertools import accumulate, pairwise

from django.db import connection, transaction
from django.utils import timezone

from mesoclinic.demo import clinic as demo_clinic
from mesoclinic.demo import patients as course
from mesoclinic.demo import today
from mesoclinic.demo import waiting_list as waiting
from mesoclinic.demo.answers import record_healthy_safety_answers
from mesoclinic.demo.calls import record_calls_to_patient
from mesoclinic.demo.patients import CASES, Case, Demo
from mesoclinic.demo.readings import record_lab_reports_and_second_assessment
from mesoclinic.demo.reviews import answer_review_if_waited_for
from mesoclinic.demo.second_clinic import build_second_clinic
from mesoclinic.demo.states.build import create_demo_patients
from patients.models import Alert, Patient
from patients.rules.alerts import AlertLevel
from treatments.billing.actions.quotes import decline_quote, issue_quote
from treatments.cocktails.actions.formulation import save_version_as_formulation
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.rules.required_answers import START
from treatments.followup.actions import sync_check_ins_and_follow_ups
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.visits import confirm_appointment, mark_arrived
from treatments.schedule.models import Appointment
from treatments.schedule.queries.courses import Held, course_of
from treatments.sessions.actions.start import start_or_resume_session

SESSIONS = 11
PATIENTS = 19
#: How the sessions are shared out among the treated patients, again and again: from one to a second course.
SHARES = (2, 1, 5, 1, 3, 1, 2, 1, 9, 1, 2, 1, 1)
SEED = 417
#: Somebody comes today for so many plans at the most; a clinic of two rooms is busy with these.
TODAY = 12

#: How many patients stop before their first session, and where.
BEFORE = (
    ("registered", 1),
    ("intake", 1),
    ("assessed", 1),
    ("cocktail", 1),
    ("signed", 1),
    ("quote", 1),
    ("waiting", 3),
    ("declined", 1),
    ("accepted", 2),
)


@transaction.atomic
@timezone.override(demo_clinic.TIME_ZONE)
def build_demo(
    day: date,
    *,
    count: int = SESSIONS,
    patients: int = PATIENTS,
    states: Collection[str] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> demo_clinic.DemoClinic:
    """Build it all, or nothing, by the clock of the clinic. The same on the same day, always.

    ``states``: the recipes of the states to show (states/people.csv), None for all of them.
    """
    with connection.cursor() as cursor:
        # Tables are joined in the order that is written: planning the wide reads took four times as long as running them.
        cursor.execute("SET LOCAL join_collapse_limit = 1")
    place = demo_clinic.create_clinic(day)
    demo = Demo.load_at_clinic(place, day, SEED)
    people = demo_clinic.read_csv_rows("people.csv")[:patients]
    stops = [stop for stop, count in BEFORE for _ in range(count)]
    for person, stop in zip(people, stops, strict=False):
        _bring_to_stage(demo, course.register_person(demo, person), stop)
    say(f"{len(stops)} patients on their way to a first session")
    treated = [course.register_person(demo, person) for person in people[len(stops) :]]
    for turn, (patient, share) in enumerate(
        zip(treated, _session_counts_to_create(count, len(treated)), strict=True)
    ):
        _treat_patient(demo, patient, turn, share)
    say(f"{count} sessions signed")
    _record_calls_to_patients(demo, treated)
    _save_one_formulation(demo)
    record_lab_reports_and_second_assessment(demo, treated, day)
    shown = create_demo_patients(demo, only=states)
    say(f"{len(shown)} patients, each in a state of their own")
    _create_drafts_and_visits_today(demo, [one.patient.pk for one in shown])
    waiting.fill_waiting_list_and_message_settings(place, day)
    build_second_clinic(place, treated[0] if treated else None, day)
    say("a second clinic, in another time zone and currency")
    return place


def _record_calls_to_patients(demo: Demo, treated: list[Patient]) -> None:
    """What the tick does after sessions, done at once; and most patients have been called."""
    sync_check_ins_and_follow_ups(since=None)
    for turn, patient in enumerate(treated):
        record_calls_to_patient(demo, patient, turn, demo.place.clinicians[turn % 3])
    sync_check_ins_and_follow_ups(since=None)


def _session_counts_to_create(count: int, patients: int) -> list[int]:
    """How many of ``count`` sessions each of ``patients`` has behind them: one each, the rest as ``SHARES`` says."""
    if count <= patients:
        return [1] * count + [0] * (patients - count)
    weights = [SHARES[turn % len(SHARES)] - 1 for turn in range(patients)]
    until = [0, *accumulate(weights)]
    rest = count - patients
    return [
        1 + round(rest * upper / until[-1]) - round(rest * lower / until[-1])
        for lower, upper in pairwise(until)
    ]


def _save_one_formulation(demo: Demo) -> None:
    """One signed cocktail is kept under a name, for other patients to start from."""
    first = CocktailVersion.objects.filter(status="signed").order_by("pk").first()
    if first is not None:
        save_version_as_formulation(version=first, name="House density mix", by=demo.place.clinicians[0])


def _bring_to_stage(demo: Demo, patient: Patient, stop: str) -> None:
    """As far as ``stop`` and no further."""
    by = demo.rng.choice(demo.place.clinicians)
    case = _choose_case_for_patient(demo, patient)
    if stop == "registered":
        return
    course.record_made_up_intake(demo, patient, by)
    if stop == "intake":
        return
    assessment = course.record_made_up_assessment(demo, patient, case, by)
    if stop == "assessed":
        return
    version = course.create_cocktail(demo, patient, case, by)
    if stop == "cocktail":
        return
    version = course.record_answers_and_sign_cocktail(version, by)
    course.save_formulation_once(demo, version, by)
    if stop == "signed":
        return
    course.record_consent(demo, patient, by, days_ago=demo.rng.randint(0, 20))
    plan = course.create_plan(demo, patient, assessment, version, 8, by)
    offer = course.draft_first_quote(demo, plan)
    if stop == "quote":
        return
    offer = issue_quote(quote=offer, by=demo.place.desk)
    if stop == "waiting":
        return
    if stop == "declined":
        decline_quote(quote=offer, reason="Wants to think about it", by=demo.place.desk)
        return
    course.accept_and_pay(demo, offer, 8)


def _choose_case_for_patient(demo: Demo, patient: Patient) -> Case:
    if patient.sex_at_birth == "male":
        return CASES[2]
    return demo.rng.choice((CASES[0], CASES[0], CASES[1], CASES[3]))


def _treat_patient(demo: Demo, patient: Patient, turn: int, wanted: int) -> None:
    """A patient with ``wanted`` signed sessions behind them, in one course or two."""
    by = demo.place.clinicians[turn % 3]
    case = _choose_case_for_patient(demo, patient)
    course.record_made_up_intake(demo, patient, by)
    # Every tenth consent runs out this month, so that the desk has somebody to ask.
    course.record_consent(demo, patient, by, days_ago=364 if turn % 10 == 0 else 330)
    day = demo.today - timedelta(days=14 * wanted + demo.rng.randint(2, 10))
    assessment = course.record_made_up_assessment(demo, patient, case, by, on=day - timedelta(days=3))
    version = course.record_answers_and_sign_cocktail(course.create_cocktail(demo, patient, case, by), by)
    left, density = wanted, demo.rng.randint(115, 135)
    while left:
        planned = 8 if left > 5 or turn % 2 else 5
        now_done = min(left, planned)
        plan = create_accepted_plan(demo, patient, assessment, version, planned, by)
        held: dict[int, Held] = {}
        day, density = _record_signed_sessions(demo, plan, held, now_done, day, density, by)
        left -= now_done
        if not left and now_done < planned and not _is_turn_left_unbooked(turn):
            _book_next_sessions(demo, plan, held, planned - now_done, by, soon=turn % 3 == 0)


def create_accepted_plan(
    demo: Demo, patient: Patient, assessment, version, planned: int, by
) -> TreatmentPlan:
    plan = course.create_plan(demo, patient, assessment, version, planned, by)
    offer = issue_quote(quote=course.draft_first_quote(demo, plan), by=demo.place.desk)
    return course.accept_and_pay(demo, offer, planned)


def _record_signed_sessions(
    demo: Demo, plan: TreatmentPlan, held: dict[int, Held], count: int, day: date, density: int, by
) -> tuple[date, int]:
    """``count`` sessions, signed, from ``day`` on a fortnight apart; where it left off and how dense it is.

    They are added to ``held``, the sessions of the plan that have their day.
    """
    for appointment in course.book_unbooked_sessions(demo, plan, held, count, day, by):
        answer_review_if_waited_for(plan, appointment, by)
        session = course.mark_arrived_and_start_session(demo, appointment, by)
        course.chart_session(demo, session, by)
        density += demo.rng.choice([0, 1, 2, 3, 4])
        course.measure_and_sign_session(demo, session, by, density)
        held[session.number] = Held(session.number, session.performed_on, appointment.pk)
        day = session.performed_on + timedelta(days=14)
    return day, density


def _book_next_sessions(
    demo: Demo, plan: TreatmentPlan, held: dict[int, Held], left: int, by, *, soon: bool
) -> None:
    """The next two sessions, booked; ``soon`` is tomorrow, so that a demo made before midnight is not empty after."""
    day = demo.today + timedelta(days=1 if soon else demo.rng.randint(2, 12))
    course.book_unbooked_sessions(demo, plan, held, min(2, left), day, by)


def _is_turn_left_unbooked(turn: int) -> bool:
    """Three in five have nothing booked ahead: their next session is today, or was begun yesterday."""
    return turn % 5 in (1, 3, 4)


def _patients_with_fixed_alert() -> set[int]:
    """Those whose next session nobody starts. One query."""
    return set(Alert.objects.not_cleared().filter(level=AlertLevel.FIXED).values_list("patient", flat=True))


def _create_drafts_and_visits_today(demo: Demo, shown: Collection[int]) -> None:
    """A day with something in it: somebody waiting, drafts to sign, somebody to come.

    ``shown``: patients (ids) in a state of their own. Those who were treated come today too, after all others, and
    their visits say what stands against them.
    """
    everybody = today.plans_in_course_with_nothing_booked(demo)
    plans = [plan for plan in everybody if plan.patient_id not in shown]
    demo.rng.shuffle(plans)
    # Nobody starts a session of somebody whose alert is fixed: they are booked, and their visit says so.
    fixed = _patients_with_fixed_alert()
    plans.sort(key=lambda plan: plan.patient_id in fixed)
    begun = [plan for plan in plans[:2] if plan.patient_id not in fixed]
    for plan in begun:
        # Begun yesterday and not signed: there is always a draft, whatever day it is.
        yesterday = demo.today - timedelta(days=1)
        record_healthy_safety_answers(plan.patient, plan.created_by, yesterday, START)
        session = course.run_with_override_reasons(
            start_or_resume_session,
            plan=plan,
            by=plan.created_by,
            clinic=demo.place.clinic,
            performed_on=yesterday,
        )
        course.chart_session(demo, session, plan.created_by)
    plans += [
        plan for plan in everybody if plan.patient_id in shown and course_of(plan).days_by_session_number
    ]
    visits = today.book_today(demo, plans[len(begun) : TODAY])
    _record_arrivals_and_begin_session(demo, visits, fixed)


def _record_arrivals_and_begin_session(demo: Demo, visits: list[Appointment], fixed: Collection[int]) -> None:
    """One is in the chair, one waits, one has said that they come."""
    desk = demo.place.desk
    in_chair = next((visit for visit in visits if visit.patient_id not in fixed), None)
    if in_chair is not None:
        session = course.mark_arrived_and_start_session(demo, in_chair, in_chair.clinician)
        course.chart_session(demo, session, in_chair.clinician)
    others = [visit for visit in visits if visit is not in_chair]
    for visit in others[:1]:
        mark_arrived(appointment=visit, by=desk, now=course.at_or_now_if_future(visit.starts_at))
    for visit in others[1:2]:
        confirm_appointment(appointment=visit, by=desk)
