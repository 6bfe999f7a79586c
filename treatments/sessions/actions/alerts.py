"""Raise the alerts of a session's reactions and pain: when it is signed, and when something is told later."""

from mesoclinic.accounts.models import User
from patients.actions.alerts import raise_alert
from treatments.sessions.models import Pain, TreatmentSession
from treatments.sessions.rules.alerts import RaisedAlert, pain_alert, reaction_alert


def raise_reaction_alert(
    session: TreatmentSession, *, pk: int, effect: str, level: str, grade: str, by: User
) -> None:
    """Raise the alert of the reaction ``pk``, where it has one."""
    found = reaction_alert(effect=effect, level=level, grade=grade, number=session.number)
    _raise_alert_if_found(session, found, f"treatment_sessions.reaction:{pk}", by)


def raise_pain_alert(session: TreatmentSession, *, pk: int, moment: str, score: int, by: User) -> None:
    """Raise the alert of the pain score ``pk``, where it has one."""
    found = pain_alert(score=score, moment=Pain.Moment(moment).label, number=session.number)
    _raise_alert_if_found(session, found, f"treatment_sessions.pain:{pk}", by)


def _raise_alert_if_found(
    session: TreatmentSession, found: RaisedAlert | None, source: str, by: User
) -> None:
    if found is not None:
        raise_alert(
            patient=session.patient, kind=found.kind, level=found.level, text=found.text, source=source, by=by
        )
