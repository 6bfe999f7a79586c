import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import mesoclinic.core.fields
import mesoclinic.core.migration_operations
import pgtrigger.compiler
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("core", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            sql="CREATE SEQUENCE patients_record_number",
            reverse_sql="DROP SEQUENCE patients_record_number",
        ),
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Alert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "type",
                            models.ForeignKey(
                                blank=True,
                                help_text="None where none is on file.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.alerttype",
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=120)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("reaction", "reaction"),
                                    ("follow_up", "follow up"),
                                    ("recall", "recall"),
                                    ("pain", "pain"),
                                    ("patient_state", "patient state"),
                                    ("medicine", "medicine"),
                                    ("site", "site"),
                                    ("lab", "lab"),
                                    ("consent", "consent"),
                                    ("other", "other"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("block_fixed", "block fixed"),
                                    ("block_overridable", "block overridable"),
                                    ("warn", "warn"),
                                    ("note", "note"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("text", models.CharField(max_length=300)),
                        ("desk_text", models.CharField(blank=True, max_length=300)),
                        ("source", models.CharField(max_length=120)),
                        (
                            "since",
                            models.DateField(
                                default=django.utils.timezone.localdate,
                                help_text="The day from which it stands.",
                            ),
                        ),
                        (
                            "raised_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "raised_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("session_number", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "given_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who gave the session after which it was raised.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "suspects",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                blank=True,
                                default=list,
                                help_text="What was given before it.",
                                size=None,
                            ),
                        ),
                        (
                            "zones",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "ended_at",
                            models.DateTimeField(blank=True, help_text="Written by its clearing.", null=True),
                        ),
                    ],
                    options={
                        "ordering": ["patient", "pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ended_at", None)), fields=["patient"], name="alerts_open"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("source",),
                                name="one_open_alert_for_a_source",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "reaction",
                                            "follow_up",
                                            "recall",
                                            "pain",
                                            "patient_state",
                                            "medicine",
                                            "site",
                                            "lab",
                                            "consent",
                                            "other",
                                        ],
                                    )
                                ),
                                name="alert_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("level__in", ["block_fixed", "block_overridable", "warn", "note"])
                                ),
                                name="alert_level_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("text", ""), _negated=True),
                                    models.Q(("source", ""), _negated=True),
                                ),
                                name="alert_says_what_and_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['ended_at']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['ended_at']::text[]) THEN RAISE EXCEPTION 'An alert is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="f096eed51520c66882752eba4a98d58f65e63b50",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_595fa",
                                    table="patients_alert",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'An alert is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="4aa1c7fca6ff8da4a8e04350936be62258d81e9c",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_8dcf7",
                                    table="patients_alert",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An alert is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="f95cd21a0bb494538b65ee97dde9d88e494b23c0",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_c1b8c",
                                    table="patients_alert",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="ends_by_a_clearing",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."ended_at" IS NOT NULL)',
                                    func="IF NOT EXISTS (SELECT 1 FROM patients_alertclearing c WHERE c.alert_id = NEW.id AND c.at = NEW.ended_at) THEN RAISE EXCEPTION 'An alert ends by a clearing that says who, when and why.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="ee664354a2915067133f32db16bbc3b1407eed2c",
                                    operation='INSERT OR UPDATE OF "ended_at"',
                                    pgid="pgtrigger_ends_by_a_clearing_b1c1d",
                                    table="patients_alert",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stays_cleared",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."ended_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'A cleared alert is frozen: raise a new one.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="2f8b81d6b5b79d67c83f3d3dc0f5db715b29050c",
                                    operation="UPDATE",
                                    pgid="pgtrigger_stays_cleared_5fb34",
                                    table="patients_alert",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertAgreement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "alert",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agreements",
                                to="patients.alert",
                            ),
                        ),
                        ("words", models.CharField(max_length=300)),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                        "ordering": ["alert", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("alert", "by"), name="agreed_once_by_somebody"),
                            models.CheckConstraint(
                                condition=models.Q(("words", ""), _negated=True), name="agreement_says_why"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An agreement to clear an alert early is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="d280724a2a00ae3773bfdf5e80eda8941786bde0",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_f3e11",
                                    table="patients_alertagreement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An agreement to clear an alert early is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="729cc1f837a8e90c13c3a5e41996a9ccad108ef5",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_5e65b",
                                    table="patients_alertagreement",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertClearing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "alert",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clearing",
                                to="patients.alert",
                            ),
                        ),
                        (
                            "how",
                            models.CharField(
                                choices=[
                                    ("cleared", "cleared by a clinician"),
                                    ("cause_over", "what raised it is over"),
                                    ("next_session", "the next session was signed"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("words", models.CharField(max_length=300)),
                        (
                            "culprit",
                            models.CharField(
                                blank=True,
                                help_text="What a reaction is put down to, or “unknown”.",
                                max_length=120,
                            ),
                        ),
                        (
                            "agreement",
                            models.ForeignKey(
                                blank=True,
                                help_text="Where it was early.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.alertagreement",
                            ),
                        ),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                        "ordering": ["alert"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("words", ""), _negated=True), name="clearing_says_why"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The clearing of an alert is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="aa9801eae0071415713db5869fdeba944531d1d1",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_14e2d",
                                    table="patients_alertclearing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The clearing of an alert is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="b13c53dd9ef523736f0a7a6fe537472bff6eec95",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_1fd3b",
                                    table="patients_alertclearing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="is_written_now",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF abs(extract(epoch FROM clock_timestamp() - NEW.at)) > 60 THEN RAISE EXCEPTION 'An alert ends when its clearing is written, not before or after.' USING ERRCODE = 'integrity_constraint_violation'; END IF; IF length(btrim(NEW.words)) < (CASE NEW.how WHEN 'cleared' THEN 10 ELSE 3 END) THEN RAISE EXCEPTION 'A clearing says why, in a sentence.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="4ce4b067d908140af3a2c657c5a09b010e837c0c",
                                    operation="INSERT",
                                    pgid="pgtrigger_is_written_now_0c114",
                                    table="patients_alertclearing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="ends_the_alert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="UPDATE patients_alert SET ended_at = NEW.at WHERE id = NEW.alert_id; RETURN NULL;",
                                    hash="5763b647f814c3f0c1dc9532791a2c8d8d63a66c",
                                    operation="INSERT",
                                    pgid="pgtrigger_ends_the_alert_6c1a8",
                                    table="patients_alertclearing",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertClearingAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "clearing",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="patients.alertclearing",
                            ),
                        ),
                        ("name", models.CharField(max_length=30)),
                        ("label", models.CharField(max_length=120)),
                        ("value", models.CharField(max_length=300)),
                    ],
                    options={
                        "ordering": ["clearing", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("clearing", "name"), name="clearing_answers_a_thing_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("value", ""), _negated=True),
                                name="clearing_answer_says_something",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'What was written at the clearing of an alert is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="86bfe87425074d670964f2779fdbe6a9fa933371",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_e0736",
                                    table="patients_alertclearinganswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'What was written at the clearing of an alert is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="cac7098c9543cc8d1696568391ef641be2f2948f",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_37e25",
                                    table="patients_alertclearinganswer",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertType",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source_keys",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("source_text", models.TextField(blank=True)),
                        (
                            "reviewed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                        ("retired_at", models.DateTimeField(blank=True, null=True)),
                        ("loaded", models.JSONField(blank=True, default=dict, editable=False)),
                        ("code", models.CharField(max_length=60, unique=True)),
                        (
                            "trigger_kind",
                            models.CharField(
                                choices=[
                                    ("reaction", "reaction"),
                                    ("follow_up", "follow up"),
                                    ("recall", "recall"),
                                    ("pain", "pain"),
                                    ("patient_state", "patient state"),
                                    ("medicine", "medicine"),
                                    ("site", "site"),
                                    ("lab", "lab"),
                                    ("consent", "consent"),
                                    ("other", "other"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("trigger", models.CharField(max_length=160)),
                        ("state", models.CharField(blank=True, max_length=160)),
                        ("applies_to", models.CharField(max_length=200)),
                        (
                            "stored",
                            models.BooleanField(
                                help_text="A row of the patient's; else worked out from the record."
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("block_fixed", "block fixed"),
                                    ("block_overridable", "block overridable"),
                                    ("warn", "warn"),
                                    ("note", "note"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("stands_from", models.CharField(blank=True, max_length=120)),
                        ("cleared_by", models.CharField(max_length=200)),
                        ("clear_requires", models.CharField(blank=True, max_length=400)),
                        ("min_days", models.PositiveSmallIntegerField(default=0)),
                        ("desk_sees", models.CharField(blank=True, max_length=300)),
                        ("screen_says", models.CharField(max_length=300)),
                        ("after_clearing", models.CharField(blank=True, max_length=300)),
                        ("priority", models.PositiveSmallIntegerField(default=2)),
                        ("note", models.CharField(blank=True, max_length=400)),
                        (
                            "basis",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("stated", "stated by the source"),
                                    ("partly_sourced", "partly sourced"),
                                    ("inferred", "inferred"),
                                    ("general_knowledge", "general knowledge, to be verified"),
                                    (
                                        "clinic-default",
                                        "a proposal nobody published, for the clinic to confirm",
                                    ),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "applies_when",
                            models.CharField(
                                choices=[("any", "any"), ("holds", "holds"), ("without", "without")],
                                default="any",
                                max_length=10,
                            ),
                        ),
                        (
                            "substances",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "with_suspects",
                            models.BooleanField(
                                default=False,
                                help_text="What was given before a reaction counts with the substances.",
                            ),
                        ),
                        ("in_region", models.BooleanField(default=False)),
                        (
                            "inside_level",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("block_fixed", "block fixed"),
                                    ("block_overridable", "block overridable"),
                                    ("warn", "warn"),
                                    ("note", "note"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "outside_level",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("block_fixed", "block fixed"),
                                    ("block_overridable", "block overridable"),
                                    ("warn", "warn"),
                                    ("note", "note"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("cleared_by_role", models.CharField(default="clinician", max_length=20)),
                        ("ends_with", models.CharField(blank=True, max_length=60)),
                        ("after", models.CharField(blank=True, max_length=20)),
                        (
                            "words",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["priority", "code"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="alerttype_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertTypeField",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "alert_type",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fields",
                                to="patients.alerttype",
                            ),
                        ),
                        ("name", models.CharField(max_length=30)),
                        ("label", models.CharField(max_length=120)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("text", "text"),
                                    ("date", "date"),
                                    ("healed", "healed"),
                                    ("culprit", "culprit"),
                                    ("suspect", "suspect"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("required", models.BooleanField(default=True)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                        ("loaded", models.JSONField(blank=True, default=dict, editable=False)),
                    ],
                    options={
                        "ordering": ["alert_type", "order", "name"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("alert_type", "name"), name="alert_type_asks_a_thing_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ConsentText",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        ("language", models.CharField(default="en", max_length=10)),
                        ("version", models.PositiveIntegerField()),
                        ("title", models.CharField(max_length=120)),
                        ("body", models.TextField()),
                        (
                            "in_force_from",
                            models.DateField(
                                default=datetime.date(2020, 1, 1), help_text="The first day it is signed."
                            ),
                        ),
                        (
                            "written_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "written_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty where it was shipped.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "language", "version"), name="consent_text_versions"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("title", ""), _negated=True),
                                    models.Q(("body", ""), _negated=True),
                                ),
                                name="consent_text_says_something",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN RAISE EXCEPTION 'A consent text is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="7933dd5e43022d134a598d57acb954096cad533b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_628a1",
                                    table="patients_consenttext",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A consent text is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="1a8996f08a6a0f3ad7f58db961667f18f750431b",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_cb422",
                                    table="patients_consenttext",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A consent text is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="07df5091133591103bc7056745b2507b46dd00e0",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_94435",
                                    table="patients_consenttext",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Factor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source_keys",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("source_text", models.TextField(blank=True)),
                        (
                            "reviewed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                        ("retired_at", models.DateTimeField(blank=True, null=True)),
                        ("loaded", models.JSONField(blank=True, default=dict, editable=False)),
                        ("code", models.CharField(max_length=60, unique=True)),
                        ("label", models.CharField(max_length=120)),
                        ("short_label", models.CharField(max_length=60)),
                        (
                            "said_label",
                            models.CharField(
                                blank=True,
                                help_text="The chip with {said} where what was said stands, if it says that.",
                                max_length=80,
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("allergy", "Allergy"),
                                    ("medicine", "Medicine"),
                                    ("pregnancy", "Pregnancy"),
                                    ("disease", "Disease"),
                                    ("history", "History"),
                                    ("staff", "Staff"),
                                    ("lifestyle", "Lifestyle"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "sensitive",
                            models.BooleanField(
                                default=True, help_text="A detail of a diagnosis: not for the front desk."
                            ),
                        ),
                        (
                            "usual_days",
                            models.PositiveIntegerField(
                                blank=True, help_text="How long it lasts, where it passes.", null=True
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["kind", "label"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="factor_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertTypeFactor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "alert_type",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="factors",
                                to="patients.alerttype",
                            ),
                        ),
                        (
                            "factor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alert_types",
                                to="patients.factor",
                            ),
                        ),
                        ("loaded", models.JSONField(blank=True, default=dict, editable=False)),
                    ],
                    options={
                        "ordering": ["alert_type", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("alert_type", "factor"), name="alert_type_names_a_factor_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FactorTerm",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source_keys",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("source_text", models.TextField(blank=True)),
                        (
                            "reviewed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                        ("retired_at", models.DateTimeField(blank=True, null=True)),
                        ("loaded", models.JSONField(blank=True, default=dict, editable=False)),
                        (
                            "where",
                            models.CharField(
                                choices=[("term", "a word in a name"), ("answer", "an answer of the intake")],
                                max_length=10,
                            ),
                        ),
                        (
                            "question",
                            models.CharField(
                                blank=True, help_text="Intake question, for an answer.", max_length=40
                            ),
                        ),
                        ("term", models.CharField(max_length=120)),
                        (
                            "kind",
                            models.CharField(
                                blank=True,
                                help_text="The list it stands in: allergy, medicine, disease…",
                                max_length=20,
                            ),
                        ),
                        (
                            "factor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="terms",
                                to="patients.factor",
                            ),
                        ),
                        (
                            "said",
                            models.CharField(
                                blank=True,
                                help_text="How a chip says it. Empty: the term itself.",
                                max_length=120,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["where", "question", "term"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="factorterm_reviewed_by_and_at_together",
                            ),
                            models.UniqueConstraint(
                                fields=("where", "question", "kind", "term", "factor"),
                                name="term_stands_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IntakeQuestion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source_keys",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("source_text", models.TextField(blank=True)),
                        (
                            "reviewed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                        ("retired_at", models.DateTimeField(blank=True, null=True)),
                        ("loaded", models.JSONField(blank=True, default=dict, editable=False)),
                        ("code", models.CharField(max_length=40, unique=True)),
                        ("question", models.CharField(max_length=300)),
                        ("answer_type", models.CharField(max_length=20)),
                        ("short_label", models.CharField(blank=True, max_length=60)),
                        (
                            "scale_code",
                            models.CharField(
                                blank=True, help_text="The options are this scale's levels.", max_length=30
                            ),
                        ),
                        (
                            "minimum",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True),
                        ),
                        (
                            "maximum",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True),
                        ),
                        (
                            "match_terms",
                            models.CharField(
                                blank=True,
                                help_text="Free answers are matched with this kind of term.",
                                max_length=20,
                            ),
                        ),
                        (
                            "options",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=120),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("feeds_rule", models.CharField(blank=True, max_length=200)),
                        ("from_seed", models.BooleanField(default=False)),
                        ("section", models.CharField(blank=True, max_length=60)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                        ("help_text", models.CharField(blank=True, max_length=300)),
                        ("required", models.BooleanField(default=False)),
                        ("shown_when", models.CharField(blank=True, max_length=60)),
                    ],
                    options={
                        "ordering": ["order", "code"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="intakequestion_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Patient",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "record_number",
                            models.CharField(
                                db_default=mesoclinic.core.fields.NextInSequence(
                                    "patients_record_number", "MC-", 6
                                ),
                                editable=False,
                                max_length=12,
                                unique=True,
                            ),
                        ),
                        (
                            "given_names",
                            models.CharField(
                                blank=True, help_text="Empty for somebody with one name.", max_length=100
                            ),
                        ),
                        ("family_name", models.CharField(max_length=100)),
                        ("preferred_name", models.CharField(blank=True, max_length=100)),
                        ("birth_date", models.DateField()),
                        (
                            "sex_at_birth",
                            models.CharField(
                                choices=[
                                    ("female", "Female"),
                                    ("male", "Male"),
                                    ("intersex", "Intersex"),
                                    ("unknown", "Not known"),
                                ],
                                default="unknown",
                                max_length=10,
                            ),
                        ),
                        ("pronoun", models.CharField(blank=True, max_length=20)),
                        ("phone", models.CharField(blank=True, max_length=40)),
                        ("email", models.EmailField(blank=True, max_length=254)),
                        ("address", models.TextField(blank=True)),
                        (
                            "language",
                            models.CharField(
                                default="en", help_text="For letters and reminders.", max_length=10
                            ),
                        ),
                        (
                            "reminders_by",
                            models.CharField(
                                choices=[
                                    ("email", "E-mail"),
                                    ("sms", "Text message"),
                                    ("none", "No reminders"),
                                ],
                                db_default="email",
                                default="email",
                                max_length=5,
                            ),
                        ),
                        ("emergency_contact_name", models.CharField(blank=True, max_length=100)),
                        ("emergency_contact_phone", models.CharField(blank=True, max_length=40)),
                        ("died_on", models.DateField(blank=True, null=True)),
                        (
                            "merged_into",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merged_records",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "acknowledged",
                            models.JSONField(
                                blank=True,
                                default=list,
                                editable=False,
                                help_text="Findings gone past: code, level, message, reason, by, at.",
                            ),
                        ),
                        (
                            "registered_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "registered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "sort_key",
                            models.GeneratedField(
                                db_persist=True,
                                expression=mesoclinic.core.fields.Unaccented(
                                    django.db.models.functions.text.Concat(
                                        models.F("family_name"), models.Value(" "), models.F("given_names")
                                    )
                                ),
                                output_field=models.TextField(),
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["sort_key", "id"], name="patients_by_name"),
                            models.Index(fields=["birth_date"], name="patients_by_birth_date"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("family_name", ""), _negated=True),
                                name="patient_has_a_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("birth_date__gte", "1880-01-01")),
                                name="patient_was_born_in_living_memory",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("died_on", None),
                                    ("died_on__gte", models.F("birth_date")),
                                    _connector="OR",
                                ),
                                name="patient_died_after_birth",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reminders_by__in", ["email", "sms", "none"])),
                                name="patient_is_reminded_in_a_known_way",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("merged_into", models.F("id")), _negated=True),
                                name="patient_is_not_merged_into_itself",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="search_keys",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE names text; digits text; marks CONSTANT text := '\\u0300-\\u036f\\u0483-\\u0487\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u064b-\\u065f\\u0670\\u093c\\u094d\\u09bc\\u09cd\\u0a3c\\u0a4d\\u0abc\\u0acd\\u0b3c\\u0b4d\\u0bcd\\u0c4d\\u0cbc\\u0ccd\\u0d3b\\u0d3c\\u0d4d\\u0dca\\u0e38-\\u0e3a\\u0e48-\\u0e4b\\u0eb8-\\u0eba\\u0ec8-\\u0ecb\\u1037\\u1039\\u103a\\u17d2\\u3099\\u309a';",
                                    func="\n                    names := core_plain(concat_ws(' ', NEW.given_names, NEW.family_name, NEW.preferred_name));\n                    -- As patients.rules.search folds what is typed: й is и, が is か, ς is σ, ə is a.\n                    names := translate(core_plain(normalize(regexp_replace(\n                        normalize(names, NFKD), '[' || marks || ']', '', 'g'), NFC)), 'ςə', 'σa');\n                    digits := regexp_replace(regexp_replace(NEW.phone, '[^0-9]', '', 'g'), '^00', '');\n                    DELETE FROM patients_patientkey WHERE patient_id = NEW.id;\n                    INSERT INTO patients_patientkey (patient_id, key)\n                    SELECT DISTINCT NEW.id, left(k, 60) FROM (\n                        -- From Devanagari to Khmer a vowel sign is part of its word though it is no letter.\n                        SELECT regexp_split_to_table(names, '[^[:alnum:]\\u0900-\\u1cff]+') AS k\n                        -- O'Brien is also found as obrien.\n                        UNION ALL SELECT regexp_split_to_table(\n                            regexp_replace(names, '[''’ʼ`´-]', '', 'g'), '[^[:alnum:]\\u0900-\\u1cff]+')\n                        UNION ALL SELECT core_plain(NEW.record_number)\n                        UNION ALL SELECT digits\n                        -- +33 6 12… is also typed as 06 12…, and as its last digits.\n                        UNION ALL SELECT right(digits, 9) WHERE length(digits) > 9\n                        UNION ALL SELECT '0' || right(digits, 9) WHERE length(digits) > 9\n                        UNION ALL SELECT right(digits, 7) WHERE length(digits) > 7\n                        UNION ALL SELECT '*' || right(digits, 4) WHERE length(digits) >= 7\n                        UNION ALL SELECT lower(NEW.email)\n                        -- Each name without one of its letters: how a word with one typo meets it.\n                        UNION ALL SELECT '~' || overlay(w placing '' from n for 1)\n                          FROM regexp_split_to_table(names, '[^[:alnum:]\\u0900-\\u1cff]+') w, generate_series(1, length(w)) n\n                         WHERE length(w) BETWEEN 4 AND 14\n                    ) keys WHERE k <> '';\n                    RETURN NULL;\n                ",
                                    hash="6299a71c8a126a67f7a3e4b652f85d1bfca60e54",
                                    operation='INSERT OR UPDATE OF "record_number", "given_names", "family_name", "preferred_name", "phone", "email"',
                                    pgid="pgtrigger_search_keys_4e4e2",
                                    table="patients_patient",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="merged_into_a_kept_record",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."merged_into_id" IS NOT NULL)',
                                    func="\n                    PERFORM 1 FROM patients_patient WHERE id = NEW.merged_into_id AND merged_into_id IS NULL FOR SHARE;\n                    IF NOT FOUND THEN RAISE EXCEPTION 'A record is merged into one that is kept itself.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF EXISTS (SELECT 1 FROM patients_patient WHERE merged_into_id = NEW.id)\n                    THEN RAISE EXCEPTION 'What was merged into this record follows it first.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="996d9468df8796b81946ddd2dc9bc032ae0a3e93",
                                    operation='INSERT OR UPDATE OF "merged_into_id"',
                                    pgid="pgtrigger_merged_into_a_kept_record_b435d",
                                    table="patients_patient",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="merged_by_a_merge",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    constraint="CONSTRAINT",
                                    func="\n                    IF (SELECT merged_into_id IS NOT NULL FROM patients_patient WHERE id = NEW.id) IS DISTINCT FROM\n                       EXISTS (SELECT 1 FROM patients_patientmerge WHERE merged_id = NEW.id AND status = 'done')\n                    THEN RAISE EXCEPTION 'A record is merged, and parted again, by a merge that says who and why.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NULL;\n                ",
                                    hash="2cabc10340be6f1671fb7e5de284a3fc1f43dfc7",
                                    operation='INSERT OR UPDATE OF "merged_into_id"',
                                    pgid="pgtrigger_merged_by_a_merge_ce1e3",
                                    table="patients_patient",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A patient record is kept: merge it, do not delete it.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="292e12874affd78a9b8916c35754fce5218bf9cd",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_437fa",
                                    table="patients_patient",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Intake",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="intakes",
                                to="patients.patient",
                            ),
                        ),
                        ("version", models.PositiveIntegerField()),
                        (
                            "answers",
                            models.JSONField(
                                default=dict,
                                help_text="Question code to the answer, or to a list of answers.",
                            ),
                        ),
                        (
                            "weight_kg",
                            models.DecimalField(blank=True, decimal_places=1, max_digits=5, null=True),
                        ),
                        (
                            "likely_causes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                        (
                            "acknowledged",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="Questions left out, and why: code, level, message, reason.",
                            ),
                        ),
                        (
                            "taken_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "taken_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["patient", "-version"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("patient", "version"), name="intake_versions_follow_each_other"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("version__gte", 1)), name="intake_versions_start_at_one"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("weight_kg", None),
                                    models.Q(("weight_kg__gt", 2), ("weight_kg__lt", 500)),
                                    _connector="OR",
                                ),
                                name="weight_is_a_persons",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN RAISE EXCEPTION 'An intake is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="0ca245f63c895aaacdbbc131e032db71006f111a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_cb486",
                                    table="patients_intake",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'An intake is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="cc14174a693eddd1222e9f23edfebfcbf4bd66af",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_d58ae",
                                    table="patients_intake",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An intake is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="e03fef79dd74fca59bfe00d65e1ad8b8ba0d1335",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_2dea9",
                                    table="patients_intake",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Exposure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exposures",
                                to="patients.patient",
                            ),
                        ),
                        ("substance", models.CharField(help_text="Code of the ingredient.", max_length=60)),
                        ("given_on", models.DateField()),
                        (
                            "source",
                            models.CharField(
                                help_text="The row that gave it (“treatment_sessions.treatmentsession:7”).",
                                max_length=120,
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["patient", "given_on", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("source", "substance"), name="exposure_is_recorded_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("substance", ""), _negated=True),
                                    models.Q(("source", ""), _negated=True),
                                ),
                                name="exposure_says_what_and_whence",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An exposure is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="008c7a938ba1c9a6f8d947c7488dc0da2c245d37",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_bd158",
                                    table="patients_exposure",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An exposure is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="b0066dae91a1f641ddd0fa05dd70961746e152ce",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_1bcdc",
                                    table="patients_exposure",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Erasure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="erasures",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "part",
                            models.CharField(
                                choices=[
                                    ("contacts", "how to reach them, drafts and messages"),
                                    ("record", "the record, after its retention"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(max_length=300)),
                        (
                            "rows",
                            models.PositiveIntegerField(
                                default=0, help_text="How many rows were deleted or emptied."
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
                                help_text="None: the command did it when the time was over.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("part__in", ["contacts", "record"])),
                                name="erasure_part_is_known",
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.GreaterThanOrEqual(
                                    django.db.models.functions.text.Length(
                                        django.db.models.functions.text.Trim("reason")
                                    ),
                                    10,
                                ),
                                name="an_erasure_says_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'What was erased is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="0e413d952bccd2dac77f6e70d3f1f8d9042fe7fe",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_1f106",
                                    table="patients_erasure",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'What was erased is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="074485738dcd792aa9f12e259babf9f2d3d94f68",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_9ec39",
                                    table="patients_erasure",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DifferentPeople",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "first",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.patient",
                            ),
                        ),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("first__lt", models.F("second"))),
                                name="different_people_in_order",
                            ),
                            models.UniqueConstraint(fields=("first", "second"), name="different_people_once"),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'That two records are two people is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="111697d96344dc1142912cf70fdc8c46b773ca81",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_851ea",
                                    table="patients_differentpeople",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'That two records are two people is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="8c0a0ef2a259ce3a12244136c540d5ee5b7ba596",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_2a19e",
                                    table="patients_differentpeople",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Consent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="consents",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("treatment", "Treatment, off-label use and its risks"),
                                    ("photo", "Photographs for the record"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "text",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.consenttext",
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("paper", "on paper, kept in the file"),
                                    ("typed", "name typed here"),
                                    ("drawn", "drawn here"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("signed_name", models.CharField(max_length=200)),
                        (
                            "strokes",
                            models.JSONField(
                                blank=True, help_text="A drawn signature; see core/signatures.py.", null=True
                            ),
                        ),
                        (
                            "signed_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        ("valid_until", models.DateField()),
                        (
                            "taken_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        "ordering": ["patient", "kind", "-signed_at"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                                    models.Q(
                                        ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="consent_withdrawn_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("method", "drawn"), ("strokes__isnull", False)),
                                    models.Q(
                                        models.Q(("method", "drawn"), _negated=True),
                                        ("strokes__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="drawn_consent_has_its_strokes",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF OLD.withdrawn_at IS NOT NULL OR (to_jsonb(OLD) - ARRAY['withdrawn_at','withdrawn_by_id','withdrawn_reason']) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['withdrawn_at','withdrawn_by_id','withdrawn_reason']) THEN RAISE EXCEPTION 'A signed consent is frozen: withdraw it and take a new one.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="ba3d6a19765a14a90a5671461931770475d9af30",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_a1d66",
                                    table="patients_consent",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A signed consent is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="1b790f8a668694932aec563654d8b4481ef31ffb",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_629c1",
                                    table="patients_consent",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A signed consent is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="cf986d49626ac946529df1a1292ccee07db3c1fb",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_4eb40",
                                    table="patients_consent",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BreakGlass",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                            "clinic",
                            models.ForeignKey(
                                db_index=False,
                                help_text="Where it was opened.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reason", models.CharField(max_length=300)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("until", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(fields=["by", "patient", "until"], name="opened_by_whom_until"),
                            models.Index(fields=["clinic", "-id"], name="opened_at_a_clinic"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until__gt", models.F("at")),
                                    (
                                        "until__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("at"), "+", models.Value(datetime.timedelta(days=1))
                                        ),
                                    ),
                                ),
                                name="a_record_is_opened_for_a_day",
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.GreaterThanOrEqual(
                                    django.db.models.functions.text.Length(
                                        django.db.models.functions.text.Trim("reason")
                                    ),
                                    10,
                                ),
                                name="a_record_is_opened_with_a_reason",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Who opened a record is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="81566dc40172fb3d102b93adff09d635d1bcbce1",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_83f73",
                                    table="patients_breakglass",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'Who opened a record is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="2a902ac72dba71f1aea9fa7196421839c17e3f31",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_0dd2d",
                                    table="patients_breakglass",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="by_a_member",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n            IF NEW.by_id IS NOT NULL AND NOT EXISTS (\n                SELECT 1 FROM accounts_membership m\n                 WHERE m.user_id = NEW.by_id AND m.clinic_id = (NEW.clinic_id))\n            THEN RAISE EXCEPTION 'Only who works at a clinic acts there.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="8841b8e87e808b053e4b7f9db4572c694a74869a",
                                    operation="INSERT",
                                    pgid="pgtrigger_by_a_member_ace7e",
                                    table="patients_breakglass",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatientClinic",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="patient_clinics",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "clinic",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="patient_clinics",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "since",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["clinic", "patient"], name="patients_of_a_clinic")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("patient", "clinic"), name="patient_has_a_clinic_once"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Where a patient was seen is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="059ec3fa093d51d7169eb633d3f2f875cb6e61e6",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_74bd3",
                                    table="patients_patientclinic",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'Where a patient was seen is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="072c34a63fd448166843e0b2ee23bd11d79aed64",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_5af01",
                                    table="patients_patientclinic",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatientIdentifier",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="identifiers",
                                to="patients.patient",
                            ),
                        ),
                        ("system", models.CharField(max_length=200)),
                        ("value", models.CharField(max_length=200)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("system", "value"), name="identifier_names_one_patient"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatientKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="keys",
                                to="patients.patient",
                            ),
                        ),
                        ("key", models.CharField(max_length=60)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["key"], name="patient_key_prefix", opclasses=["varchar_pattern_ops"]
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatientLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("quote", "quote"),
                                    ("check_in", "check-in"),
                                    ("intake", "intake"),
                                    ("aftercare", "aftercare"),
                                    ("course", "course"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "language",
                            models.CharField(help_text="In which the message was written.", max_length=10),
                        ),
                        (
                            "code_hash",
                            models.CharField(
                                blank=True,
                                help_text="Of the code; empty where the birth date opens it.",
                                max_length=64,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("expires_at", models.DateTimeField()),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Wrong answers at its gate."
                            ),
                        ),
                        (
                            "opened_at",
                            models.DateTimeField(
                                blank=True, help_text="The first time its gate opened.", null=True
                            ),
                        ),
                        (
                            "used_at",
                            models.DateTimeField(
                                blank=True, help_text="When what it asks for was answered.", null=True
                            ),
                        ),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True, help_text="Taken back, or replaced by a newer one.", null=True
                            ),
                        ),
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
                    ],
                    options={
                        "ordering": ["-pk"],
                        "indexes": [models.Index(fields=["patient", "-id"], name="links_of_a_patient")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("purpose__in", ["quote", "check_in", "intake", "aftercare", "course"])
                                ),
                                name="link_purpose_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("attempts__gte", 0), ("attempts__lte", 5)),
                                name="link_takes_so_many_tries",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("code_hash__regex", "^[0-9a-f]{64}$"),
                                        ("purpose__in", ["quote", "aftercare", "course"]),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("purpose__in", ["quote", "aftercare", "course"]), _negated=True
                                        ),
                                        ("code_hash", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="link_to_the_record_has_a_code",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_by", None), ("ended_at__isnull", False), _connector="OR"
                                ),
                                name="link_ended_by_somebody_has_ended",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                                name="link_ends_after_it_began",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['attempts', 'opened_at', 'used_at', 'ended_at', 'ended_by_id']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['attempts', 'opened_at', 'used_at', 'ended_at', 'ended_by_id']::text[]) THEN RAISE EXCEPTION 'A link is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="6b0895803209196517c3d8e6b105de86e160730f",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_933c7",
                                    table="patients_patientlink",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A link is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="6c36a300749ce3d043e511f8b5b902a2a9deb144",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_a7ebb",
                                    table="patients_patientlink",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A link is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="484270e43bbe43aa9eda3a53140bc6360a789e96",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_52176",
                                    table="patients_patientlink",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatientMerge",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kept",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merges_into",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "merged",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merges_away",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("asked", "asked"),
                                    ("done", "done"),
                                    ("undone", "undone"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                default="asked",
                                max_length=10,
                            ),
                        ),
                        (
                            "how_known",
                            models.CharField(
                                help_text="How it is known that they are one person.", max_length=200
                            ),
                        ),
                        (
                            "is_clinical",
                            models.BooleanField(
                                default=False, help_text="Both have clinical data: a clinician confirms."
                            ),
                        ),
                        (
                            "asked_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "done_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="The clinician who said so.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True, help_text="Undone, or not merged after all.", null=True
                            ),
                        ),
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
                        ("ended_reason", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kept", models.F("merged")), _negated=True),
                                name="merge_is_of_two_records",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("how_known", ""), _negated=True),
                                name="merge_says_how_it_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["asked", "done", "undone", "withdrawn"])),
                                name="merge_status_is_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status__in", ["asked", "done"])),
                                fields=("merged",),
                                name="record_is_merged_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["asked", "withdrawn"]),
                                    models.Q(("done_at__isnull", False), ("done_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="merge_done_by_and_at_together",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("done_at", None), ("status__in", ["asked", "withdrawn"])),
                                    models.Q(
                                        models.Q(("status__in", ["asked", "withdrawn"]), _negated=True),
                                        models.Q(
                                            ("is_clinical", False),
                                            ("confirmed_by__isnull", False),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="clinical_merge_is_confirmed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("status__in", ["asked", "done"])),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                        ("status__in", ["undone", "withdrawn"]),
                                        models.Q(("ended_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="merge_ends_with_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "undone"), _negated=True),
                                    (
                                        "ended_at__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("done_at"),
                                            "+",
                                            models.Value(datetime.timedelta(days=14)),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="merge_is_undone_within_its_days",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['status', 'done_at', 'done_by_id', 'confirmed_by_id', 'ended_at', 'ended_by_id', 'ended_reason']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'done_at', 'done_by_id', 'confirmed_by_id', 'ended_at', 'ended_by_id', 'ended_reason']::text[]) THEN RAISE EXCEPTION 'A merge is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="1d71f8b9d29283e6d17b89ecebcf7a6aa1374275",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_0bec7",
                                    table="patients_patientmerge",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A merge is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="62723eb72cd58e06aa0031dd49c6450ad8a8fde3",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_5795c",
                                    table="patients_patientmerge",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A merge is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="569e80f8ef6f50a14d62f970770cb63af748dc57",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_02827",
                                    table="patients_patientmerge",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="moves_along_the_table",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NEW.status IS DISTINCT FROM OLD.status AND NOT ((OLD.status = 'asked' AND NEW.status IN ('done', 'withdrawn')) OR (OLD.status = 'done' AND NEW.status IN ('undone'))) THEN RAISE EXCEPTION 'A merge moves along docs/states.md: this move is not in it.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="4c36e9d0eddcf828450b91e2c213b2ede141ee05",
                                    operation='UPDATE OF "status"',
                                    pgid="pgtrigger_moves_along_the_table_ea6de",
                                    table="patients_patientmerge",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MovedRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "merge",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moved",
                                to="patients.patientmerge",
                            ),
                        ),
                        ("model", models.CharField(help_text="Like schedule.appointment.", max_length=60)),
                        ("row", models.BigIntegerField()),
                    ],
                    options={
                        "ordering": ["merge", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("merge", "model", "row"), name="merge_moves_a_row_once"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'What a merge moved is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="fe3ec5a0bd76c544704958b7b60f628f6ebb48fc",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_7cc22",
                                    table="patients_movedrow",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'What a merge moved is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="f687e898a74182e2b4447994e25e5961db6bc31a",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_1441b",
                                    table="patients_movedrow",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MergedField",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "merge",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fields",
                                to="patients.patientmerge",
                            ),
                        ),
                        ("name", models.CharField(max_length=40)),
                        (
                            "of_kept",
                            models.TextField(blank=True, help_text="What the kept record said, as text."),
                        ),
                        ("of_merged", models.TextField(blank=True)),
                        ("takes_merged", models.BooleanField()),
                    ],
                    options={
                        "ordering": ["merge", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("merge", "name"), name="merge_names_a_field_once")
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'What a merge compared is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="72f9940e7224ca95db748f761d8e625182fedb6f",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_6efa3",
                                    table="patients_mergedfield",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'What a merge compared is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="bd495761d20e87ec3bbf2bfe076a05ebc84ef30e",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_f70cf",
                                    table="patients_mergedfield",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Restriction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="restrictions",
                                to="patients.patient",
                            ),
                        ),
                        ("reason", models.CharField(max_length=300)),
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
                        ("lifted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("lifted_because", models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("lifted_at", None)),
                                fields=("patient",),
                                name="a_record_is_restricted_once",
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.GreaterThanOrEqual(
                                    django.db.models.functions.text.Length(
                                        django.db.models.functions.text.Trim("reason")
                                    ),
                                    10,
                                ),
                                name="a_restriction_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("lifted_at", None), ("lifted_because", ""), ("lifted_by", None)
                                    ),
                                    models.Q(
                                        ("lifted_at__gte", models.F("at")),
                                        ("lifted_by__isnull", False),
                                        models.Q(("lifted_because", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="restriction_lifted_by_and_at_together",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['lifted_at', 'lifted_by_id', 'lifted_because']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['lifted_at', 'lifted_by_id', 'lifted_because']::text[]) THEN RAISE EXCEPTION 'A restriction is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="eb33ed12afa1de249e9577bd658e11dfc9a55fc0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_6efba",
                                    table="patients_restriction",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A restriction is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="a46c3ca0d29ce2fdd951f9924710fc6d04049a70",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_ac241",
                                    table="patients_restriction",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A restriction is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="41f431efd559731a66dd9c10476670b5e8daca21",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_6adba",
                                    table="patients_restriction",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RiskFactor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="risk_factors",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("allergy", "Allergy"),
                                    ("medicine", "Medicine"),
                                    ("pregnancy", "Pregnancy"),
                                    ("disease", "Disease"),
                                    ("history", "History"),
                                    ("staff", "Staff"),
                                    ("lifestyle", "Lifestyle"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "factor",
                            models.ForeignKey(
                                blank=True,
                                help_text="What the rules ask for, if any.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.factor",
                            ),
                        ),
                        ("label", models.CharField(help_text="As it was said or written.", max_length=200)),
                        (
                            "said",
                            models.CharField(
                                blank=True,
                                db_default="",
                                help_text="The word or answer by which the factor was recognised.",
                                max_length=200,
                            ),
                        ),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("intake", "intake"),
                                    ("clinician", "recorded by a clinician"),
                                    ("session", "said at a session"),
                                    ("import", "imported, to be confirmed"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("started_on", models.DateField(blank=True, null=True)),
                        ("ended_on", models.DateField(blank=True, null=True)),
                        ("system", models.CharField(blank=True, max_length=200)),
                        (
                            "value",
                            models.CharField(
                                blank=True, help_text="The other system's id of it.", max_length=200
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
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
                        (
                            "ended_words",
                            models.CharField(
                                blank=True,
                                db_default="",
                                help_text="Who says that it is over, and how that is known.",
                                max_length=300,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["kind", "label", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("started_on", None),
                                    ("ended_on", None),
                                    ("ended_on__gte", models.F("started_on")),
                                    _connector="OR",
                                ),
                                name="risk_factor_ends_after_it_starts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("label", ""), _negated=True), name="risk_factor_says_what"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("value", ""), _negated=True),
                                fields=("patient", "system", "value"),
                                name="risk_factor_imported_once",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['ended_on', 'ended_by_id', 'ended_words']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['ended_on', 'ended_by_id', 'ended_words']::text[]) THEN RAISE EXCEPTION 'A risk factor is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="5d124e16836d29a63896b74e1f305f0560fc1f45",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_55c30",
                                    table="patients_riskfactor",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A risk factor is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="92a6c8bcc4aa4908bafb75d1f5fbf52a4d667db5",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_bee28",
                                    table="patients_riskfactor",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A risk factor is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="0db2758da0ce0feb226d2bc8e0a871678db0baa9",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_0956a",
                                    table="patients_riskfactor",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="ends_once_in_writing",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF (OLD.ended_on, OLD.ended_by_id, OLD.ended_words)\n                        IS NOT DISTINCT FROM (NEW.ended_on, NEW.ended_by_id, NEW.ended_words) THEN RETURN NEW; END IF;\n                    IF OLD.ended_by_id IS NOT NULL THEN\n                        RAISE EXCEPTION 'What was ended stays ended: record it anew.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    IF NEW.ended_on IS NULL OR NEW.ended_by_id IS NULL\n                        OR length(btrim(NEW.ended_words)) < 10 THEN\n                        RAISE EXCEPTION 'A risk factor ends in writing: who, from which day, and why.' USING ERRCODE = 'integrity_constraint_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                                    hash="b52c13ebb4cf9f7727143d5c6a57ae4001edc609",
                                    operation="UPDATE",
                                    pgid="pgtrigger_ends_once_in_writing_c9f5d",
                                    table="patients_riskfactor",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SafetyAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="safety_answers",
                                to="patients.patient",
                            ),
                        ),
                        ("question", models.CharField(help_text="Code of the question.", max_length=40)),
                        (
                            "said",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=200),
                                help_text="Every part of the answer.",
                                size=None,
                            ),
                        ),
                        ("asked_on", models.DateField(help_text="The day on which the patient said so.")),
                        (
                            "asked_where",
                            models.CharField(
                                choices=[
                                    ("intake", "intake"),
                                    ("bench", "cocktail"),
                                    ("start", "start of a session"),
                                    ("session", "session"),
                                    ("lab", "laboratory"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["patient", "question", "-asked_on", "-pk"],
                        "indexes": [
                            models.Index(
                                fields=["patient", "question", "-asked_on", "-id"],
                                name="safety_answers_latest",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("question", ""), _negated=True), ("said__len__gte", 1)
                                ),
                                name="safety_answer_says_something",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A safety answer is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="391ff83a4ff776479d8b41eee2e43820890cc88c",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_c812b",
                                    table="patients_safetyanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A safety answer is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="3f3b70a3fad5ca56037fdb53ad25995adc5ce242",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_3ce6d",
                                    table="patients_safetyanswer",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SafetyTextReading",
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
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "topic",
                            models.CharField(
                                choices=[
                                    ("check_in", "check-in"),
                                    ("aftercare", "aftercare"),
                                    ("consent", "consent"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("language", models.CharField(max_length=10)),
                        (
                            "version",
                            models.CharField(
                                help_text="A hash of the texts as they stood, the English too.", max_length=64
                            ),
                        ),
                        (
                            "read_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("clinic", "topic", "language", "version"),
                                name="safety_texts_read_once_a_version",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("topic__in", ["check_in", "aftercare", "consent"]),
                                    models.Q(("language", ""), _negated=True),
                                    ("version__regex", "^[0-9a-f]{64}$"),
                                ),
                                name="safety_texts_read_are_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'That texts were read is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="961e851a9e5e04f039159f7f4587990b74ab1507",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_34fa1",
                                    table="patients_safetytextreading",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'That texts were read is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="0001809886115bcf27db3dfd513cb7577ee9530a",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_a1188",
                                    table="patients_safetytextreading",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ToldIntake",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="told_intakes",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "link",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="told_intake",
                                to="patients.patientlink",
                            ),
                        ),
                        (
                            "finished_at",
                            models.DateTimeField(
                                blank=True, help_text="When the patient sent it.", null=True
                            ),
                        ),
                        (
                            "intake",
                            models.OneToOneField(
                                blank=True,
                                help_text="What a clinician made of it.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="told",
                                to="patients.intake",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("finished_at__isnull", False), ("intake", None)),
                                fields=["patient"],
                                name="told_intakes_to_confirm",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("intake", None), ("finished_at__isnull", False), _connector="OR"
                                ),
                                name="told_intake_taken_was_sent",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['finished_at', 'intake_id']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['finished_at', 'intake_id']::text[]) THEN RAISE EXCEPTION 'What a patient told by link is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="3b8b724533a11bf2e924ecceb38e0d27c33aa3a7",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_b770e",
                                    table="patients_toldintake",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'What a patient told by link is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="fa8a012295d2aec502bd28377f9756524eabceae",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_555a9",
                                    table="patients_toldintake",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'What a patient told by link is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="04b98eee52bbf8ae2844043caded423175ced009",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_20b59",
                                    table="patients_toldintake",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ToldPart",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "told",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="patients.toldintake",
                            ),
                        ),
                        ("part", models.CharField(max_length=20)),
                        (
                            "answered",
                            models.CharField(
                                choices=[("ticked", "ticked"), ("none", "none"), ("unsure", "unsure")],
                                max_length=10,
                            ),
                        ),
                        (
                            "ticked",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "words",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(blank=True, max_length=500),
                                blank=True,
                                default=list,
                                help_text="Of each tick, in its place.",
                                size=None,
                            ),
                        ),
                        ("language", models.CharField(help_text="In which it was asked.", max_length=10)),
                        (
                            "saved_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                    ],
                    options={
                        "ordering": ["told", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("told", "part"), name="told_part_stands_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answered", "ticked"), ("ticked__len__gte", 1)),
                                    models.Q(("answered__in", ["none", "unsure"]), ("ticked__len", 0)),
                                    _connector="OR",
                                ),
                                name="told_part_says_one_thing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("words__len", models.F("ticked__len"))),
                                name="told_words_stand_beside_ticks",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="part_of_frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE is_frozen boolean;",
                                    func="\n            IF TG_OP = 'UPDATE' THEN\n                IF (to_jsonb(OLD) - ARRAY[]::text[]) IS NOT DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            IF TG_OP <> 'INSERT' THEN\n                SELECT (p.finished_at IS NOT NULL) INTO is_frozen FROM patients_toldintake p WHERE p.id = OLD.told_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'What a patient sent is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            END IF;\n            IF TG_OP <> 'DELETE' THEN\n                SELECT (p.finished_at IS NOT NULL) INTO is_frozen FROM patients_toldintake p WHERE p.id = NEW.told_id FOR SHARE;\n                IF is_frozen THEN RAISE EXCEPTION 'What a patient sent is signed: nothing in it changes.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                RETURN NEW;\n            END IF;\n            RETURN OLD;\n        ",
                                    hash="69a38faf2b8e986601b5734bb5da8bb1a0d90029",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_part_of_frozen_87ae9",
                                    table="patients_toldpart",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
