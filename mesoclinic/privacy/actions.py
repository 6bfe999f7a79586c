"""What is done when a patient asks: a record is restricted, how to reach them is erased at once."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate
from mesoclinic.core.locking import lock_row
from mesoclinic.core.models import Autosave
from mesoclinic.outbox.actions import mark_message_skipped_if_queued
from mesoclinic.outbox.models import LinkMessage, Message
from mesoclinic.outbox.rules import MessageStatus
from mesoclinic.privacy.rules import check_no_visit_ahead
from patients.actions.links import end_link
from patients.models import Erasure, Patient, PatientLink, Restriction, ToldPart, records_of_person
from patients.rules.break_glass import SHORTEST_REASON
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import NOT_OVER
from treatments.sessions.models import TreatmentSession
from treatments.waiting.actions import leave_waiting_list
from treatments.waiting.models import WaitingListEntry

#: Of a patient's row, how to reach them.
CONTACT_FIELDS = ("phone", "email", "address", "emergency_contact_name", "emergency_contact_phone")


def _must_say_why(reason: str) -> str:
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise Refused.because(
            f"Write why, in {SHORTEST_REASON} characters or more.", code="privacy:reason", where="reason"
        )
    return reason[:300]


@transaction.atomic
def restrict_record(*, patient: Patient, reason: str, by: User) -> Restriction:
    """From now on the record is kept and not used: no form about it is taken, no message goes out."""
    refuse_unless_allowed(by, Permission.ANSWER_PATIENTS)
    reason = _must_say_why(reason)
    patient = lock_row(Patient, patient.pk)
    if Restriction.objects.filter(patient__in=records_of_person(patient.pk), lifted_at=None).exists():
        raise Refused.because("This record is restricted already.", code="privacy:restricted")
    made = Restriction.objects.create(patient=patient, reason=reason, by=by)
    skipped = stop_messages(patient, now=timezone.now(), reason="the record is restricted")
    audit.record(by=by, did="privacy.restricted", about=patient, patient_id=patient.pk, messages=skipped)
    return made


@transaction.atomic
def lift_restriction(*, patient: Patient, reason: str, by: User, now: datetime | None = None) -> None:
    """The record is used again; why is kept."""
    refuse_unless_allowed(by, Permission.ANSWER_PATIENTS)
    reason = _must_say_why(reason)
    lock_row(Patient, patient.pk)
    lifted = Restriction.objects.filter(patient__in=records_of_person(patient.pk), lifted_at=None).update(
        lifted_at=now or timezone.now(), lifted_by=by, lifted_because=reason
    )
    if not lifted:
        raise Refused.because("This record is not restricted.", code="privacy:open")
    audit.record(by=by, did="privacy.restriction_lifted", about=patient, patient_id=patient.pk)


@transaction.atomic
def erase_contacts(*, patient: Patient, reason: str, by: User, now: datetime | None = None) -> Erasure:
    """How to reach the patient, drafts, what waits for them and what leads them in are gone at once. What is signed stays."""
    refuse_unless_allowed(by, Permission.ANSWER_PATIENTS)
    reason, now = _must_say_why(reason), now or timezone.now()
    records = list(records_of_person(patient.pk).values_list("pk", flat=True))
    for pk in sorted(records):
        lock_row(Patient, pk)
    ahead = Appointment.objects.filter(patient__in=records, starts_at__gte=now, status__in=NOT_OVER)
    gate(check_no_visit_ahead([timezone.localdate(at) for at in ahead.values_list("starts_at", flat=True)]))
    rows = Patient.objects.filter(pk__in=records).update(
        **dict.fromkeys(CONTACT_FIELDS, ""), reminders_by=Patient.ReminderBy.NONE
    )
    for pk in records:
        rows += stop_messages(Patient(pk=pk), now=now, reason="erased at the patient's wish")
        rows += _end_open_links(pk, by=by, now=now)
        rows += _leave_waiting_lists(pk, by=by, now=now)
    rows += LinkMessage.objects.filter(link__patient__in=records).exclude(sent_to="").update(sent_to="")
    rows += drafts_about(records).delete()[0]
    rows += unsent_answers_of(records).delete()[0]
    made = Erasure.objects.create(
        patient=patient, part=Erasure.Part.CONTACTS, reason=reason, rows=rows, by=by
    )
    audit.record(by=by, did="privacy.contacts_erased", about=patient, patient_id=patient.pk, rows=rows)
    return made


def stop_messages(patient: Patient, *, now: datetime, reason: str) -> int:
    """What is queued for the patient does not go out; how many messages."""
    queued = Message.objects.filter(patient=patient, status=MessageStatus.QUEUED).values_list("pk", flat=True)
    return sum(mark_message_skipped_if_queued(pk, reason=reason, now=now) for pk in list(queued))


def _end_open_links(patient_pk: int, *, by: User, now: datetime) -> int:
    """Nobody comes in by a letter any more; how many links."""
    links = list(PatientLink.objects.not_ended_at(now).filter(patient=patient_pk))
    for link in links:
        end_link(link=link, by=by)
    return len(links)


def _leave_waiting_lists(patient_pk: int, *, by: User, now: datetime) -> int:
    """Nobody is offered a time whom nobody can reach; what the desk noted there is gone too. How many places."""
    places = WaitingListEntry.objects.filter(patient=patient_pk)
    waiting = list(places.waiting())
    for entry in waiting:
        leave_waiting_list(entry=entry, by=by, reason="Erased at the patient’s wish", now=now)
    return len(waiting) + places.exclude(note="").update(note="")


def unsent_answers_of(records: list[int]) -> QuerySet[ToldPart]:
    """What they typed by link and never sent."""
    return ToldPart.objects.filter(told__patient__in=records, told__finished_at=None)


def drafts_about(records: list[int]) -> QuerySet[Autosave]:
    """What was typed about these records, or one of their sessions, and not sent."""
    sessions = TreatmentSession.objects.filter(patient__in=records).values_list("pk", flat=True)
    subjects = [f"patient:{pk}" for pk in records] + [f"session:{pk}" for pk in sessions]
    about = Q(subject__in=subjects)
    for pk in records:
        about |= Q(url__startswith=f"/patients/{pk}/")
    return Autosave.objects.filter(about)


def records_with_contacts(records: list[int]) -> QuerySet[Patient]:
    """Those of the records that say how to reach somebody."""
    known = Q()
    for name in CONTACT_FIELDS:
        known |= ~Q(**{name: ""})
    return Patient.objects.filter(known, pk__in=records)
