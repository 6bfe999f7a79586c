"""Calls after a session, what a clinician follows up, and what was done about it."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from patients.models import PatientLink, SafetyTextReading
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

    treatment_session = models.ForeignKey(SESSION, models.PROTECT, related_name="check_ins", db_index=False)
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="check_ins", db_index=False)
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
            models.Index(fields=["clinic", "due_on"], name="check_ins_of_days"),
            models.Index(fields=["clinic", "due_on", "id"], condition=Q(status="due"), name="check_ins_due"),
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
                # Nobody of the clinic answered: the patient did, by link.
                | Q(status="answered", closed_at__isnull=False, closed_by=None, taken_over_by=None)
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


class CheckInSettings(models.Model):
    """How one clinic asks by link. A clinic without a row sends no check-in by itself."""

    clinic = models.OneToOneField(Clinic, models.PROTECT, related_name="check_in_settings")
    by_link = models.BooleanField(default=False, db_default=False)
    escalate_after = models.PositiveSmallIntegerField(
        default=120, db_default=120, help_text="Minutes that an answer in red may wait for a clinician."
    )
    escalate_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who is then written to; empty: the clinic's administrators.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(escalate_after__gte=5, escalate_after__lte=1440),
                name="red_answers_escalate_within_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"check-in settings {self.pk}"


class CheckInLink(models.Model):
    """Which check-in a patient's link leads to: one row for each sending."""

    check_in = models.ForeignKey(CheckIn, models.PROTECT, related_name="links")
    link = models.OneToOneField(PatientLink, models.PROTECT, related_name="+")
    texts_read = models.ForeignKey(
        SafetyTextReading,
        models.PROTECT,
        related_name="+",
        help_text="Who had read the emergency texts of its language when it was sent.",
    )

    class Meta:
        ordering = ["check_in", "-pk"]
        triggers = [
            core_triggers.Trigger(
                name="texts_were_read",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=(
                    "IF NOT EXISTS (SELECT 1 FROM patients_patientlink l JOIN patients_safetytextreading r"
                    " ON r.clinic_id = l.clinic_id AND r.language = l.language"
                    " WHERE l.id = NEW.link_id AND r.id = NEW.texts_read_id AND r.topic = 'check_in') THEN "
                    + core_triggers.raise_exception_sql(
                        "A check-in is sent in a language whose emergency texts were read at its clinic."
                    )
                    + " END IF; RETURN NEW;"
                ),
            )
        ]

    def __str__(self) -> str:
        return f"link of check-in {self.check_in_id}"


class AftercareLink(models.Model):
    """Which session the page of aftercare of a patient's link is about: one row for each sending."""

    treatment_session = models.ForeignKey(SESSION, models.PROTECT, related_name="aftercare_links")
    link = models.OneToOneField(PatientLink, models.PROTECT, related_name="+")
    texts_read = models.ForeignKey(
        SafetyTextReading,
        models.PROTECT,
        related_name="+",
        help_text="Who had read the aftercare texts of its language when it was sent.",
    )

    class Meta:
        ordering = ["treatment_session", "-pk"]
        triggers = [
            core_triggers.Trigger(
                name="texts_were_read",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=(
                    "IF NOT EXISTS (SELECT 1 FROM patients_patientlink l JOIN patients_safetytextreading r"
                    " ON r.clinic_id = l.clinic_id AND r.language = l.language"
                    " WHERE l.id = NEW.link_id AND r.id = NEW.texts_read_id AND r.topic = 'aftercare') THEN "
                    + core_triggers.raise_exception_sql(
                        "Aftercare is sent in a language whose texts were read at its clinic."
                    )
                    + " END IF; RETURN NEW;"
                ),
            )
        ]

    def __str__(self) -> str:
        return f"link to aftercare of session {self.treatment_session_id}"


def _score_field(help_text: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(null=True, blank=True, help_text=help_text)


class CheckInAnswer(models.Model):
    """What the patient answered by link, as they answered it."""

    check_in = models.OneToOneField(CheckIn, models.PROTECT, related_name="answer")
    pain = models.PositiveSmallIntegerField(help_text="Now, 0 to 10.")
    noticed = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    alarms = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    words = models.CharField(max_length=1000, blank=True)
    shedding = _score_field("The last 7 days: 0 none to 10 very heavy.")
    density = _score_field("0 very thin to 10 full.")
    language = models.CharField(max_length=10)
    answered_at = models.DateTimeField(db_default=Now())
    is_red = models.BooleanField(help_text="A clinician was told at once.")
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["answered_at"],
                condition=Q(is_red=True, escalated_at=None),
                name="red_answers_waiting",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(pain__lte=10)
                & (Q(shedding=None) | Q(shedding__lte=10))
                & (Q(density=None) | Q(density__lte=10)),
                name="answers_are_zero_to_ten",
            ),
            models.CheckConstraint(
                condition=Q(alarms=[]) | Q(is_red=True), name="an_alarm_is_an_answer_in_red"
            ),
            models.CheckConstraint(
                condition=Q(escalated_at=None) | Q(is_red=True), name="only_an_answer_in_red_escalates"
            ),
        ]
        triggers = core_triggers.frozen_triggers("An answer by link", except_fields=("escalated_at",))

    def __str__(self) -> str:
        return f"answer {self.pk}"

    @property
    def told_text(self) -> str:
        """What was ticked, the alarming first."""
        return ", ".join([*self.alarms, *self.noticed]).replace("_", " ") or "none of these"


class CheckInPhotograph(models.Model):
    """The picture that came with an answer, written anew from its colours alone; never shown before a clinician signs in."""

    answer = models.OneToOneField(CheckInAnswer, models.PROTECT, related_name="photograph")
    jpeg = models.BinaryField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        triggers = core_triggers.append_only_triggers("A photograph of a check-in")

    def __str__(self) -> str:
        return f"photograph of answer {self.answer_id}"


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
