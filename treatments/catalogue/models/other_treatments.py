"""What helps a condition and is never drawn into a syringe."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from mesoclinic.core.models import ReferenceRow
from treatments.catalogue.models.safety_rules import Basis
from treatments.catalogue.models.versions import triggers_of_versioned_row
from treatments.conditions.models import Condition


class OtherTreatment(ReferenceRow):
    """A lotion, a blood test, a talk: shown before what is injected, as what it is."""

    condition = models.ForeignKey(Condition, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    support = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: nothing to grade.")
    text = models.CharField(max_length=200)
    limit = models.CharField(max_length=120, blank=True)
    contested = models.BooleanField(default=False)
    show_as = models.CharField(max_length=80)
    order = models.PositiveSmallIntegerField()
    question = models.CharField(
        max_length=40, blank=True, help_text="The intake question whose answer brings it."
    )
    answers = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    basis = models.CharField(max_length=20, choices=Basis)

    class Meta(ReferenceRow.Meta):
        ordering = ["condition", "order", "name"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.UniqueConstraint(fields=["condition", "name"], name="other_treatment_stands_once"),
            models.CheckConstraint(
                condition=Q(support=None) | Q(support__lte=3), name="other_support_runs_from_zero_to_three"
            ),
            models.CheckConstraint(
                condition=Q(question="", answers=[]) | (~Q(question="") & ~Q(answers=[])),
                name="other_treatment_answers_a_question",
            ),
        ]
        triggers = triggers_of_versioned_row(
            "Another treatment", kind="catalogue.othertreatment", table="catalogue_othertreatment"
        )

    def __str__(self) -> str:
        return self.name
