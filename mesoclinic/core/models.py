"""Rows that every app writes: who did what, autosaves, idempotency keys, prepared files, cited sources."""

import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from mesoclinic.core import triggers as core_triggers


class AuditEvent(models.Model):
    """Who did what, or looked at whom. Written in the transaction of the deed, never changed.

    No patient names in here: subjects are ids, ``data`` holds codes, numbers and field names. The table is divided by
    month (mesoclinic.core.audit_partitions).
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    did = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    patient_id = models.BigIntegerField(
        null=True, help_text="Whose record it concerns; not a foreign key on purpose."
    )
    data = models.JSONField(default=dict)
    address = models.GenericIPAddressField(
        null=True, help_text="From where on the network; none for what no request did."
    )

    class Meta:
        indexes = [
            models.Index(fields=["by", "-id"], name="audit_by_person"),
            models.Index(fields=["at"], name="audit_by_time"),
            # What an admin looks through: records opened with a reason, and which of them were found in order.
            models.Index(
                fields=["did", "-id"],
                condition=models.Q(did__in=["patient.opened_with_reason", "access.in_order"]),
                name="audit_of_reasons",
            ),
            GinIndex(
                fields=["data"],
                opclasses=["jsonb_path_ops"],
                condition=models.Q(data__has_key="patients"),
                name="audit_by_patient_of_list",
            ),
            models.Index(fields=["patient_id", "-id"], name="audit_by_patient"),
            models.Index(fields=["subject_type", "subject_id", "-id"], name="audit_by_subject"),
        ]
        triggers = [
            *core_triggers.append_only_triggers("The audit log"),
            # Sealed at commit, when nothing else is locked any more: the advisory lock that keeps the
            # chain in one line is held for the last instant of the transaction only.
            core_triggers.Trigger(
                name="seal",
                doc="writes core_auditseal: the next link of the chain, with the hash of the event and of the link before",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("last_position", "bigint"), ("last_hash", "text")],
                func="""
                    PERFORM pg_advisory_xact_lock(hashtext('core_auditseal'));
                    SELECT position, hash INTO last_position, last_hash
                      FROM core_auditseal ORDER BY position DESC LIMIT 1;
                    last_position := coalesce(last_position, 0) + 1;
                    last_hash := coalesce(last_hash, '');
                    INSERT INTO core_auditseal (position, event_id, event_at, previous_hash, hash)
                    VALUES (last_position, NEW.id, NEW.at, last_hash,
                            core_audit_hash(last_position, last_hash, NEW.id, NEW.at));
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.did} {self.subject_type} {self.subject_id}"


class AuditSeal(models.Model):
    """The chain: each seal's hash covers its event and the seal before it (``manage.py verify_audit``)."""

    position = models.BigIntegerField(primary_key=True)
    # No foreign key: the log is divided by month, and its key holds the time too. Who checks the chain finds what is gone.
    event = models.OneToOneField(AuditEvent, models.PROTECT, related_name="seal", db_constraint=False)
    event_at = models.DateTimeField(help_text="The event's time: in which month it lies.")
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        triggers = core_triggers.append_only_triggers("The audit chain")

    def __str__(self) -> str:
        return f"{self.position} {self.hash[:12]}"


class AuditHead(models.Model):
    """The end of the chain at a time, with a code that only the key outside the database makes (core.audit_heads)."""

    position = models.BigIntegerField(primary_key=True)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    code = models.CharField(max_length=64, help_text="HMAC of position, hash and time.")
    kept_elsewhere = models.BooleanField(
        default=False, help_text="It was sent out of the database: at most one a day."
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["-position"],
                condition=models.Q(kept_elsewhere=True),
                name="audit_heads_kept_elsewhere",
            )
        ]
        triggers = core_triggers.append_only_triggers("A kept head of the audit chain")

    def __str__(self) -> str:
        return f"head {self.position}"


class IdempotencyKey(models.Model):
    """A POST already answered, by the key its form carried and a hash of what it said: sent again, it answers the same."""

    key = models.UUIDField(primary_key=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    path = models.CharField(max_length=200)
    location = models.CharField(max_length=300, blank=True)
    content = models.CharField(max_length=64, help_text="SHA-256 of what was sent.")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(content__regex=r"^[0-9a-f]{64}$"), name="answered_form_has_its_hash"
            )
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.key}"


class AutosaveQuerySet(models.QuerySet["Autosave"]):
    def of(self, *, user, kind: str, subject: str) -> "AutosaveQuerySet":
        return self.filter(owner=user, kind=kind, subject=subject)


class Autosave(models.Model):
    """What somebody has typed into a long form and not sent yet. Private to its author."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="autosaves", db_index=False
    )
    kind = models.CharField(max_length=40, help_text="Which form: intake, assessment, session.")
    subject = models.CharField(max_length=60, help_text="About which row: patient:7, session:12.")
    fields = models.JSONField(default=dict, help_text="Field name to list of values, as posted.")
    url = models.CharField(max_length=200, help_text="Where to go on with it.")
    saved_at = models.DateTimeField(default=timezone.now)
    revision = models.PositiveIntegerField(
        default=1, db_default=1, help_text="Counts the saves: another window tells by it."
    )
    key = models.UUIDField(
        null=True, blank=True, help_text="Of the last save: sent again, it is the same save."
    )

    objects = AutosaveQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "subject"], name="one_autosave_per_form_and_author"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class PreparedFile(models.Model):
    """A list too long to wait for, written by the queue for whoever asked (mesoclinic.core.prepared_files)."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="prepared_files")
    name = models.CharField(max_length=60, help_text="What the download is called, without .csv.")
    needs = models.CharField(max_length=40, help_text="The permission to take it, by name.")
    asked = models.JSONField(default=dict, help_text="Which rows: ids and days.")
    asked_at = models.DateTimeField(default=timezone.now)
    rows = models.PositiveIntegerField(null=True, help_text="In all; none before it is begun.")
    written = models.PositiveIntegerField(default=0, help_text="Rows so far.")
    ready_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="prepared_files_by_age")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ready_at=None) | models.Q(failed_at=None),
                name="prepared_file_is_ready_or_failed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"


class PreparedPart(models.Model):
    """A batch of rows of a prepared file, as text."""

    file = models.ForeignKey(PreparedFile, models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="prepared_part_is_written_once")
        ]

    def __str__(self) -> str:
        return f"part {self.number}"


class LoadedRow(models.Model):
    """A row that may have come with the shipped data. ``loaded`` keeps what that last said."""

    loaded: models.JSONField

    class Meta:
        abstract = True


class Source(LoadedRow):
    """A publication, label or law that reference rows cite by key."""

    key = models.CharField(max_length=30, primary_key=True)
    citation = models.TextField()
    address = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=100)
    loaded = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class Basis(models.TextChoices):
    """How surely the source says so (domain data, column ``basis``)."""

    STATED = "stated", "stated by the source"
    PARTLY = "partly_sourced", "partly sourced"
    INFERRED = "inferred", "inferred"
    GENERAL = "general_knowledge", "general knowledge, to be verified"
    CLINIC = "clinic-default", "a proposal nobody published, for the clinic to confirm"


class ReferenceRow(LoadedRow):
    """A row of reference data: where it came from, who here reviewed it, whether it is retired.

    ``loaded`` keeps what the shipped data last said, so that loading newer data changes only what the
    clinic has not edited itself (mesoclinic.core.reference).
    """

    source_keys = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    source_text = models.TextField(blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    loaded = models.JSONField(default=dict, editable=False, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None, reviewed_at=None)
                | models.Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="%(class)s_reviewed_by_and_at_together",
            )
        ]


def new_key() -> uuid.UUID:
    return uuid.uuid4()


class MinuteCount(models.Model):
    """How often something was done in one minute (mesoclinic.core.rate_limit). Pruned by ``tick``."""

    who = models.CharField(max_length=64, help_text="A keyed hash of what was done and by whom.")
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["who", "minute"], name="counted_once_a_minute")]
        indexes = [models.Index(fields=["minute"], name="counts_by_minute")]

    def __str__(self) -> str:
        return f"count {self.pk}"


class TickRun(models.Model):
    """When ``manage.py tick`` last ran to its end (mesoclinic.core.tick_runs). There is one row."""

    ended_at = models.DateTimeField()
    boot = models.CharField(max_length=40, blank=True, help_text="Which start of the machine it ran in.")
    uptime = models.FloatField(
        default=0, help_text="Seconds since that start: no clock that is set moves them."
    )
    jumped_at = models.DateTimeField(null=True, blank=True, help_text="When a jump of the clock was noticed.")
    jumped_by = models.FloatField(default=0, help_text="By so many seconds; below zero: back.")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="tick_has_one_row")]

    def __str__(self) -> str:
        return f"tick {self.ended_at:%Y-%m-%d %H:%M}"
