"""Write down that a patient has to do with a clinic, and open the record of one who has not."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import gate
from patients.models import BreakGlass, Patient, PatientClinic
from patients.rules.break_glass import check_reason_to_open

#: How long a record stays open to who wrote why.
OPEN_FOR = timedelta(days=1)


def record_clinic_of_patient(*, patient_id: int, clinic_id: int | None) -> None:
    """The patient has to do with this clinic from now on. One statement; nothing where it is known, or is no clinic."""
    if clinic_id is None:
        return
    PatientClinic.objects.bulk_create(
        [PatientClinic(patient_id=patient_id, clinic_id=clinic_id)], ignore_conflicts=True
    )


@transaction.atomic
def break_glass(
    *, patient: Patient, by: User, clinic: Clinic, reason: str, now: datetime | None = None
) -> BreakGlass:
    """Open the record of a patient of other clinics for a day. Refused without a reason; admins read it."""
    refuse_unless_allowed(by, Permission.SEE_PATIENT)
    gate(check_reason_to_open(reason))
    now = now or timezone.now()
    opening = BreakGlass.objects.create(
        patient=patient, clinic=clinic, by=by, reason=reason.strip(), at=now, until=now + OPEN_FOR
    )
    audit.record(by=by, did="patient.opened_with_reason", about=opening, patient_id=patient.pk)
    return opening
