"""A count of the shelf: what was expected, what was there, why they differ, signed once."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import ml_field
from treatments.stock.rules.stocktakes import StocktakeStatus


class Stocktake(models.Model):
    Status = StocktakeStatus

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="stocktakes")
    status = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in StocktakeStatus],
        default=StocktakeStatus.COUNTING.value,
    )
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(db_default=Now(), editable=False)
    note = models.CharField(max_length=200, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic"], condition=Q(status="counting"), name="one_count_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in StocktakeStatus]), name="stocktake_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status="signed", signed_by__isnull=False, signed_at__isnull=False)
                | ~Q(status="signed") & Q(signed_by=None, signed_at=None),
                name="stocktake_signed_by_and_at_together",
            ),
        ]
        triggers = [
            *core_triggers.frozen_triggers("A signed stocktake", once="OLD.status <> 'counting'"),
            # All corrections or none: at commit each difference is in the ledger, to the millilitre.
            core_triggers.Trigger(
                name="signed_with_its_corrections",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__status="signed"),
                func=f"""
                    IF EXISTS (SELECT 1 FROM stock_stocktakeline s
                                 LEFT JOIN stock_stockmovement m ON m.id = s.movement_id
                                WHERE s.stocktake_id = NEW.id AND s.counted_ml <> s.expected_ml
                                  AND (m.id IS NULL OR m.kind <> 'count' OR m.lot_id <> s.lot_id
                                       OR m.ml <> s.counted_ml - s.expected_ml))
                    THEN {core_triggers.raise_exception_sql("A stocktake is signed with all its corrections, or not at all.")} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"stocktake {self.pk}"


class StocktakeLine(models.Model):
    """One lot. ``expected_ml`` is what the ledger said when it was counted: moving stock meanwhile does no harm."""

    stocktake = models.ForeignKey(Stocktake, models.PROTECT, related_name="lines", db_index=False)
    lot = models.ForeignKey("Lot", models.PROTECT, related_name="+")
    expected_ml = ml_field()
    counted_ml = ml_field(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    movement = models.OneToOneField("StockMovement", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["stocktake", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["stocktake", "lot"], name="lot_once_in_a_stocktake"),
            models.CheckConstraint(
                condition=Q(expected_ml__gte=0) & (Q(counted_ml=None) | Q(counted_ml__gte=0)),
                name="shelf_holds_no_less_than_nothing",
            ),
            models.CheckConstraint(
                condition=Q(movement=None) | (Q(counted_ml__isnull=False) & ~Q(counted_ml=F("expected_ml"))),
                name="only_a_difference_is_corrected",
            ),
        ]
        triggers = [
            core_triggers.frozen_parent_trigger(
                "A stocktake",
                parent_table="stock_stocktake",
                parent_key="stocktake_id",
                once="p.status <> 'counting'",
            )
        ]

    def __str__(self) -> str:
        return f"lot {self.lot_id} in stocktake {self.stocktake_id}"
