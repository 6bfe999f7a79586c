"""Sixty made-up patients in every state, four hundred sessions, and something left to do for everyone."""

from collections import Counter
from collections.abc import Callable
from datetime import date, time, timedelta

from django.db import transaction
from django.utils import timezone

from mesoclinic.demo import clinic as house
from mesoclinic.demo import waiting_list as waiting
from mesoclinic.demo.patients import (
    CASES,
    OPENING,
    Case,
    Demo,
    accept,
    assess,
    book_one,
    build_cocktail,
    chart,
    give_consent,
    going_past,
    keep_formulation,
    make_plan,
    quote,
    register,
    ring,
    sign,
    sign_cocktail,
    start,
    take_intake,
)
from patients.models import Patient
from treatments.billing.actions.quotes import decline_quote, issue_quote
from treatments.cocktails.actions.formulation import save_as_formulation
from treatments.cocktails.models import CocktailVersion
from treatments.followup.actions import catch_up
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.visits import arrive, cancel, confirm
from treatments.schedule.models import Appointment
from treatments.schedule.rules.availability import instant
from treatments.sessions.actions.start import start_session
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.signing import review_due

SESSIONS = 400
PATIENTS = 60
SEED = 417

#: How many patients stop before their first session, and where.
BEFORE = (
    ("registered", 3),
    ("intake", 2),
    ("assessed", 2),
    ("cocktail", 2),
    ("signed", 2),
    ("quote", 2),
    ("waiting", 4),
    ("declined", 1),
    ("accepted", 3),
)


@transaction.atomic
def build(
    today: date,
    *,
    count: int = SESSIONS,
    patients: int = PATIENTS,
    say: Callable[[str], None] = lambda line: None,
) -> house.House:
    """Build it all, or nothing. The same on the same day, always: nothing here is left to chance."""
    here = house.build(today)
    demo = Demo.of(here, today, SEED)
    people = house.rows("people.csv")[:patients]
    stops = [stop for stop, count in BEFORE for _ in range(count)]
    for person, stop in zip(people, stops, strict=False):
        _before(demo, register(demo, person), stop)
    say(f"{len(stops)} patients on their way to a first session")
    treated = [register(demo, person) for person in people[len(stops) :]]
    done = 0
    for turn, patient in enumerate(treated):
        share = round(count * (turn + 1) / len(treated)) - done
        done += _treated(demo, patient, turn, share)
        if turn % 10 == 9:
            say(f"{done} sessions signed")
    _called(demo, treated)
    _recipe(demo)
    _today(demo)
    waiting.build(here, today)
    return here


def _called(demo: Demo, treated: list[Patient]) -> None:
    """What the tick does after sessions, done at once; and most patients have been called."""
    catch_up(since=None)
    for turn, patient in enumerate(treated):
        ring(demo, patient, turn, demo.house.clinicians[turn % 3])
    catch_up(since=None)


def _recipe(demo: Demo) -> None:
    """One signed cocktail is kept under a name, for other patients to start from."""
    first = CocktailVersion.objects.filter(status="signed").order_by("pk").first()
    if first is not None:
        save_as_formulation(version=first, name="House density mix", by=demo.house.clinicians[0])


def _before(demo: Demo, patient: Patient, stop: str) -> None:
    """As far as ``stop`` and no further."""
    by = demo.rng.choice(demo.house.clinicians)
    case = _case(demo, patient)
    if stop == "registered":
        return
    take_intake(demo, patient, by)
    if stop == "intake":
        return
    assessment = assess(demo, patient, case, by)
    if stop == "assessed":
        return
    version = build_cocktail(demo, patient, case, by)
    if stop == "cocktail":
        return
    version = sign_cocktail(version, by)
    keep_formulation(version, by)
    if stop == "signed":
        return
    give_consent(demo, patient, by, days_ago=demo.rng.randint(0, 20))
    plan = make_plan(demo, patient, assessment, version, 8, by)
    offer = quote(demo, plan)
    if stop == "quote":
        return
    offer = issue_quote(quote=offer, by=demo.house.desk)
    if stop == "waiting":
        return
    if stop == "declined":
        decline_quote(quote=offer, reason="Wants to think about it", by=demo.house.desk)
        return
    accept(demo, offer, 8)


def _case(demo: Demo, patient: Patient) -> Case:
    if patient.sex_at_birth == "male":
        return CASES[2]
    return demo.rng.choice((CASES[0], CASES[0], CASES[1], CASES[3]))


def _treated(demo: Demo, patient: Patient, turn: int, wanted: int) -> int:
    """A patient with ``wanted`` signed sessions behind them, in one course or two. Returns how many."""
    by = demo.house.clinicians[turn % 3]
    case = _case(demo, patient)
    take_intake(demo, patient, by)
    # Every tenth consent runs out this month, so that the desk has somebody to ask.
    give_consent(demo, patient, by, days_ago=364 if turn % 10 == 0 else 330)
    day = demo.today - timedelta(days=14 * wanted + demo.rng.randint(2, 10))
    assessment = assess(demo, patient, case, by, on=day - timedelta(days=3))
    version = sign_cocktail(build_cocktail(demo, patient, case, by), by)
    left, density = wanted, demo.rng.randint(115, 135)
    while left:
        planned = 8 if left > 8 or turn % 4 else max(left, 5)
        planned = max(planned, 5)
        now_done = min(left, planned)
        plan = accepted(demo, patient, assessment, version, planned, by)
        day, density = _sessions(demo, plan, now_done, day, density, by)
        left -= now_done
        if not left and now_done < planned:
            _ahead(demo, plan, now_done + 1, by)
    return wanted


def accepted(demo: Demo, patient: Patient, assessment, version, planned: int, by) -> TreatmentPlan:
    plan = make_plan(demo, patient, assessment, version, planned, by)
    offer = issue_quote(quote=quote(demo, plan), by=demo.house.desk)
    return accept(demo, offer, planned)


def _sessions(demo: Demo, plan, count: int, day: date, density: int, by) -> tuple[date, int]:
    """``count`` sessions, signed, from ``day`` on a fortnight apart; where it left off and how dense it is."""
    for number in range(1, count + 1):
        now = instant(day - timedelta(days=1), OPENING, demo.house.clinic.zone)
        appointment = book_one(demo, plan, number, day, by, now)
        if appointment is None:
            raise RuntimeError("the made-up calendar is full")
        session = start(demo, appointment, by)
        review = review_due(number, plan.sessions_planned, demo.house.clinic.review_at_session)
        chart(demo, session, by, review=review)
        density += demo.rng.choice([0, 1, 2, 3, 4])
        sign(demo, session, by, density)
        day = session.performed_on + timedelta(days=14)
    return day, density


def _ahead(demo: Demo, plan: TreatmentPlan, number: int, by) -> None:
    """The next two sessions, booked."""
    now = timezone.now()
    day = demo.today + timedelta(days=demo.rng.randint(1, 12))
    for n in range(number, min(number + 2, plan.sessions_planned + 1)):
        appointment = book_one(demo, plan, n, day, by, now)
        if appointment is not None:
            day = appointment.starts_at.date() + timedelta(days=14)


def _today(demo: Demo) -> None:
    """A day with something in it: somebody waiting, drafts to sign, somebody to come."""
    open_plans = list(
        TreatmentPlan.objects.filter(clinic=demo.house.clinic, status="active")
        .select_related("patient", "clinic", "created_by")
        .order_by("pk")
    )
    demo.rng.shuffle(open_plans)
    done = Counter(TreatmentSession.objects.filter(plan__in=open_plans).values_list("plan", flat=True))
    zone = demo.house.clinic.zone
    for plan in open_plans[:2]:
        # Begun yesterday and not signed: there is always a draft, whatever day it is.
        session = going_past(
            start_session,
            plan=plan,
            by=plan.created_by,
            clinic=demo.house.clinic,
            performed_on=demo.today - timedelta(days=1),
        )
        chart(demo, session, plan.created_by, review=False)
    midnight = instant(demo.today, time(0), zone)
    here = 0
    for plan in open_plans[2:16]:
        by = plan.created_by
        for visit in Appointment.objects.filter(plan=plan, starts_at__gte=midnight):
            cancel(appointment=visit, by=demo.house.desk, reason="Moved to today")
        booked = book_one(demo, plan, done[plan.pk] + 1, demo.today, by, midnight)
        if booked is None or booked.starts_at.astimezone(zone).date() != demo.today:
            continue
        here += 1
        if here == 1:
            chart(demo, start(demo, booked, by), by, review=False)
        elif here == 2:
            arrive(appointment=booked, by=demo.house.desk)
        elif here == 3:
            confirm(appointment=booked, by=demo.house.desk)
