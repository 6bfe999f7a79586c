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
        ("patients", "0001_initial"),
        ("stock", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="RecallCase",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recalls",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("open", "open"), ("closed", "closed"), ("withdrawn", "withdrawn")],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(help_text="Who recalls it, and why.", max_length=200)),
                        (
                            "measure",
                            models.CharField(
                                choices=[
                                    ("recall", "Recalled for good"),
                                    ("quarantine", "Put aside until it is clear"),
                                ],
                                default="recall",
                                max_length=12,
                            ),
                        ),
                        ("notice", models.TextField(blank=True, help_text="The notice as it was pasted.")),
                        (
                            "opened_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ended_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("ending", models.TextField(blank=True, help_text="What is said at the end.")),
                        (
                            "ending_figures",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="The tally as it stood when it was closed.",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(fields=["clinic", "status", "-id"], name="recalls_by_status")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="recall_says_who_and_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["open", "closed", "withdrawn"])),
                                name="recall_status_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("ended_by", None), ("status", "open")),
                                    models.Q(
                                        models.Q(("status", "open"), _negated=True),
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="recall_ended_by_and_at_together",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['status', 'ended_at', 'ended_by_id', 'ending', 'ending_figures']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'ended_at', 'ended_by_id', 'ending', 'ending_figures']::text[]) THEN RAISE EXCEPTION 'A recall is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="d1165305149634656a8f2dac7ab93dbac2fed736",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_b53ef",
                                    table="recalls_recallcase",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A recall is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="ffd5481be136e7aa0a618ff868c26469476f7942",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_8519d",
                                    table="recalls_recallcase",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A recall is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="39d82e78d92ba2799001a2ff9068965e43cc3054",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_9ba67",
                                    table="recalls_recallcase",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="moves_as_it_may",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF OLD.status = 'withdrawn' OR (OLD.status = 'closed' AND NEW.status <> 'open'\n                                                    AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW))\n                    THEN RAISE EXCEPTION 'This recall has ended: open it again to go on.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="a8aa7cb22d3f2fda1cd7ffc5c3312388427135fe",
                                    operation="UPDATE",
                                    pgid="pgtrigger_moves_as_it_may_e4f10",
                                    table="recalls_recallcase",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContactAttempt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attempts",
                                to="recalls.recallcase",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("reached", "Reached"),
                                    ("not_reached", "Not reached"),
                                    ("letter", "Letter sent"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("phone", "by phone"),
                                    ("in_person", "in person"),
                                    ("email", "by e-mail"),
                                    ("post", "by post"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300)),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
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
                    ],
                    options={
                        "ordering": ["case", "pk"],
                        "indexes": [
                            models.Index(fields=["case", "patient", "id"], name="attempts_by_patient")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("outcome__in", ["reached", "not_reached", "letter"]),
                                    ("channel__in", ["phone", "in_person", "email", "post"]),
                                ),
                                name="attempt_says_how_and_what",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A contact attempt is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="7f529426981d87f0e6e1f1897edb327c9462cade",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_31f2c",
                                    table="recalls_contactattempt",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A contact attempt is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="7068fe1bf478543f574e4e5560379cd9cc851c39",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_320a1",
                                    table="recalls_contactattempt",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'open') INTO is_frozen FROM recalls_recallcase p WHERE p.id = OLD.case_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A recall is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'open') INTO is_frozen FROM recalls_recallcase p WHERE p.id = NEW.case_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A recall is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="d2791c7b77ac7b4d923cfa4af2491acabb398edd",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_a60db",
                                    table="recalls_contactattempt",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecallLot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lots",
                                to="recalls.recallcase",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recalls",
                                to="stock.lot",
                            ),
                        ),
                        ("was", models.CharField(max_length=12)),
                        (
                            "said",
                            models.CharField(
                                blank=True, help_text="Where the notice names it.", max_length=100
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["case", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "lot"), name="lot_once_in_a_recall")
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A recall''s lots is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="369cecdf3231d60ba03cebf705d61b664fa607fe",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_33360",
                                    table="recalls_recalllot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A recall''s lots is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="e950bab3c59e12b25cfe17148056ae8bde68bbee",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_678f6",
                                    table="recalls_recalllot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.status <> 'open') INTO is_frozen FROM recalls_recallcase p WHERE p.id = OLD.case_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A recall is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.status <> 'open') INTO is_frozen FROM recalls_recallcase p WHERE p.id = NEW.case_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'A recall is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="939aae463f1da866a7b1ffa5ab108df8b3cf9cba",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_2a4c0",
                                    table="recalls_recalllot",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
