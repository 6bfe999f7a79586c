"""What was done for the server's own safety: backups made and verified."""

from django.db import models


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
