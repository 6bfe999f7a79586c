"""Which answers a session waits for: before it starts, before relief is given, and when it is signed."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Max

from mesoclinic.core.findings import Finding, Level, lower_findings_to
from patients.models import Patient
from treatments.cocktails.models import Component
from treatments.cocktails.queries.required_answers import AnswersOfPatient, answers_of_patient
from treatments.cocktails.rules.mix import Person
from treatments.cocktails.rules.required_answers import FIRST_DOSE, NERVE_BLOCK, RELIEF, SIGNING, START, Gate
from treatments.plans.models import TreatmentPlan
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.states import SessionStatus

#: What a way of relieving pain is, to the rules about what must be asked.
DONE_BY_RELIEF = {"cream": "topical-anaesthetic-cream", "nerve_block": NERVE_BLOCK}

#: How the codes begin of what required answers find.
FLAGGED = ("unknown:", "answer:")

AT_START: tuple[Gate, ...] = (START,)
#: Before a session is signed: everything that should have been known by then.
BY_THE_SIGNATURE: tuple[Gate, ...] = (SIGNING, START, FIRST_DOSE)


def missing_at_start(
    plan: TreatmentPlan, on: date, record: Iterable[Finding] = ()
) -> tuple[list[Finding], AnswersOfPatient]:
    """What is not known before the next session of this plan, and what is. Three queries."""
    known = answers_of_patient(plan.patient, on)
    number = (_last_number(plan) or 0) + 1
    return _missing(known, plan.patient, drawn_by(plan.cocktail_version_id), AT_START, number, record), known


def missing_before_relief(patient: Patient, methods: Collection[str], on: date) -> list[Finding]:
    """What is not known before a cream or a nerve block (PainRelief.Method) is given. One query."""
    done = {DONE_BY_RELIEF[method] for method in methods if method in DONE_BY_RELIEF}
    if not done:
        return []
    return _missing(answers_of_patient(patient, on), patient, done, (RELIEF,))


def not_known_of_session(
    session: TreatmentSession, methods: Collection[str], record: Iterable[Finding] = ()
) -> list[Finding]:
    """What was not known, or is stopped by an answer, of what this session gives. Two queries."""
    known = answers_of_patient(session.patient, session.performed_on)
    relief = {DONE_BY_RELIEF[method] for method in methods if method in DONE_BY_RELIEF}
    gates = BY_THE_SIGNATURE + ((RELIEF,) if relief else ())
    given = drawn_by(session.cocktail_version_id) | relief
    return _missing(known, session.patient, given, gates, session.number, record)


def flagged_answers(
    session: TreatmentSession, methods: Collection[str], record: Iterable[Finding] = ()
) -> list[Finding]:
    """The same as notes: what was given is not refused for want of an answer, it is flagged."""
    return lower_findings_to(Level.NOTE, not_known_of_session(session, methods, record))


def codes_flagged(findings: Iterable[Finding]) -> list[str]:
    """Those of the findings that flag a missing answer, or one that should have stopped it."""
    return [each.code for each in findings if each.code.startswith(FLAGGED) and not each.needs_reason]


def drawn_by(version_id: int) -> set[str]:
    """The substances of a cocktail, also inside a ready-made product. One query."""
    drawn = Component.objects.filter(version=version_id, product__contents__isnull=False)
    return set(drawn.values_list("product__contents__ingredient__code", flat=True))


def _missing(
    known: AnswersOfPatient,
    patient: Patient,
    given: Collection[str],
    gates: Collection[Gate],
    session: int = 1,
    record: Iterable[Finding] = (),
) -> list[Finding]:
    person = Person(age=patient.age_on(known.on), sex=patient.sex_at_birth, weight_kg=None)
    return known.findings_at(gates, given, person, session=session, said_already=record)


def _last_number(plan: TreatmentPlan) -> int | None:
    sessions = TreatmentSession.objects.filter(plan=plan).exclude(status=SessionStatus.VOID)
    last: int | None = sessions.aggregate(last=Max("number"))["last"]
    return last
