"""Which clinics a patient has to do with, and who opened a record that was not theirs."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Length, Now, Trim
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.triggers import trigger_refusing_non_members
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.compiled_queries import Blank
from patients.models.people import Patient
from patients.rules.break_glass import SHORTEST_REASON


class PatientClinic(models.Model):
    """This patient has to do with this clinic: registered there, or ever booked or treated there."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="patient_clinics", db_index=False)
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="patient_clinics", db_index=False)
    since = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["clinic", "patient"], name="patients_of_a_clinic")]
        constraints = [
            models.UniqueConstraint(fields=["patient", "clinic"], name="patient_has_a_clinic_once")
        ]
        triggers = core_triggers.append_only_triggers("Where a patient was seen")

    def __str__(self) -> str:
        return f"patient {self.patient_id} at clinic {self.clinic_id}"


class BreakGlass(models.Model):
    """Somebody opened the record of a patient of other clinics, and wrote why. Good for a day."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    clinic = models.ForeignKey(
        Clinic, models.PROTECT, related_name="+", help_text="Where it was opened.", db_index=False
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(default=timezone.now, editable=False)
    until = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["by", "patient", "until"], name="opened_by_whom_until"),
            models.Index(fields=["clinic", "-id"], name="opened_at_a_clinic"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("at"), until__lte=F("at") + timedelta(days=1)),
                name="a_record_is_opened_for_a_day",
            ),
            models.CheckConstraint(
                condition=GreaterThanOrEqual(Length(Trim("reason")), SHORTEST_REASON),
                name="a_record_is_opened_with_a_reason",
            ),
        ]
        triggers = [
            *core_triggers.append_only_triggers("Who opened a record"),
            trigger_refusing_non_members(by="by_id", clinic="NEW.clinic_id"),
        ]

    def __str__(self) -> str:
        return f"opening {self.pk}"


def is_open_exists(user: int | OuterRef, patient: OuterRef | Subquery, now: Blank | None = None) -> Q:
    """Whether the patient's record is open to this person.

    The patient has to do with a clinic where the person works, or the person opened it with a reason that still holds.
    A record that was merged into another, and the other, are open together. ``now``: the instant, where the query is
    compiled once.
    """
    of_clinic = PatientClinic.objects.filter(clinic__memberships__user=user)
    opened = BreakGlass.objects.filter(by=user, until__gt=now or timezone.now())
    found = Q()
    for rows in (of_clinic, opened):
        # Each on its own: a single condition with OR would read the whole table.
        for of_person in ("patient", "patient__merged_into", "patient__merged_records"):
            found |= Q(Exists(rows.filter(**{of_person: patient})))
    return found
