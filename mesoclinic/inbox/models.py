"""Who saw, or works on, a line of Today's inbox. The lines themselves are read anew each time."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers


class InboxMark(models.Model):
    """Somebody saw a line, and the whole desk sees it no more; or opened it, and the others are told so for a while."""

    class Kind(models.TextChoices):
        SEEN = "seen", "Seen"
        TAKEN = "taken", "Being worked on"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    line = models.CharField(
        max_length=60, help_text="Which line, by ids and dates: mesoclinic/inbox/rules.py."
    )
    kind = models.CharField(max_length=6, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(help_text="Until when it holds.")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(
                fields=["clinic", "until"], condition=Q(undone_at=None), name="inbox_marks_that_hold"
            )
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["seen", "taken"]), name="inbox_mark_kind_is_known"),
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="inbox_mark_holds_for_a_while"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="inbox_mark_undone_at_and_by_together",
            ),
        ]
        triggers = core_triggers.frozen_triggers(
            "A mark in the inbox", except_fields=("undone_at", "undone_by_id")
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.line}"
