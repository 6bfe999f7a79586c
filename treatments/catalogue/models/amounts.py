"""How much may go in (law 15): volume limits, what is known of each dose, and which names are one substance."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from mesoclinic.core.fields import mg_field
from mesoclinic.core.models import Basis, ReferenceRow
from treatments.catalogue.models.ingredients import Ingredient
from treatments.catalogue.models.versions import triggers_of_versioned_row


def word_list_field() -> ArrayField:
    """A list of words, in the order of the data."""
    return ArrayField(models.CharField(max_length=160), default=list, blank=True)


class VolumeLimit(ReferenceRow):
    """A ceiling of volume: per point, cm², region or session; or how deep a needle goes."""

    class What(models.TextChoices):
        DEPTH = "needle depth", "needle depth"
        POINT = "volume per point", "volume per point"
        SPACING = "spacing", "spacing"
        CM2 = "volume per cm2", "volume per cm²"
        SESSION = "volume per session", "volume per session"
        REGION = "volume per region", "volume per region"
        POINTS = "points per region", "points per region"
        NEEDLE = "needle", "needle"
        CREAM_AREA = "cream area", "area under a cream"
        CREAM_AMOUNT = "cream amount", "amount of a cream"

    class Technique(models.TextChoices):
        EPIDERMIC = "epidermic", "epidermic"
        PAPULE = "papule", "papule"
        NAPPAGE = "nappage", "nappage"
        POINT_BY_POINT = "point_by_point", "point by point"
        MESOGUN = "mesogun", "mesogun"

    class Scope(models.TextChoices):
        ANY = "any", "whatever is injected"
        COCKTAIL = "cocktail", "cocktails"
        INGREDIENT = "ingredient", "one ingredient"
        ALL_BUT = "all_but", "all but one ingredient"

    class Level(models.TextChoices):
        FIXED = "block_fixed", "stops: nobody goes past it"
        BLOCK = "block_overridable", "stops: a clinician writes why"
        WARN = "warn", "warns: a short reason"
        NONE = "none", "shown only"

    code = models.CharField(
        max_length=40, unique=True, null=True, blank=True, help_text="Empty: the clinic's own."
    )
    what = models.CharField(max_length=20, choices=What)
    technique = models.CharField(max_length=20, choices=Technique, blank=True, help_text="Empty: any.")
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.ANY)
    ingredient = models.ForeignKey(
        Ingredient, models.PROTECT, null=True, blank=True, related_name="volume_limits"
    )
    zone = models.CharField(max_length=20, blank=True, help_text="TEMPORAL holds for both sides.")
    minimum = mg_field(null=True, blank=True)
    usual = models.CharField(max_length=40, blank=True)
    maximum = mg_field(null=True, blank=True, help_text="Strictly more than this is found.")
    unit = models.CharField(max_length=10, blank=True)
    level = models.CharField(max_length=20, choices=Level, default=Level.WARN)
    finding = models.CharField(max_length=60, blank=True, help_text="The code of what is found.")
    formula = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=20)
    note = models.TextField(blank=True)
    basis = models.CharField(max_length=20, choices=Basis)

    class Meta(ReferenceRow.Meta):
        ordering = ["what", "pk"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.CheckConstraint(
                condition=Q(scope__in=["any", "cocktail"], ingredient=None)
                | Q(scope__in=["ingredient", "all_but"], ingredient__isnull=False),
                name="volume_limit_names_its_ingredient",
            ),
            models.CheckConstraint(
                condition=Q(maximum=None) | Q(maximum__gt=0), name="volume_limit_is_above_zero"
            ),
            models.CheckConstraint(
                condition=Q(level="none") | ~Q(finding=""), name="volume_limit_says_what_is_found"
            ),
            models.UniqueConstraint(
                fields=["what", "technique", "scope", "ingredient", "zone", "level"],
                condition=Q(code=None),
                nulls_distinct=False,
                name="own_volume_limit_stands_once",
            ),
            # A figure of the clinic's own that limits nothing is no limit.
            models.CheckConstraint(
                condition=Q(code__isnull=False) | Q(kind="clinic", maximum__isnull=False),
                name="own_volume_limit_has_a_figure",
            ),
        ]
        triggers = triggers_of_versioned_row(
            "A volume limit", kind="catalogue.volumelimit", table="catalogue_volumelimit"
        )

    def __str__(self) -> str:
        return f"{self.what} {self.maximum} {self.unit}"

    @property
    def is_own(self) -> bool:
        return self.code is None


class DoseCoverage(ReferenceRow):
    """What is known of an ingredient's highest dose, or why no figure is on file."""

    ingredient = models.OneToOneField(Ingredient, models.PROTECT, related_name="coverage")
    highest_dose = mg_field(null=True, blank=True)
    unit = models.CharField(max_length=10, blank=True)
    period = models.CharField(max_length=20, blank=True)
    concentration = models.CharField(max_length=120, blank=True)
    population = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=20)
    level_over = models.CharField(max_length=20)
    reason = models.TextField(blank=True, help_text="Why no figure is on file.")
    screen_text = models.TextField()
    note = models.TextField(blank=True)
    basis = models.CharField(max_length=20, choices=Basis)

    class Meta(ReferenceRow.Meta):
        ordering = ["ingredient"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.CheckConstraint(
                condition=Q(highest_dose__isnull=False) | ~Q(reason=""),
                name="dose_coverage_has_a_figure_or_a_reason",
            ),
        ]
        triggers = triggers_of_versioned_row(
            "What is known of a dose", kind="catalogue.dosecoverage", table="catalogue_dosecoverage"
        )

    def __str__(self) -> str:
        return f"{self.ingredient_id} {self.highest_dose or self.reason}"


class SubstanceIdentity(ReferenceRow):
    """One substance by all its names. Two rows of one ``moiety`` are one substance, of one pool one dose."""

    code = models.CharField(max_length=40, unique=True, help_text="With a star: known by name only.")
    ingredient = models.OneToOneField(
        Ingredient, models.PROTECT, null=True, blank=True, related_name="identity"
    )
    kind = models.CharField(max_length=20)
    moiety = models.CharField(max_length=60, blank=True, help_text="Empty: it stands for itself.")
    is_mixture = models.BooleanField(default=False)
    pools = word_list_field()
    possible_pools = word_list_field()
    members_are_counted = models.BooleanField(
        default=True, help_text="The members of this mixture are in it as themselves, not in another form."
    )
    counts_as_active = models.CharField(max_length=20, blank=True)
    forms = word_list_field()
    inside_products = word_list_field()
    maybe_inside_products = word_list_field()
    label_names = word_list_field()
    allergy_class = models.CharField(max_length=80, blank=True)
    allergy_level = models.CharField(max_length=20)
    cross_reacts_with = word_list_field()
    cross_level = models.CharField(max_length=20, blank=True)
    does_not_cross = models.TextField(blank=True)
    cross_basis = models.CharField(max_length=20, blank=True)
    synonyms = models.JSONField(default=dict, help_text="Language to its words.")
    match_note = models.TextField(blank=True)
    basis = models.CharField(max_length=20, choices=Basis)

    class Meta(ReferenceRow.Meta):
        ordering = ["code"]
        triggers = triggers_of_versioned_row(
            "A substance", kind="catalogue.substanceidentity", table="catalogue_substanceidentity"
        )

    def __str__(self) -> str:
        return self.code
