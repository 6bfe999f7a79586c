"""The signed address of one visit, made and read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from mesoclinic.core import access_log
from mesoclinic.core.links import BadLink
from treatments.schedule.models import Appointment

_SALT = "schedule.visit"

#: A link is older than this only where a visit was booked very far ahead: the next reminder has its own.
LONGEST = timedelta(days=60)


@dataclass(frozen=True)
class VisitLink:
    appointment: int
    starts_at: datetime


def visit_link_token(appointment: Appointment) -> str:
    """The signed part. Nobody can make one without the server's key, nor change which visit it is for."""
    return signing.dumps([appointment.pk, int(appointment.starts_at.timestamp())], salt=_SALT)


def visit_link_address(appointment: Appointment) -> str:
    """The whole address, for a message."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse('schedule:visit', args=[visit_link_token(appointment)])}"


def read_visit_link_or_raise(token: str) -> VisitLink:
    """Which visit an address is for, and when that was to begin; :class:`BadLink` where it is no good."""
    try:
        pk, seconds = signing.loads(token, salt=_SALT, max_age=LONGEST)
        return VisitLink(int(pk), datetime.fromtimestamp(seconds, UTC))
    except signing.SignatureExpired as error:
        raise BadLink("expired") from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadLink("unreadable") from error


def appointment_of_link_or_raise(link: VisitLink) -> Appointment:
    """The appointment with its clinic and patient; ``BadLink`` where there is none."""
    found = (
        Appointment.objects.select_related(
            "clinic__outbox", "clinic__booking", "clinic__plan_settings", "patient"
        )
        .filter(pk=link.appointment)
        .first()
    )
    if found is None:
        raise BadLink("unreadable")
    access_log.note_subject(found.patient_id)
    return found
