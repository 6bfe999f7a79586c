"""A record whose retention is over is erased, by a database role of its own: what is frozen for everybody else gives way to it.

Rows of treatment, photographs and consents are deleted. What the clinic's books refer to stays with its numbers and amounts, and
loses every text. The record number stays for the log, and a row of the log says what was done.
"""

import re
from datetime import date

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Max
from django.utils import timezone

from mesoclinic.core import audit
from mesoclinic.core.findings import gate
from mesoclinic.core.models import AuditEvent
from mesoclinic.privacy.rules import DataClass, LastDays, Retention, check_record_may_go
from mesoclinic.privacy.tables import OF_PATIENTS, rows_of
from patients.models import Erasure, Patient, records_of_person
from treatments.billing.models import Invoice, Payment
from treatments.conditions.models import Photograph, PhotoRelease
from treatments.conditions.models.photographs import photograph_storage
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment
from treatments.sessions.models import TreatmentSession

#: Stands where a text was.
GONE = "erased"
#: In the JSON of a paper these say how it is printed, not who it is for.
_OF_PRINTING = {"lang", "paper", "paper_of", "on", "rtl", "texts", "country"}
_NOT_WORDS = re.compile(r"[\d\s.,:%€$£+()/-]*")
#: Texts that are the books' own numbers.
_NUMBERS = {"number", "code", "currency"}
#: Stay as they are: they say who has to do with the number, not who it is.
_UNTOUCHED = {"patients.patientclinic", "patients.erasure", "patients.restriction"}


def retention_in_force() -> Retention:
    return Retention(clinical_years=settings.KEEP_YEARS["clinical"], money_years=settings.KEEP_YEARS["money"])


def last_days_of(records: list[int], using: str = "default") -> LastDays:
    """When the person was last treated, seen or registered, and when money last moved. Five queries."""
    seen = [
        Patient.objects.using(using).filter(pk__in=records).aggregate(last=Max("registered_at"))["last"],
        TreatmentSession.objects.using(using)
        .filter(patient__in=records)
        .aggregate(last=Max("started_at"))["last"],
        Appointment.objects.using(using).filter(patient__in=records).aggregate(last=Max("starts_at"))["last"],
    ]
    money = [
        Payment.objects.using(using).filter(patient__in=records).aggregate(last=Max("at"))["last"],
        Invoice.objects.using(using).filter(patient__in=records).aggregate(last=Max("issued_at"))["last"],
    ]
    days = [timezone.localdate(at) for at in money if at is not None]
    return LastDays(max(timezone.localdate(at) for at in seen if at is not None), max(days, default=None))


def kept_tables() -> set[str]:
    """What the books are, and what they refer to: it loses its texts and keeps its rows."""
    kept = {
        label
        for label, (data_class, _) in OF_PATIENTS.items()
        if data_class in (DataClass.MONEY, DataClass.LOG)
    }
    # That a record was merged stands beside it.
    kept |= {"patients.patient", "patients.patientmerge"}
    # A time that came free is the clinic's, and names the visit that gave it.
    todo = [*kept, "schedule.freedtime"]
    while todo:
        for field in apps.get_model(todo.pop())._meta.concrete_fields:
            target = field.related_model._meta.label_lower if isinstance(field, models.ForeignKey) else ""
            if target in OF_PATIENTS and target not in kept:
                kept.add(target)
                todo.append(target)
    return kept | _UNTOUCHED


def erase_record(*, patient: Patient, reason: str, today: date, using: str) -> int:
    """Erase the record and those merged into it; how many rows were deleted or emptied. Refused before its time."""
    records = list(records_of_person(patient.pk).using(using).values_list("pk", flat=True))
    gate(check_record_may_go(last_days_of(records, using), retention_in_force(), today))
    files = _file_names(records, using)
    with transaction.atomic(using=using):
        with transaction.get_connection(using).cursor() as cursor:
            # Only a role with the right to this parameter gets past the triggers (docs/privacy.md).
            cursor.execute("SET LOCAL session_replication_role = replica")
            rows = _empty_and_delete(records, using)
            cursor.execute("SET LOCAL session_replication_role = origin")
        Erasure.objects.using(using).create(
            patient_id=patient.pk, part=Erasure.Part.RECORD, reason=reason, rows=rows
        )
        event = audit.unsaved_event(
            by=None, did="privacy.record_erased", about=patient, patient_id=patient.pk, rows=rows
        )
        AuditEvent.objects.using(using).bulk_create([event])
    storage = photograph_storage()
    for name in files:
        storage.delete(name)
    return rows


def _file_names(records: list[int], using: str) -> list[str]:
    pictures = Photograph.objects.using(using).filter(photo_set__patient__in=records)
    copies = PhotoRelease.objects.using(using).filter(photograph__photo_set__patient__in=records)
    names = [name for row in pictures.values_list("incoming", "master", "thumbnail") for name in row]
    return [name for name in [*names, *copies.values_list("copy", flat=True)] if name]


def _empty_and_delete(records: list[int], using: str) -> int:
    kept, rows = kept_tables(), 0
    numbers = {
        label: list(rows_of(label, records).using(using).values_list("pk", flat=True))
        for label in OF_PATIENTS
    }
    for label, pks in numbers.items():
        model = apps.get_model(label)
        found = model._base_manager.using(using).filter(pk__in=pks)
        if label in _UNTOUCHED or not pks:
            continue
        rows += len(pks)
        if label in kept:
            _empty_texts(model, found, using)
        else:
            found._raw_delete(using)
    # The reviews are gone.
    TreatmentPlan.objects.using(using).filter(patient__in=records).update(reviewed_to=0)
    Patient.objects.using(using).filter(pk__in=records).update(
        given_names="",
        family_name="Erased",
        preferred_name="",
        birth_date=date(1900, 1, 1),
        died_on=None,
        sex_at_birth="unknown",
        pronoun="",
        phone="",
        email="",
        address="",
        emergency_contact_name="",
        emergency_contact_phone="",
        reminders_by="none",
        acknowledged=[],
    )
    return rows


def _empty_texts(model: type[models.Model], rows: "models.QuerySet[models.Model]", using: str) -> None:
    for field in model._meta.concrete_fields:
        if isinstance(field, models.JSONField):
            for row in list(rows.only("pk", field.name)):
                emptied = json_without_words(getattr(row, field.name))
                rows.filter(pk=row.pk).update(**{field.name: emptied})
        elif _may_hold_words(field):
            _empty_text(field, rows, using)


def _empty_text(
    field: "models.Field[object, object]", rows: "models.QuerySet[models.Model]", using: str
) -> None:
    """Nothing, or a word that says that it is gone, whichever the database takes."""
    for word in ("", GONE) if field.blank else (GONE,):
        try:
            with transaction.atomic(using=using):
                rows.update(**{field.name: word})
        except IntegrityError:
            # A state of a few words, and nobody's own; or a text that may not be empty.
            continue
        return


def _may_hold_words(field: models.Field) -> bool:
    is_text = isinstance(field, models.CharField | models.TextField) and not isinstance(
        field, models.GeneratedField
    )
    if not is_text or field.primary_key or field.unique or field.choices or field.name in _NUMBERS:
        return False
    constraints = field.model._meta.constraints
    if any(field.name in each.fields for each in constraints if isinstance(each, models.UniqueConstraint)):
        return False
    return field.max_length is None or field.max_length >= 12


def json_without_words(value: object, key: str = "") -> object:
    """The same value without what somebody wrote: numbers, days and how a paper is printed stay."""
    if key in _OF_PRINTING:
        return value
    if isinstance(value, dict):
        return {name: json_without_words(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [json_without_words(each, key) for each in value]
    if isinstance(value, str) and not _NOT_WORDS.fullmatch(value):
        return GONE
    return value
