"""What stands against the next injection, until somebody clears it in writing."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from mesoclinic.core import triggers
from mesoclinic.core.findings import MIN_BLOCK_REASON, MIN_WARN_REASON
from mesoclinic.core.models import Basis, LoadedRow, ReferenceRow
from patients.models.intake import Factor
from patients.models.people import Patient
from patients.rules.alerts import MAX_TEXT, AlertKind, AlertLevel, Applies

_LEVELS = [(level.value, level.value.replace("_", " ")) for level in AlertLevel]
_KINDS = [(kind.value, kind.value.replace("_", " ")) for kind in AlertKind]


class AlertType(ReferenceRow):
    """One kind of alert (mesoclinic/data/alerts.csv): how grave it is, what it says to whom, and what ends it."""

    code = models.CharField(max_length=60, unique=True)
    trigger_kind = models.CharField(max_length=20, choices=_KINDS)
    trigger = models.CharField(max_length=160)
    state = models.CharField(max_length=160, blank=True)
    applies_to = models.CharField(max_length=200)
    stored = models.BooleanField(help_text="A row of the patient's; else worked out from the record.")
    level = models.CharField(max_length=20, choices=_LEVELS)
    stands_from = models.CharField(max_length=120, blank=True)
    cleared_by = models.CharField(max_length=200)
    clear_requires = models.CharField(max_length=400, blank=True)
    min_days = models.PositiveSmallIntegerField(default=0)
    desk_sees = models.CharField(max_length=MAX_TEXT, blank=True)
    screen_says = models.CharField(max_length=MAX_TEXT)
    after_clearing = models.CharField(max_length=MAX_TEXT, blank=True)
    priority = models.PositiveSmallIntegerField(default=2)
    note = models.CharField(max_length=400, blank=True)
    basis = models.CharField(max_length=20, choices=Basis, blank=True)
    # How software reads the row (mesoclinic/data/alert_readings.csv).
    applies_when = models.CharField(
        max_length=10, choices=[(each.value, each.value) for each in Applies], default=Applies.ANY.value
    )
    substances = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    with_suspects = models.BooleanField(
        default=False, help_text="What was given before a reaction counts with the substances."
    )
    in_region = models.BooleanField(default=False)
    inside_level = models.CharField(max_length=20, choices=_LEVELS, blank=True)
    outside_level = models.CharField(max_length=20, choices=_LEVELS, blank=True)
    cleared_by_role = models.CharField(max_length=20, default="clinician")
    ends_with = models.CharField(max_length=60, blank=True)
    after = models.CharField(max_length=20, blank=True)
    words = ArrayField(models.CharField(max_length=60), default=list, blank=True)

    class Meta(ReferenceRow.Meta):
        ordering = ["priority", "code"]

    def __str__(self) -> str:
        return self.code


class AlertTypeFactor(LoadedRow):
    """A risk factor of the record that is an alert of this kind as long as it stands."""

    alert_type = models.ForeignKey(AlertType, models.PROTECT, related_name="factors")
    factor = models.ForeignKey(Factor, models.PROTECT, related_name="alert_types")
    loaded = models.JSONField(default=dict, editable=False, blank=True)

    class Meta:
        ordering = ["alert_type", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["alert_type", "factor"], name="alert_type_names_a_factor_once")
        ]

    def __str__(self) -> str:
        return f"{self.factor_id} is {self.alert_type_id}"


class AlertTypeField(LoadedRow):
    """One thing that is written down before an alert of this kind is cleared."""

    alert_type = models.ForeignKey(AlertType, models.PROTECT, related_name="fields")
    name = models.CharField(max_length=30)
    label = models.CharField(max_length=120)
    kind = models.CharField(
        max_length=10, choices=[(k, k) for k in ("text", "date", "healed", "culprit", "suspect")]
    )
    required = models.BooleanField(default=True)
    order = models.PositiveSmallIntegerField(default=0)
    loaded = models.JSONField(default=dict, editable=False, blank=True)

    class Meta:
        ordering = ["alert_type", "order", "name"]
        constraints = [
            models.UniqueConstraint(fields=["alert_type", "name"], name="alert_type_asks_a_thing_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.alert_type_id}"


class AlertQuerySet(models.QuerySet["Alert"]):
    def not_cleared(self) -> "AlertQuerySet":
        """Those that nobody has cleared."""
        return self.filter(ended_at=None)

    def about_patient_and_merged(self, patient: int | OuterRef) -> "AlertQuerySet":
        """Those of this record and of the records merged into it. An OuterRef is of the query around this one."""
        # One query deeper, the same outer column is one step further out.
        record = OuterRef(patient) if isinstance(patient, OuterRef) else patient
        records = Patient.objects.filter(Q(pk=record) | Q(merged_into=record))
        return self.filter(patient__in=records.order_by().values("pk"))


class Alert(models.Model):
    """Raised and cleared by whoever knows; read by the patient bar, booking, readiness, start and sign.

    ``source`` names what raised it ("treatment_sessions.reaction:7"): one alert stands open for a source at a time.
    It keeps the words and the level it was raised with. It ends by an :class:`AlertClearing`, and by nothing else.
    FHIR calls this a Flag: status is whether it is open, category the kind, code the code, subject the patient,
    period from ``since`` until ``ended_at``, author who raised it.
    """

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="alerts")
    type = models.ForeignKey(
        AlertType,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="None where none is on file.",
    )
    code = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=20, choices=_KINDS)
    level = models.CharField(max_length=20, choices=_LEVELS)
    text = models.CharField(max_length=MAX_TEXT)
    desk_text = models.CharField(max_length=MAX_TEXT, blank=True)
    source = models.CharField(max_length=120)
    since = models.DateField(default=timezone.localdate, help_text="The day from which it stands.")
    raised_at = models.DateTimeField(db_default=Now())
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    session_number = models.PositiveSmallIntegerField(null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who gave the session after which it was raised.",
    )
    suspects = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="What was given before it."
    )
    zones = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Written by its clearing.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "pk"]
        indexes = [models.Index(fields=["patient"], condition=Q(ended_at=None), name="alerts_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(ended_at=None), name="one_open_alert_for_a_source"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in AlertKind]), name="alert_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(level__in=[level.value for level in AlertLevel]), name="alert_level_is_known"
            ),
            models.CheckConstraint(condition=~Q(text="") & ~Q(source=""), name="alert_says_what_and_why"),
        ]
        triggers = [
            *triggers.frozen_triggers("An alert", except_fields=("ended_at",)),
            triggers.Trigger(
                name="ends_by_a_clearing",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("ended_at"),
                condition=pgtrigger.Q(new__ended_at__isnull=False),
                func=(
                    "IF NOT EXISTS (SELECT 1 FROM patients_alertclearing c"
                    " WHERE c.alert_id = NEW.id AND c.at = NEW.ended_at)"
                    f" THEN {triggers.raise_exception_sql('An alert ends by a clearing that says who, when and why.')}"
                    " END IF; RETURN NEW;"
                ),
            ),
            triggers.Trigger(
                name="stays_cleared",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
                func=triggers.raise_exception_sql("A cleared alert is frozen: raise a new one."),
            ),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk}"


class AlertAgreement(models.Model):
    """A second clinician writes that an alert may be cleared before its days are over, and why."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="agreements", db_index=False)
    words = models.CharField(max_length=MAX_TEXT)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["alert", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "by"], name="agreed_once_by_somebody"),
            models.CheckConstraint(condition=~Q(words=""), name="agreement_says_why"),
        ]
        triggers = triggers.append_only_triggers("An agreement to clear an alert early")

    def __str__(self) -> str:
        return f"agreement {self.pk}"


class AlertClearing(models.Model):
    """How an alert ended: who, when, with what words. Added, never changed; writing it ends the alert."""

    class How(models.TextChoices):
        CLEARED = "cleared", "cleared by a clinician"
        CAUSE_OVER = "cause_over", "what raised it is over"
        NEXT_SESSION = "next_session", "the next session was signed"

    alert = models.OneToOneField(Alert, models.PROTECT, related_name="clearing")
    how = models.CharField(max_length=20, choices=How)
    words = models.CharField(max_length=MAX_TEXT)
    culprit = models.CharField(
        max_length=120, blank=True, help_text="What a reaction is put down to, or “unknown”."
    )
    agreement = models.ForeignKey(
        AlertAgreement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Where it was early.",
    )
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["alert"]
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="clearing_says_why")]
        triggers = [
            *triggers.append_only_triggers("The clearing of an alert"),
            triggers.Trigger(
                name="is_written_now",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=(
                    "IF abs(extract(epoch FROM clock_timestamp() - NEW.at)) > 60"
                    f" THEN {triggers.raise_exception_sql('An alert ends when its clearing is written, not before or after.')} END IF;"
                    f" IF length(btrim(NEW.words)) < (CASE NEW.how WHEN 'cleared' THEN {MIN_BLOCK_REASON} ELSE {MIN_WARN_REASON} END)"
                    f" THEN {triggers.raise_exception_sql('A clearing says why, in a sentence.')} END IF; RETURN NEW;"
                ),
            ),
            triggers.Trigger(
                name="ends_the_alert",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="UPDATE patients_alert SET ended_at = NEW.at WHERE id = NEW.alert_id; RETURN NULL;",
                doc="writes patients_alert.ended_at",
            ),
        ]

    def __str__(self) -> str:
        return f"clearing of alert {self.alert_id}"


class AlertClearingAnswer(models.Model):
    """One thing that was written down when an alert was cleared, under the words it was asked in."""

    clearing = models.ForeignKey(AlertClearing, models.PROTECT, related_name="answers", db_index=False)
    name = models.CharField(max_length=30)
    label = models.CharField(max_length=120)
    value = models.CharField(max_length=MAX_TEXT)

    class Meta:
        ordering = ["clearing", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["clearing", "name"], name="clearing_answers_a_thing_once"),
            models.CheckConstraint(condition=~Q(value=""), name="clearing_answer_says_something"),
        ]
        triggers = triggers.append_only_triggers("What was written at the clearing of an alert")

    def __str__(self) -> str:
        return f"{self.name} of {self.clearing_id}"
