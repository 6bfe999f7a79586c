"""Correct a signed session: add to it, or declare it void."""

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import gate, raise_if_found
from patients.actions.self_harm import raise_alert_if_self_harm_is_named
from treatments.sessions.actions.alerts import raise_alerts_of_reactions_named_in_text
from treatments.sessions.actions.checks import (
    lock_session,
    refuse_unless_allowed_in_session,
    refuse_unless_can_move,
)
from treatments.sessions.actions.course import delete_course_session
from treatments.sessions.models import Addendum, TreatmentSession
from treatments.sessions.rules.corrections import check_addendum_text_and_reason, check_void_reason_length
from treatments.sessions.rules.states import SessionStatus


@transaction.atomic
def save_addendum_and_mark_session_amended(
    *, session: TreatmentSession, by: User, text: str, reason: str
) -> Addendum:
    """Correct a signed session by adding to it, with the reason; it is amended from then on."""
    refuse_unless_allowed_in_session(by, Permission.SIGN_SESSION)
    text, reason = text.strip(), reason.strip()
    gate(check_addendum_text_and_reason(text, reason))
    locked = lock_session(session)
    refuse_unless_can_move(locked, SessionStatus.AMENDED, "Only a signed session takes an addendum.")
    addendum = Addendum.objects.create(treatment_session=locked, text=text, reason=reason, by=by)
    if locked.status != SessionStatus.AMENDED:
        locked.status = SessionStatus.AMENDED
        locked.save(update_fields=["status"])
    raise_alerts_of_reactions_named_in_text(
        locked,
        text,
        source=f"treatment_sessions.addendum:{addendum.pk}",
        told_on=timezone.localdate(),
        by=by,
    )
    raise_alert_if_self_harm_is_named(locked.patient_id, [text], by)
    audit.record(
        by=by, did="session.amended", about=locked, patient_id=locked.patient_id, addendum=addendum.pk
    )
    return addendum


@transaction.atomic
def mark_session_void(*, session: TreatmentSession, by: User, reason: str) -> TreatmentSession:
    """Declare a signed session void, with the reason as an addendum. Its calls are cancelled at the next tick.

    What it took from stock stays taken, for what was injected is used: whatever was not is counted back in the
    stock room, by a person, with a reason.
    """
    refuse_unless_allowed_in_session(by, Permission.SIGN_SESSION)
    reason = reason.strip()
    raise_if_found(check_void_reason_length(reason))
    locked = lock_session(session)
    refuse_unless_can_move(locked, SessionStatus.VOID, "Only a signed session can be made void.")
    Addendum.objects.create(
        treatment_session=locked,
        text="Session made void. What was injected stays used: nothing was returned to stock.",
        reason=reason,
        by=by,
    )
    locked.status = SessionStatus.VOID
    locked.save(update_fields=["status"])
    delete_course_session(locked)
    audit.record(by=by, did="session.voided", about=locked, patient_id=locked.patient_id)
    return locked
