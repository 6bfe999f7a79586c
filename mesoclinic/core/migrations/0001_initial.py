import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import mesoclinic.core.migration_operations
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(),
        django.contrib.postgres.operations.TrigramExtension(),
        django.contrib.postgres.operations.UnaccentExtension(),
        mesoclinic.core.migration_operations.RunSQLFile(
            path="mesoclinic/core/sql/plain.sql",
            undo="DROP FUNCTION core_plain(text)",
        ),
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="AuditSeal",
                    fields=[
                        ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                        (
                            "event",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="seal",
                                to="core.auditevent",
                            ),
                        ),
                        (
                            "event_at",
                            models.DateTimeField(help_text="The event's time: in which month it lies."),
                        ),
                        ("previous_hash", models.CharField(blank=True, max_length=64)),
                        ("hash", models.CharField(max_length=64, unique=True)),
                    ],
                    options={
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The audit chain is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="15e733cef98a82178bff7f8390e98c049c0b09cc",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_b7549",
                                    table="core_auditseal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The audit chain is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="eccd99e396b748b26e15409a543ea8e0738cef92",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_5396b",
                                    table="core_auditseal",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Autosave",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="autosaves",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                help_text="Which form: intake, assessment, session.", max_length=40
                            ),
                        ),
                        (
                            "subject",
                            models.CharField(
                                help_text="About which row: patient:7, session:12.", max_length=60
                            ),
                        ),
                        (
                            "fields",
                            models.JSONField(
                                default=dict, help_text="Field name to list of values, as posted."
                            ),
                        ),
                        ("url", models.CharField(help_text="Where to go on with it.", max_length=200)),
                        ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "revision",
                            models.PositiveIntegerField(
                                db_default=1,
                                default=1,
                                help_text="Counts the saves: another window tells by it.",
                            ),
                        ),
                        (
                            "key",
                            models.UUIDField(
                                blank=True,
                                help_text="Of the last save: sent again, it is the same save.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("owner", "kind", "subject"), name="one_autosave_per_form_and_author"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IdempotencyKey",
                    fields=[
                        ("key", models.UUIDField(primary_key=True, serialize=False)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("path", models.CharField(max_length=200)),
                        ("location", models.CharField(blank=True, max_length=300)),
                        ("content", models.CharField(help_text="SHA-256 of what was sent.", max_length=64)),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("content__regex", "^[0-9a-f]{64}$")),
                                name="answered_form_has_its_hash",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MinuteCount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "who",
                            models.CharField(
                                help_text="A keyed hash of what was done and by whom.", max_length=64
                            ),
                        ),
                        ("minute", models.DateTimeField()),
                        ("count", models.PositiveIntegerField(default=1)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["minute"], name="counts_by_minute")],
                        "constraints": [
                            models.UniqueConstraint(fields=("who", "minute"), name="counted_once_a_minute")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PreparedFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="prepared_files",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                help_text="What the download is called, without .csv.", max_length=60
                            ),
                        ),
                        (
                            "needs",
                            models.CharField(help_text="The permission to take it, by name.", max_length=40),
                        ),
                        ("asked", models.JSONField(default=dict, help_text="Which rows: ids and days.")),
                        ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "rows",
                            models.PositiveIntegerField(
                                help_text="In all; none before it is begun.", null=True
                            ),
                        ),
                        ("written", models.PositiveIntegerField(default=0, help_text="Rows so far.")),
                        ("ready_at", models.DateTimeField(null=True)),
                        ("failed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["asked_at"], name="prepared_files_by_age")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ready_at", None), ("failed_at", None), _connector="OR"),
                                name="prepared_file_is_ready_or_failed",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PreparedPart",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="parts",
                                to="core.preparedfile",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("text", models.TextField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("file", "number"), name="prepared_part_is_written_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Source",
                    fields=[
                        ("key", models.CharField(max_length=30, primary_key=True, serialize=False)),
                        ("citation", models.TextField()),
                        ("address", models.CharField(blank=True, max_length=500)),
                        ("kind", models.CharField(max_length=100)),
                        ("loaded", models.JSONField(default=dict, editable=False)),
                    ],
                    options={
                        "ordering": ["key"],
                    },
                ),
                migrations.CreateModel(
                    name="TickRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ended_at", models.DateTimeField()),
                        (
                            "boot",
                            models.CharField(
                                blank=True, help_text="Which start of the machine it ran in.", max_length=40
                            ),
                        ),
                        (
                            "uptime",
                            models.FloatField(
                                default=0,
                                help_text="Seconds since that start: no clock that is set moves them.",
                            ),
                        ),
                        (
                            "jumped_at",
                            models.DateTimeField(
                                blank=True, help_text="When a jump of the clock was noticed.", null=True
                            ),
                        ),
                        (
                            "jumped_by",
                            models.FloatField(default=0, help_text="By so many seconds; below zero: back."),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("pk", 1)), name="tick_has_one_row")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("did", models.CharField(max_length=60)),
                        ("subject_type", models.CharField(max_length=60)),
                        ("subject_id", models.CharField(max_length=40)),
                        (
                            "patient_id",
                            models.BigIntegerField(
                                help_text="Whose record it concerns; not a foreign key on purpose.", null=True
                            ),
                        ),
                        ("data", models.JSONField(default=dict)),
                        (
                            "address",
                            models.GenericIPAddressField(
                                help_text="From where on the network; none for what no request did.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["by", "-id"], name="audit_by_person"),
                            models.Index(fields=["at"], name="audit_by_time"),
                            models.Index(
                                condition=models.Q(
                                    ("did__in", ["patient.opened_with_reason", "access.in_order"])
                                ),
                                fields=["did", "-id"],
                                name="audit_of_reasons",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                condition=models.Q(("data__has_key", "patients")),
                                fields=["data"],
                                name="audit_by_patient_of_list",
                                opclasses=["jsonb_path_ops"],
                            ),
                            models.Index(fields=["patient_id", "-id"], name="audit_by_patient"),
                            models.Index(
                                fields=["subject_type", "subject_id", "-id"], name="audit_by_subject"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The audit log is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="a20eb5239a3a93377c4684a9f2a1d73b2a905b5f",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_6d6e0",
                                    table="core_auditevent",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The audit log is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="d2a3d800464bf966834d7592fc4e47ec9c4c0dcf",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_64d40",
                                    table="core_auditevent",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="seal",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    declare="DECLARE last_position bigint; last_hash text;",
                                    func="\n                    PERFORM pg_advisory_xact_lock(hashtext('core_auditseal'));\n                    SELECT position, hash INTO last_position, last_hash\n                      FROM core_auditseal ORDER BY position DESC LIMIT 1;\n                    last_position := coalesce(last_position, 0) + 1;\n                    last_hash := coalesce(last_hash, '');\n                    INSERT INTO core_auditseal (position, event_id, event_at, previous_hash, hash)\n                    VALUES (last_position, NEW.id, NEW.at, last_hash,\n                            core_audit_hash(last_position, last_hash, NEW.id, NEW.at));\n                    RETURN NULL;\n                ",
                                    hash="490d9e7ed0e94f9bf92923c8f5734abe006cea53",
                                    operation="INSERT",
                                    pgid="pgtrigger_seal_c0bb2",
                                    table="core_auditevent",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditHead",
                    fields=[
                        ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("hash", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                        (
                            "code",
                            models.CharField(help_text="HMAC of position, hash and time.", max_length=64),
                        ),
                        (
                            "kept_elsewhere",
                            models.BooleanField(
                                default=False, help_text="It was sent out of the database: at most one a day."
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("kept_elsewhere", True)),
                                fields=["-position"],
                                name="audit_heads_kept_elsewhere",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A kept head of the audit chain is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="3c5aeaa82b0db1f0814d85e2b1e040e5b855fab7",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_075ea",
                                    table="core_audithead",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A kept head of the audit chain is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="22b147e83e314dbe75bab44883ec71543e163500",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_46a2e",
                                    table="core_audithead",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
        mesoclinic.core.migration_operations.RunSQLFile(
            path="mesoclinic/core/sql/audit_hash.sql",
            undo="DROP FUNCTION core_audit_hash(bigint, text, bigint, timestamptz)",
        ),
    ]
