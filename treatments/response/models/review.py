"""What a review decided, how reviews judge, and the figures of comparable patients."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.models import ReferenceRow
from treatments.conditions.models import Condition, SeverityScale, Zone
from treatments.plans.models import TreatmentPlan
from treatments.response.rules.review import Decision

_AGREES = f"""
    SELECT p.reviewed_to, coalesce((SELECT max(r.number) FROM response_review r WHERE r.plan_id = p.id), 0) AS answered
      INTO place FROM plans_treatmentplan p WHERE p.id = {{plan}};
    IF place.reviewed_to IS DISTINCT FROM place.answered
    THEN {core_triggers.raise_exception_sql("A plan is reviewed as far as its last review, and no further.")} END IF;
    RETURN NULL;
"""


def _review_agreement_trigger(plan: str, *operations: pgtrigger.Operation) -> core_triggers.Trigger:
    """Refuses a commit after which a plan and its reviews differ."""
    first, *others = operations
    for other in others:
        first = first | other
    return core_triggers.Trigger(
        name="reviewed_as_far_as_it_says",
        when=pgtrigger.After,
        operation=first,
        timing=pgtrigger.Deferred,
        declare=[("place", "record")],
        func=_AGREES.format(plan=plan),
    )


class Review(models.Model):
    """What was decided after a session, why and by whom. A new decision is a new row."""

    Decision = Decision

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField(help_text="The session after which it was decided.")
    decision = models.CharField(max_length=12, choices=[(d.value, d.label) for d in Decision])
    text = models.TextField(help_text="Why.")
    interval_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days between sessions from here on, where they are made longer."
    )
    next_on = models.DateField(null=True, blank=True, help_text="The next session, as it was booked then.")
    cancelled = models.PositiveSmallIntegerField(default=0, help_text="Bookings that it gave up.")
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["plan", "-pk"]
        indexes = [models.Index(fields=["plan", "-id"], name="reviews_of_plan")]
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1) & ~Q(text=""), name="review_says_why"),
            models.CheckConstraint(
                condition=Q(decision__in=[d.value for d in Decision]), name="review_decision_is_known"
            ),
            models.CheckConstraint(
                condition=Q(decision="longer", interval_days__gte=1)
                | (~Q(decision="longer") & Q(interval_days=None)),
                name="longer_interval_has_days",
            ),
        ]
        triggers = [
            *core_triggers.append_only_triggers("A review"),
            _review_agreement_trigger("NEW.plan_id", pgtrigger.Insert),
        ]

    def __str__(self) -> str:
        return f"review {self.pk}"


class ReviewedPlan(TreatmentPlan):
    """The plan as reviews see it. Plans stand below and know no review, so the guard is kept here."""

    class Meta:
        proxy = True
        triggers = [_review_agreement_trigger("NEW.id", pgtrigger.Insert, pgtrigger.UpdateOf("reviewed_to"))]


class ReviewRule(ReferenceRow):
    """How a measure is judged at a review, and the line that stands beside every verdict."""

    code = models.CharField(max_length=30, unique=True)
    condition_codes = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Empty: any condition."
    )
    when = models.CharField(max_length=80)
    measures = models.CharField(max_length=80)
    improved_if = models.CharField(max_length=120, blank=True)
    stable_if = models.CharField(max_length=120, blank=True)
    worse_if = models.CharField(max_length=120, blank=True)
    no_verdict_if = models.CharField(max_length=120, blank=True)
    options = models.CharField(max_length=120, blank=True)
    expected_rate = models.CharField(max_length=120, blank=True)
    evidence = models.CharField(max_length=120, blank=True)
    honesty_line = models.CharField(max_length=200)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta(ReferenceRow.Meta):
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.code


class CohortCell(models.Model):
    """One measure of comparable patients in one stretch of weeks: how many, and what their middle half is made of.

    Refreshed by the tick, read by views. The three figures around each quartile are kept, so that the middle half can
    be told without the patient who is looked at; none of fewer patients than may be shown.
    """

    condition = models.ForeignKey(Condition, models.PROTECT, related_name="+")
    sex = models.CharField(max_length=20)
    scale = models.ForeignKey(SeverityScale, models.PROTECT, related_name="+")
    zone = models.ForeignKey(Zone, models.PROTECT, null=True, blank=True, related_name="+")
    method = models.CharField(max_length=80, blank=True, help_text="In small letters.")
    week = models.PositiveSmallIntegerField(help_text="Since the first session; 0 is before it.")
    patients = models.PositiveIntegerField()
    low = ArrayField(models.DecimalField(max_digits=8, decimal_places=2), default=list, blank=True)
    high = ArrayField(models.DecimalField(max_digits=8, decimal_places=2), default=list, blank=True)
    newest_id = models.BigIntegerField(help_text="The last measurement that there was when it was counted.")
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["condition", "scale", "week"]
        constraints = [
            models.UniqueConstraint(
                fields=["condition", "sex", "scale", "zone", "method", "week"],
                name="cohort_cell_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"cohort of {self.scale_id} in week {self.week}"
