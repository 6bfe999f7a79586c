"""What was done for the server's own safety: backups made and verified."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class BackupRun(models.Model):
    """A backup that was made, or verified by restoring it elsewhere."""

    class Kind(models.TextChoices):
        BACKUP = "backup", "made"
        VERIFICATION = "verification", "verified"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=60, help_text="The backup's folder, without the path to it.")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    is_good = models.BooleanField()
    size = models.PositiveBigIntegerField(default=0, help_text="In bytes, as it is stored.")
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-ended_at"]
        indexes = [models.Index(fields=["kind", "-ended_at"], name="backup_runs_by_kind")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["backup", "verification"]), name="backup_run_kind_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class ExportRun(models.Model):
    """All records of a clinic, written to one file in the background; the page shows how far it is."""

    class State(models.TextChoices):
        WAITING = "waiting", "waits for a worker"
        RUNNING = "running", "being written"
        READY = "ready", "ready"
        FAILED = "failed", "failed"
        DELETED = "deleted", "deleted"

    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0, help_text="Records written so far.")
    total = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="In bytes.")
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running", "ready", "failed", "deleted"]),
                name="export_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(done__lte=models.F("total")), name="export_writes_no_more_than_there_is"
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


class Trouble(models.Model):
    """Something of the server that somebody has to see to, from the time it was found until it is over."""

    code = models.CharField(max_length=20, primary_key=True)
    words = models.CharField(max_length=300)
    since = models.DateTimeField()
    told_at = models.DateTimeField(
        null=True, blank=True, help_text="When the administrators were last written to."
    )

    class Meta:
        ordering = ["since"]

    def __str__(self) -> str:
        return self.code
