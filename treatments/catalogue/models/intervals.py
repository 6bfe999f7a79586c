"""How many days lie between two sessions."""

from django.db import models
from django.db.models import F, Q

from mesoclinic.core.models import Basis, ReferenceRow
from treatments.catalogue.models.versions import triggers_of_versioned_row
from treatments.catalogue.rules import INTERVAL_LEVELS, INTERVAL_SCOPES


class Interval(ReferenceRow):
    """Days since the last session of the same thing: too few, early, or too many, and how grave that is."""

    code = models.CharField(max_length=40, unique=True)
    scope = models.CharField(max_length=12, choices=[(each, each) for each in INTERVAL_SCOPES])
    subject = models.CharField(max_length=80, help_text="An ingredient, a protocol, or in words what it is.")
    usual_days = models.CharField(max_length=40, blank=True)
    min_days = models.PositiveSmallIntegerField(null=True, blank=True)
    early_from_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="From here on it is not early any more."
    )
    max_days = models.PositiveSmallIntegerField(null=True, blank=True)
    below_min_level = models.CharField(max_length=20)
    early_level = models.CharField(max_length=20)
    above_max_level = models.CharField(max_length=20)
    finding = models.CharField(max_length=60, help_text="Code of the finding.")
    screen_below = models.CharField(max_length=300, blank=True)
    screen_above = models.CharField(max_length=300, blank=True)
    clears = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)
    basis = models.CharField(max_length=20, choices=Basis)

    class Meta(ReferenceRow.Meta):
        ordering = ["code"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.CheckConstraint(condition=Q(scope__in=INTERVAL_SCOPES), name="interval_scope_is_known"),
            models.CheckConstraint(
                condition=Q(
                    below_min_level__in=INTERVAL_LEVELS,
                    early_level__in=INTERVAL_LEVELS,
                    above_max_level__in=INTERVAL_LEVELS,
                ),
                name="interval_levels_are_known",
            ),
            models.CheckConstraint(
                condition=Q(min_days=None) | Q(max_days=None) | Q(max_days__gte=F("min_days")),
                name="interval_runs_from_fewest_to_most",
            ),
        ]
        triggers = triggers_of_versioned_row(
            "An interval", kind="catalogue.interval", table="catalogue_interval"
        )

    def __str__(self) -> str:
        return self.code
