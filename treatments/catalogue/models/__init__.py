"""What is injected: ingredients and their rules, products, lots, and the ledger that stock is the sum of."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers
from mesoclinic.core.fields import Unaccented, mg_field, ml_field, money_field
from mesoclinic.core.models import Basis, ReferenceRow
from patients.models import Factor
from treatments.catalogue.models.versions import (
    PlannedChange,
    RowVersion,
    keeps_versions,
    stays_as_stated,
    versioned,
)

__all__ = [
    "Contraindication",
    "DoseLimit",
    "Ingredient",
    "Interaction",
    "Lot",
    "PlannedChange",
    "Product",
    "ProductContent",
    "RowVersion",
    "StockMovement",
]

#: What is in a product, as its versions keep it.
_CONTENTS = """
    || jsonb_build_object('contents', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(i.code, c.mg_per_ml) ORDER BY i.code), '[]'::jsonb)
          FROM catalogue_productcontent c JOIN catalogue_ingredient i ON i.id = c.ingredient_id
         WHERE c.product_id = t.id))
"""


class Ingredient(ReferenceRow):
    class Status(models.TextChoices):
        ALLOWED = "allowed", "Allowed"
        RESTRICTED = "restricted", "Restricted: a written reason each time"
        BLOCKED = "blocked", "Blocked"

    class Preparation(models.TextChoices):
        COCKTAIL = "cocktail", "in a cocktail"
        SINGLE_ONLY = "single_only", "alone in its syringe"
        EITHER = "either", "alone or in a cocktail"

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    synonyms = models.CharField(max_length=200, blank=True)
    ingredient_class = models.CharField(max_length=80)
    family = models.CharField(max_length=20)
    work_order = models.PositiveSmallIntegerField(
        default=50, help_text="The order a cocktail is thought through in."
    )
    is_active = models.BooleanField()
    in_syringe = models.BooleanField(default=True, help_text="No: used beside the syringe, as a cream is.")
    counting_note = models.CharField(max_length=200, blank=True)
    preparation = models.CharField(max_length=12, choices=Preparation, default=Preparation.COCKTAIL)
    from_seed = models.BooleanField(default=False)
    atc = models.CharField(max_length=80, blank=True)
    cas = models.CharField(max_length=60, blank=True)
    unii = models.CharField(max_length=20, blank=True)
    usual_concentration = models.CharField(max_length=200, blank=True)
    usual_dose = models.CharField(max_length=200, blank=True)
    usual_interval = models.CharField(max_length=300, blank=True)
    regulatory_status = models.TextField(blank=True)
    prescription = models.CharField(
        max_length=60, blank=True, help_text="yes, no or varies, as the source words it"
    )
    status = models.CharField(max_length=12, choices=Status)
    status_reason = models.TextField(blank=True)
    storage = models.CharField(max_length=200, blank=True)
    shelf_life_after_opening = models.CharField(max_length=300, blank=True)
    evidence_note = models.TextField(blank=True)
    unverified_fields = models.CharField(max_length=300, blank=True)
    name_key = models.GeneratedField(
        expression=Unaccented(F("name")), output_field=models.TextField(), db_persist=True, db_index=True
    )

    class Meta(ReferenceRow.Meta):
        ordering = ["name_key"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(status="blocked") | ~Q(status_reason=""), name="blocked_ingredient_says_why"
            ),
        ]
        triggers = [
            *versioned("An ingredient", kind="catalogue.ingredient", table="catalogue_ingredient"),
            stays_as_stated(
                "NEW.loaded->>'status' = 'blocked' AND NEW.status <> 'blocked'",
                "An ingredient that a regulator blocked stays blocked.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DoseLimit(ReferenceRow):
    """A figure for how much. Only ``label_same_route`` is a maximum; the rest were studied (README §5)."""

    class Kind(models.TextChoices):
        LABEL_SAME_ROUTE = "label_same_route", "label maximum"
        LABEL_OTHER_ROUTE = "label_other_route", "label maximum by another route"
        STUDIED_DOSE = "studied_dose", "highest studied dose"
        PROTOCOL_DIGEST = "protocol_digest", "figure of a published protocol"
        CLINIC = "clinic", "this clinic's own limit"

    ingredient = models.ForeignKey(Ingredient, models.PROTECT, related_name="dose_limits")
    value = mg_field(null=True, blank=True)
    unit = models.CharField(max_length=10, help_text="mg, mL or mL/cm2")
    period = models.CharField(max_length=10, help_text="session, day or dose")
    mg_per_kg = mg_field(null=True, blank=True)
    kind = models.CharField(max_length=20, choices=Kind)
    basis_text = models.TextField(blank=True)
    suggested = models.CharField(max_length=200, blank=True, help_text="A suggestion from general knowledge.")

    class Meta(ReferenceRow.Meta):
        ordering = ["ingredient", "kind"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["ingredient", "kind", "unit", "period"], name="dose_limit_stands_once"
            ),
            models.CheckConstraint(
                # NULL > 0 is not false: a check lets it through.
                condition=Q(value__isnull=False, value__gt=0) | Q(mg_per_kg__isnull=False, mg_per_kg__gt=0),
                name="dose_limit_says_how_much",
            ),
        ]
        triggers = versioned("A dose limit", kind="catalogue.doselimit", table="catalogue_doselimit")

    def __str__(self) -> str:
        return f"{self.ingredient_id} {self.value} {self.unit} {self.kind}"


class Interaction(ReferenceRow):
    """What two ingredients do to each other. Unordered: ``first`` has the lower id."""

    class Kind(models.TextChoices):
        INCOMPATIBLE = "incompatible", "must not share a syringe"
        CAUTION = "caution", "with care"
        REDUNDANT = "redundant-class", "the same class twice"
        OK = "ok", "go together"

    first = models.ForeignKey(Ingredient, models.PROTECT, related_name="+")
    second = models.ForeignKey(
        Ingredient,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: every other ingredient.",
    )
    kind = models.CharField(max_length=16, choices=Kind)
    severity = models.CharField(max_length=10)
    scope = models.CharField(max_length=40)
    why = models.TextField()
    basis = models.CharField(max_length=20, choices=Basis)

    class Meta(ReferenceRow.Meta):
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["first", "second", "kind", "scope"],
                name="interaction_stands_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(second=None) | Q(first__lt=F("second")), name="interaction_lower_id_first"
            ),
        ]
        triggers = versioned("An interaction", kind="catalogue.interaction", table="catalogue_interaction")

    def __str__(self) -> str:
        return f"{self.first_id} {self.kind} {self.second_id}"


class Contraindication(ReferenceRow):
    """When not to give an ingredient, or (no ingredient) not to treat at all."""

    class Severity(models.TextChoices):
        ABSOLUTE = "absolute", "absolute"
        RELATIVE = "relative", "relative"

    ingredient = models.ForeignKey(
        Ingredient, models.PROTECT, null=True, blank=True, related_name="contraindications"
    )
    factor = models.ForeignKey(
        Factor, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: everyone."
    )
    factor_text = models.CharField(max_length=160)
    severity = models.CharField(max_length=10, choices=Severity)
    severity_note = models.CharField(max_length=120, blank=True)
    why = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=120, blank=True)
    basis = models.CharField(max_length=20, choices=Basis)

    class Meta(ReferenceRow.Meta):
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["ingredient", "factor", "factor_text"],
                name="contraindication_stands_once",
                nulls_distinct=False,
            ),
        ]
        triggers = [
            *versioned(
                "A contraindication", kind="catalogue.contraindication", table="catalogue_contraindication"
            ),
            stays_as_stated(
                "NEW.loaded->>'severity' = 'absolute' AND NEW.loaded->>'basis' = 'stated'"
                " AND (NEW.severity <> 'absolute' OR NEW.retired_at IS NOT NULL)",
                "A contraindication stated as absolute stays so, and in use.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ingredient_id} {self.factor_id} {self.severity}"


class Product(ReferenceRow):
    """What is bought and drawn up: a presentation of one ingredient, or of several (a ready-made cocktail)."""

    class Presentation(models.TextChoices):
        AMPOULE = "ampoule", "ampoule"
        SINGLE_DOSE = "single_dose", "single-dose vial"
        MULTI_DOSE = "multi_dose", "multi-dose vial"
        PREFILLED = "prefilled", "prefilled syringe"
        BAG = "bag", "bag or bottle"

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    strength = models.CharField(max_length=60, blank=True, help_text="As printed: 250 mg/ml, 0.5 %.")
    presentation = models.CharField(max_length=12, choices=Presentation)
    container_ml = ml_field(null=True, blank=True)
    maker = models.CharField(max_length=100, blank=True)
    supplier = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=60, blank=True)
    gtin = models.CharField(max_length=14, blank=True)
    premade = models.BooleanField(default=False)
    additions_allowed = models.BooleanField(default=False, help_text="The maker allows adding to it.")
    composition = models.TextField(blank=True)
    remark = models.TextField(blank=True)
    blocked = models.BooleanField(default=False, help_text="Never usable, whatever is in it.")
    blocked_reason = models.TextField(blank=True)
    injectable = models.CharField(
        max_length=5, choices=[("yes", "yes"), ("no", "no"), ("check", "to be checked")], default="yes"
    )
    legal_route = models.TextField(blank=True)
    in_use_hours = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="After opening, where the label says otherwise than its presentation.",
    )
    price_per_ml = money_field(null=True, blank=True)
    ingredients = models.ManyToManyField(Ingredient, through="ProductContent", related_name="products")
    name_key = models.GeneratedField(
        expression=Unaccented(F("name")), output_field=models.TextField(), db_persist=True, db_index=True
    )

    class Meta(ReferenceRow.Meta):
        ordering = ["name_key"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.CheckConstraint(
                condition=Q(container_ml=None) | Q(container_ml__gt=0), name="container_holds_something"
            ),
            models.CheckConstraint(
                condition=Q(price_per_ml=None) | Q(price_per_ml__gte=0), name="product_price_is_not_negative"
            ),
            models.UniqueConstraint(fields=["gtin"], condition=~Q(gtin=""), name="gtin_names_one_product"),
        ]
        triggers = [
            *versioned(
                "A product",
                kind="catalogue.product",
                table="catalogue_product",
                more=_CONTENTS,
                reviewed=False,
            ),
            stays_as_stated(
                "NEW.loaded->>'blocked' = 'true' AND NOT NEW.blocked",
                "A product that its maker or a regulator blocked stays blocked.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.strength}".strip()


class ProductContent(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="contents")
    ingredient = models.ForeignKey(Ingredient, models.PROTECT, related_name="contents")
    mg_per_ml = mg_field(null=True, blank=True, help_text="Empty where the maker does not say.")

    class Meta:
        ordering = ["product", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "ingredient"], name="ingredient_once_in_a_product"),
            models.CheckConstraint(
                condition=Q(mg_per_ml=None) | Q(mg_per_ml__gt=0), name="strength_is_positive"
            ),
        ]
        triggers = [
            keeps_versions("catalogue.product", "catalogue_product", key="product_id", more=_CONTENTS)
        ]

    def __str__(self) -> str:
        return f"{self.ingredient_id} in {self.product_id}"


class LotQuerySet(models.QuerySet["Lot"]):
    def usable_on(self, day) -> "LotQuerySet":
        """Released, in date on ``day`` and not empty."""
        return self.filter(status=Lot.Status.RELEASED, expires_on__gte=day, on_hand_ml__gt=0)

    def at(self, clinic: Clinic) -> "LotQuerySet":
        return self.filter(clinic=clinic)

    def with_something_good(self, at) -> "LotQuerySet":
        """Without those of which nothing is left but what has been open too long at ``at``."""
        return self.filter(Q(opened_until=None) | Q(opened_until__gt=at) | Q(on_hand_ml__gt=F("opened_ml")))

    def first_to_expire(self, at=None) -> "LotQuerySet":
        """Opened and still good (``at``, now) before sealed, then by expiry."""
        opened = models.Case(models.When(opened_until__gt=at or timezone.now(), then="opened_until"))
        return self.order_by(opened.asc(nulls_last=True), "expires_on", "number", "pk")


class Lot(models.Model):
    """One delivery of one product: where it came from, how long it lasts, what is left of it."""

    class Status(models.TextChoices):
        QUARANTINED = "quarantined", "Quarantined"
        RELEASED = "released", "Released"
        RECALLED = "recalled", "Recalled"

    product = models.ForeignKey(Product, models.PROTECT, related_name="lots")
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="lots")
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
        indexes = [models.Index(fields=["clinic", "product", "expires_on"], name="lots_first_to_expire")]
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
            pgtrigger.Trigger(
                name="second_person_wanted",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("second_person"),
                func=(
                    "IF TG_OP = 'INSERT' THEN"
                    " NEW.second_person := NEW.second_person OR (SELECT c.second_person_release FROM accounts_clinic c"
                    "   WHERE c.id = NEW.clinic_id);"
                    " ELSIF OLD.second_person AND NOT NEW.second_person THEN"
                    f" {triggers.refuse('A lot that a second person releases stays so.')}"
                    " END IF; RETURN NEW;"
                ),
            ),
            pgtrigger.Trigger(
                name="receiver_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("received_by_id"),
                condition=pgtrigger.Q(old__received_by__isnull=False),
                func=(
                    "IF NEW.received_by_id IS DISTINCT FROM OLD.received_by_id THEN"
                    f" {triggers.refuse('Who received a lot stays as it was written.')} END IF; RETURN NEW;"
                ),
            ),
            # Stock moves by the ledger only: the figure beside it follows, at trigger depth.
            pgtrigger.Trigger(
                name="stock_by_ledger_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("on_hand_ml"),
                func=(
                    "IF TG_OP = 'INSERT' THEN NEW.on_hand_ml := 0; RETURN NEW; END IF;"
                    " IF NEW.on_hand_ml IS DISTINCT FROM OLD.on_hand_ml AND pg_trigger_depth() < 2 THEN"
                    f" {triggers.refuse('Stock is the sum of its movements: add a movement.')} END IF;"
                    " RETURN NEW;"
                ),
            ),
            pgtrigger.Trigger(
                name="kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=triggers.refuse("A lot is kept: who received it must stay known."),
            ),
            pgtrigger.Trigger(
                name="identity_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(
                    "product_id", "clinic_id", "number", "expires_on", "received_on"
                ),
                func=(
                    "IF (OLD.product_id, OLD.clinic_id, OLD.number, OLD.expires_on, OLD.received_on)"
                    " IS DISTINCT FROM (NEW.product_id, NEW.clinic_id, NEW.number, NEW.expires_on, NEW.received_on)"
                    " AND EXISTS (SELECT 1 FROM catalogue_stockmovement m WHERE m.lot_id = OLD.id AND m.kind = 'use')"
                    f" THEN {triggers.refuse('A lot that was used keeps its product, number and dates.')} END IF;"
                    " RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class StockMovement(models.Model):
    """One line of the ledger. Medicine leaves only into a patient, as waste, to the supplier or by a count."""

    class Kind(models.TextChoices):
        RECEIVE = "receive", "Received"
        USE = "use", "Used in a session"
        WASTE = "waste", "Wasted"
        RETURN = "return", "Returned to the supplier"
        COUNT = "count", "Count correction"

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind)
    ml = ml_field(help_text="In above zero, out below.")
    occurred_on = models.DateField(help_text="The clinic's day.")
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

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
        ]
        triggers = [
            *triggers.append_only("The stock ledger"),
            # Nobody writes into the past: what the ledger said at a moment, it says for ever.
            pgtrigger.Trigger(
                name="written_now",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="NEW.at := statement_timestamp(); RETURN NEW;",
            ),
            # One conditional update; the lot's check constraint refuses a balance below zero.
            pgtrigger.Trigger(
                name="moves_stock",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="UPDATE catalogue_lot SET on_hand_ml = on_hand_ml + NEW.ml WHERE id = NEW.lot_id; RETURN NULL;",
            ),
            # Law 3, asked where nothing gets round it. FOR UPDATE: a lot being recalled is waited for.
            pgtrigger.Trigger(
                name="no_wrong_vial",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__kind="use"),
                declare=[("lot_status", "text"), ("lot_expires_on", "date"), ("lot_product", "bigint")],
                func=f"""
                    SELECT status, expires_on, product_id INTO lot_status, lot_expires_on, lot_product
                      FROM catalogue_lot WHERE id = NEW.lot_id FOR UPDATE;
                    IF lot_status <> 'released' THEN {triggers.refuse("This lot is not released: take another.")} END IF;
                    IF lot_expires_on < NEW.occurred_on THEN {triggers.refuse("This lot has expired: take another.")} END IF;
                    IF EXISTS (SELECT 1 FROM catalogue_productcontent c
                                 JOIN catalogue_ingredient i ON i.id = c.ingredient_id
                                WHERE c.product_id = lot_product AND i.status = 'blocked')
                       OR EXISTS (SELECT 1 FROM catalogue_product p WHERE p.id = lot_product AND p.blocked)
                    THEN {triggers.refuse("This product holds a blocked ingredient.")} END IF;
                    RETURN NEW;
                """,
            ),
            # At commit, because a movement is written before what it says of containers: what is left in opened
            # ones is part of what is on hand, and is drawn by name.
            pgtrigger.Trigger(
                name="opened_is_on_hand",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=f"""
                    IF (SELECT coalesce(sum(v.left_ml), 0) FROM catalogue_openedvial v WHERE v.lot_id = NEW.lot_id)
                       > (SELECT l.on_hand_ml FROM catalogue_lot l WHERE l.id = NEW.lot_id)
                    THEN {triggers.refuse("What is left of this lot is in an opened vial: say what is drawn from it.")} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ml} ml of lot {self.lot_id}"


# The subjects with a module of their own; a model must be known when the app is loaded.
from treatments.catalogue.models.receiving import Certificate, Gtin  # noqa: E402
from treatments.catalogue.models.stocktake import (  # noqa: E402
    Stocktake,
    StocktakeLine,
)
from treatments.catalogue.models.vials import OpenedVial, VialDraw  # noqa: E402

__all__ = [
    "Certificate",
    "Contraindication",
    "DoseLimit",
    "Gtin",
    "Ingredient",
    "Interaction",
    "Lot",
    "LotQuerySet",
    "OpenedVial",
    "Product",
    "ProductContent",
    "StockMovement",
    "Stocktake",
    "StocktakeLine",
    "VialDraw",
]
