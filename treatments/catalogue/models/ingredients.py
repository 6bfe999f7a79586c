"""Ingredients: the substances that products hold."""

from django.db import models
from django.db.models import F, Q

from mesoclinic.core.fields import Unaccented
from mesoclinic.core.models import ReferenceRow
from treatments.catalogue.models.versions import keep_official_block_trigger, triggers_of_versioned_row


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
            *triggers_of_versioned_row(
                "An ingredient", kind="catalogue.ingredient", table="catalogue_ingredient"
            ),
            keep_official_block_trigger(
                "NEW.loaded->>'status' = 'blocked' AND NEW.status <> 'blocked'",
                "An ingredient that a regulator blocked stays blocked.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
