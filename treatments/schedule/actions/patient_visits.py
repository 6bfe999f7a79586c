"""The link by which a patient reads all their dates at a clinic."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.outbox.link_messages import SentLink, refuse_unless_reachable, send_link
from patients.actions.links import end_link
from patients.models import Patient, PatientLink
from patients.rules.links import LinkPurpose
from treatments.schedule.queries.patient_visits import coming_visits_of_patient


@transaction.atomic
def send_visits_link(*, patient: Patient, clinic: Clinic, by: User) -> SentLink:
    """A link to the visits that are still to come; it ends a day after the last of them. An earlier one is taken back.

    Refused where no visit is to come, or no way leads to the patient.
    """
    now = timezone.now()
    visits = coming_visits_of_patient(patient.pk, clinic.pk, now)
    if not visits:
        raise Refused.because(
            "No visit is booked here that is still to come. Book one first.", code="visits:none"
        )
    refuse_unless_reachable(patient, clinic, LinkPurpose.COURSE)
    for earlier in PatientLink.objects.filter(
        patient=patient, clinic=clinic, purpose=LinkPurpose.COURSE.value, ended_at=None
    ):
        end_link(link=earlier, by=by)
    sent = send_link(
        clinic=clinic,
        patient=patient,
        purpose=LinkPurpose.COURSE,
        expires_at=max(visit.ends_at for visit in visits) + timedelta(days=1),
        by=by,
    )
    audit.record(
        by=by,
        did="visits.sent",
        about=patient,
        patient_id=patient.pk,
        link=sent.link.pk,
        language=sent.link.language,
    )
    return sent
