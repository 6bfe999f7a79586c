import django.db.models.deletion
import django.db.models.functions.datetime
import mesoclinic.core.migration_operations
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="InboxMark",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "line",
                            models.CharField(
                                help_text="Which line, by ids and dates: mesoclinic/inbox/rules.py.",
                                max_length=60,
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("seen", "Seen"), ("taken", "Being worked on")], max_length=6
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("until", models.DateTimeField(help_text="Until when it holds.")),
                        ("undone_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "undone_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-at", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("undone_at", None)),
                                fields=["clinic", "until"],
                                name="inbox_marks_that_hold",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["seen", "taken"])),
                                name="inbox_mark_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("until__gt", models.F("at"))),
                                name="inbox_mark_holds_for_a_while",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("undone_at__isnull", True), ("undone_by__isnull", True)),
                                    models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="inbox_mark_undone_at_and_by_together",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['undone_at', 'undone_by_id']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['undone_at', 'undone_by_id']::text[]) THEN RAISE EXCEPTION 'A mark in the inbox is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="7d5d6a6832ad7cd493129c78bb0440348249198a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_5d842",
                                    table="inbox_inboxmark",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A mark in the inbox is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="d7d1fdfdbdba5a2b63f470233067a8a090f126eb",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_0141e",
                                    table="inbox_inboxmark",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A mark in the inbox is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="cb849539fad8f126695c875b26707e94064350b4",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_f9681",
                                    table="inbox_inboxmark",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
