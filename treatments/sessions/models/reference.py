"""What a session is charted with: the items of the checklist and the adverse effects."""

from django.db import models

from mesoclinic.core.models import ReferenceRow


class ChecklistItem(ReferenceRow):
    class Phase(models.TextChoices):
        BEFORE = "before", "Before"
        DURING = "during", "During"
        AFTER = "after", "After"

    code = models.CharField(max_length=30, unique=True)
    phase = models.CharField(max_length=10, choices=Phase)
    item = models.CharField(max_length=160)
    short_label = models.CharField(max_length=80)
    mandatory = models.BooleanField()
    required_when = models.CharField(max_length=120, blank=True)
    why = models.CharField(max_length=200, blank=True)
    short_list = models.BooleanField(
        default=False, help_text="Asked on the session page before the first injection."
    )
    short_order = models.PositiveSmallIntegerField(null=True, blank=True)
    asked_with = models.CharField(max_length=30, blank=True, help_text="The same tick answers this code.")
    answered_by = models.CharField(
        max_length=11,
        default="person",
        help_text="person; software where the record is the answer; photographs: nobody until there are some",
    )
    in_one_tap = models.BooleanField(
        default=True,
        help_text="Routine: “all of these were done” ticks it. What is looked at is its own tap.",
    )
    from_seed = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta(ReferenceRow.Meta):
        ordering = ["phase", "order", "code"]

    def __str__(self) -> str:
        return self.short_label


class AdverseEffect(ReferenceRow):
    class Level(models.TextChoices):
        EXPECTED = "expected", "Expected"
        ALERT = "alert", "Alert"
        EMERGENCY = "emergency", "Emergency"

    code = models.CharField(max_length=60, unique=True)
    effect = models.CharField(max_length=120)
    short_label = models.CharField(max_length=40)
    phase = models.CharField(max_length=12)
    onset = models.CharField(max_length=60, blank=True)
    usual_duration = models.CharField(max_length=60, blank=True)
    level = models.CharField(max_length=10, choices=Level)
    escalate_if = models.CharField(max_length=120, blank=True)
    action = models.CharField(max_length=200, blank=True)
    from_seed = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)
    lot_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Where it may come from a lot: how many days before it began a session counts.",
    )
    asked_as = models.CharField(
        max_length=60, blank=True, help_text="How a check-in asks for it, in plain words."
    )

    class Meta(ReferenceRow.Meta):
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.effect
