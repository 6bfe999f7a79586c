"""What each session led to and the figures made of it, lots that are watched, and sides compared on one scalp."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from patients.models import Patient
from treatments.conditions.models import Condition, SeverityScale, Zone
from treatments.outcomes.rules.decisions import AlarmDecision
from treatments.outcomes.rules.groups import Moment
from treatments.outcomes.rules.split_scalp import Compared, Side
from treatments.recalls.models import RecallCase
from treatments.sessions.models import SESSION
from treatments.stock.models import Lot, OpenedVial


def _pain_field() -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(null=True, blank=True)


class SessionOutcome(models.Model):
    """A signed session with what it led to and all it is counted among. Written anew by the tick."""

    treatment_session = models.OneToOneField(SESSION, models.CASCADE, primary_key=True, related_name="+")
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+", db_index=False)
    performer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False, help_text="Who injected."
    )
    condition = models.ForeignKey(Condition, models.CASCADE, related_name="+", db_index=False)
    sex = models.CharField(max_length=20)
    is_first_course = models.BooleanField()
    performed_on = models.DateField()
    pain_during = _pain_field()
    pain_end = _pain_field()
    pain_1h = _pain_field()
    pain_24h = _pain_field()
    has_reacted = models.BooleanField(help_text="A coded reaction after day 2.")
    was_asked_later = models.BooleanField(help_text="A call after day 2 was answered.")
    groups = ArrayField(models.CharField(max_length=220), help_text="“lot:17”, “relief:ice”.")

    class Meta:
        ordering = ["-performed_on", "-pk"]
        indexes = [
            models.Index(fields=["clinic", "-performed_on", "-treatment_session"], name="outcomes_by_day"),
            models.Index(fields=["performer", "performed_on"], name="outcomes_by_performer"),
            GinIndex(fields=["groups"], name="outcomes_by_group"),
        ]

    def __str__(self) -> str:
        return f"outcome of session {self.treatment_session_id}"


class OutcomeCell(models.Model):
    """One group of sessions, and how often each score was given. Counted by the tick, read by the page.

    An empty condition or sex is all of them. Reactions are scores too: 1 where there was one.
    """

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+", db_index=False)
    days = models.PositiveSmallIntegerField(help_text="Until the count; 0: all.")
    condition = models.ForeignKey(
        Condition, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    sex = models.CharField(max_length=20, blank=True)
    first_course_only = models.BooleanField()
    moment = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Moment])
    name = models.CharField(max_length=220, help_text="“lot:17”.")
    asked = models.PositiveIntegerField(help_text="Sessions of the group.")
    answered = models.PositiveIntegerField(
        help_text="Those with a score; of reactions, those with a later call that was answered."
    )
    people = models.PositiveIntegerField(help_text="In sessions with a score.")
    performers = models.PositiveIntegerField()
    scores = ArrayField(models.PositiveIntegerField(), help_text="How often 0, 1, 2 … was said.")
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["clinic", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "days", "moment", "first_course_only", "sex", "condition", "name"],
                name="outcome_cell_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.moment} of {self.name}"


class ChangeCell(models.Model):
    """How much a measure changed in one group of people. Counted by the tick; no figures of too few."""

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+", db_index=False)
    scale = models.ForeignKey(SeverityScale, models.CASCADE, related_name="+", db_index=False)
    condition = models.ForeignKey(
        Condition, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    zone = models.ForeignKey(Zone, models.CASCADE, null=True, blank=True, related_name="+", db_index=False)
    name = models.CharField(max_length=220, help_text="“cocktail:3+8”, “ingredient:5”.")
    third = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of the dose: 0 the lowest. Empty: not by dose."
    )
    dose_low = models.DecimalField(
        max_digits=14, decimal_places=6, null=True, blank=True, help_text="mg per cm2."
    )
    dose_high = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    people = models.PositiveIntegerField()
    low = models.FloatField(null=True, blank=True)
    median = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["clinic", "scale", "name", "third"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "scale", "condition", "zone", "name", "third"],
                name="change_cell_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"change of {self.scale_id} in {self.name}"


class LotSignal(models.Model):
    """The running sum of a lot or an opened vial with reactions. Written anew by the tick."""

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+")
    lot = models.ForeignKey(Lot, models.CASCADE, related_name="+", db_index=False)
    vial = models.ForeignKey(
        OpenedVial, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    sessions = models.PositiveIntegerField()
    observed = models.PositiveIntegerField()
    expected = models.FloatField()
    line = models.FloatField(
        help_text="Crossed by chance as often as treatments.outcomes.rules.sentinel says."
    )
    sum_now = models.FloatField()
    crossed_on = models.DateField(null=True, blank=True)
    path_days = ArrayField(models.DateField())
    path_sums = ArrayField(models.FloatField())
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["clinic", "-sum_now"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "vial"], name="lot_signal_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"signal of lot {self.lot_id}"


class LotAlarm(models.Model):
    """A lot or vial crossed its line: a quarantine is drafted, and a person decides once."""

    Decision = AlarmDecision

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="lot_alarms")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="alarms")
    vial = models.ForeignKey(OpenedVial, models.PROTECT, null=True, blank=True, related_name="+")
    sessions = models.PositiveIntegerField()
    observed = models.PositiveIntegerField()
    expected = models.FloatField()
    crossed_on = models.DateField()
    drafted_at = models.DateTimeField(db_default=Now(), editable=False)
    decision = models.CharField(
        max_length=10, choices=[(d.value, d.label) for d in AlarmDecision], blank=True
    )
    reason = models.CharField(max_length=200, blank=True)
    case = models.ForeignKey(RecallCase, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "vial"],
                condition=Q(decided_at=None),
                name="one_open_alarm_of_a_lot",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, decision="", reason="", case=None)
                | (
                    Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(reason="")
                    & (
                        Q(decision=AlarmDecision.QUARANTINE.value, case__isnull=False)
                        | Q(decision=AlarmDecision.USE.value, case=None)
                    )
                ),
                name="alarm_decision_says_who_and_why",
            ),
        ]
        triggers = [
            core_triggers.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=(
                    "IF OLD.decided_at IS NOT NULL OR (to_jsonb(OLD)"
                    " - ARRAY['decision', 'reason', 'case_id', 'decided_at', 'decided_by_id'])"
                    " IS DISTINCT FROM (to_jsonb(NEW)"
                    " - ARRAY['decision', 'reason', 'case_id', 'decided_at', 'decided_by_id'])"
                    f" THEN {core_triggers.raise_exception_sql('An alarm is decided once and stays as it was drafted.')} END IF;"
                    " RETURN NEW;"
                ),
            ),
            *core_triggers.frozen_triggers("An alarm of a lot")[1:],
        ]

    def __str__(self) -> str:
        return f"alarm of lot {self.lot_id}"


class SplitScalpSettings(models.Model):
    """Whether a clinic compares two sides of one scalp. A clinic without a row does not."""

    clinic = models.OneToOneField(
        Clinic, models.PROTECT, related_name="split_scalp_settings", primary_key=True
    )
    is_on = models.BooleanField(default=False)
    ethics_number = models.CharField(
        max_length=60, blank=True, help_text="Of the approval by an ethics committee."
    )
    not_asked_because = models.CharField(
        max_length=200, blank=True, help_text="Why no approval is asked for in this country."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_on=False) | ~Q(ethics_number="") | ~Q(not_asked_because=""),
                name="split_scalp_says_its_approval",
            )
        ]

    def __str__(self) -> str:
        return f"split-scalp settings of clinic {self.clinic_id}"


_CONSENT_FIELDS = ["withdrawn_at", "withdrawn_by_id"]
_FIGURES = ["pain_left", "pain_right", "count_left", "count_right", "recorded_at", "recorded_by_id"]


class SideComparison(models.Model):
    """Two ways of relief, needle or spacing on the two sides of one scalp in one session; which side had which fell by lot.

    What is injected is the same on both. The patient agreed to this comparison by name, before the sides were drawn.
    """

    treatment_session = models.OneToOneField(SESSION, models.PROTECT, related_name="side_comparison")
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    compared = models.CharField(max_length=10, choices=[(c.value, c.label) for c in Compared])
    first = models.CharField(max_length=60)
    second = models.CharField(max_length=60)
    first_side = models.CharField(max_length=5, choices=[(s.value, s.value) for s in Side])
    ethics_number = models.CharField(max_length=60, blank=True)
    consent_text = models.TextField(help_text="What the patient agreed to, as it was read.")
    consent_name = models.CharField(max_length=200, help_text="Of the person who agreed.")
    drawn_at = models.DateTimeField(db_default=Now(), editable=False)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    pain_left = _pain_field()
    pain_right = _pain_field()
    count_left = models.PositiveIntegerField(null=True, blank=True, help_text="Hairs per cm2, or weals.")
    count_right = models.PositiveIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["clinic", "compared"], name="sides_of_clinic")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(first=F("second")) & ~Q(first="") & ~Q(second=""),
                name="sides_differ_in_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(compared__in=[c.value for c in Compared])
                & Q(first_side__in=[s.value for s in Side]),
                name="sides_compare_what_may_be",
            ),
            models.CheckConstraint(
                condition=~Q(consent_text="") & ~Q(consent_name=""), name="sides_have_their_own_consent"
            ),
            models.CheckConstraint(
                condition=(Q(pain_left=None) | Q(pain_left__lte=10))
                & (Q(pain_right=None) | Q(pain_right__lte=10)),
                name="side_pain_is_zero_to_ten",
            ),
            models.CheckConstraint(
                condition=Q(
                    recorded_at=None,
                    recorded_by=None,
                    pain_left=None,
                    pain_right=None,
                    count_left=None,
                    count_right=None,
                )
                | (
                    Q(
                        recorded_at__isnull=False,
                        recorded_by__isnull=False,
                        pain_left__isnull=False,
                        pain_right__isnull=False,
                    )
                    & (
                        Q(count_left=None, count_right=None)
                        | Q(count_left__isnull=False, count_right__isnull=False)
                    )
                ),
                name="side_figures_come_in_pairs",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="sides_withdrawn_by_and_at_together",
            ),
        ]
        triggers = [
            core_triggers.Trigger(
                name="switched_on_and_a_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM outcomes_splitscalpsettings o
                                     JOIN treatment_sessions_treatmentsession s ON s.clinic_id = o.clinic_id
                                    WHERE s.id = NEW.treatment_session_id AND s.clinic_id = NEW.clinic_id
                                      AND s.patient_id = NEW.patient_id AND s.status = 'draft' AND o.is_on)
                    THEN {core_triggers.raise_exception_sql("Sides are drawn in a session that is not signed, at a clinic that compares sides.")} END IF;
                    RETURN NEW;
                """,
            ),
            core_triggers.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                declare=[("may_change", "text[]")],
                func=f"""
                    may_change := ARRAY{_CONSENT_FIELDS!r}::text[];
                    IF OLD.recorded_at IS NULL THEN may_change := may_change || ARRAY{_FIGURES!r}::text[]; END IF;
                    IF OLD.withdrawn_at IS NOT NULL
                       OR (to_jsonb(OLD) - may_change) IS DISTINCT FROM (to_jsonb(NEW) - may_change)
                    THEN {core_triggers.raise_exception_sql("A comparison of sides stays as it was drawn and recorded.")} END IF;
                    RETURN NEW;
                """,
            ),
            *core_triggers.frozen_triggers("A comparison of sides")[1:],
        ]

    def __str__(self) -> str:
        return f"sides of session {self.treatment_session_id}"

    @property
    def second_side(self) -> str:
        """The side that had the second way."""
        return str(Side.RIGHT if self.first_side == Side.LEFT else Side.LEFT)
