"""A session begun by mistake is thrown away: with a reason, by who began it, before anything was signed."""

from django.db import transaction

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, raise_if_found
from mesoclinic.core.locking import lock_row
from treatments.schedule.actions.visits import set_appointment_status
from treatments.schedule.rules.appointments import AppointmentStatus
from treatments.sessions.actions.blood import refuse_while_session_has_blood
from treatments.sessions.actions.checks import refuse_unless_allowed_in_session
from treatments.sessions.actions.course import delete_course_session
from treatments.sessions.models import DiscardedSession, TreatmentSession
from treatments.sessions.queries.sessions import autosaves_of_session_queryset
from treatments.sessions.rules.corrections import check_discard_reason_length
from treatments.sessions.rules.states import SessionStatus


@transaction.atomic
def delete_draft_and_keep_reason(*, session: TreatmentSession, by: User, reason: str) -> DiscardedSession:
    """Throw a draft away with all its parts and what anybody typed into it; the reason stays.

    Nothing was taken from stock. The appointment goes back from "in treatment" to "arrived", the number is
    free again. Refused once it is signed, and to anybody but who began it (while their account works).
    """
    refuse_unless_allowed_in_session(by, Permission.RUN_SESSION)
    locked = lock_row(TreatmentSession, session.pk, "appointment", "clinician")
    if locked.status != SessionStatus.DRAFT:
        raise Refused.because(
            "This session is signed: it is made void, not discarded.", code="session:signed"
        )
    if locked.clinician_id != by.pk and locked.clinician.is_active:
        raise Refused.because(
            f"{locked.clinician.display_name} began this session: ask them to discard it.",
            code="discard:other",
        )
    reason = reason.strip()
    raise_if_found(check_discard_reason_length(reason))
    refuse_while_session_has_blood(locked.pk)
    kept = DiscardedSession.objects.create(
        plan_id=locked.plan_id,
        patient_id=locked.patient_id,
        appointment=locked.appointment,
        number=locked.number,
        started_at=locked.started_at,
        reason=reason,
        by=by,
    )
    audit.record(
        by=by,
        did="session.discarded",
        about=locked,
        patient_id=locked.patient_id,
        number=locked.number,
        kept=kept.pk,
    )
    appointment = locked.appointment
    autosaves_of_session_queryset(locked).delete()
    delete_course_session(locked)
    locked.delete()
    if appointment is not None and appointment.status == AppointmentStatus.IN_TREATMENT:
        set_appointment_status(appointment=appointment, to=AppointmentStatus.ARRIVED, by=by)
    return kept
