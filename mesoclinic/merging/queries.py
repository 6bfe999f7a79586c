"""What two records hold: field by field, what would move, and what stands against a merge."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from mesoclinic.core.wording import day_text
from mesoclinic.outbox.models import Message
from mesoclinic.outbox.rules import MessageStatus
from patients.actions.people import PATIENT_FIELDS
from patients.models import (
    Intake,
    Patient,
    PatientIdentifier,
    PatientMerge,
    RiskFactor,
    SafetyAnswer,
)
from patients.queries import patients_maybe_the_same, registration_of
from patients.rules.merges import FieldPair, MergeFacts, MergeStatus, undo_ends_at
from patients.rules.people import likeness_text
from treatments.billing.models import Quote
from treatments.cocktails.models import Cocktail
from treatments.conditions.models import Assessment, LabResult, Measurement
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment
from treatments.schedule.rules.appointments import NOT_OVER
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.states import SessionStatus
from treatments.waiting.models import WaitingListEntry

_LABELS = {
    "given_names": "Given names",
    "family_name": "Family name",
    "preferred_name": "Called",
    "birth_date": "Born",
    "sex_at_birth": "Sex at birth",
    "pronoun": "Pronoun",
    "phone": "Telephone",
    "email": "E-mail",
    "address": "Address",
    "language": "Speaks",
    "reminders_by": "Reminders",
    "emergency_contact_name": "In an emergency",
    "emergency_contact_phone": "Their telephone",
    "died_on": "Died on",
}


@dataclass(frozen=True, slots=True)
class Moving:
    """What goes to the kept record: its name on the page, and the rows of one patient that may go."""

    label: str
    rows: QuerySet[Model]


def movable_rows(patient: Patient) -> list[Moving]:
    """The visits to come, the drafts and the contacts of one record; what is signed stays and is read under both."""
    mine = {"patient": patient}
    return [
        Moving("Visits to come", Appointment.objects.filter(**mine, status__in=NOT_OVER)),
        Moving("Plans under way", TreatmentPlan.objects.filter(**mine).not_ended()),
        Moving("Quotes not issued", Quote.objects.filter(**mine).drafts()),
        Moving("Waiting list", WaitingListEntry.objects.filter(**mine).waiting()),
        # All of them: a plan that moves is given with its signed one, which is checked against the kept record.
        Moving("Cocktails", Cocktail.objects.filter(**mine)),
        Moving("Messages not sent yet", Message.objects.filter(**mine, status=MessageStatus.QUEUED)),
        Moving("Numbers in other systems", PatientIdentifier.objects.filter(**mine)),
        Moving("Records merged into it", Patient.objects.filter(merged_into=patient)),
    ]


#: What keeps its number: it is signed, or a log, or written once. It is read under both (patients.models.records_of).
STAYING = frozenset(
    {
        "billing.feewaiver",
        "billing.invoice",
        "billing.payment",
        "billing.paymentrequest",
        "conditions.assessment",
        "conditions.laborder",
        "conditions.labresult",
        "conditions.measurement",
        "conditions.measurementsite",
        "conditions.photoset",
        "outbox.optout",
        "outcomes.sessionoutcome",
        "outcomes.sidecomparison",
        "patients.alert",
        "patients.breakglass",
        "patients.consent",
        "patients.erasure",
        "patients.exposure",
        "patients.intake",
        "patients.patientclinic",
        "patients.patientlink",
        "patients.restriction",
        "patients.riskfactor",
        "patients.safetyanswer",
        "patients.toldintake",
        "recalls.contactattempt",
        "treatment_sessions.bloodpreparation",
        "treatment_sessions.discardedsession",
        "treatment_sessions.treatmentsession",
    }
)

#: What is about the two records themselves: a merge writes it, or a trigger does.
OF_RECORDS = frozenset({"patients.patientmerge", "patients.differentpeople", "patients.patientkey"})

#: Of what moves, the column that says whose it is.
OWNER_COLUMN = {"patients.patient": "merged_into"}


def patient_column_of_model(model: type[Model]) -> str:
    return OWNER_COLUMN.get(model._meta.label_lower, "patient")


def field_pairs(kept: Patient, merged: Patient) -> list[FieldPair]:
    return [
        FieldPair(name, _LABELS[name], field_text(kept, name), field_text(merged, name))
        for name in PATIENT_FIELDS
    ]


def field_text(patient: Patient, name: str) -> str:
    value = getattr(patient, name)
    return "" if value is None else str(value)


def shown_text(patient: Patient, name: str) -> str:
    """As a page says it; :func:`field_text` is what is compared and put back."""
    value = getattr(patient, name)
    if isinstance(value, date):
        return day_text(value)
    if name == "language":
        return str(dict(settings.LANGUAGES).get(value, value))
    if name in ("sex_at_birth", "reminders_by"):
        return str(getattr(patient, f"get_{name}_display")())
    return field_text(patient, name)


def merge_facts(kept: Patient, merged: Patient) -> MergeFacts:
    """What stands against merging them. Three queries."""
    coming = Appointment.objects.holding_time().filter(patient=merged, status__in=NOT_OVER)
    others = Appointment.objects.holding_time().filter(patient=kept)
    meets = others.filter(starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))
    pairs = [
        f"{day_text(at.date())}, {at:%H:%M} at {visit.clinic.name}"
        for visit in coming.filter(Exists(meets)).select_related("clinic")
        for at in [timezone.localtime(visit.starts_at, visit.clinic.zone)]
    ]
    waiting = WaitingListEntry.objects.waiting().filter(patient__in=[kept, merged])
    things = list(waiting.values_list("kind", "plan"))
    return MergeFacts(
        kept_is_merged=kept.merged_into_id is not None,
        merged_is_merged=merged.merged_into_id is not None,
        overlapping_visits=pairs,
        open_sessions=TreatmentSession.objects.filter(
            patient__in=[kept, merged], status=SessionStatus.DRAFT
        ).count(),
        waits_twice=len(things) != len(set(things)),
    )


#: Where these hold a row of both, a clinician says that they are one person.
_CLINICAL = (Intake, RiskFactor, SafetyAnswer, Assessment, Measurement, LabResult, Cocktail, TreatmentSession)


def both_have_clinical_data(kept: Patient, merged: Patient) -> bool:
    return all(
        any(model._default_manager.filter(patient=record).exists() for model in _CLINICAL)
        for record in (kept, merged)
    )


def records_maybe_the_same(patient: Patient) -> list[tuple[Patient, str]]:
    """Other records that may be this person's, each with why; none that somebody has said to be another. One query."""
    mine = registration_of(patient)
    others = patients_maybe_the_same(mine, but=patient.pk, but_said_different=True)
    return [(other, why) for other in others if (why := likeness_text(mine, registration_of(other)))]


def merges_of(patient: Patient) -> list[PatientMerge]:
    """Merges of the record that wait for a clinician, or can still be undone. One query."""
    rows = PatientMerge.objects.filter(
        Q(kept=patient) | Q(merged=patient), status__in=[MergeStatus.ASKED, MergeStatus.DONE]
    )
    now = timezone.now()
    return [
        row
        for row in rows.select_related("kept", "merged", "asked_by", "done_by")
        if row.done_at is None or undo_ends_at(row.done_at) >= now
    ]


def sessions_of_moved_plans_since(merge: PatientMerge) -> int:
    """Sessions begun after the merge in plans that came with it."""
    plans = merge.moved.filter(model="plans.treatmentplan").values("row")
    return TreatmentSession.objects.filter(plan__in=plans, started_at__gt=merge.done_at).count()


@dataclass(frozen=True, slots=True)
class AddedRow:
    """What was added to the kept record since the merge, and whose it is has to be said."""

    key: str
    text: str


def rows_added_since(merge: PatientMerge, kept: Patient) -> list[tuple[AddedRow, Model]]:
    """Rows of the kept record that could go with either, and were made after the merge."""
    assert merge.done_at is not None
    moved = {(row.model, row.row) for row in merge.moved.all()}
    found = []
    for moving in movable_rows(kept):
        model = moving.rows.model
        made = _MADE_AT.get(model._meta.label_lower)
        if made is None:
            continue
        for row in moving.rows.filter(**{f"{made}__gt": merge.done_at}).order_by("pk"):
            key = f"{model._meta.label_lower}:{row.pk}"
            if (model._meta.label_lower, row.pk) not in moved:
                found.append((AddedRow(key, f"{moving.label}: {_made_text(row, made)}"), row))
    return found


_MADE_AT = {
    "schedule.appointment": "booked_at",
    "plans.treatmentplan": "created_at",
    "billing.quote": "created_at",
    "waiting.waitinglistentry": "added_at",
    "cocktails.cocktail": "created_at",
}


def _made_text(row: Model, made: str) -> str:
    at: datetime = getattr(row, "starts_at", None) or getattr(row, made)
    return f"{day_text(timezone.localdate(at))}, {timezone.localtime(at):%H:%M}"
