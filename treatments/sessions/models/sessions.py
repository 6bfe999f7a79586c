"""What is left of a session that was begun by mistake: who threw it away, when and why."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import JSONField, Q, Value
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.triggers import trigger_refusing_non_members
from mesoclinic.core import triggers as core_triggers
from patients.models import Patient, open_record_trigger
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

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="treatment_sessions", db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="treatment_sessions", db_index=False)
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
    acknowledged = models.JSONField(
        default=list, help_text="Findings gone past: code, level, message, reason."
    )
    not_asked = models.JSONField(
        default=list,
        db_default=Value([], JSONField()),
        help_text="Answers that were missing when it was signed: codes of findings.",
    )
    measurements = models.ManyToManyField(
        Measurement, through="SessionMeasurement", blank=True, related_name="+"
    )
    photo_sets = models.ManyToManyField(PhotoSet, through="SessionPhotoSet", blank=True, related_name="+")
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
                condition=Q(safety__contained_by=Value({}, JSONField()))
                | Q(safety__has_any_keys=["medicine", "pregnancy", "allergy"]),
                name="safety_is_about_what_is_asked",
            ),
        ]
        triggers = [
            open_record_trigger("A session"),
            # After signing only the status moves (signed → amended, void), by an addendum that says why.
            *core_triggers.frozen_triggers(
                "A signed session", once="OLD.status <> 'draft'", except_fields=("status",)
            ),
            trigger_refusing_non_members(
                by="signed_by_id",
                clinic="NEW.clinic_id",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("signed_by_id"),
                role="clinician",
            ),
            course_session_agreement_trigger("plan_id", "number", "performed_on", "signed_at", "status"),
            # treatments.plans.rules.check_review_answered says the same, with the way out.
            core_triggers.Trigger(
                name="waits_for_the_review",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__status="draft"),
                func=f"""
                    IF EXISTS (SELECT 1 FROM plans_treatmentplan p JOIN accounts_clinic c ON c.id = p.clinic_id
                                WHERE p.id = NEW.plan_id
                                  AND (p.reviewed_to < c.review_at_session AND c.review_at_session < NEW.number
                                       OR p.reviewed_to < p.sessions_planned AND p.sessions_planned < NEW.number))
                    THEN {core_triggers.raise_exception_sql("A session after the review waits until the review is answered.")} END IF;
                    RETURN NEW;
                """,
            ),
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
                    THEN {core_triggers.raise_exception_sql("A session is signed with what was given.")} END IF;
                    IF EXISTS (SELECT 1 FROM treatment_sessions_dose d
                                 LEFT JOIN stock_stockmovement m ON m.id = d.movement_id
                                 LEFT JOIN stock_stockmovement w ON w.id = d.waste_movement_id
                                WHERE d.treatment_session_id = NEW.id
                                  AND (m.id IS NULL OR m.kind <> 'use' OR m.lot_id <> d.lot_id
                                       OR m.ml <> d.wasted_ml - d.ml
                                       OR (d.wasted_ml > 0) IS DISTINCT FROM (w.id IS NOT NULL)
                                       OR w.kind <> 'waste' OR w.lot_id <> d.lot_id OR w.ml <> -d.wasted_ml))
                    THEN {core_triggers.raise_exception_sql("A session is signed with every dose taken from its lot, or not at all.")} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"

    @property
    def is_draft(self) -> bool:
        return self.status == SessionStatus.DRAFT


class SessionMeasurement(models.Model):
    """A figure that was measured at a session. It is of the session for good once that is signed."""

    treatment_session = models.ForeignKey(TreatmentSession, models.CASCADE, related_name="+", db_index=False)
    measurement = models.ForeignKey(Measurement, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["treatment_session", "measurement"], name="measurement_once_in_a_session"
            )
        ]
        triggers = [
            core_triggers.frozen_parent_trigger(
                "A session",
                parent_table="treatment_sessions_treatmentsession",
                parent_key="treatment_session_id",
                once="p.status <> 'draft'",
            ),
            core_triggers.never_truncated_trigger("What was measured at a session"),
        ]

    def __str__(self) -> str:
        return f"{self.measurement_id} of {self.treatment_session_id}"


class SessionPhotoSet(models.Model):
    """A set of photographs of a session. It may be begun after the signature too; it then stays with its session."""

    treatment_session = models.ForeignKey(TreatmentSession, models.CASCADE, related_name="+", db_index=False)
    photo_set = models.ForeignKey(PhotoSet, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["treatment_session", "photo_set"], name="photo_set_once_in_a_session"
            )
        ]
        triggers = core_triggers.frozen_triggers(
            "Which photographs are of a session",
            once=(
                "EXISTS (SELECT 1 FROM treatment_sessions_treatmentsession s"
                " WHERE s.id = OLD.treatment_session_id AND s.status <> 'draft')"
            ),
        )

    def __str__(self) -> str:
        return f"{self.photo_set_id} of {self.treatment_session_id}"


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
            trigger_refusing_non_members(
                by="by_id",
                clinic="SELECT s.clinic_id FROM treatment_sessions_treatmentsession s WHERE s.id = NEW.treatment_session_id",
            ),
        ]

    def __str__(self) -> str:
        return f"addendum {self.pk}"
