"""What every row of the catalogue said, since when, who changed it and why. The database writes it."""

from collections.abc import Sequence

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers

#: What is no part of what a row says: who read it, what was shipped, what follows from the rest.
_BESIDE = "'{id,loaded,reviewed_by_id,reviewed_at,name_key,received_since}'::text[]"

#: The transaction's own words about a change, by ``recording_versions_of_changes``.
SAID = "mesoclinic.change"


class RowVersion(models.Model):
    """One version of one row. Written by the row's own trigger, so that nothing changes without it."""

    kind = models.CharField(max_length=40, help_text="catalogue.product")
    row_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    content = models.JSONField(help_text="Every column, as the database writes it.")
    valid_from = models.DateField()
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty: it came with the shipped data.",
    )
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["kind", "row_id", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "row_id", "number"], name="versions_of_a_row_follow_each_other"
            )
        ]
        triggers = core_triggers.append_only_triggers("The history of the catalogue")

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id} v{self.number}"


class PlannedChangeQuerySet(models.QuerySet["PlannedChange"]):
    def neither_applied_nor_withdrawn(self) -> "PlannedChangeQuerySet":
        return self.filter(applied_at=None, withdrawn_at=None)


class PlannedChange(models.Model):
    """A change that is decided and begins on a later day. On that day it becomes the row's next version."""

    kind = models.CharField(max_length=40, help_text="catalogue.product")
    row_id = models.BigIntegerField()
    changes = models.JSONField(help_text="Field name to its new value.")
    valid_from = models.DateField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)
    applied_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = PlannedChangeQuerySet.as_manager()

    class Meta:
        ordering = ["valid_from", "pk"]
        indexes = [
            models.Index(
                fields=["valid_from"],
                name="changes_that_wait",
                condition=Q(applied_at=None, withdrawn_at=None),
            ),
            models.Index(fields=["kind", "row_id"], name="changes_of_a_row"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="planned_change_says_why"),
            models.CheckConstraint(
                condition=Q(applied_at=None) | Q(withdrawn_at=None),
                name="planned_change_is_applied_or_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="planned_change_withdrawn_by_and_at_together",
            ),
        ]
        triggers = [
            *core_triggers.frozen_triggers(
                "A planned change", except_fields=("applied_at", "withdrawn_at", "withdrawn_by_id")
            ),
            core_triggers.Trigger(
                name="settled_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__applied_at__isnull=False)
                | pgtrigger.Q(old__withdrawn_at__isnull=False),
                func=core_triggers.raise_exception_sql("A planned change is settled once: plan another one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id} from {self.valid_from}"


def write_next_version_trigger(
    kind: str, table: str, *, key: str = "id", more: str = ""
) -> core_triggers.Trigger:
    """At the end of the change, what the row now says becomes its next version, if it says something else.

    ``key`` is the column that names the row of ``kind``; ``more`` is SQL of a jsonb to add, over ``t``. Deferred,
    so that a product and what is in it are one version. Who, why and since when are told by the transaction
    (``SAID``); a change that tells nothing is kept all the same.
    """
    return core_triggers.Trigger(
        name="keeps_versions",
        doc="writes catalogue_rowversion: what the row now says, as its next version",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
        if key != "id"
        else pgtrigger.Insert | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        declare=[
            ("of_row", "bigint"),
            ("stands", "jsonb"),
            ("stood", "jsonb"),
            ("last_number", "integer"),
            ("said", "jsonb"),
        ],
        func=f"""
            IF TG_OP = 'DELETE' THEN of_row := OLD.{key}; ELSE of_row := NEW.{key}; END IF;
            SELECT (to_jsonb(t) - {_BESIDE}){more} INTO stands FROM {table} t WHERE t.id = of_row;
            SELECT number, content INTO last_number, stood FROM catalogue_rowversion
             WHERE kind = '{kind}' AND row_id = of_row ORDER BY number DESC LIMIT 1;
            IF stands IS NOT NULL AND stands IS DISTINCT FROM stood THEN
                said := coalesce(nullif(current_setting('{SAID}', true), ''), '{{}}')::jsonb;
                INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, by_id, reason)
                VALUES ('{kind}', of_row, coalesce(last_number, 0) + 1, stands,
                        coalesce((said->>'valid_from')::date, CURRENT_DATE), (said->>'by')::bigint,
                        coalesce(said->>'reason', ''));
            END IF;
            RETURN NULL;
        """,
    )


def triggers_of_versioned_row(
    what: str, *, kind: str, table: str, more: str = "", reviewed: bool = True
) -> Sequence[core_triggers.Trigger]:
    """A row that is retired and never deleted, whose every version is kept.

    ``reviewed``: a clinician signs it; a change takes the signature off, for it was about what stood before.
    """
    kept = [
        *core_triggers.never_deleted_triggers(what, "retire it instead."),
        write_next_version_trigger(kind, table, more=more),
    ]
    if not reviewed:
        return kept
    return [
        *kept,
        core_triggers.Trigger(
            name="review_is_of_what_stands",
            doc="writes its own reviewed_by_id and reviewed_at: a change takes the review off",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=f"""
                IF NEW.reviewed_at IS NOT NULL AND NEW.reviewed_at IS NOT DISTINCT FROM OLD.reviewed_at
                   AND (to_jsonb(OLD) - {_BESIDE}) IS DISTINCT FROM (to_jsonb(NEW) - {_BESIDE}) THEN
                    NEW.reviewed_at := NULL; NEW.reviewed_by_id := NULL;
                END IF;
                RETURN NEW;
            """,
        ),
        # Law 6: the software advises, the clinician signs.
        core_triggers.Trigger(
            name="reviewed_by_a_clinician",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update,
            condition=pgtrigger.Q(new__reviewed_by__isnull=False),
            func=f"""
                IF TG_OP = 'UPDATE' THEN
                    IF OLD.reviewed_by_id IS NOT DISTINCT FROM NEW.reviewed_by_id
                       AND OLD.reviewed_at IS NOT DISTINCT FROM NEW.reviewed_at THEN RETURN NEW; END IF;
                END IF;
                IF NOT EXISTS (SELECT 1 FROM accounts_membership m
                                WHERE m.user_id = NEW.reviewed_by_id AND 'clinician' = ANY (m.roles)) THEN
                    {core_triggers.raise_exception_sql("A clinical row is reviewed by a clinician.")}
                END IF;
                RETURN NEW;
            """,
        ),
    ]


def keep_official_block_trigger(condition: str, message: str) -> core_triggers.Trigger:
    """What a regulator or a label forbids is lifted by newer shipped data only: ``condition`` (SQL) refuses."""
    return core_triggers.Trigger(
        name="stays_as_stated",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"IF {condition} THEN {core_triggers.raise_exception_sql(message)} END IF; RETURN NEW;",
    )
