"""Containers that were opened, and what was drawn from which: how a contaminated vial is followed to people."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import ml_field

#: Hours a container keeps once opened, as treatments.catalogue.rules says it, for the product ``p`` in SQL.
_HOURS = (
    "coalesce(p.in_use_hours, CASE p.presentation WHEN 'multi_dose' THEN 672"
    " WHEN 'single_dose' THEN 1 ELSE 0 END)"
)


class OpenedVial(models.Model):
    """One container of a lot, opened at a moment; at most one of a lot has something left in it."""

    lot = models.ForeignKey("Lot", models.PROTECT, related_name="vials")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    good_until = models.DateTimeField()
    ml = ml_field(help_text="What was in it when it was opened.")
    left_ml = ml_field(editable=False, help_text="Kept by a trigger.")

    class Meta:
        ordering = ["lot", "-pk"]
        indexes = [models.Index(fields=["lot"], condition=Q(left_ml__gt=0), name="vials_open_now")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ml__gt=0, left_ml__gte=0, left_ml__lte=F("ml")), name="vial_holds_what_is_left"
            ),
            models.CheckConstraint(
                condition=Q(good_until__gte=F("opened_at")), name="vial_is_good_from_its_opening"
            ),
        ]
        triggers = [
            *core_triggers.frozen_triggers("An opened vial", except_fields=("left_ml",)),
            # Full when opened, and no longer good than its product allows (docs/clinical.md §4 F14).
            core_triggers.Trigger(
                name="opened_full",
                doc="writes its own left_ml: all of it",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    NEW.left_ml := NEW.ml;
                    IF NEW.good_until > NEW.opened_at + (
                        SELECT {_HOURS} * interval '1 hour' FROM catalogue_product p
                          JOIN stock_lot l ON l.product_id = p.id WHERE l.id = NEW.lot_id)
                    THEN {core_triggers.raise_exception_sql("This product does not keep that long once opened.")} END IF;
                    RETURN NEW;
                """,
            ),
            core_triggers.Trigger(
                name="left_by_draws_only",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("left_ml"),
                func=(
                    "IF NEW.left_ml IS DISTINCT FROM OLD.left_ml AND pg_trigger_depth() < 2 THEN"
                    f" {core_triggers.raise_exception_sql('What is left in a vial follows what is drawn: add a movement.')} END IF;"
                    " RETURN NEW;"
                ),
            ),
            # The lot shows what is open in it, for choosing and ordering without a join.
            core_triggers.Trigger(
                name="shown_on_its_lot",
                doc="writes stock_lot.opened_vial_id, opened_until and opened_ml: the vial that is open",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("left_ml"),
                func="""
                    UPDATE stock_lot l SET opened_vial_id = v.id, opened_until = v.good_until, opened_ml = v.left_ml
                      FROM (SELECT NEW.lot_id) one
                      LEFT JOIN LATERAL (SELECT id, good_until, left_ml FROM stock_openedvial
                                          WHERE lot_id = NEW.lot_id AND left_ml > 0 ORDER BY id DESC LIMIT 1) v ON true
                     WHERE l.id = NEW.lot_id;
                    RETURN NULL;
                """,
            ),
            core_triggers.Trigger(
                name="one_open_at_a_time",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=f"""
                    IF (SELECT count(*) FROM stock_openedvial v WHERE v.lot_id = NEW.lot_id AND v.left_ml > 0) > 1
                    THEN {core_triggers.raise_exception_sql("Another vial of this lot is open: use it up or throw it away first.")} END IF;
                    IF (SELECT coalesce(sum(v.left_ml), 0) FROM stock_openedvial v WHERE v.lot_id = NEW.lot_id)
                       > (SELECT l.on_hand_ml FROM stock_lot l WHERE l.id = NEW.lot_id)
                    THEN {core_triggers.raise_exception_sql("More is open than there is of this lot.")} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"vial {self.pk} of lot {self.lot_id}"


class VialDraw(models.Model):
    """So many ml of a movement came out of one opened vial.

    Written without a vial, it is the open one's; with ``opens_ml`` a container of that much is opened for it first.
    """

    movement = models.ForeignKey("StockMovement", models.PROTECT, related_name="draws", db_index=False)
    vial = models.ForeignKey(OpenedVial, models.PROTECT, related_name="draws")
    ml = ml_field()
    opens_ml = ml_field(null=True, blank=True)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["movement", "vial"], name="vial_once_in_a_movement"),
            models.CheckConstraint(condition=Q(ml__gt=0), name="draw_has_a_volume"),
        ]
        triggers = [
            *core_triggers.append_only_triggers("What was drawn from a vial"),
            # Row by row, so that one statement opens, draws and opens again.
            core_triggers.Trigger(
                name="a_vial_is_opened",
                doc="writes stock_openedvial: opens one where opens_ml says so; and its own vial_id: that one, or the one that is open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NEW.opens_ml IS NOT NULL THEN
                        INSERT INTO stock_openedvial (lot_id, opened_at, opened_by_id, good_until, ml, left_ml)
                        SELECT l.id, NEW.at, m.by_id,
                               greatest(NEW.at, least(NEW.at + {_HOURS} * interval '1 hour',
                                        (l.expires_on + 1)::timestamp AT TIME ZONE c.time_zone)),
                               NEW.opens_ml, NEW.opens_ml
                          FROM stock_stockmovement m
                          JOIN stock_lot l ON l.id = m.lot_id
                          JOIN catalogue_product p ON p.id = l.product_id
                          JOIN accounts_clinic c ON c.id = l.clinic_id
                         WHERE m.id = NEW.movement_id
                        RETURNING id INTO NEW.vial_id;
                    ELSIF NEW.vial_id IS NULL THEN
                        SELECT l.opened_vial_id INTO NEW.vial_id FROM stock_stockmovement m
                          JOIN stock_lot l ON l.id = m.lot_id WHERE m.id = NEW.movement_id;
                    END IF;
                    RETURN NEW;
                """,
            ),
            # One minute for the rows of one deed to be written; a use on an earlier day is asked about that day.
            core_triggers.Trigger(
                name="from_a_good_vial",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[
                    ("v", "stock_openedvial%ROWTYPE"),
                    ("m", "stock_stockmovement%ROWTYPE"),
                    ("moment", "timestamptz"),
                ],
                func=f"""
                    SELECT * INTO v FROM stock_openedvial WHERE id = NEW.vial_id FOR UPDATE;
                    SELECT * INTO m FROM stock_stockmovement WHERE id = NEW.movement_id;
                    IF v.lot_id <> m.lot_id THEN {core_triggers.raise_exception_sql("This vial is of another lot.")} END IF;
                    IF NEW.ml + (SELECT coalesce(sum(d.ml), 0) FROM stock_vialdraw d
                                  WHERE d.movement_id = NEW.movement_id) > -m.ml
                    THEN {core_triggers.raise_exception_sql("More is drawn from vials than leaves stock.")} END IF;
                    IF m.kind = 'return' THEN {core_triggers.raise_exception_sql("An opened vial is not returned: it is waste.")} END IF;
                    IF m.kind = 'use' AND NOT m.already_given THEN
                        SELECT CASE WHEN m.occurred_on < (statement_timestamp() AT TIME ZONE c.time_zone)::date
                                    THEN m.occurred_on::timestamp AT TIME ZONE c.time_zone
                                    ELSE statement_timestamp() END INTO moment
                          FROM stock_lot l JOIN accounts_clinic c ON c.id = l.clinic_id WHERE l.id = m.lot_id;
                        IF v.good_until + interval '1 minute' < moment
                        THEN {core_triggers.raise_exception_sql("This vial has been open too long: take another.")} END IF;
                    END IF;
                    RETURN NEW;
                """,
            ),
            core_triggers.Trigger(
                name="empties_the_vial",
                doc="writes stock_openedvial.left_ml: less what was drawn",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="UPDATE stock_openedvial SET left_ml = left_ml - NEW.ml WHERE id = NEW.vial_id; RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ml} ml of vial {self.vial_id}"
