"""The four kinds of safety rule: dose limit, interaction, contraindication, indication."""

from django.db import models
from django.db.models import F, Q

from mesoclinic.core.fields import mg_field
from mesoclinic.core.models import Basis, ReferenceRow
from patients.models import Factor
from treatments.catalogue.models.ingredients import Ingredient
from treatments.catalogue.models.versions import keep_official_block_trigger, triggers_of_versioned_row
from treatments.catalogue.rules import WELL_SUPPORTED
from treatments.conditions.models import Condition


class DoseLimit(ReferenceRow):
    """A figure for how much. Only ``label_same_route`` is a maximum; the rest were studied (README §5)."""

    class Kind(models.TextChoices):
        LABEL_SAME_ROUTE = "label_same_route", "label maximum"
        LABEL_OTHER_ROUTE = "label_other_route", "label maximum by another route"
        STUDIED_DOSE = "studied_dose", "highest studied dose"
        STUDIED_VOLUME = "studied_volume", "highest studied volume"
        REFERENCE_HANDBOOK = "reference_handbook", "top of a handbook's range"
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
        triggers = triggers_of_versioned_row(
            "A dose limit", kind="catalogue.doselimit", table="catalogue_doselimit"
        )

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
        triggers = triggers_of_versioned_row(
            "An interaction", kind="catalogue.interaction", table="catalogue_interaction"
        )

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
            *triggers_of_versioned_row(
                "A contraindication", kind="catalogue.contraindication", table="catalogue_contraindication"
            ),
            keep_official_block_trigger(
                "NEW.loaded->>'severity' = 'absolute' AND NEW.loaded->>'basis' = 'stated'"
                " AND (NEW.severity <> 'absolute' OR NEW.retired_at IS NOT NULL)",
                "A contraindication stated as absolute stays so, and in use.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ingredient_id} {self.factor_id} {self.severity}"


class Indication(ReferenceRow):
    """How well an ingredient is supported for a condition: 0 none, 3 controlled trials (README §14)."""

    condition = models.ForeignKey(Condition, models.PROTECT, related_name="+")
    ingredient = models.ForeignKey(Ingredient, models.PROTECT, related_name="+")
    support = models.PositiveSmallIntegerField()
    evidence_level = models.CharField(max_length=200)
    remark = models.CharField(max_length=200, blank=True)
    contested = models.BooleanField(null=True, blank=True, help_text="Empty: told by the words.")
    show_as = models.CharField(max_length=80, blank=True, help_text="How a suggestion is to be put.")
    order = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Among those of the same support."
    )
    basis = models.CharField(max_length=20, choices=Basis)

    class Meta(ReferenceRow.Meta):
        ordering = ["condition", "-support", "ingredient__work_order", "ingredient__name_key"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.UniqueConstraint(fields=["condition", "ingredient"], name="indication_stands_once"),
            models.CheckConstraint(condition=Q(support__lte=3), name="support_runs_from_zero_to_three"),
        ]
        triggers = triggers_of_versioned_row(
            "An indication", kind="catalogue.indication", table="catalogue_indication"
        )

    def __str__(self) -> str:
        return f"{self.ingredient_id} for {self.condition_id}"

    @property
    def is_well_supported(self) -> bool:
        return self.support >= WELL_SUPPORTED
