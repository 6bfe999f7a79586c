"""How long what is made of the patient's own blood may wait before it is injected."""

from django.db import models
from django.db.models import Q

from mesoclinic.core.models import Basis, ReferenceRow
from treatments.catalogue.models.ingredients import Ingredient
from treatments.catalogue.models.versions import triggers_of_versioned_row


class BloodLimit(ReferenceRow):
    """Minutes from drawing the blood to injecting what was made of it. Without a row it waits not at all."""

    code = models.CharField(max_length=30, unique=True)
    ingredient = models.ForeignKey(Ingredient, models.PROTECT, related_name="blood_limits")
    minutes = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=300)
    note = models.CharField(max_length=200, blank=True)
    basis = models.CharField(max_length=20, choices=Basis)

    class Meta(ReferenceRow.Meta):
        ordering = ["ingredient", "minutes"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.CheckConstraint(condition=Q(minutes__gt=0), name="blood_limit_is_above_zero"),
        ]
        triggers = triggers_of_versioned_row(
            "A blood limit", kind="catalogue.bloodlimit", table="catalogue_bloodlimit"
        )

    def __str__(self) -> str:
        return f"{self.code}: {self.minutes} min"
