"""What a patient answers by the link in a reminder: they come, they do not, at another time, or no more reminders, please."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.links import BadLink
from mesoclinic.core.locking import lock_row
from patients.actions.people import stop_reminders
from treatments.schedule.actions.booking import move_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.actions.visits import cancel_appointment, confirm_appointment
from treatments.schedule.models import Appointment
from treatments.schedule.queries.visit_links import VisitLink, appointment_of_link_or_raise
from treatments.schedule.queries.visit_times import FURTHEST
from treatments.schedule.rules.appointments import AppointmentStatus

#: What stands on the appointment, for the desk.
CANCELLED_BY_LINK = "Cancelled by the patient, by link"


@transaction.atomic
def answer_visit_link_and_return_state(
    *, link: VisitLink, says: str, now: datetime | None = None
) -> tuple[Appointment, str]:
    """Do what they say (``confirm``, ``cancel``, ``stop``) and return the visit and where it stands then.

    Each is done once: a repeat changes nothing and answers the same. Nothing is done by a link whose visit
    has begun, was moved, or is over.
    """
    now = now or timezone.now()
    visit = appointment_of_link_or_raise(link)
    # Two answers at once: the second sees what the first has done.
    lock_row(Appointment, visit.pk)
    visit = appointment_of_link_or_raise(link)
    standing = visit_state_for_link_or_raise(visit, link, now)
    if says == "stop":
        stop_reminders(patient=visit.patient, by=None)
        return visit, "stopped"
    if says == "confirm" and standing == "booked":
        return confirm_appointment(appointment=visit, by=None, now=now), "confirmed"
    if says == "cancel" and standing in ("booked", "confirmed"):
        done = cancel_appointment(appointment=visit, by=None, reason=CANCELLED_BY_LINK, now=now)
        return done, "cancelled"
    return visit, standing


#: A visit in one of these may get another time from its patient.
MOVABLE = (str(AppointmentStatus.BOOKED), str(AppointmentStatus.CONFIRMED))


@transaction.atomic
def move_visit_by_link(*, link: VisitLink, wanted: Wanted, now: datetime | None = None) -> Appointment:
    """Give the visit another time that its patient chose. Nothing is gone past: what asks for a reason is refused.

    Raises ``Refused`` (``Taken`` where somebody was first) and, where the visit is not to be answered any more, ``BadLink``.
    """
    now = now or timezone.now()
    visit = appointment_of_link_or_raise(link)
    lock_row(Appointment, visit.pk)
    visit = appointment_of_link_or_raise(link)
    if visit_state_for_link_or_raise(visit, link, now) not in MOVABLE:
        raise BadLink("expired")
    if wanted.minutes != int((visit.ends_at - visit.starts_at).total_seconds() // 60):
        raise Refused.because(
            "This visit keeps its length. Choose one of the times shown.", code="booking:length"
        )
    if wanted.starts_at > now + FURTHEST + timedelta(days=1):
        raise Refused.because("This is too far ahead. Choose one of the times shown.", code="booking:far")
    return move_appointment(appointment=visit, wanted=wanted, by=None, now=now)


def visit_state_for_link_or_raise(visit: Appointment, link: VisitLink, now: datetime) -> str:
    """``booked``, ``confirmed``, ``cancelled``, ``moved``, or ``over`` where nothing is to be answered any more.

    Raises ``BadLink`` once the visit has begun: the link has expired.
    """
    if visit.status in (AppointmentStatus.CANCELLED, AppointmentStatus.LATE_CANCELLED):
        return "cancelled"
    if visit.starts_at != link.starts_at:
        return "moved"
    if visit.starts_at <= now:
        raise BadLink("expired")
    if visit.status in (AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED):
        return str(visit.status)
    return "over"
