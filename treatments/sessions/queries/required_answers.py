"""Which answers a session waits for: before it starts, before relief is given, and when it is signed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from django.db.models import Max

from mesoclinic.core.findings import Finding, Level, lower_findings_to
from patients.models import Patient
from patients.rules.alerts import OpenAlert
from patients.rules.scalp_look import PUS, SITE_ALERTS
from treatments.cocktails.models import Component
from treatments.cocktails.queries.required_answers import AnswersOfPatient, answers_of_patient
from treatments.cocktails.rules.mix import Person
from treatments.cocktails.rules.required_answers import (
    FIRST_DOSE,
    NERVE_BLOCK,
    RELIEF,
    START,
    Answer,
    Gate,
)
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.plans.models import TreatmentPlan
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.states import SessionStatus

#: What a way of relieving pain is, to the rules about what must be asked.
DONE_BY_RELIEF = {"cream": "topical-anaesthetic-cream", "nerve_block": NERVE_BLOCK}

#: How the codes begin of what required answers find.
FLAGGED = ("unknown:", "answer:")

AT_START: tuple[Gate, ...] = (START,)
#: Before a session is signed: everything that should have been known in the chair by then.
BY_THE_SIGNATURE: tuple[Gate, ...] = (START, FIRST_DOSE)

#: The tick of the checklist that answers a question by itself, and how.
SCALP_EXAM = "scalp-exam"
SCALP_LOOK, CLEAR = "scalp_look", ("clear",)


#: Not asked in words: two people check the tube in the session, and nothing is injected or signed without
#: (treatments.sessions.rules.blood).
BLOOD_IDENTITY = "blood_identity"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was found and what is known: before the next session of a plan, or before relief is given."""

    findings: Sequence[Finding]
    known: AnswersOfPatient


class Checked(Protocol):
    """What was asked of the record about a syringe (treatments.sessions.queries.signing.Safety)."""

    @property
    def findings(self) -> Sequence[Finding]: ...
    @property
    def substances(self) -> frozenset[str]: ...
    @property
    def alerts(self) -> Sequence[OpenAlert]: ...
    @property
    def known(self) -> AnswersOfPatient | None: ...


def missing_answers_at_start(plan: TreatmentPlan, on: date) -> Asked:
    """What is not known before the next session of this plan, for the page that asks it. Four queries."""
    known = answers_of_patient(plan.patient, on)
    given = substance_codes_of_cocktail(plan.cocktail_version_id)
    gates = _gates_of_start(open_alerts_of_patient(plan.patient_id, on))
    return Asked(
        _missing_answer_findings(known, plan.patient, given, gates, _next_session_number(plan)), known
    )


def _gates_of_start(alerts: Iterable[OpenAlert]) -> tuple[Gate, ...]:
    """An infection seen on an earlier day ends by another look: the start page asks for it."""
    infected = any(alert.code == SITE_ALERTS[PUS] and not alert.factor for alert in alerts)
    return BY_THE_SIGNATURE if infected else AT_START


def missing_answer_findings_at_start(plan: TreatmentPlan, asked: Checked) -> list[Finding]:
    """The same beside what the record said. One query."""
    if asked.known is None:
        return []
    return _missing_answer_findings(
        asked.known,
        plan.patient,
        asked.substances,
        _gates_of_start(asked.alerts),
        _next_session_number(plan),
        asked.findings,
    )


def missing_answers_before_relief_methods(
    patient: Patient, methods: Collection[str], on: date, record: Iterable[Finding] = ()
) -> Asked:
    """What is not known before a cream or a nerve block is given. One query, none where nothing is asked.

    ``record``: what the record says against it already, so that the same harm is not said twice.
    """
    done = {DONE_BY_RELIEF[method] for method in methods if method in DONE_BY_RELIEF}
    if not done:
        return Asked((), AnswersOfPatient((), {}, (), on))
    known = answers_of_patient(patient, on)
    return Asked(_missing_answer_findings(known, patient, done, (RELIEF,), record=record), known)


def missing_answer_notes(
    session: TreatmentSession, methods: Collection[str], ticked: Collection[str], asked: Checked
) -> list[Finding]:
    """What was not known, or is stopped by an answer, of what this session gives; as notes.

    What was given is not refused for want of an answer: it is flagged. ``ticked``: codes of the checklist.
    """
    if asked.known is None:
        return []
    known = asked.known
    if SCALP_EXAM in ticked:
        known = replace(known, answers={**known.answers, SCALP_LOOK: Answer(CLEAR, known.on)})
    relief = {DONE_BY_RELIEF[method] for method in methods if method in DONE_BY_RELIEF}
    gates = BY_THE_SIGNATURE + ((RELIEF,) if relief else ())
    found = _missing_answer_findings(
        known, session.patient, asked.substances | relief, gates, session.number, asked.findings
    )
    return lower_findings_to(Level.NOTE, found)


def codes_of_missing_answer_flags(findings: Iterable[Finding]) -> list[str]:
    """Those of the findings that flag a missing answer, or one that should have stopped it."""
    return [each.code for each in findings if each.code.startswith(FLAGGED) and not each.needs_reason]


def substance_codes_of_cocktail(version_id: int) -> set[str]:
    """The substances of a cocktail, also inside a ready-made product. One query."""
    drawn = Component.objects.filter(version=version_id, product__contents__isnull=False)
    return set(drawn.values_list("product__contents__ingredient__code", flat=True))


def _missing_answer_findings(
    known: AnswersOfPatient,
    patient: Patient,
    given: Collection[str],
    gates: Collection[Gate],
    session: int = 1,
    record: Iterable[Finding] = (),
) -> list[Finding]:
    known = replace(known, rules=[rule for rule in known.rules if rule.answer_code != BLOOD_IDENTITY])
    person = Person(age=patient.age_on(known.on), sex=patient.sex_at_birth, weight_kg=None)
    return known.findings_at_gates(gates, given, person, session=session, said_already=record)


def _next_session_number(plan: TreatmentPlan) -> int:
    sessions = TreatmentSession.objects.filter(plan=plan).exclude(status=SessionStatus.VOID)
    last: int | None = sessions.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
