"""A recall as a case: which lots, who was told and how it ended."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from patients.models import Patient
from treatments.recalls.rules import CaseStatus
from treatments.stock.models import Lot


class RecallCaseQuerySet(models.QuerySet["RecallCase"]):
    def concerning_clinic(self, clinic: Clinic | None) -> "RecallCaseQuerySet":
        """The cases begun at a clinic, and those that put aside a lot of its own."""
        mine = RecallLot.objects.filter(case=models.OuterRef("pk"), lot__clinic=clinic)
        return self.filter(Q(clinic=clinic) | models.Exists(mine))


class RecallCase(models.Model):
    Status = CaseStatus

    class Measure(models.TextChoices):
        RECALL = "recall", "Recalled for good"
        QUARANTINE = "quarantine", "Put aside until it is clear"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="recalls", db_index=False)
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in CaseStatus], default=CaseStatus.OPEN.value
    )
    reason = models.CharField(max_length=200, help_text="Who recalls it, and why.")
    measure = models.CharField(max_length=12, choices=Measure, default=Measure.RECALL)
    notice = models.TextField(blank=True, help_text="The notice as it was pasted.")
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ending = models.TextField(blank=True, help_text="What is said at the end.")
    ending_figures = models.JSONField(
        default=dict, blank=True, help_text="The tally as it stood when it was closed."
    )

    objects = RecallCaseQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["clinic", "status", "-id"], name="recalls_by_status")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="recall_says_who_and_why"),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in CaseStatus]), name="recall_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status="open", ended_at=None, ended_by=None)
                | ~Q(status="open") & Q(ended_at__isnull=False, ended_by__isnull=False),
                name="recall_ended_by_and_at_together",
            ),
        ]
        triggers = [
            *core_triggers.frozen_triggers(
                "A recall", except_fields=("status", "ended_at", "ended_by_id", "ending", "ending_figures")
            ),
            # A closed case is read as it was closed; it may be opened again, and says nothing else meanwhile.
            core_triggers.Trigger(
                name="moves_as_it_may",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF OLD.status = 'withdrawn' OR (OLD.status = 'closed' AND NEW.status <> 'open'
                                                    AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW))
                    THEN {core_triggers.raise_exception_sql("This recall has ended: open it again to go on.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"recall {self.pk}"


def _freeze_rows_of_ended_case_trigger() -> core_triggers.Trigger:
    """Rows of a recall: once it has ended nothing is added, changed, removed."""
    return core_triggers.frozen_parent_trigger(
        "A recall", parent_table="recalls_recallcase", parent_key="case_id", once="p.status <> 'open'"
    )


class RecallLot(models.Model):
    """A lot that a case put aside, and how it stood before."""

    case = models.ForeignKey(RecallCase, models.PROTECT, related_name="lots", db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="recalls")
    was = models.CharField(max_length=12)
    said = models.CharField(max_length=100, blank=True, help_text="Where the notice names it.")

    class Meta:
        ordering = ["case", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "lot"], name="lot_once_in_a_recall")]
        triggers = [
            *core_triggers.append_only_triggers("A recall's lots"),
            _freeze_rows_of_ended_case_trigger(),
        ]

    def __str__(self) -> str:
        return f"lot {self.lot_id} in recall {self.case_id}"


class ContactAttempt(models.Model):
    """Somebody tried to tell a patient: what came of it. Added, never changed."""

    class Outcome(models.TextChoices):
        REACHED = "reached", "Reached"
        NOT_REACHED = "not_reached", "Not reached"
        LETTER = "letter", "Letter sent"

    class Channel(models.TextChoices):
        PHONE = "phone", "by phone"
        IN_PERSON = "in_person", "in person"
        EMAIL = "email", "by e-mail"
        POST = "post", "by post"

    case = models.ForeignKey(RecallCase, models.PROTECT, related_name="attempts", db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome)
    channel = models.CharField(max_length=10, choices=Channel)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["case", "pk"]
        indexes = [models.Index(fields=["case", "patient", "id"], name="attempts_by_patient")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["reached", "not_reached", "letter"])
                & Q(channel__in=["phone", "in_person", "email", "post"]),
                name="attempt_says_how_and_what",
            )
        ]
        triggers = [
            *core_triggers.append_only_triggers("A contact attempt"),
            _freeze_rows_of_ended_case_trigger(),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk} of recall {self.case_id}"
