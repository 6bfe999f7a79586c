"""The intake by link: sent by the desk, or by the tick two days before a first visit."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.locking import lock_row
from mesoclinic.outbox.actions import way_to_reach_patient
from mesoclinic.outbox.link_messages import SentLink, send_link
from mesoclinic.outbox.models import outbox_settings_or_unsaved
from patients.actions.intake_by_link import begin_told_intake
from patients.actions.links import end_link
from patients.models import Patient, PatientLink
from patients.rules.links import LinkPurpose
from treatments.schedule.models import Appointment
from treatments.schedule.queries.patient_visits import coming_visits_of_patient, first_visits_without_intake

#: How long the link works where no visit is booked.
DAYS_WITHOUT_VISIT = timedelta(days=14)

#: How long before a first visit the tick sends it.
AHEAD = timedelta(hours=48)


@transaction.atomic
def send_intake_link(
    *, patient: Patient, clinic: Clinic, by: User | None, now: datetime | None = None
) -> SentLink:
    """Send the patient the questions of the intake; the link works until the next visit begins. An earlier one is taken back."""
    now = now or timezone.now()
    for earlier in PatientLink.objects.filter(
        patient=patient, clinic=clinic, purpose=LinkPurpose.INTAKE.value, ended_at=None, used_at=None
    ):
        end_link(link=earlier, by=by)
    coming = [visit.starts_at for visit in coming_visits_of_patient(patient.pk, clinic.pk, now)]
    sent = send_link(
        clinic=clinic,
        patient=patient,
        purpose=LinkPurpose.INTAKE,
        expires_at=min((at for at in coming if at > now), default=now + DAYS_WITHOUT_VISIT),
        by=by,
        now=now,
    )
    told = begin_told_intake(sent.link)
    audit.record(by=by, did="told_intake.asked", about=told, patient_id=patient.pk, link=sent.link.pk)
    return sent


def send_due_intake_links(*, now: datetime | None = None) -> int:
    """Send it before each first visit, where the clinic asks by link and the patient is reached. Safe to run twice, or twice at once."""
    now = now or timezone.now()
    return sum(_send_if_not_sent(visit, now) for visit in first_visits_without_intake(now, now + AHEAD))


@transaction.atomic
def _send_if_not_sent(visit: Appointment, now: datetime) -> bool:
    patient = lock_row(Patient, visit.patient_id)
    if PatientLink.objects.filter(patient=patient, purpose=LinkPurpose.INTAKE.value).exists():
        return False
    if not way_to_reach_patient(patient, outbox_settings_or_unsaved(visit.clinic)).channel:
        return False
    send_intake_link(patient=patient, clinic=visit.clinic, by=None, now=now)
    return True
