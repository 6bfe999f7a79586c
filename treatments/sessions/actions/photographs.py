"""The set of photographs of a session."""

from django.db import transaction

from mesoclinic.accounts.models import User
from mesoclinic.core.locking import lock_row
from treatments.conditions.actions.photographs import create_photo_set
from treatments.conditions.models import PhotoSet
from treatments.conditions.queries.photographs import pattern_of_last_assessed_condition
from treatments.sessions.models import TreatmentSession


@transaction.atomic
def get_or_create_photo_set(*, session: TreatmentSession, by: User) -> PhotoSet:
    """The one there is, or a new one. Two who ask at once get the same."""
    lock_row(TreatmentSession, session.pk)
    known = session.photo_sets.order_by("pk").first()
    if known is not None:
        return known
    opened = create_photo_set(
        patient=session.patient,
        pattern=pattern_of_last_assessed_condition(session.patient_id),
        session_number=session.number,
        is_last_session=session.number >= session.plan.sessions_planned,
        by=by,
    )
    session.photo_sets.add(opened)
    return opened
