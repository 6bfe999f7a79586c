"""What is left of a session that was begun by mistake: who threw it away, when and why."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import JSONField, Q, Value
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.triggers import member_trigger
from mesoclinic.core import triggers as core_triggers
from patients.models import Patient
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Measurement, PhotoSet
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment, Room
from treatments.sessions.models.course import course_session_agreement_trigger
from treatments.sessions.rules.states import SessionStatus


class DiscardedSession(models.Model):
    """A draft that was thrown away before anything was signed. Its number is free again."""

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="+")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="discarded_session_says_why")]
        triggers = core_triggers.append_only_triggers("A discarded session")

    def __str__(self) -> str:
        return f"discarded session {self.pk}"


class TreatmentSession(models.Model):
    """One treatment. A draft while it is being charted, signed once, then corrected by addenda only."""

    Status = SessionStatus

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="treatment_sessions")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="treatment_sessions")
    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="treatment_sessions")
    appointment = models.OneToOneField(
        Appointment, models.PROTECT, null=True, blank=True, related_name="treatment_session"
    )
    number = models.PositiveSmallIntegerField()
    clinician = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="treatment_sessions")
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="+")
    cocktail_version = models.ForeignKey(CocktailVersion, models.PROTECT, related_name="treatment_sessions")
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in SessionStatus], default=SessionStatus.DRAFT.value
    )
    performed_on = models.DateField(help_text="The clinic's day.")
    started_at = models.DateTimeField(db_default=Now())
    performed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who injected, where it was not the clinician.",
    )
    technique = models.CharField(max_length=200, blank=True)
    needle = models.CharField(max_length=60, blank=True)
    since_last = models.TextField(blank=True, help_text="What the patient reports since the last time.")
    safety = models.JSONField(
        default=dict,
        db_default=Value({}, JSONField()),
        blank=True,
        help_text="Medicines, pregnancy, allergies asked again: what is new, what ended (rules.safety).",
    )
    no_reactions = models.BooleanField(default=False, help_text="Asked, and there were none.")
    note = models.TextField(blank=True)
    next_on = models.DateField(null=True, blank=True)
    review_change = models.SmallIntegerField(
        null=True, blank=True, help_text="GPA7 against the start, −3 to +3."
    )
    review_decision = models.CharField(max_length=20, blank=True)
    review_note = models.TextField(blank=True)
    acknowledged = models.JSONField(
        default=list, help_text="Findings gone past: code, level, message, reason."
    )
    not_asked = models.JSONField(
        default=list,
        db_default=Value([], JSONField()),
        help_text="Answers that were missing when it was signed: codes of findings.",
    )
    measurements = models.ManyToManyField(Measurement, blank=True, related_name="+")
    photo_sets = models.ManyToManyField(PhotoSet, blank=True, related_name="+")
    revision = models.PositiveIntegerField(default=1, help_text="Counts the saves of a draft.")
    saved_at = models.DateTimeField(db_default=Now())
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["patient", "-number", "-pk"]
        indexes = [
            models.Index(fields=["patient", "-performed_on"], name="sessions_by_patient"),
            models.Index(fields=["clinic", "status", "-id"], name="sessions_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], condition=~Q(status="void"), name="session_number_once_in_a_plan"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", signed_at=None, signed_by=None)
                | (~Q(status="draft") & Q(signed_at__isnull=False, signed_by__isnull=False)),
                name="session_signed_by_and_at_together",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in SessionStatus]), name="session_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(review_change=None) | Q(review_change__gte=-3, review_change__lte=3),
                name="review_change_is_gpa7",
            ),
            models.CheckConstraint(
                condition=Q(safety__contained_by=Value({}, JSONField()))
                | Q(safety__has_any_keys=["medicine", "pregnancy", "allergy"]),
                name="safety_is_about_what_is_asked",
            ),
        ]
        triggers = [
            # After signing only the status moves (signed → amended, void), by an addendum that says why.
            *core_triggers.frozen_triggers(
                "A signed session", once="OLD.status <> 'draft'", except_fields=("status",)
            ),
            member_trigger(
                by="signed_by_id",
                clinic="NEW.clinic_id",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("signed_by_id"),
                role="clinician",
            ),
            course_session_agreement_trigger("plan_id", "number", "performed_on", "signed_at", "status"),
            # Law 4, at commit: a signed session has taken from stock exactly what it says, or there is none.
            core_triggers.Trigger(
                name="signed_with_its_stock",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__status="signed"),
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM treatment_sessions_dose d
                                    WHERE d.treatment_session_id = NEW.id)
                    THEN {core_triggers.raise_statement("A session is signed with what was given.")} END IF;
                    IF EXISTS (SELECT 1 FROM treatment_sessions_dose d
                                 LEFT JOIN stock_stockmovement m ON m.id = d.movement_id
                                 LEFT JOIN stock_stockmovement w ON w.id = d.waste_movement_id
                                WHERE d.treatment_session_id = NEW.id
                                  AND (m.id IS NULL OR m.kind <> 'use' OR m.lot_id <> d.lot_id
                                       OR m.ml <> d.wasted_ml - d.ml
                                       OR (d.wasted_ml > 0) IS DISTINCT FROM (w.id IS NOT NULL)
                                       OR w.kind <> 'waste' OR w.lot_id <> d.lot_id OR w.ml <> -d.wasted_ml))
                    THEN {core_triggers.raise_statement("A session is signed with every dose taken from its lot, or not at all.")} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"

    @property
    def is_draft(self) -> bool:
        return self.status == SessionStatus.DRAFT


class Addendum(models.Model):
    """A correction of a signed session: added, with a reason, never changed."""

    treatment_session = models.ForeignKey(TreatmentSession, models.PROTECT, related_name="addenda")
    text = models.TextField()
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "addenda"
        ordering = ["treatment_session", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text="") & ~Q(reason=""), name="addendum_says_what_and_why")
        ]
        triggers = [
            *core_triggers.append_only_triggers("An addendum"),
            member_trigger(
                by="by_id",
                clinic="SELECT s.clinic_id FROM treatment_sessions_treatmentsession s WHERE s.id = NEW.treatment_session_id",
            ),
        ]

    def __str__(self) -> str:
        return f"addendum {self.pk}"
