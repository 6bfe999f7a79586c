"""What was in the patient already when its lot turned out not to be usable (law 16): the mark, and the alert."""

from collections.abc import Collection
from datetime import datetime

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from patients.actions.alerts import raise_alerts_unless_open
from treatments.sessions.models import Dose
from treatments.sessions.queries.sessions import SessionDetail
from treatments.sessions.rules.already_given import alert_of_received_lot, alert_source_of_recipient
from treatments.stock.models import Lot, LotHold
from treatments.stock.rules.lots import LotStatus


def mark_doses_already_given(
    detail: SessionDetail, lot_ids: Collection[int], by: User, now: datetime
) -> None:
    """Say of the doses from these lots that they were injected before that was known: who says so, and when."""
    marked = [dose for dose in detail.doses if dose.lot_id in lot_ids and dose.already_given_at is None]
    for dose in marked:
        dose.already_given_at, dose.already_given_by = now, by
    if marked:
        Dose.objects.bulk_update(marked, ["already_given_at", "already_given_by"])


def audit_and_raise_alerts_of_unusable_lots_given(detail: SessionDetail, by: User) -> None:
    """Once the lots are locked: the alert of who received one that is recalled or put aside. Three queries a lot.

    Its source is the recall's own, so that the recall's list, its calls and its end know of it.
    """
    session = detail.session
    patient = session.patient.merged_into or session.patient
    marked = [dose for dose in detail.doses if dose.already_given_at is not None]
    if not marked:
        return
    lots = {lot.pk: lot for lot in Lot.objects.filter(pk__in=[dose.lot_id for dose in marked])}
    holds = {
        hold.lot_id: hold.source
        for hold in LotHold.objects.filter(lot__in=lots, lifted_at=None).order_by("-pk")
    }
    raised = []
    for dose in marked:
        lot = lots[dose.lot_id]
        is_expired = lot.expires_on < session.performed_on
        if lot.status not in (LotStatus.RECALLED, LotStatus.QUARANTINED) and not is_expired:
            continue
        raised.append(
            (
                patient.pk,
                alert_of_received_lot(
                    lot.number,
                    lot.status,
                    session.performed_on,
                    alert_source_of_recipient(holds.get(lot.pk) or f"stock.lot:{lot.pk}", patient.pk),
                ),
            )
        )
        audit.record(
            by=by,
            did="session.already_given",
            about=session,
            patient_id=session.patient_id,
            lot=lot.pk,
            ml=f"{dose.ml:.2f}",
        )
    raise_alerts_unless_open(raised, by=by)
