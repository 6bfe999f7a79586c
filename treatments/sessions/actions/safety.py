"""Put on the patient's record what they said at a session has changed."""

from datetime import date

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import Refused
from patients.actions.risk_factors import end_risk_factor, record_risk_factor, record_risk_factors_from_words
from patients.models import Factor, RiskFactor
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.safety_questions import NewRisk, risk_changes_from_answers


def write_safety_changes_to_patient_record(session: TreatmentSession, by: User) -> None:
    """What was said to have changed stands on the patient's record from today, as said at a session."""
    changes = risk_changes_from_answers(session.safety)
    if not changes.new and not changes.ended:
        return
    day = session.performed_on
    known = {
        row.pk: row
        for row in RiskFactor.objects.filter(patient=session.patient_id, pk__in=changes.ended).standing_on(
            day
        )
    }
    for pk in dict.fromkeys(changes.ended):
        if pk in known:  # ended meanwhile by somebody else: it is as the patient said
            end_risk_factor(risk_factor=known[pk], by=by, on=day)
    factors = Factor.objects.in_bulk([n.factor_id for n in changes.new if n.factor_id])
    for new in changes.new:
        _add_new_risk_factor(session, new, factors.get(new.factor_id), by, day)


def _add_new_risk_factor(
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
