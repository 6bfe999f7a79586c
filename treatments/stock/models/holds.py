"""A lot that is barred for a reason: while a hold stands, the lot is not released."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers
from treatments.stock.models.lots import Lot


class LotHold(models.Model):
    """Placed and lifted by whoever knows the reason. ``source`` names what placed it ("recalls.recallcase:7")."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=200)
    source = models.CharField(max_length=80)
    placed_at = models.DateTimeField(db_default=Now())
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["lot", "pk"]
        indexes = [models.Index(fields=["lot"], condition=Q(lifted_at=None), name="holds_standing")]
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "source"], condition=Q(lifted_at=None), name="lot_held_once_for_a_source"
            ),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(source=""), name="lot_hold_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="lot_hold_lifted_by_and_at_together",
            ),
        ]
        triggers = [
            # A lifted one is frozen wholly, one that stands but for its lift.
            triggers.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=(
                    "IF OLD.lifted_at IS NOT NULL OR (to_jsonb(OLD) - ARRAY['lifted_at', 'lifted_by_id'])"
                    " IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['lifted_at', 'lifted_by_id'])"
                    f" THEN {triggers.raise_exception_sql('A hold is lifted once and stays as it was placed.')} END IF;"
                    " RETURN NEW;"
                ),
            ),
            *triggers.never_deleted_triggers("A hold", "Lift it."),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"
