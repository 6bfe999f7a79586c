"""Calls after a session, what a clinician follows up, and what was done about it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from treatments.followup.rules import (
    CAUSALITY_TEXTS,
    CHECK_IN_MOVES,
    EVENT_OUTCOME_TEXTS,
    FOLLOW_UP_MOVES,
    OUTCOME_TEXTS,
    Causality,
    Challenge,
    CheckInStatus,
    EventOutcome,
    FollowUpStatus,
)
from treatments.sessions.models import SESSION
from treatments.sessions.rules.late_reports import days_as_hours_or_weeks_text


class CheckIn(models.Model):
    """The clinic asks a patient how it went, so many days after a session. Made in the tick."""

    Status = CheckInStatus

    treatment_session = models.ForeignKey(SESSION, models.PROTECT, related_name="check_ins")
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="check_ins")
    days = models.PositiveSmallIntegerField(help_text="After the session.")
    due_on = models.DateField()
    status = models.CharField(
        max_length=12,
        choices=[(s.value, s.value.replace("_", " ")) for s in CheckInStatus],
        default=CheckInStatus.DUE.value,
    )
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often nobody answered.")
    last_tried_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_over_by = models.ForeignKey(SESSION, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["clinic", "due_on", "id"], condition=Q(status="due"), name="check_ins_due")
        ]
        constraints = [
            models.UniqueConstraint(fields=["treatment_session", "days"], name="checked_in_once_a_moment"),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in CheckInStatus]), name="check_in_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["answered", "cancelled"],
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                    taken_over_by=None,
                )
                | Q(status="due", closed_at=None, closed_by=None, taken_over_by=None)
                | Q(status="taken_over", closed_at=None, closed_by=None, taken_over_by__isnull=False),
                name="check_in_says_how_it_ended",
            ),
        ]
        triggers = [
            core_triggers.frozen_triggers("A check-in", once="OLD.status <> 'due'")[0],
            *core_triggers.frozen_triggers("A check-in")[1:],
            core_triggers.status_move_trigger("A check-in", CHECK_IN_MOVES),
        ]

    def __str__(self) -> str:
        return f"check-in {self.pk}"

    @property
    def time_after_session_text(self) -> str:
        return days_as_hours_or_weeks_text(self.days)


class FollowUp(models.Model):
    """Something a clinician sees to after a reaction. ``lot_days`` says that it asks about the lots, so far back."""

    Status = FollowUpStatus

    treatment_session = models.ForeignKey(SESSION, models.PROTECT, related_name="follow_ups")
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="follow_ups")
    reaction = models.ForeignKey("treatment_sessions.Reaction", models.PROTECT, related_name="follow_ups")
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="follow_ups")
    status = models.CharField(
        max_length=10,
        choices=[(s.value, s.value.replace("_", " ")) for s in FollowUpStatus],
        default=FollowUpStatus.OPEN.value,
    )
    outcome = models.CharField(
        max_length=15,
        choices=[(each.value, text) for each, text in OUTCOME_TEXTS.items()],
        blank=True,
        help_text="What came of it, once it is closed.",
    )
    lot_days = models.PositiveSmallIntegerField(null=True, blank=True)
    due_on = models.DateField()
    opened_at = models.DateTimeField(db_default=Now())
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(
                fields=["clinic", "due_on", "id"], condition=~Q(status="closed"), name="follow_ups_open"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["reaction"], condition=~Q(status="closed"), name="reaction_followed_up_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in FollowUpStatus]), name="follow_up_status_is_known"
            ),
        ]
        triggers = [
            *core_triggers.frozen_triggers(
                "A follow-up", except_fields=("status", "assigned_to_id", "due_on", "outcome")
            ),
            core_triggers.status_move_trigger("A follow-up", FOLLOW_UP_MOVES),
        ]

    def __str__(self) -> str:
        return f"follow-up {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status != FollowUpStatus.CLOSED


class FollowUpNote(models.Model):
    """What was done about a follow-up, and where that moved it. Added, never changed."""

    follow_up = models.ForeignKey(FollowUp, models.PROTECT, related_name="notes")
    text = models.TextField()
    moved_to = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["follow_up", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="follow_up_note_says_what")]
        triggers = core_triggers.append_only_triggers("A follow-up note")

    def __str__(self) -> str:
        return f"note {self.pk}"

    @property
    def new_status_text(self) -> str:
        return self.moved_to.replace("_", " ")


class AdverseReport(models.Model):
    """A report of an adverse reaction, as a clinician judged it. A better one is a new row. It is sent by hand."""

    follow_up = models.ForeignKey(FollowUp, models.PROTECT, related_name="adverse_reports")
    serious = ArrayField(
        models.CharField(max_length=12),
        default=list,
        blank=True,
        help_text="Why; empty where it is not serious.",
    )
    outcome = models.CharField(max_length=15, choices=[(o.value, t) for o, t in EVENT_OUTCOME_TEXTS.items()])
    causality = models.CharField(max_length=12, choices=[(c.value, t) for c, t in CAUSALITY_TEXTS.items()])
    dechallenge = models.CharField(
        max_length=15, choices=[(c.value, c.value.replace("_", " ")) for c in Challenge]
    )
    rechallenge = models.CharField(
        max_length=15, choices=[(c.value, c.value.replace("_", " ")) for c in Challenge]
    )
    narrative = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["follow_up", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(causality__in=[c.value for c in Causality])
                & Q(outcome__in=[o.value for o in EventOutcome]),
                name="report_says_outcome_and_causality",
            )
        ]
        triggers = core_triggers.append_only_triggers("An adverse reaction report")

    def __str__(self) -> str:
        return f"adverse reaction report {self.pk}"


class AdverseReportSubmission(models.Model):
    """That somebody sent a report, to whom, and the number that came back. Nothing is sent from here."""

    report = models.ForeignKey(AdverseReport, models.PROTECT, related_name="submissions")
    authority = models.CharField(max_length=120)
    number = models.CharField(
        max_length=60, blank=True, help_text="The authority's; empty until it is known."
    )
    sent_on = models.DateField()
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["report", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(authority=""), name="submission_says_to_whom")]
        triggers = core_triggers.append_only_triggers("The submission of a report")

    def __str__(self) -> str:
        return f"submission {self.pk}"
