"""Addresses by name for the rows of the world of the access matrix, and what they answer."""

import re
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mesoclinic.accounts.permissions import Role
from mesoclinic.core.models import AuditEvent
from mesoclinic.pages.addresses import ADDRESSES
from mesoclinic.pages.walls import Behind
from tests.access_addresses import address_of
from tests.access_world import World
from tests.query_plans import reading_statements


def asked(client, method: str, address: str, data=None):
    """The answer; what it wrote is undone."""
    with transaction.atomic():
        answer = getattr(client, method)(address, data)
        transaction.set_rollback(True)
    return answer


@dataclass(frozen=True)
class Answered:
    """What one address answered somebody who may use it, about a row of their own."""

    status: int
    #: Main headings of a whole page; None for what is none.
    headings: int | None
    #: Shows the patient, and no row of the log says so.
    is_unseen: bool
    #: The browser may keep it.
    is_kept: bool
    #: What was read for it, one statement of each shape.
    statements: dict[str, str]


def asked_by_permitted(client, method: str, name: str, world: World) -> Answered:
    with transaction.atomic():
        with CaptureQueriesContext(connection) as sent:
            answer = getattr(client, method)(address_of(name, world.own, world))
            # A file that is written while it goes out asks for its rows only when it is read.
            content = b"".join(answer)
        shows = name not in _WITHOUT_PATIENT and _shows_patient(
            answer, content, ADDRESSES[name], world.own.patient
        )
        answered = Answered(
            status=answer.status_code,
            headings=main_headings_or_none(answer),
            is_unseen=shows and not _rows_about(world.own.patient, world.last_event).exists(),
            is_kept="no-store" not in answer.get("Cache-Control", ""),
            statements=reading_statements(query["sql"] for query in sent.captured_queries),
        )
        transaction.set_rollback(True)
    return answered


@dataclass
class OwnPages:
    """Pages as those who may get them, each asked for once: their walls, their log and their plans are looked at."""

    world: World
    clients: dict[Role, Client]
    got: dict[tuple[str, Role], Answered] = field(default_factory=dict)

    def page_of(self, name: str, role: Role) -> Answered:
        if (name, role) not in self.got:
            self.got[name, role] = asked_by_permitted(self.clients[role], "get", name, self.world)
        return self.got[name, role]


#: Record numbers only, and that they were read is a row of its own ("access_log.viewed"); a cocktail's leaflet without its
#: patient (docs/adr/0014).
_WITHOUT_PATIENT = {"access_log", "access_log_csv", "cocktails:education"}


def _shows_patient(answer, content, wall, patient) -> bool:
    """A page or a file in which the name or the number stands; a paper or a picture about the patient."""
    if answer.status_code in (302, 403, 404, 405):
        return False
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith(("application/pdf", "image/")):
        return isinstance(wall, Behind) and bool(wall.patient)
    text = content.decode(errors="ignore")
    return patient.family_name in text or patient.record_number in text


def _rows_about(patient, after: int):
    about = Q(patient_id=patient.pk) | Q(data__contains={"patients": [patient.pk]})
    return AuditEvent.objects.filter(about, pk__gt=after)


#: An opening tag of a main heading.
_HEADING = re.compile(rb"<h1[\s>]")


def main_headings_or_none(answer) -> int | None:
    """How many a whole page has; None for what is none."""
    is_page = answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("text/html")
    if not is_page or answer.streaming or b"<html" not in answer.content:
        return None
    return len(_HEADING.findall(answer.content))
