"""Laboratory tests that are asked for, and the results of a patient, each with the laboratory's own interval."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.models import ReferenceRow
from patients.models import Patient


class LabTest(ReferenceRow):
    """A laboratory test: its units, how long a result counts, and what a low or a high one means."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    unit = models.CharField(max_length=20, blank=True, help_text="UCUM; empty where the result is words.")
    other_unit = models.CharField(
        max_length=20, blank=True, help_text="Some laboratories report in this one."
    )
    other_factor = models.DecimalField(
        max_digits=10,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="A figure in the first unit × this is the figure in the other; empty where no source says.",
    )
    loinc = models.CharField(max_length=20, blank=True)
    loinc_status = models.CharField(max_length=80, blank=True)
    usual_interval = models.CharField(max_length=80, blank=True, help_text="Only a hint.")
    interval_note = models.TextField(blank=True)
    asked_for = models.CharField(max_length=120, blank=True, help_text="For which conditions it is asked.")
    max_age_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="An older result does not count; empty where that is not said."
    )
    finding_low = models.CharField(max_length=60, blank=True, help_text="What a low result means.")
    finding_high = models.CharField(max_length=60, blank=True, help_text="What a high result means.")
    action = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta(ReferenceRow.Meta):
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def units(self) -> list[str]:
        """The units a result may be reported in; none where it is words."""
        return [unit for unit in (self.unit, self.other_unit) if unit]


class LabResult(models.Model):
    """One result as the laboratory reported it. Written once: a wrong one is replaced by a new row that says why."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="lab_results", db_index=False)
    test = models.ForeignKey(LabTest, models.PROTECT, related_name="results")
    value = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    text = models.CharField(max_length=200, blank=True, help_text="A result in words.")
    unit = models.CharField(max_length=20, blank=True, help_text="As reported; never converted.")
    low = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, blank=True, help_text="Of the laboratory's own interval."
    )
    high = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    laboratory = models.CharField(max_length=120, blank=True)
    taken_on = models.DateField(help_text="The day the sample was taken.")
    entered_at = models.DateTimeField(db_default=Now(), editable=False)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    reason = models.CharField(max_length=200, blank=True, help_text="Why it replaces another.")

    class Meta:
        ordering = ["patient", "-taken_on", "-pk"]
        indexes = [models.Index(fields=["patient", "test", "-taken_on", "-id"], name="lab_results_by_test")]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=False, text="") & ~Q(unit="")
                | Q(value=None, unit="", low=None, high=None) & ~Q(text=""),
                name="lab_result_is_a_figure_or_words",
            ),
            models.CheckConstraint(
                condition=Q(value=None) | Q(value__gte=0), name="lab_figure_is_not_below_zero"
            ),
            models.CheckConstraint(
                condition=Q(low=None) | Q(high=None) | Q(low__lte=F("high")),
                name="lab_interval_runs_upwards",
            ),
            models.CheckConstraint(
                condition=Q(replaces=None, reason="") | Q(replaces__isnull=False) & ~Q(reason=""),
                name="lab_correction_says_why",
            ),
        ]
        triggers = [
            *core_triggers.append_only_triggers("A laboratory result"),
            core_triggers.Trigger(
                name="corrects_its_own_kind",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM conditions_labresult r
                         WHERE r.id = NEW.replaces_id AND r.patient_id = NEW.patient_id AND r.test_id = NEW.test_id)
                    THEN {core_triggers.raise_exception_sql("A result is replaced by one of the same test of the same patient.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"laboratory result {self.pk}"


class LabOrder(models.Model):
    """A test that was ordered. Its result is a row of its own; until that is there, or nobody needs it, it is awaited."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="lab_orders", db_index=False)
    test = models.ForeignKey(LabTest, models.PROTECT, related_name="orders")
    what_for = models.CharField(max_length=120, blank=True)
    ordered_on = models.DateField()
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["patient", "ordered_on", "pk"]
        indexes = [models.Index(fields=["patient", "test", "-ordered_on"], name="lab_orders_by_test")]
        triggers = core_triggers.append_only_triggers("An order of a laboratory test")

    def __str__(self) -> str:
        return f"laboratory order {self.pk}"


class LabOrderDropped(models.Model):
    """An ordered test whose result nobody waits for any more, and why."""

    order = models.OneToOneField(LabOrder, models.PROTECT, related_name="dropped")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["order"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="dropped_lab_order_says_why"),
        ]
        triggers = core_triggers.append_only_triggers("The end of an order of a laboratory test")

    def __str__(self) -> str:
        return f"end of laboratory order {self.order_id}"
