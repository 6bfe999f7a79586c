"""Lots of a product, and their certificates of analysis."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import ml_field, money_field
from mesoclinic.core.quantities import ZERO
from treatments.catalogue.models import Product
from treatments.stock.rules.lots import expiry_level


class LotQuerySet(models.QuerySet["Lot"]):
    def usable_on(self, day) -> "LotQuerySet":
        """Released, in date on ``day`` and not empty."""
        return self.filter(status=Lot.Status.RELEASED, expires_on__gte=day, on_hand_ml__gt=0)

    def of_clinic(self, clinic: Clinic) -> "LotQuerySet":
        """The lots of a clinic."""
        return self.filter(clinic=clinic)

    def with_ml_still_good(self, at) -> "LotQuerySet":
        """Without those of which nothing is left but what has been open too long at ``at``."""
        return self.filter(Q(opened_until=None) | Q(opened_until__gt=at) | Q(on_hand_ml__gt=F("opened_ml")))

    def in_order_offered(self, at=None) -> "LotQuerySet":
        """Opened and still good (``at``, now) before sealed, then by expiry."""
        return self.order_by(*offered_order(at or timezone.now()))


def offered_order(at: datetime) -> list[str | OrderBy]:
    """Opened and still good at ``at`` before sealed, then by expiry."""
    opened = models.Case(models.When(opened_until__gt=at, then="opened_until"))
    return [opened.asc(nulls_last=True), "expires_on", "number", "pk"]


def available_ml_expression(at: datetime) -> models.Case:
    """``rules.lots.available_ml`` of a lot, in a query."""
    return models.Case(
        models.When(Q(opened_until=None) | Q(opened_until__gt=at), then="on_hand_ml"),
        models.When(opened_ml=None, then=models.Value(ZERO)),
        default=Greatest(F("on_hand_ml") - F("opened_ml"), models.Value(ZERO)),
        output_field=ml_field(),
    )


class Lot(models.Model):
    """One delivery of one product: where it came from, how long it lasts, what is left of it."""

    class Status(models.TextChoices):
        QUARANTINED = "quarantined", "Quarantined"
        RELEASED = "released", "Released"
        RECALLED = "recalled", "Recalled"

    product = models.ForeignKey(Product, models.PROTECT, related_name="lots")
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="lots", db_index=False)
    number = models.CharField(max_length=40)
    maker = models.CharField(max_length=100)
    country = models.CharField(max_length=60)
    supplier = models.CharField(max_length=100)
    certificate = models.CharField(
        max_length=100, blank=True, help_text="Number of the certificate of analysis."
    )
    received_on = models.DateField()
    expires_on = models.DateField(help_text="The last day it may be used.")
    unit_cost = money_field(null=True, blank=True, help_text="Per ml, in the clinic's currency.")
    status = models.CharField(max_length=12, choices=Status, default=Status.QUARANTINED)
    status_reason = models.CharField(max_length=200, blank=True)
    serial = models.CharField(max_length=20, blank=True, help_text="Of the pack that was scanned.")
    certificate_file = models.ForeignKey(
        "Certificate", models.PROTECT, null=True, blank=True, related_name="lots"
    )
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    second_person = models.BooleanField(
        default=False,
        help_text="Released by somebody other than who received it: as its clinic wanted when it came.",
    )
    opened_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when its opened container is good."
    )
    opened_vial = models.ForeignKey(
        "OpenedVial",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="What is open in it and not empty, kept by a trigger.",
    )
    opened_ml = ml_field(
        null=True, blank=True, help_text="What is left in its opened container, kept by a trigger."
    )
    on_hand_ml = ml_field(default=0, editable=False, help_text="The sum of its movements, kept by a trigger.")

    objects = LotQuerySet.as_manager()

    class Meta:
        ordering = ["product", "expires_on", "number"]
        # Lots that are used up are never deleted: what is on the shelf stays a small part of them.
        indexes = [
            models.Index(
                fields=["clinic", "product", "expires_on"],
                name="lots_first_to_expire",
                condition=Q(on_hand_ml__gt=0),
            ),
            models.Index(
                fields=["clinic", "product", "expires_on", "number"], name="lots_of_product_by_expiry"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "product", "number"], name="lot_received_once"),
            models.CheckConstraint(condition=Q(on_hand_ml__gte=0), name="stock_is_never_below_zero"),
            models.CheckConstraint(
                condition=Q(expires_on__gte=F("received_on")), name="lot_expires_after_receipt"
            ),
            models.CheckConstraint(
                condition=~Q(number="") & ~Q(maker="") & ~Q(supplier="") & ~Q(country=""),
                name="lot_has_an_origin",
            ),
            models.CheckConstraint(
                condition=Q(second_person=False)
                | ~Q(status="released")
                | Q(received_by__isnull=False, released_by__isnull=False) & ~Q(released_by=F("received_by")),
                name="second_person_releases",
                violation_error_message="Somebody else releases what you received.",
            ),
        ]
        triggers = [
            # What the clinic wants when the lot comes stands on the lot: a constraint can read it there.
            core_triggers.Trigger(
                name="second_person_wanted",
                doc="writes its own second_person: set where the clinic asks for a second person",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("second_person"),
                func=(
                    "IF TG_OP = 'INSERT' THEN"
                    " NEW.second_person := NEW.second_person OR (SELECT c.second_person_release FROM accounts_clinic c"
                    "   WHERE c.id = NEW.clinic_id);"
                    " ELSIF OLD.second_person AND NOT NEW.second_person THEN"
                    f" {core_triggers.raise_exception_sql('A lot that a second person releases stays so.')}"
                    " END IF; RETURN NEW;"
                ),
            ),
            core_triggers.Trigger(
                name="receiver_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("received_by_id"),
                condition=pgtrigger.Q(old__received_by__isnull=False),
                func=(
                    "IF NEW.received_by_id IS DISTINCT FROM OLD.received_by_id THEN"
                    f" {core_triggers.raise_exception_sql('Who received a lot stays as it was written.')} END IF; RETURN NEW;"
                ),
            ),
            # Stock moves by the ledger only: the figure beside it follows, at trigger depth.
            core_triggers.Trigger(
                name="stock_by_ledger_only",
                doc="writes its own on_hand_ml: 0 in a new lot",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("on_hand_ml"),
                func=(
                    "IF TG_OP = 'INSERT' THEN NEW.on_hand_ml := 0; RETURN NEW; END IF;"
                    " IF NEW.on_hand_ml IS DISTINCT FROM OLD.on_hand_ml AND pg_trigger_depth() < 2 THEN"
                    f" {core_triggers.raise_exception_sql('Stock is the sum of its movements: add a movement.')} END IF;"
                    " RETURN NEW;"
                ),
            ),
            core_triggers.Trigger(
                name="kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=core_triggers.raise_exception_sql("A lot is kept: who received it must stay known."),
            ),
            core_triggers.Trigger(
                name="held_is_not_released",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                func=(
                    "IF NEW.status = 'released' AND OLD.status <> 'released' AND EXISTS ("
                    "SELECT 1 FROM stock_lothold h WHERE h.lot_id = NEW.id AND h.lifted_at IS NULL)"
                    f" THEN {core_triggers.raise_exception_sql('This lot is held: lift the hold first.')} END IF;"
                    " RETURN NEW;"
                ),
            ),
            core_triggers.Trigger(
                name="identity_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(
                    "product_id", "clinic_id", "number", "expires_on", "received_on"
                ),
                func=(
                    "IF (OLD.product_id, OLD.clinic_id, OLD.number, OLD.expires_on, OLD.received_on)"
                    " IS DISTINCT FROM (NEW.product_id, NEW.clinic_id, NEW.number, NEW.expires_on, NEW.received_on)"
                    " AND EXISTS (SELECT 1 FROM stock_stockmovement m WHERE m.lot_id = OLD.id AND m.kind = 'use')"
                    f" THEN {core_triggers.raise_exception_sql('A lot that was used keeps its product, number and dates.')} END IF;"
                    " RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def expiry_level(self) -> str:
        """How urgent its last day is today; "" while it is far off."""
        return expiry_level(self.expires_on, timezone.localdate())


class Certificate(models.Model):
    """A PDF as it was uploaded and checked. It has no address of its own: a page with a permission serves it."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=100)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "sha256", "uploaded_by", "name"], name="certificate_kept_once"
            )
        ]
        triggers = core_triggers.append_only_triggers("A certificate")

    def __str__(self) -> str:
        return f"certificate {self.pk}"
