"""Who looked at a drawn syringe before it was used, and what was in it then."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import ml_field
from treatments.catalogue.models import Product
from treatments.sessions.models.observations import frozen_with_session_trigger
from treatments.sessions.models.sessions import TreatmentSession
from treatments.stock.models import Lot, StockMovement


class Syringe(models.Model):
    """A syringe drawn up for one session, used once."""

    treatment_session = models.ForeignKey(TreatmentSession, models.CASCADE, related_name="syringes")
    label = models.CharField(max_length=80)
    capacity_ml = ml_field(default=5)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(db_default=Now())
    use_before = models.DateTimeField(null=True, blank=True, help_text="Beyond-use time of the mixture.")

    class Meta:
        ordering = ["treatment_session", "pk"]
        triggers = [frozen_with_session_trigger()]

    def __str__(self) -> str:
        return self.label


class SyringeCheck(models.Model):
    """A second person compared the syringe with its sheet. Written once; the latest one counts."""

    syringe = models.ForeignKey(Syringe, models.CASCADE, related_name="checks")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    contents = models.JSONField(
        help_text="What was in it: lot number and ml, in the order drawn. A change later shows."
    )

    class Meta:
        ordering = ["syringe", "pk"]
        triggers = [
            core_triggers.Trigger(
                name="other_eyes",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF EXISTS (SELECT 1 FROM treatment_sessions_syringe y
                                WHERE y.id = NEW.syringe_id AND y.prepared_by_id = NEW.checked_by_id)
                    THEN {core_triggers.raise_exception_sql("A syringe is checked by somebody else than who prepared it.")} END IF;
                    RETURN NEW;
                """,
            ),
            core_triggers.Trigger(
                name="part_of_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("is_signed", "boolean")],
                func=f"""
                    IF TG_OP = 'UPDATE' THEN {core_triggers.raise_exception_sql("A check of a syringe is written once: check again instead.")} END IF;
                    SELECT s.status <> 'draft' INTO is_signed
                      FROM treatment_sessions_syringe y
                      JOIN treatment_sessions_treatmentsession s ON s.id = y.treatment_session_id
                     WHERE y.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.syringe_id ELSE NEW.syringe_id END
                       FOR SHARE OF s;
                    IF is_signed THEN {core_triggers.raise_exception_sql("A session is signed: nothing in it changes.")} END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
            core_triggers.never_truncated_trigger("A check of a syringe"),
        ]

    def __str__(self) -> str:
        return f"check of syringe {self.syringe_id}"


class UseOfStock(StockMovement):
    """The ledger as sessions see it. The catalogue stands below and knows no session, so the law is kept here."""

    class Meta:
        proxy = True
        triggers = [
            # At commit, because the ledger is written before the session is signed.
            core_triggers.Trigger(
                name="only_into_a_patient",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__kind="use"),
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM treatment_sessions_dose d
                                     JOIN treatment_sessions_treatmentsession s ON s.id = d.treatment_session_id
                                    WHERE d.movement_id = NEW.id AND s.status <> 'draft')
                    THEN {core_triggers.raise_exception_sql("Medicine leaves stock only into a patient: sign it in a session.")} END IF;
                    IF NEW.already_given AND NOT EXISTS (
                        SELECT 1 FROM treatment_sessions_dose d
                         WHERE d.movement_id = NEW.id AND d.already_given_at IS NOT NULL)
                    THEN {core_triggers.raise_exception_sql("What was injected from a lot that may not be used is marked on its dose.")} END IF;
                    RETURN NULL;
                """,
            )
        ]


class Dose(models.Model):
    """So many ml of one product from one lot, in one syringe. Signing ties it to the ledger."""

    treatment_session = models.ForeignKey(TreatmentSession, models.CASCADE, related_name="doses")
    syringe = models.ForeignKey(Syringe, models.CASCADE, related_name="doses", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="doses", db_index=False)
    planned_ml = ml_field()
    ml = ml_field(help_text="Drawn up from the lot.")
    wasted_ml = ml_field(
        default=0, db_default=0, help_text="Of it, what stayed in the syringe; set by the signature."
    )
    lot_read = models.BooleanField(
        default=False, db_default=False, help_text="Somebody scanned the vial, or read it and accepted."
    )
    already_given_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When somebody said that it was in the patient before the lot turned out not to be usable.",
    )
    already_given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    movement = models.OneToOneField(StockMovement, models.PROTECT, null=True, blank=True, related_name="dose")
    waste_movement = models.OneToOneField(
        StockMovement, models.PROTECT, null=True, blank=True, related_name="wasted_dose"
    )

    class Meta:
        ordering = ["syringe", "pk"]
        indexes = [models.Index(fields=["lot", "treatment_session"], name="doses_by_lot")]
        constraints = [
            models.UniqueConstraint(fields=["syringe", "lot"], name="lot_once_in_a_syringe"),
            models.CheckConstraint(condition=Q(ml__gt=0, planned_ml__gte=0), name="dose_has_a_volume"),
            models.CheckConstraint(
                condition=Q(wasted_ml__gte=0, wasted_ml__lt=F("ml")), name="dose_is_not_all_waste"
            ),
            models.CheckConstraint(
                condition=Q(already_given_at=None, already_given_by=None)
                | Q(already_given_at__isnull=False, already_given_by__isnull=False),
                name="dose_given_already_says_who_and_when",
            ),
        ]
        triggers = [
            frozen_with_session_trigger(),
            core_triggers.Trigger(
                name="lot_is_of_the_product",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("lot_id", "product_id", "treatment_session_id"),
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM stock_lot l
                                     JOIN treatment_sessions_treatmentsession s ON s.id = NEW.treatment_session_id
                                    WHERE l.id = NEW.lot_id AND l.product_id = NEW.product_id
                                      AND l.clinic_id = s.clinic_id)
                    THEN {core_triggers.raise_exception_sql("The lot is of another product or another clinic.")} END IF;
                    RETURN NEW;
                """,
            ),
            # Law 3 for drafts too: a lot that may not be used does not get into a session at all, but for what was
            # injected before that was known, and is marked so (law 16).
            core_triggers.Trigger(
                name="no_wrong_vial",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("lot_id", "already_given_at"),
                condition=pgtrigger.Q(new__already_given_at__isnull=True),
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM stock_lot l
                                     JOIN treatment_sessions_treatmentsession s ON s.id = NEW.treatment_session_id
                                    WHERE l.id = NEW.lot_id AND l.status = 'released'
                                      AND l.expires_on >= s.performed_on)
                    THEN {core_triggers.raise_exception_sql("This lot is expired or not released: take another.")} END IF;
                    -- Empty, or nothing left but what has been open too long (for a day that has passed: was it then).
                    IF NOT EXISTS (SELECT 1 FROM stock_lot l
                                     JOIN treatment_sessions_treatmentsession s ON s.id = NEW.treatment_session_id
                                     JOIN accounts_clinic c ON c.id = s.clinic_id
                                    WHERE l.id = NEW.lot_id AND l.on_hand_ml > 0
                                      AND (l.opened_until IS NULL OR l.on_hand_ml > l.opened_ml OR l.opened_until >
                                           CASE WHEN s.performed_on < (statement_timestamp() AT TIME ZONE c.time_zone)::date
                                                THEN s.performed_on::timestamp AT TIME ZONE c.time_zone
                                                ELSE statement_timestamp() END))
                    THEN {core_triggers.raise_exception_sql("This lot is empty, or has been open too long: take another.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ml} ml of lot {self.lot_id}"
