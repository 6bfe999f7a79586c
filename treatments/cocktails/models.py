"""Cocktails, their versions, what is in a version, and the reasons for going past findings."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.triggers import trigger_refusing_non_members
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import ml_field
from patients.models import Patient, open_record_trigger
from treatments.catalogue.models import Product
from treatments.conditions.models import Assessment

# The different actives of a version, counted as laws 5 and 15 say: a ready-made product is one, unless the
# clinic counts its contents; the same active from two products, or in two forms, is one.
_COUNT_ACTIVES = """
    SELECT count(DISTINCT CASE WHEN pr.premade AND NOT cl.premade_counts_as_contents
                               THEN 'product:' || pr.id ELSE coalesce(nullif(s.moiety, ''), i.code) END) {into}
      FROM cocktails_component c
      JOIN catalogue_product pr ON pr.id = c.product_id
      JOIN catalogue_productcontent pc ON pc.product_id = pr.id
      JOIN catalogue_ingredient i ON i.id = pc.ingredient_id
      LEFT JOIN catalogue_substanceidentity s ON s.ingredient_id = i.id AND s.retired_at IS NULL
      JOIN accounts_clinic cl ON cl.id = {clinic}
     WHERE c.version_id = {version} AND i.is_active
"""


class Cocktail(models.Model):
    """A formulation by name: for one patient, or (no patient) a saved one to start from."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="cocktails")
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, blank=True, related_name="cocktails")
    name = models.CharField(max_length=80)
    paper_name = models.CharField(
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text="On papers and at the desk. Empty: Cocktail.",
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="cocktail_has_a_name")]
        triggers = [open_record_trigger("A cocktail")]

    def __str__(self) -> str:
        return self.name

    @property
    def name_on_papers(self) -> str:
        """What the desk, quotes and receipts call it: its own name says what it treats."""
        return self.paper_name or "Cocktail"


class CocktailVersion(models.Model):
    """What exactly goes into the syringe. A draft until signed; then a change is the next version."""

    class Kind(models.TextChoices):
        COCKTAIL = "cocktail", "Cocktail, 2 to 6 actives"
        SINGLE = "single", "Single preparation, one active"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SIGNED = "signed", "Signed"

    cocktail = models.ForeignKey(Cocktail, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField()
    assessment = models.ForeignKey(Assessment, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.COCKTAIL)
    syringe_ml = ml_field(default=5)
    sessions = models.PositiveSmallIntegerField(
        default=1, help_text="How many sessions the course is reckoned with."
    )
    every_days = models.PositiveSmallIntegerField(
        default=14, help_text="How many days apart they are reckoned."
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts the changes of a draft: two editors notice."
    )
    findings = models.JSONField(default=list, help_text="What the rules said at signing.")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed_from = models.GenericIPAddressField(
        null=True, blank=True, help_text="The address the signature came from."
    )
    reason = models.CharField(max_length=200, blank=True, help_text="Why this version follows the last.")

    class Meta:
        ordering = ["cocktail", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["cocktail", "number"], name="cocktail_versions_follow_each_other"
            ),
            models.UniqueConstraint(
                fields=["cocktail"], condition=Q(status="draft"), name="one_draft_version_per_cocktail"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", signed_at=None, signed_by=None)
                | Q(status="signed", signed_at__isnull=False, signed_by__isnull=False),
                name="cocktail_signed_by_and_at_together",
            ),
            models.CheckConstraint(
                condition=Q(syringe_ml__gt=0, syringe_ml__lte=60), name="syringe_is_a_syringe"
            ),
            models.CheckConstraint(
                condition=Q(sessions__gte=1, sessions__lte=52) & Q(every_days__gte=1, every_days__lte=365),
                name="course_of_a_cocktail_is_a_course",
            ),
            models.CheckConstraint(
                condition=Q(signed_from=None) | Q(status="signed"),
                name="only_a_signature_comes_from_somewhere",
            ),
        ]
        triggers = [
            *core_triggers.frozen_triggers("A signed cocktail", once="OLD.status = 'signed'"),
            trigger_refusing_non_members(
                by="signed_by_id",
                clinic="SELECT k.clinic_id FROM cocktails_cocktail k WHERE k.id = NEW.cocktail_id",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("signed_by_id"),
                role="clinician",
            ),
            # Law 5, and F6 and F11 of docs/clinical.md §4: asked again where a signature is written.
            core_triggers.Trigger(
                name="signed_only_when_right",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="signed"),
                declare=[
                    ("actives", "integer"),
                    ("allowed", "integer"),
                    ("clinic", "bigint"),
                    ("drawn", "numeric"),
                ],
                func=f"""
                    SELECT k.clinic_id, cl.max_actives INTO clinic, allowed FROM cocktails_cocktail k
                      JOIN accounts_clinic cl ON cl.id = k.clinic_id WHERE k.id = NEW.cocktail_id;
                    {_COUNT_ACTIVES.format(version="NEW.id", clinic="clinic", into="INTO actives")};
                    IF NEW.kind = 'cocktail' AND (actives < 2 OR actives > least(6, allowed)) THEN
                        {core_triggers.raise_exception_sql("A cocktail holds 2 to 6 different actives, or fewer where the clinic says so.")}
                    END IF;
                    IF NEW.kind = 'single' AND actives <> 1 THEN
                        {core_triggers.raise_exception_sql("A single preparation holds exactly one active.")}
                    END IF;
                    SELECT sum(ml) INTO drawn FROM cocktails_component WHERE version_id = NEW.id;
                    IF drawn > NEW.syringe_ml THEN {core_triggers.raise_exception_sql("The mixture does not fit in its syringe.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cocktail_id} v{self.number}"

    @property
    def is_signed(self) -> bool:
        return self.status == self.Status.SIGNED


class Component(models.Model):
    """One product in the syringe, and how much of it."""

    version = models.ForeignKey(CocktailVersion, models.CASCADE, related_name="components", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    ml = ml_field()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["version", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "product"], name="product_once_in_a_syringe"),
            models.CheckConstraint(condition=Q(ml__gt=0, ml__lte=60), name="component_has_a_volume"),
        ]
        triggers = [
            core_triggers.frozen_parent_trigger(
                "A cocktail",
                parent_table="cocktails_cocktailversion",
                parent_key="version_id",
                once="p.status = 'signed'",
            ),
            core_triggers.Trigger(
                name="nothing_blocked",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    IF EXISTS (SELECT 1 FROM catalogue_productcontent c
                                 JOIN catalogue_ingredient i ON i.id = c.ingredient_id
                                WHERE c.product_id = NEW.product_id AND i.status = 'blocked')
                       OR EXISTS (SELECT 1 FROM catalogue_product p WHERE p.id = NEW.product_id AND p.blocked)
                    THEN {core_triggers.raise_exception_sql("A blocked ingredient cannot be part of a formula.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ml} ml of {self.product_id}"


class CocktailOverride(models.Model):
    """A finding a clinician went past when signing, and why (law 6, docs/laws.md)."""

    version = models.ForeignKey(CocktailVersion, models.PROTECT, related_name="overrides", db_index=False)
    code = models.CharField(max_length=120)
    level = models.CharField(max_length=10)
    message = models.TextField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["version", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="finding_overridden_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="override_says_why"),
        ]
        triggers = core_triggers.append_only_triggers("An override")

    def __str__(self) -> str:
        return f"{self.code} of {self.version_id}"
