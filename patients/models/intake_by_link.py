"""What a patient answered of the intake by link: their own words, apart from the record until a clinician confirms them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from patients.models.intake import Intake
from patients.models.links import PatientLink
from patients.models.people import Patient
from patients.rules.intake_by_link import LONGEST_WORDS, Answered, PartTold, Ticked


class ToldIntake(models.Model):
    """One intake by link. No rule, dose or page of the record reads it: what counts is the intake that it was taken into."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="told_intakes")
    link = models.OneToOneField(PatientLink, models.PROTECT, related_name="told_intake")
    finished_at = models.DateTimeField(null=True, blank=True, help_text="When the patient sent it.")
    intake = models.OneToOneField(
        Intake,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="told",
        help_text="What a clinician made of it.",
    )

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["patient"],
                condition=Q(intake=None, finished_at__isnull=False),
                name="told_intakes_to_confirm",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(intake=None) | Q(finished_at__isnull=False), name="told_intake_taken_was_sent"
            ),
        ]
        triggers = core_triggers.frozen_triggers(
            "What a patient told by link", except_fields=("finished_at", "intake_id")
        )

    def __str__(self) -> str:
        return f"told intake {self.pk}"

    def parts_told(self) -> list[PartTold]:
        """One query."""
        return [part.as_told() for part in self.parts.all()]


class ToldPart(models.Model):
    """One part of it, as last saved. A part that has no row has no answer."""

    told = models.ForeignKey(ToldIntake, models.PROTECT, related_name="parts", db_index=False)
    part = models.CharField(max_length=20)
    answered = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Answered])
    ticked = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    words = ArrayField(
        models.CharField(max_length=LONGEST_WORDS, blank=True),
        default=list,
        blank=True,
        help_text="Of each tick, in its place.",
    )
    language = models.CharField(max_length=10, help_text="In which it was asked.")
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["told", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["told", "part"], name="told_part_stands_once"),
            models.CheckConstraint(
                condition=Q(answered=Answered.TICKED.value, ticked__len__gte=1)
                | Q(answered__in=[Answered.NONE.value, Answered.UNSURE.value], ticked__len=0),
                name="told_part_says_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(words__len=F("ticked__len")), name="told_words_stand_beside_ticks"
            ),
        ]
        triggers = [
            core_triggers.frozen_parent_trigger(
                "What a patient sent",
                parent_table="patients_toldintake",
                parent_key="told_id",
                once="p.finished_at IS NOT NULL",
            )
        ]

    def __str__(self) -> str:
        return f"told part {self.pk}"

    def as_told(self) -> PartTold:
        pairs = zip(self.ticked, self.words, strict=True)
        return PartTold(
            self.part, Answered(self.answered), tuple(Ticked(code, words) for code, words in pairs)
        )
