"""The stock ledger: every movement of a lot, never changed afterwards."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import ml_field
from treatments.stock.models.lots import Lot


class StockMovement(models.Model):
    """One line of the ledger. Medicine leaves only into a patient, as waste, to the supplier or by a count."""

    class Kind(models.TextChoices):
        RECEIVE = "receive", "Received"
        USE = "use", "Used in a session"
        WASTE = "waste", "Wasted"
        RETURN = "return", "Returned to the supplier"
        COUNT = "count", "Count correction"

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="movements", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    ml = ml_field(help_text="In above zero, out below.")
    occurred_on = models.DateField(help_text="The clinic's day.")
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    already_given = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Of a lot that may not be used: it was in the patient when that became known.",
    )

    class Meta:
        ordering = ["lot", "pk"]
        indexes = [models.Index(fields=["lot", "at"], name="ledger_by_lot")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["receive", "use", "waste", "return", "count"]),
                name="movement_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind="receive", ml__gt=0)
                | Q(kind__in=["use", "waste", "return"], ml__lt=0)
                | (Q(kind="count") & ~Q(ml=0)),
                name="movement_goes_the_right_way",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["receive", "use"]) | ~Q(reason=""), name="movement_says_why"
            ),
            models.CheckConstraint(
                condition=Q(already_given=False) | Q(kind="use"), name="already_given_is_a_use"
            ),
        ]
        triggers = [
            *core_triggers.append_only_triggers("The stock ledger"),
            # Nobody writes into the past: what the ledger said at a moment, it says for ever.
            core_triggers.Trigger(
                name="written_now",
                doc="writes its own at: the time of the statement",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="NEW.at := statement_timestamp(); RETURN NEW;",
            ),
            # One conditional update; the lot's check constraint refuses a balance below zero.
            core_triggers.Trigger(
                name="moves_stock",
                doc="writes stock_lot.on_hand_ml: adds the movement",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="UPDATE stock_lot SET on_hand_ml = on_hand_ml + NEW.ml WHERE id = NEW.lot_id; RETURN NULL;",
            ),
            # Law 3, asked where nothing gets round it. FOR UPDATE: a lot being recalled is waited for. What was injected
            # before that was known is marked (law 16); the sessions ask that its dose says so.
            core_triggers.Trigger(
                name="no_wrong_vial",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__kind="use", new__already_given=False),
                declare=[("lot_status", "text"), ("lot_expires_on", "date"), ("lot_product", "bigint")],
                func=f"""
                    SELECT status, expires_on, product_id INTO lot_status, lot_expires_on, lot_product
                      FROM stock_lot WHERE id = NEW.lot_id FOR UPDATE;
                    IF lot_status <> 'released' THEN {core_triggers.raise_exception_sql("This lot is not released: take another.")} END IF;
                    IF lot_expires_on < NEW.occurred_on THEN {core_triggers.raise_exception_sql("This lot has expired: take another.")} END IF;
                    IF EXISTS (SELECT 1 FROM catalogue_productcontent c
                                 JOIN catalogue_ingredient i ON i.id = c.ingredient_id
                                WHERE c.product_id = lot_product AND i.status = 'blocked')
                       OR EXISTS (SELECT 1 FROM catalogue_product p WHERE p.id = lot_product AND p.blocked)
                    THEN {core_triggers.raise_exception_sql("This product holds a blocked ingredient.")} END IF;
                    RETURN NEW;
                """,
            ),
            # At commit, because a movement is written before what it says of containers: what is left in opened
            # ones is part of what is on hand, and is drawn by name.
            core_triggers.Trigger(
                name="opened_is_on_hand",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=f"""
                    IF (SELECT coalesce(sum(v.left_ml), 0) FROM stock_openedvial v WHERE v.lot_id = NEW.lot_id)
                       > (SELECT l.on_hand_ml FROM stock_lot l WHERE l.id = NEW.lot_id)
                    THEN {core_triggers.raise_exception_sql("What is left of this lot is in an opened vial: say what is drawn from it.")} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ml} ml of lot {self.lot_id}"
