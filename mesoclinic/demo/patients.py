"""What a made-up patient goes through, step by step, through the actions and nothing else."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import Refused
from mesoclinic.core.periods import Period
from mesoclinic.demo.answers import record_healthy_answers_before_signing, record_healthy_answers_before_start
from mesoclinic.demo.clinic import DemoClinic
from mesoclinic.demo.reviews import told_items
from patients.actions import consents
from patients.actions.intake import record_intake
from patients.actions.people import register_patient
from patients.actions.risk_factors import record_risk_factors_from_words
from patients.models import ConsentText, IntakeQuestion, Patient
from patients.queries import AskedQuestion, questions_in_use_with_meanings
from treatments.billing.actions.payments import take_payment
from treatments.billing.actions.quotes import accept_quote, replace_draft_quote
from treatments.billing.models import Quote
from treatments.cocktails.actions.formulation import (
    reopen_or_start_cocktail,
    save_draft_contents,
    save_version_as_formulation,
)
from treatments.cocktails.actions.signing import sign_version
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import catalogue_of_clinic
from treatments.conditions.actions import assessments as actions
from treatments.conditions.models import Assessment, Condition, ScaleLevel, SeverityScale, Zone
from treatments.plans.actions import create_draft_plan
from treatments.plans.models import Protocol, TreatmentPlan
from treatments.schedule.actions import courses as courses_actions
from treatments.schedule.actions.booking import book_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.actions.visits import mark_arrived
from treatments.schedule.models import Appointment
from treatments.schedule.queries import availability, courses
from treatments.schedule.rules.availability import instant_of_clock
from treatments.sessions.actions.charting import save_chart
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import AdverseEffect, ChecklistItem, TreatmentSession
from treatments.sessions.queries.sessions import chart_of_session, session_detail_for_charting
from treatments.sessions.rules.charting import MeasurementEntry, ReactionEntry, SessionChart
from treatments.sessions.rules.safety_questions import TOPICS

OPENING, CLOSING = time(8), time(16, 30)
#: When patients would like to come.
WISHES = (time(9), time(10), time(11), time(13), time(14), time(15))

#: Why the made-up clinicians go past what asks for a reason.
REASON = "Discussed with the patient and accepted for the demonstration."
#: By finding: the reason for whatever has asked for one before, so that it is given with the first try.
_REASONS: dict[str, str] = {}


def run_with_override_reasons(action: Callable[..., Any], **arguments: Any) -> Any:
    """Do it; where the only thing in the way is a reason, give one. A fixed block stays a block."""
    try:
        return action(**arguments, reasons=_REASONS)
    except Refused as refused:
        if not all(finding.needs_reason for finding in refused.findings):
            raise
        _REASONS.update({finding.code: REASON for finding in refused.findings})
        return action(**arguments, reasons=_REASONS)


@dataclass(frozen=True)
class Case:
    """A kind of patient: what they come with, what they are given."""

    condition: str
    scale: str
    levels: tuple[str, ...]
    zones: tuple[tuple[str, int], ...]
    cocktail: str
    products: tuple[tuple[str, str], ...]


CASES = (
    Case(
        "androgenetic-alopecia",
        "LUDWIG",
        ("I", "II"),
        (("FRONTAL", 42), ("MIDSCALP", 36)),
        "Density A",
        (("dexpanthenol-250", "1.0"), ("biotin-5", "1.0"), ("organic-silicium-5", "0.6"), ("zinc-1", "0.5")),
    ),
    Case(
        "telogen-effluvium",
        "GPA7",
        (),
        (("FRONTAL", 70), ("MIDSCALP", 50), ("VERTEX", 80)),
        "Recovery",
        (("dexpanthenol-250", "1.5"), ("biotin-5", "1.0"), ("zinc-1", "1.0")),
    ),
    Case(
        "androgenetic-alopecia",
        "HAMILTON_NORWOOD",
        ("III", "IIIv", "IV"),
        (("VERTEX", 60), ("MIDSCALP", 30)),
        "Crown",
        (("minoxidil-5", "1.5"), ("biotin-5", "0.5"), ("dexpanthenol-250", "1.0")),
    ),
    Case(
        "brittle-hair",
        "BREAKAGE5",
        ("2", "3"),
        (("FRONTAL", 45),),
        "Strength",
        (("biotin-5", "1.0"), ("zinc-1", "0.5"), ("pyridoxine-50", "0.5")),
    ),
)


@dataclass
class Demo:
    """What every step needs, read once."""

    place: DemoClinic
    rng: Random
    today: date
    questions: list[IntakeQuestion]
    #: The same, each with what its answers mean.
    asked: list[AskedQuestion]
    conditions: Mapping[str, Condition]
    scales: Mapping[str, SeverityScale]
    levels: Mapping[tuple[str, str], ScaleLevel]
    zones: Mapping[str, Zone]
    checklist: list[int]
    effects: Mapping[str, int]
    effects_by_code: Mapping[str, int]
    protocols: list[Protocol]
    consent_text: ConsentText
    working_hours: list[Any]
    offered: Mapping[str, Any]
    #: The names of the formulations that the clinic keeps.
    kept: set[str] = field(default_factory=set)

    @classmethod
    def load_at_clinic(cls, place: DemoClinic, today: date, seed: int) -> "Demo":
        return cls(
            place=place,
            rng=Random(seed),
            today=today,
            questions=list(IntakeQuestion.objects.all()),
            asked=questions_in_use_with_meanings(),
            conditions={c.code: c for c in Condition.objects.all()},
            scales={s.code: s for s in SeverityScale.objects.all()},
            levels={
                (level.scale.code, level.value): level for level in ScaleLevel.objects.select_related("scale")
            },
            zones={z.code: z for z in Zone.objects.all()},
            checklist=list(ChecklistItem.objects.filter(answered_by="person").values_list("pk", flat=True)),
            effects=dict(AdverseEffect.objects.values_list("short_label", "pk")),
            effects_by_code=dict(AdverseEffect.objects.values_list("code", "pk")),
            protocols=list(
                Protocol.objects.filter(is_technique=False, condition=None)
                .exclude(sessions_default=None)
                .order_by("code")
            ),
            consent_text=ConsentText.objects.filter(kind="treatment", language="en").latest("version"),
            working_hours=availability.working_hours_of(place.clinic),
            offered=catalogue_of_clinic(place.clinic).products,
        )


# --- up to the plan ----------------------------------------------------------


def register_person(demo: Demo, person: Mapping[str, str]) -> Patient:
    return run_with_override_reasons(
        register_patient,
        by=demo.place.desk,
        given_names=person["given_names"],
        family_name=person["family_name"],
        sex_at_birth=person["sex_at_birth"],
        birth_date=date.fromisoformat(person["birth_date"]),
        phone=person["phone"],
        email=made_up_email(person),
        country="US",
    )


def made_up_email(person: Mapping[str, str]) -> str:
    """At a domain that nobody has; "" for one in six, whom the clinic rings."""
    if len(person["given_names"] + person["family_name"]) % 6 == 0:
        return ""
    name = unicodedata.normalize("NFKD", f"{person['given_names']}.{person['family_name']}".casefold())
    return re.sub(r"[^a-z.]", "", name) + "@example.org"


def record_made_up_intake(demo: Demo, patient: Patient, by: User) -> None:
    rng = demo.rng
    causes = rng.sample(["Stress", "Diet", "Hormonal", "Family"], k=rng.randint(0, 2))
    run_with_override_reasons(
        record_intake,
        patient=patient,
        answers={q.code: _answer_of_healthy(demo, q) for q in demo.questions if _is_asked(q, patient)},
        weight_kg=Decimal(rng.randint(52, 96)),
        likely_causes=causes,
        by=by,
        questions=demo.asked,
    )
    if rng.random() < 0.2:
        said = rng.choice(["Penicillin", "Nickel", "Latex"])
        record_risk_factors_from_words(patient=patient, kind="allergy", label=said, by=by)
    if rng.random() < 0.25:
        said = rng.choice(["Levothyroxine 50 µg", "Cetirizine 10 mg", "Vitamin D"])
        record_risk_factors_from_words(patient=patient, kind="medicine", label=said, by=by)


def _is_asked(question: IntakeQuestion, patient: Patient) -> bool:
    when = question.shown_when
    return when in ("", f"sex={patient.sex_at_birth}")


def _answer_of_healthy(demo: Demo, question: IntakeQuestion) -> Any:
    """The answer of somebody healthy."""
    kind, options = question.answer_type, list(question.options)
    if question.code == "pattern":
        return demo.rng.sample([o for o in options if o != "diffuse"], k=2)
    if question.code == "duration":
        return (demo.today - timedelta(days=demo.rng.randint(90, 900))).isoformat()
    if question.code == "contraception":
        return "reliable"
    if question.code == "expect":
        return "Less shedding, more density"
    if kind.startswith("yes-no"):
        return "no"
    if kind in ("multi", "regions"):
        return ["none"] if "none" in options else options[:1]
    if kind.startswith("choice"):
        calm = [o for o in options if o in ("no", "none", "balanced", "not applicable", "self")]
        return (calm or options or [""])[0]
    if kind == "scale":
        return "0"
    if kind == "number":
        return "0"
    if kind.startswith("list"):
        return ["none"]
    return ""


def record_consent(demo: Demo, patient: Patient, by: User, days_ago: int) -> None:
    consents.give_consent(
        patient=patient,
        text=demo.consent_text,
        method="typed",
        signed_name=patient.full_name,
        clinic=demo.place.clinic,
        by=by,
        signed_at=timezone.now() - timedelta(days=days_ago),
    )


def record_made_up_assessment(
    demo: Demo, patient: Patient, case: Case, by: User, on: date | None = None
) -> Assessment:
    scale = demo.scales.get(case.scale) if case.levels else None
    level = demo.levels[case.scale, demo.rng.choice(case.levels)] if scale else None
    return run_with_override_reasons(
        actions.record_assessment,
        patient=patient,
        condition=demo.conditions[case.condition],
        scale=scale,
        level=level,
        zones=[(demo.zones[code], Decimal(area)) for code, area in case.zones],
        measurements=[
            (demo.scales["HAIR_DENSITY"], demo.zones["VERTEX"], Decimal(demo.rng.randint(112, 138))),
            (demo.scales["PULL_TEST"], None, Decimal(demo.rng.randint(3, 6))),
        ],
        by=by,
        now=instant_of_clock(on, OPENING, demo.place.clinic.zone) if on else None,
    )


def create_cocktail(demo: Demo, patient: Patient, case: Case, by: User) -> CocktailVersion:
    version = reopen_or_start_cocktail(patient=patient, by=by, clinic=demo.place.clinic, name=case.cocktail)
    return save_draft_contents(
        version=version,
        lines=[(demo.offered[code], Decimal(ml)) for code, ml in case.products],
        kind="cocktail" if len(case.products) > 1 else "single",
        syringe_ml=Decimal(5),
        name=case.cocktail,
        by=by,
        revision=version.revision,
    )


def record_answers_and_sign_cocktail(version: CocktailVersion, by: User) -> CocktailVersion:
    record_healthy_answers_before_signing(version, by)
    return sign_answered_cocktail(version, by)


def sign_answered_cocktail(version: CocktailVersion, by: User) -> CocktailVersion:
    signed: CocktailVersion = run_with_override_reasons(sign_version, version=version, by=by)
    return signed


def save_formulation_once(demo: Demo, version: CocktailVersion, by: User) -> None:
    """The clinic keeps it by name, once: the formulation page offers it to whom it fits."""
    name = f"House {version.cocktail.name}"
    if name not in demo.kept:
        save_version_as_formulation(version=version, name=name, by=by)
        demo.kept.add(name)


def create_plan(
    demo: Demo, patient: Patient, assessment: Assessment, version: CocktailVersion, count: int, by: User
) -> TreatmentPlan:
    return run_with_override_reasons(
        create_draft_plan,
        patient=patient,
        assessment=assessment,
        cocktail_version=version,
        protocol=demo.rng.choice(demo.protocols),
        name=f"{version.cocktail.name.split()[0]} {count}",
        sessions_planned=count,
        intervals=[14] * (count - 1),
        by=by,
        clinic=demo.place.clinic,
    )


def draft_first_quote(demo: Demo, plan: TreatmentPlan) -> Quote:
    """The plan's first quote, as a draft."""
    return replace_draft_quote(plan=plan, by=plan.created_by)


def accept_and_pay(demo: Demo, offer: Quote, count: int) -> TreatmentPlan:
    """The patient takes the option with ``count`` sessions and pays what is usual."""
    option = next(o for o in offer.options.all() if o.sessions == count)
    accept_quote(quote=offer, option=option, signed_name=offer.patient.full_name, by=demo.place.desk)
    plan = TreatmentPlan.objects.select_related("clinic__booking", "patient").get(pk=offer.plan_id)
    share = demo.rng.choice([Decimal("0.2"), Decimal(1), Decimal(1)])
    take_payment(
        plan=plan,
        kind="deposit" if share < 1 else "payment",
        method=demo.rng.choice(["card", "cash", "transfer"]),
        amount=(option.total * share).quantize(Decimal("0.01")),
        by=demo.place.desk,
    )
    return plan


# --- the course --------------------------------------------------------------


def book_unbooked_sessions(
    demo: Demo, plan: TreatmentPlan, held: dict[int, courses.Held], count: int, first_day: date, by: User
) -> list[Appointment]:
    """The next ``count`` sessions that are not booked yet, as the desk proposes them, all in one go.

    ``held`` are those that have their day.
    """
    clinic = demo.place.clinic
    now = min(timezone.now(), instant_of_clock(first_day - timedelta(days=1), OPENING, clinic.zone))
    their = courses.Course(plan, held)
    proposals = courses.session_time_proposals(
        their,
        availability.read_diary_during(
            clinic,
            demo.working_hours,
            courses.proposal_search_period(their, first_day),
            patient_id=plan.patient_id,
        ),
        first_day=first_day,
        clinician_id=by.pk,
        preferred=demo.rng.choice(WISHES),
        now=now,
    )
    wanted = [
        Wanted(
            each.slot.clinician,
            each.slot.room,
            each.slot.start,
            their.minutes_to_propose(each.number),
            each.number,
        )
        for each in proposals[:count]
        if each.slot
    ]
    if len(wanted) < count:
        raise RuntimeError("the made-up calendar is full")
    booked: list[Appointment] = run_with_override_reasons(
        courses_actions.book_course, plan=plan, wanted=wanted, by=demo.place.desk, now=now
    )
    return booked


def book_session_or_none(
    demo: Demo, plan: TreatmentPlan, number: int, day: date, by: User, now: datetime
) -> Appointment | None:
    """The session on ``day`` or soon after, with ``by``; None where the week is full."""
    clinic = demo.place.clinic
    morning = instant_of_clock(day, time(), clinic.zone)
    week = Period(morning, morning + timedelta(days=8))
    diary = availability.read_diary_during(clinic, demo.working_hours, week, patient_id=plan.patient_id)
    for offset in range(7):
        free = diary.free_slots_on(
            day + timedelta(days=offset), timedelta(minutes=40), now=now, clinician_id=by.pk
        )
        if free:
            break
    else:
        return None
    slot = demo.rng.choice(free)
    return run_with_override_reasons(
        book_appointment,
        patient=plan.patient,
        wanted=Wanted(slot.clinician, slot.room, slot.start, 40, number),
        kind="session",
        plan=plan,
        by=demo.place.desk,
        clinic=clinic,
        now=now,
    )


def at_or_now_if_future(at: datetime) -> datetime:
    """``at``, or now where that is still to come: nobody has arrived in the future."""
    return min(at, timezone.now())


def mark_arrived_and_start_session(demo: Demo, appointment: Appointment, by: User) -> TreatmentSession:
    at = at_or_now_if_future(appointment.starts_at)
    day = at.astimezone(demo.place.clinic.zone).date()
    mark_arrived(appointment=appointment, by=demo.place.desk, now=at)
    record_healthy_answers_before_start(appointment.patient, by, day)
    return run_with_override_reasons(
        start_or_resume_session,
        appointment=appointment,
        by=by,
        clinic=demo.place.clinic,
        performed_on=day,
        now=at,
    )


def chart_session(
    demo: Demo,
    session: TreatmentSession,
    by: User,
    *,
    pain: int | None = None,
    calm: bool = False,
    unticked: Collection[int] = (),
) -> None:
    """Everything that is written down while the patient is in the chair.

    ``pain``: the worst of it; ``calm`` is a session with none that asks for anything. ``unticked``: left out of the
    checklist.
    """
    detail = session_detail_for_charting(session.pk)
    proposed = chart_of_session(detail)
    rng = demo.rng
    seen = []
    if rng.random() < 0.35:
        seen = [demo.effects[rng.choice([n for n in ("Swelling", "Soreness") if n in demo.effects])]]
    filled = SessionChart(
        ticked=frozenset(demo.checklist) - frozenset(unticked),
        doses=tuple(replace(dose, lot_read=True) for dose in proposed.doses),
        zones=proposed.zones,
        pain={"during": pain or rng.randint(2, 5 if calm else 7), "end": rng.randint(0, 3)},
        reactions=tuple(ReactionEntry(effect) for effect in seen),
        no_reactions=not seen,
        technique=proposed.technique or "nappage",
        needle=proposed.needle or "30G 4 mm",
        safety={topic: {"changed": False} for topic in TOPICS},
        since_last=rng.choice(["", "Less hair in the shower.", "No change yet."]),
        note=rng.choice(["Tolerated well. Cold pack 5 min.", "Tolerated well.", ""]),
        next_on=proposed.next_on,
    )
    save_chart(session=session, by=by, revision=detail.session.revision, chart=filled, detail=detail)


def measure_and_sign_session(
    demo: Demo, session: TreatmentSession, by: User, density: int, *, feels_better: bool = True
) -> None:
    run_with_override_reasons(
        sign_session,
        session=session,
        by=by,
        measurements=[
            MeasurementEntry("HAIR_DENSITY", Decimal(density), demo.zones["VERTEX"].pk),
            MeasurementEntry("PULL_TEST", Decimal(demo.rng.randint(1, 4))),
            *told_items(session.number if feels_better else 1, Random(density)),
        ],
        now=instant_of_clock(session.performed_on, CLOSING, demo.place.clinic.zone),
    )
