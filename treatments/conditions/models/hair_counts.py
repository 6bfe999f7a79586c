"""Hairs counted by hand on a photograph, one mark each."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from treatments.conditions.models.measurements import Measurement
from treatments.conditions.models.photographs import Photograph


class HairCount(models.Model):
    """One count on one picture: a mark on every hair, as shares of its width and height: x1, y1, x2, y2…

    It becomes a measurement alone or with the second count of the same picture.
    """

    photograph = models.ForeignKey(Photograph, models.PROTECT, related_name="hair_counts", db_index=False)
    points = ArrayField(models.FloatField())
    field_cm2 = models.DecimalField(max_digits=6, decimal_places=3, help_text="The area of the picture.")
    counted_at = models.DateTimeField(db_default=Now(), editable=False)
    counted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    measurement = models.ForeignKey(
        Measurement, models.PROTECT, null=True, blank=True, related_name="hair_counts"
    )

    class Meta:
        ordering = ["photograph", "pk"]
        indexes = [models.Index(fields=["photograph", "-id"], name="hair_counts_of_picture")]
        constraints = [
            models.CheckConstraint(condition=Q(field_cm2__gt=0), name="hair_count_has_an_area"),
            models.CheckConstraint(
                condition=Q(points__len__gte=2) & Q(points__len__lte=6000), name="hair_count_has_hairs"
            ),
        ]
        triggers = core_triggers.frozen_triggers("A hair count", except_fields=("measurement_id",))

    def __str__(self) -> str:
        return f"hair count {self.pk}"

    @property
    def hairs(self) -> int:
        return len(self.points) // 2
