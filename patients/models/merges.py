"""Two records of one person: merged into one, parted again within fourteen days, or said to be two people."""

from datetime import timedelta

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.core import triggers
from patients.models.people import Patient
from patients.rules.merges import MERGE_MOVES, UNDO_DAYS, MergeStatus


def open_record_trigger(what: str) -> triggers.Trigger:
    """Nothing new is written for a record that was merged: it belongs to the one that is kept.

    The patient is read FOR SHARE: what is written while the record is being merged waits, and is then refused.
    """
    return triggers.Trigger(
        name="of_an_open_record",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("patient_id"),
        declare=[("merged", "bigint")],
        func=f"""
            SELECT merged_into_id INTO merged FROM patients_patient WHERE id = NEW.patient_id FOR SHARE;
            IF merged IS NOT NULL
            THEN {triggers.raise_exception_sql(f"{what} is not of a merged record: use the one that is kept.")} END IF;
            RETURN NEW;
        """,
    )


class PatientMerge(models.Model):
    """One record merged into another. Asked for, done, and undone within fourteen days, each by somebody.

    What was moved, and which values the kept record took, are rows of their own: an undo puts them back.
    """

    Status = MergeStatus

    kept = models.ForeignKey(Patient, models.PROTECT, related_name="merges_into")
    merged = models.ForeignKey(Patient, models.PROTECT, related_name="merges_away")
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in MergeStatus], default=MergeStatus.ASKED.value
    )
    how_known = models.CharField(max_length=200, help_text="How it is known that they are one person.")
    is_clinical = models.BooleanField(
        default=False, help_text="Both have clinical data: a clinician confirms."
    )
    asked_at = models.DateTimeField(db_default=Now())
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The clinician who said so.",
    )
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Undone, or not merged after all.")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="merge_is_of_two_records"),
            models.CheckConstraint(condition=~Q(how_known=""), name="merge_says_how_it_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in MergeStatus]), name="merge_status_is_known"
            ),
            models.UniqueConstraint(
                fields=["merged"], condition=Q(status__in=["asked", "done"]), name="record_is_merged_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["asked", "withdrawn"])
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="merge_done_by_and_at_together",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["asked", "withdrawn"], done_at=None)
                | ~Q(status__in=["asked", "withdrawn"])
                & (Q(is_clinical=False) | Q(confirmed_by__isnull=False)),
                name="clinical_merge_is_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["asked", "done"], ended_at=None)
                | Q(status__in=["undone", "withdrawn"], ended_at__isnull=False, ended_by__isnull=False)
                & ~Q(ended_reason=""),
                name="merge_ends_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status="undone") | Q(ended_at__lte=F("done_at") + timedelta(days=UNDO_DAYS)),
                name="merge_is_undone_within_its_days",
            ),
        ]
        triggers = [
            *triggers.frozen_triggers(
                "A merge",
                except_fields=(
                    "status",
                    "done_at",
                    "done_by_id",
                    "confirmed_by_id",
                    "ended_at",
                    "ended_by_id",
                    "ended_reason",
                ),
            ),
            triggers.status_move_trigger("A merge", MERGE_MOVES),
        ]

    def __str__(self) -> str:
        return f"merge {self.pk}"


class MergedField(models.Model):
    """One field in which the two records differed, and which of the two values is kept."""

    merge = models.ForeignKey(PatientMerge, models.PROTECT, related_name="fields", db_index=False)
    name = models.CharField(max_length=40)
    of_kept = models.TextField(blank=True, help_text="What the kept record said, as text.")
    of_merged = models.TextField(blank=True)
    takes_merged = models.BooleanField()

    class Meta:
        ordering = ["merge", "pk"]
        constraints = [models.UniqueConstraint(fields=["merge", "name"], name="merge_names_a_field_once")]
        triggers = triggers.append_only_triggers("What a merge compared")

    def __str__(self) -> str:
        return f"{self.name} of merge {self.merge_id}"


class MovedRow(models.Model):
    """A row that a merge gave to the kept record: a visit to come, a draft, a number of another system."""

    merge = models.ForeignKey(PatientMerge, models.PROTECT, related_name="moved", db_index=False)
    model = models.CharField(max_length=60, help_text="Like schedule.appointment.")
    row = models.BigIntegerField()

    class Meta:
        ordering = ["merge", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["merge", "model", "row"], name="merge_moves_a_row_once")
        ]
        triggers = triggers.append_only_triggers("What a merge moved")

    def __str__(self) -> str:
        return f"{self.model} of merge {self.merge_id}"


class DifferentPeople(models.Model):
    """Somebody said that two records are two people: the question does not come back."""

    first = models.ForeignKey(Patient, models.PROTECT, related_name="+", db_index=False)
    second = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="different_people_in_order"),
            models.UniqueConstraint(fields=["first", "second"], name="different_people_once"),
        ]
        triggers = triggers.append_only_triggers("That two records are two people")

    def __str__(self) -> str:
        return f"different people {self.pk}"
