"""Put on the patient's record what they said at a session has changed."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from patients.actions.risk_factors import end_risk_factor, record_risk_factor, record_risk_factors_from_words
from patients.actions.safety_answers import unsaved_safety_answers
from patients.models import Factor, RiskFactor, SafetyAnswer, records_of
from patients.rules.scalp_look import CLEAR, SCALP_LOOK
from treatments.cocktails.queries.required_answers import AnswersOfPatient
from treatments.sessions.actions.checks import refuse_unless_allowed_in_session
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.sessions import SessionDetail
from treatments.sessions.rules.safety_questions import (
    NewRisk,
    confirmed_answers_by_question,
    risk_changes_from_answers,
)
from treatments.sessions.rules.scalp_look import LookAtScalp


def save_safety_changes_to_patient_record(session: TreatmentSession, by: User) -> None:
    """What was said to have changed stands on the patient's record from today, as said at a session."""
    changes = risk_changes_from_answers(session.safety)
    if not changes.new and not changes.ended:
        return
    day = session.performed_on
    known = {
        row.pk: row
        for row in RiskFactor.objects.filter(
            patient__in=records_of(session.patient_id), pk__in=changes.ended
        ).standing_on(day)
    }
    for pk in dict.fromkeys(changes.ended):
        if pk in known:  # ended meanwhile by somebody else: it is as the patient said
            end_risk_factor(risk_factor=known[pk], by=by, on=day, words=changes.words[pk])
    factors = Factor.objects.in_bulk([n.factor_id for n in changes.new if n.factor_id])
    for new in changes.new:
        _record_new_risk_factor_unless_known(session, new, factors.get(new.factor_id), by, day)


def save_confirmed_safety_answers(
    session: TreatmentSession, known: AnswersOfPatient | None, by: User
) -> None:
    """What was asked again at the session is kept as an answer of that day.

    "No change" repeats the answer that is on record, and answers nothing where there is none but a first "no" said to
    the question itself. What was asked on the same day already is not kept twice.
    """
    if known is None or not session.safety:
        return
    day = session.performed_on
    last = {code: answer.said for code, answer in known.answers.items()}
    confirmed = confirmed_answers_by_question(session.safety, last, {kind for _, kind, _ in known.standing})
    rows = unsaved_safety_answers(
        session.patient,
        {
            code: said
            for code, said in confirmed.items()
            if (code, session.patient.sex_at_birth) != ("pregnant", "male")
            if code not in known.answers
            or known.answers[code].asked_on != day
            or list(known.answers[code].said) != list(said)
        },
        by,
        SafetyAnswer.Where.SESSION,
        day,
    )
    if rows:
        SafetyAnswer.objects.bulk_create(rows)


@transaction.atomic
def save_scalp_look_if_new(
    detail: SessionDetail, said: Sequence[str], ticked: Collection[int], by: User
) -> None:
    """What was seen at the scalp is an answer of the day, whatever else is refused. Nothing where it is known.

    ``ticked``: the lines of the checklist; where it is ticked now, that of the look says that it is clear, where something was seen
    before.
    """
    known = LookAtScalp() if detail.asked_before is None else detail.asked_before.look
    if not said and known.said and known.item in set(ticked) - set(detail.checklist):
        said = [CLEAR]
    if not said or tuple(said) == known.said:
        return
    session = detail.session
    refuse_unless_allowed_in_session(by, Permission.RUN_SESSION)
    row = SafetyAnswer.objects.create(
        patient_id=session.patient_id,
        question=SCALP_LOOK,
        said=list(said),
        asked_on=session.performed_on,
        asked_where=SafetyAnswer.Where.SESSION,
        asked_by=by,
    )
    audit.record(
        by=by,
        did="safety_answers.recorded",
        about=row,
        patient_id=session.patient_id,
        questions=[SCALP_LOOK],
        where=str(SafetyAnswer.Where.SESSION),
    )


def _record_new_risk_factor_unless_known(
    session: TreatmentSession, new: NewRisk, factor: Factor | None, by: User, day: date
) -> None:
    patient, origin = session.patient, RiskFactor.Origin.SESSION
    try:
        if factor is None:
            record_risk_factors_from_words(
                patient=patient,
                kind=new.kind,
                label=new.label,
                by=by,
                origin=origin,
                started_on=day,
                today=day,
            )
        else:
            record_risk_factor(
                patient=patient,
                kind=new.kind,
                label=new.label,
                factor=factor,
                by=by,
                origin=origin,
                started_on=day,
                today=day,
            )
    except Refused as refused:
        # It was recorded meanwhile, elsewhere: the record says it already.
        if [finding.code for finding in refused.findings] != ["stands"]:
            raise
