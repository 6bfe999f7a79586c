"""Products, what is in them, and their bar code numbers."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import Unaccented, mg_field, ml_field, money_field
from mesoclinic.core.models import ReferenceRow
from treatments.catalogue.models.ingredients import Ingredient
from treatments.catalogue.models.versions import (
    keep_official_block_trigger,
    triggers_of_versioned_row,
    write_next_version_trigger,
)
from treatments.catalogue.rules import KIT, OWN_BLOOD

#: What is in a product, as its versions keep it.
_CONTENTS = """
    || jsonb_build_object('contents', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(i.code, c.mg_per_ml) ORDER BY i.code), '[]'::jsonb)
          FROM catalogue_productcontent c JOIN catalogue_ingredient i ON i.id = c.ingredient_id
         WHERE c.product_id = t.id))
"""


#: What is made of the patient's own blood is bought as a kit, whoever writes the row (rules.OWN_BLOOD).
_NOT_A_KIT = f"""
    IF EXISTS (SELECT 1 FROM catalogue_productcontent c
                 JOIN catalogue_ingredient i ON i.id = c.ingredient_id
                 JOIN catalogue_product p ON p.id = c.product_id
                WHERE c.product_id = %s AND i.code IN ({", ".join(f"'{code}'" for code in sorted(OWN_BLOOD))})
                  AND p.presentation <> '{KIT}')
    THEN {core_triggers.raise_exception_sql("This is made of the patient’s own blood: its product is a kit.")} END IF;
    RETURN NULL;
"""


class Product(ReferenceRow):
    """What is bought and drawn up: a presentation of one ingredient, or of several (a ready-made cocktail)."""

    class Presentation(models.TextChoices):
        AMPOULE = "ampoule", "ampoule"
        SINGLE_DOSE = "single_dose", "single-dose vial"
        MULTI_DOSE = "multi_dose", "multi-dose vial"
        PREFILLED = "prefilled", "prefilled syringe"
        BAG = "bag", "bag or bottle"
        KIT = "kit", "kit for the patient’s own blood"

    class Injectable(models.TextChoices):
        YES = "yes", "yes"
        NO = "no", "no"
        CHECK = "check", "to be checked"

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
    injectable = models.CharField(max_length=5, choices=Injectable, default=Injectable.YES)
    legal_route = models.TextField(blank=True)
    received_since = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text="The day its first lot came; from then on its contents stay.",
    )
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
            # One kit is one patient's: what it gives is known, and nothing of it is kept.
            models.CheckConstraint(
                condition=~Q(presentation="kit")
                | Q(container_ml__isnull=False) & (Q(in_use_hours=None) | Q(in_use_hours=0)),
                name="kit_gives_so_much_and_keeps_nothing",
                violation_error_message="A kit says the most ml it gives, and keeps nothing once opened.",
            ),
        ]
        triggers = [
            *triggers_of_versioned_row(
                "A product",
                kind="catalogue.product",
                table="catalogue_product",
                more=_CONTENTS,
                reviewed=False,
            ),
            keep_official_block_trigger(
                "NEW.loaded->>'blocked' = 'true' AND NOT NEW.blocked",
                "A product that its maker or a regulator blocked stays blocked.",
            ),
            core_triggers.Trigger(
                name="own_blood_comes_in_a_kit",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("presentation"),
                timing=pgtrigger.Deferred,
                func=_NOT_A_KIT % "NEW.id",
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
            write_next_version_trigger(
                "catalogue.product", "catalogue_product", key="product_id", more=_CONTENTS
            ),
            core_triggers.Trigger(
                name="own_blood_comes_in_a_kit",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("ingredient_id", "product_id"),
                timing=pgtrigger.Deferred,
                func=_NOT_A_KIT % "NEW.product_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ingredient_id} in {self.product_id}"


class Gtin(models.Model):
    """A GTIN that somebody said is this product: asked once, known from then on."""

    gtin = models.CharField(max_length=14, primary_key=True)
    product = models.ForeignKey("Product", models.PROTECT, related_name="gtins")
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    told_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(gtin__regex=r"^[0-9]{14}$"), name="gtin_has_14_digits")
        ]

    def __str__(self) -> str:
        return self.gtin
