"""Photographs: which views a pattern asks for, the sets that were taken, each picture, and what it was given out for."""

import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.models import ReferenceRow
from patients.models import Patient
from treatments.conditions.models.assessments import Assessment
from treatments.conditions.rules.photographs import MISSING_REASONS, PATTERNS, PURPOSES, PhotoStatus


def photograph_storage() -> Storage:
    """Where pictures lie: private, with no address of their own."""
    return storages["photographs"]


class PhotoView(ReferenceRow):
    """One of the views that a pattern of hair loss is photographed in, and how it is taken."""

    code = models.CharField(max_length=20, unique=True)
    pattern = models.CharField(max_length=40, choices=PATTERNS)
    order = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=80)
    framing = models.CharField(max_length=120, blank=True)
    distance = models.CharField(max_length=20, blank=True, help_text="Centimetres, or “contact”.")
    patient_position = models.CharField(max_length=160, blank=True)
    hair = models.CharField(max_length=200, blank=True)
    light = models.CharField(max_length=200, blank=True)
    camera = models.CharField(max_length=240, blank=True)
    compare_rule = models.CharField(max_length=200, blank=True)
    required_at = models.CharField(max_length=60, blank=True, help_text="T0;3;5;end;6m;12m")
    why = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)

    class Meta(ReferenceRow.Meta):
        ordering = ["pattern", "order"]

    def __str__(self) -> str:
        return self.name


class PhotoSet(models.Model):
    """The pictures of one visit: of which pattern, and how hair and light were, so that sets can be compared."""

    class Wetness(models.TextChoices):
        DRY = "dry", "dry"
        WET = "wet", "wet"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="photo_sets", db_index=False)
    pattern = models.CharField(max_length=40, choices=PATTERNS)
    assessment = models.ForeignKey(
        Assessment, models.PROTECT, null=True, blank=True, related_name="photo_sets"
    )
    session_number = models.PositiveSmallIntegerField(null=True, blank=True)
    is_last_session = models.BooleanField(default=False)
    wetness = models.CharField(max_length=5, choices=Wetness, blank=True)
    has_product = models.BooleanField(null=True, blank=True, help_text="Gel, spray or fibres in the hair.")
    washed_days = models.PositiveSmallIntegerField(null=True, blank=True)
    hair_length_cm = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    hair_colour = models.CharField(max_length=40, blank=True)
    light = models.CharField(max_length=80, blank=True)
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["patient", "-opened_at", "-pk"]
        indexes = [models.Index(fields=["patient", "-opened_at"], name="photo_sets_by_patient")]
        triggers = [
            *core_triggers.frozen_triggers(
                "A set of photographs",
                except_fields=(
                    "wetness",
                    "has_product",
                    "washed_days",
                    "hair_length_cm",
                    "hair_colour",
                    "light",
                ),
            )
        ]

    def __str__(self) -> str:
        return f"photo set {self.pk}"


class Photograph(models.Model):
    """One picture. Received, then ready or refused by the background queue; never changed afterwards.

    ``key`` is made of the upload: sent again, it is the same picture. File names hold it and nothing else.
    """

    Status = PhotoStatus

    photo_set = models.ForeignKey(PhotoSet, models.PROTECT, related_name="photographs")
    view = models.ForeignKey(PhotoView, models.PROTECT, related_name="+")
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in PhotoStatus], default=PhotoStatus.RECEIVED.value
    )
    incoming = models.FileField(storage=photograph_storage, max_length=120, blank=True)
    master = models.FileField(storage=photograph_storage, max_length=120, blank=True)
    thumbnail = models.FileField(storage=photograph_storage, max_length=120, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the master.")
    sharpness = models.FloatField(null=True, blank=True, help_text="0 to 1, against its own blur.")
    is_soft = models.BooleanField(null=True, blank=True)
    clipped = models.FloatField(null=True, blank=True, help_text="Share of pixels without any detail.")
    has_scale = models.BooleanField(default=False, help_text="A scale mark is in the picture, somebody said.")
    refused_because = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField(db_default=Now(), editable=False)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_aside_at = models.DateTimeField(
        null=True, blank=True, help_text="Another of the same view was picked."
    )
    set_aside_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["photo_set", "view__order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="received", master="", thumbnail="") & ~Q(incoming="")
                | Q(status="ready") & ~Q(master="") & ~Q(thumbnail="") & ~Q(sha256="")
                | Q(status="refused", master="", thumbnail="") & ~Q(refused_because=""),
                name="photograph_has_the_files_of_its_state",
            ),
            models.CheckConstraint(
                condition=Q(set_aside_at=None, set_aside_by=None)
                | Q(set_aside_at__isnull=False, set_aside_by__isnull=False),
                name="photograph_set_aside_by_and_at_together",
            ),
        ]
        triggers = core_triggers.frozen_triggers(
            "A photograph",
            once="OLD.status <> 'received'",
            except_fields=("incoming", "set_aside_at", "set_aside_by_id"),
        )

    def __str__(self) -> str:
        return f"photograph {self.pk}"


class SkippedView(models.Model):
    """A view that was left out of a set, and why. It stops nothing."""

    photo_set = models.ForeignKey(PhotoSet, models.PROTECT, related_name="skipped_views")
    view = models.ForeignKey(PhotoView, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=MISSING_REASONS)
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["photo_set", "-pk"]
        triggers = core_triggers.append_only_triggers("A reason for a missing view")

    def __str__(self) -> str:
        return f"skipped view {self.pk}"


class PhotoLandmarks(models.Model):
    """Four points that a person placed on a picture, as shares of its width and height: x1, y1 … x4, y4."""

    photograph = models.ForeignKey(Photograph, models.PROTECT, related_name="landmarks")
    points = ArrayField(models.FloatField(), size=8)
    placed_at = models.DateTimeField(db_default=Now(), editable=False)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["photograph", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(points__len=8), name="landmarks_are_four_points"),
        ]
        triggers = core_triggers.append_only_triggers("A set of landmarks")

    def __str__(self) -> str:
        return f"landmarks {self.pk}"


class PhotoRelease(models.Model):
    """A picture given out for one purpose, agreed to at that moment. Withdrawn, its copy is deleted at once."""

    photograph = models.ForeignKey(Photograph, models.PROTECT, related_name="releases")
    purpose = models.CharField(max_length=12, choices=PURPOSES)
    agreed_by = models.CharField(max_length=200, help_text="Who agreed, as they wrote their name.")
    copy = models.FileField(storage=photograph_storage, max_length=120, blank=True)
    given_at = models.DateTimeField(db_default=Now(), editable=False)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["photograph", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["photograph", "purpose"],
                condition=Q(withdrawn_at=None),
                name="photograph_given_once_for_a_purpose",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None) & ~Q(copy="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, copy=""),
                name="photo_release_has_a_copy_while_it_stands",
            ),
            models.CheckConstraint(condition=~Q(agreed_by=""), name="photo_release_names_who_agreed"),
        ]
        triggers = [
            core_triggers.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=(
                    "IF OLD.withdrawn_at IS NOT NULL OR"
                    " (to_jsonb(OLD) - ARRAY['withdrawn_at','withdrawn_by_id','copy'])"
                    " IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['withdrawn_at','withdrawn_by_id','copy'])"
                    f" THEN {core_triggers.raise_exception_sql('A consent to use a photograph is frozen: withdraw it and ask again.')} END IF;"
                    " RETURN NEW;"
                ),
            ),
            *core_triggers.frozen_triggers("A consent to use a photograph")[1:],
        ]

    def __str__(self) -> str:
        return f"photo release {self.pk}"
