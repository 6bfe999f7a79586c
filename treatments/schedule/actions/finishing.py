"""An appointment that is over, written together with what ended it."""

from dataclasses import dataclass
from datetime import datetime

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.models import AuditEvent
from mesoclinic.core.statements import Change
from treatments.schedule.models import Appointment
from treatments.schedule.rules import AppointmentStatus


@dataclass(frozen=True, slots=True)
class Finishing:
    """``change`` moves the appointment, where it still stands as it was read; ``event`` is for when it did."""

    change: Change
    event: AuditEvent


def finish(appointment: Appointment, *, by: User, now: datetime) -> Finishing:
    """The treatment is done; ``appointment`` may move there. The caller writes both."""
    done = AppointmentStatus.DONE
    return Finishing(
        Change(
            Appointment.objects.filter(pk=appointment.pk, status=appointment.status),
            {"status": done.value, "status_by": by, "status_at": now, "status_reason": ""},
        ),
        audit.event(
            by=by,
            did=f"appointment.{done.value}",
            about=appointment,
            patient_id=appointment.patient_id,
            before=appointment.status,
        ),
    )
