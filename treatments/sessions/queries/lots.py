"""Whether the lots of an open session may still be used."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from mesoclinic.core.findings import Finding
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.states import SessionStatus
from treatments.stock.models import Lot
from treatments.stock.queries import lot_as_choice
from treatments.stock.rules.lots import check_lot_choice_usable


def unusable_lot_findings_or_none(
    session_id: int, on_page: Sequence[int], at: datetime
) -> list[Finding] | None:
    """Why lots of an open session may not be used any more: those stored in it and those chosen ``on_page``.

    None where there is no such session; a signed one has nothing to be told. Two queries.
    """
    session = TreatmentSession.objects.filter(pk=session_id).first()
    if session is None:
        return None
    if session.status != SessionStatus.DRAFT:
        return []
    lots = (
        Lot.objects.filter(Q(doses__treatment_session=session) | Q(pk__in=on_page), clinic=session.clinic_id)
        .select_related("product")
        .order_by("number", "pk")
        .distinct()
    )
    found = [check_lot_choice_usable(lot_as_choice(lot), session.performed_on, at) for lot in lots]
    return [finding for finding in found if finding is not None]
