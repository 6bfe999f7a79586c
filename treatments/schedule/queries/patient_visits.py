"""The visits of a patient at one clinic, as they read them by their link."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from patients.models import Intake, PatientLink
from patients.rules.links import LinkPurpose
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import AppointmentStatus

#: Visits that are going to be: booked, confirmed, or begun.
TO_COME = (AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED)

#: More are not shown: nobody is booked further.
MOST_SHOWN = 60


def coming_visits_of_patient(patient_id: int, clinic_id: int, now: datetime) -> list[Appointment]:
    """Those still to come, the next first. One query."""
    return list(
        Appointment.objects.filter(
            patient=patient_id, clinic=clinic_id, status__in=TO_COME, starts_at__gt=now
        )
        .select_related("clinic")
        .order_by("starts_at", "pk")[:MOST_SHOWN]
    )


def first_visits_without_intake(now: datetime, until: datetime) -> list[Appointment]:
    """Visits that begin by then, of patients who have no intake and were sent none, at clinics that ask by link. One query."""
    mine = {"patient": OuterRef("patient")}
    asked = PatientLink.objects.filter(**mine, purpose=LinkPurpose.INTAKE.value)
    return list(
        Appointment.objects.filter(
            ~Exists(Intake.objects.filter(**mine)),
            ~Exists(asked),
            clinic__booking__intake_by_link=True,
            status__in=TO_COME,
            starts_at__gt=now,
            starts_at__lte=until,
        )
        .select_related("clinic__outbox")
        .order_by("starts_at", "pk")
    )
