"""Which answers must be known before something is drawn or done, and how fresh."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from mesoclinic.core.models import Basis, ReferenceRow

LEVELS = ("block_fixed", "block_overridable", "warn")


class RequiredAnswer(ReferenceRow):
    """A row of must_ask.csv: without an answer that is young enough, ``level`` stands at its gates."""

    code = models.CharField(max_length=40, unique=True)
    question_code = models.CharField(max_length=40, help_text="The question of the intake, where it has one.")
    answer_code = models.CharField(max_length=40, help_text="What the answer is kept under.")
    question = models.CharField(max_length=300)
    label = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, help_text="How the answer is given: a choice, words, a number…")
    subjects = ArrayField(
        models.CharField(max_length=60), help_text="Ingredient codes, *treatment, *nerve_block."
    )
    who = models.CharField(max_length=20, help_text="any, male, or not male at birth.")
    age_from = models.PositiveSmallIntegerField(null=True, blank=True)
    age_to = models.PositiveSmallIntegerField(null=True, blank=True)
    unless_impossible = models.BooleanField(
        default=False, help_text="Not asked once it is recorded that no pregnancy is possible."
    )
    from_session = models.PositiveSmallIntegerField(default=1)
    max_age_days = models.PositiveIntegerField(help_text="0 is this visit; 1 counts yesterday's answer.")
    gates = ArrayField(models.CharField(max_length=30), help_text="Where the answer must be there.")
    where_asked = models.CharField(max_length=120, blank=True)
    level = models.CharField(max_length=20, help_text="What a missing answer means.")
    levels = models.JSONField(
        default=dict, blank=True, help_text="Subject to level, where it is another than the row's."
    )
    finding = models.CharField(max_length=80, help_text="Code of the finding; {ingredient} is the subject.")
    screen_says = models.CharField(max_length=200)
    choices = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    passing = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    stopping = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    other = models.CharField(
        max_length=4, blank=True, help_text="pass or stop: what is neither. Empty: still open."
    )
    least = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    most = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    none_of_these = models.CharField(
        max_length=60, blank=True, help_text="What “none of these” writes; empty where it does not answer."
    )
    factors = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="Risk factors that an answer puts on the record.",
    )
    why = models.TextField(blank=True)
    note = models.TextField(blank=True)
    basis = models.CharField(max_length=20, choices=Basis)

    class Meta(ReferenceRow.Meta):
        ordering = ["code"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.CheckConstraint(condition=Q(level__in=LEVELS), name="required_answer_level_is_known"),
        ]

    def __str__(self) -> str:
        return self.code
