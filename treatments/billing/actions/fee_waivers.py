"""Not charging a fee on purpose."""

from django.db import transaction

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import raise_if_found
from mesoclinic.core.locking import lock_row
from mesoclinic.core.reasons import refuse_missing_text_or_card_number
from patients.models import Patient
from treatments.billing.models import FeeWaiver
from treatments.billing.queries.invoices import fee_waiver_or_none, is_charged_already
from treatments.billing.rules.invoices import check_fee_can_be_waived


@transaction.atomic
def waive_fee(
    *, patient: Patient, clinic: Clinic, kind: str, source: str, reason: str, by: User
) -> FeeWaiver:
    """Say that a fee (``kind`` of the price list, for the row ``source``) is not charged, and why. A repeat changes nothing."""
    lock_row(Patient, patient.pk)
    refuse_missing_text_or_card_number(reason, "reason", "Write why it is waived.")
    waived = fee_waiver_or_none(kind, source)
    if waived is not None:
        return waived
    raise_if_found(check_fee_can_be_waived(is_charged=is_charged_already(kind, source)))
    waiver = FeeWaiver.objects.create(
        clinic=clinic, patient=patient, kind=kind, source=source, reason=reason.strip(), by=by
    )
    audit.record(by=by, did="fee.waived", about=waiver, patient_id=patient.pk, kind=str(kind), source=source)
    return waiver
