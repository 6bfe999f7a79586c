import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import mesoclinic.core.migration_operations
import pgtrigger.compiler
import treatments.conditions.models.photographs
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("patients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Assessment",
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
                                related_name="assessments",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "condition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.condition",
                            ),
                        ),
                        (
                            "scale",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.severityscale",
                            ),
                        ),
                        (
                            "level",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.scalelevel",
                            ),
                        ),
                        ("value", models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True)),
                        (
                            "causes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                        (
                            "acknowledged",
                            models.JSONField(
                                default=list, help_text="Findings gone past: code, level, message, reason."
                            ),
                        ),
                        (
                            "assessed_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "assessed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "other_conditions",
                            models.ManyToManyField(
                                blank=True,
                                related_name="+",
                                through="conditions.AssessmentCondition",
                                to="conditions.condition",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["patient", "-assessed_at", "-pk"],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN RAISE EXCEPTION 'An assessment is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="d38e1c1f4c5526893734cfe24277d8213a8d082d",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_3fc42",
                                    table="conditions_assessment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'An assessment is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="107e80366a49c6828b2b23cdb9179238c0749352",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_b1098",
                                    table="conditions_assessment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An assessment is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="af43690eaf33cc425e061f8707166b4436094205",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_4efa5",
                                    table="conditions_assessment",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Condition",
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
                        ("name", models.CharField(max_length=120)),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("indication", "Indication"),
                                    ("doubtful", "Doubtful indication"),
                                    ("related", "Related, treat first"),
                                    ("exclusion", "Not to be treated here"),
                                    ("refer", "Refer"),
                                    ("cause", "Cause"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "role_text",
                            models.CharField(blank=True, help_text="As the source words it.", max_length=80),
                        ),
                        ("icd10", models.CharField(blank=True, max_length=80)),
                        ("icd11", models.CharField(blank=True, max_length=60)),
                        ("icd11_status", models.CharField(blank=True, max_length=60)),
                        ("snomed", models.CharField(blank=True, max_length=120)),
                        ("snomed_status", models.CharField(blank=True, max_length=200)),
                        ("scales_text", models.CharField(blank=True, max_length=200)),
                        ("who", models.CharField(blank=True, help_text="men, women or any", max_length=10)),
                        ("temporary", models.BooleanField(default=False)),
                        (
                            "factor",
                            models.ForeignKey(
                                blank=True,
                                help_text="Finding this condition means this factor.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="patients.factor",
                            ),
                        ),
                        (
                            "contested",
                            models.TextField(
                                blank=True, help_text="What sources say against treating it this way."
                            ),
                        ),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                        ("from_seed", models.BooleanField(default=False)),
                        ("notes", models.TextField(blank=True)),
                        (
                            "scales",
                            models.ManyToManyField(
                                related_name="conditions",
                                through="conditions.ConditionScale",
                                to="conditions.severityscale",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="condition_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssessmentCondition",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "assessment",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.assessment",
                            ),
                        ),
                        (
                            "condition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.condition",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("assessment", "condition"), name="condition_once_in_an_assessment"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN RAISE EXCEPTION 'An assessment is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="122d1ea19184d35d0729dd956c4f076e12909d60",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_e456c",
                                    table="conditions_assessmentcondition",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'An assessment is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="bf1023604f304cad80462024fa705365911ffe83",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_3df22",
                                    table="conditions_assessmentcondition",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An assessment is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="adc1a040161b22f0587d28b9c86b5f131b64c5bb",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_a2d1a",
                                    table="conditions_assessmentcondition",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LabOrder",
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
                                related_name="lab_orders",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "test",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="conditions.labtest",
                            ),
                        ),
                        ("what_for", models.CharField(blank=True, max_length=120)),
                        ("ordered_on", models.DateField()),
                        (
                            "ordered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["patient", "ordered_on", "pk"],
                        "indexes": [
                            models.Index(fields=["patient", "test", "-ordered_on"], name="lab_orders_by_test")
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'An order of a laboratory test is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="0b7a8cd8dcf28b54524e56ee95cc87aff21fc024",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_45287",
                                    table="conditions_laborder",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An order of a laboratory test is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="20938f617fab698be7e5a2f5b25bedffefa690ff",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_8fb87",
                                    table="conditions_laborder",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LabOrderDropped",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dropped",
                                to="conditions.laborder",
                            ),
                        ),
                        ("reason", models.CharField(max_length=200)),
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
                        "ordering": ["order"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="dropped_lab_order_says_why",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The end of an order of a laboratory test is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="c721d3a1c237f1f61799e8b9fdf9ccf3976a035b",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_da2fe",
                                    table="conditions_laborderdropped",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The end of an order of a laboratory test is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="4d04d82f534a2a82ebe060f508140a5d720c25e3",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_f61e7",
                                    table="conditions_laborderdropped",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LabTest",
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
                        ("code", models.CharField(max_length=20, unique=True)),
                        ("name", models.CharField(max_length=80)),
                        (
                            "unit",
                            models.CharField(
                                blank=True, help_text="UCUM; empty where the result is words.", max_length=20
                            ),
                        ),
                        (
                            "other_unit",
                            models.CharField(
                                blank=True, help_text="Some laboratories report in this one.", max_length=20
                            ),
                        ),
                        (
                            "other_factor",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="A figure in the first unit × this is the figure in the other; empty where no source says.",
                                max_digits=10,
                                null=True,
                            ),
                        ),
                        ("loinc", models.CharField(blank=True, max_length=20)),
                        ("loinc_status", models.CharField(blank=True, max_length=80)),
                        (
                            "usual_interval",
                            models.CharField(blank=True, help_text="Only a hint.", max_length=80),
                        ),
                        ("interval_note", models.TextField(blank=True)),
                        (
                            "asked_for",
                            models.CharField(
                                blank=True, help_text="For which conditions it is asked.", max_length=120
                            ),
                        ),
                        (
                            "max_age_days",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="An older result does not count; empty where that is not said.",
                                null=True,
                            ),
                        ),
                        (
                            "finding_low",
                            models.CharField(blank=True, help_text="What a low result means.", max_length=60),
                        ),
                        (
                            "finding_high",
                            models.CharField(
                                blank=True, help_text="What a high result means.", max_length=60
                            ),
                        ),
                        ("action", models.CharField(blank=True, max_length=120)),
                        ("note", models.TextField(blank=True)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
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
                                name="labtest_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LabResult",
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
                                related_name="lab_results",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "test",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="results",
                                to="conditions.labtest",
                            ),
                        ),
                        (
                            "value",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True),
                        ),
                        (
                            "text",
                            models.CharField(blank=True, help_text="A result in words.", max_length=200),
                        ),
                        (
                            "unit",
                            models.CharField(
                                blank=True, help_text="As reported; never converted.", max_length=20
                            ),
                        ),
                        (
                            "low",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="Of the laboratory's own interval.",
                                max_digits=12,
                                null=True,
                            ),
                        ),
                        ("high", models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True)),
                        ("laboratory", models.CharField(blank=True, max_length=120)),
                        ("taken_on", models.DateField(help_text="The day the sample was taken.")),
                        (
                            "entered_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "replaces",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaced_by",
                                to="conditions.labresult",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True, help_text="Why it replaces another.", max_length=200
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["patient", "-taken_on", "-pk"],
                        "indexes": [
                            models.Index(
                                fields=["patient", "test", "-taken_on", "-id"], name="lab_results_by_test"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("text", ""),
                                        ("value__isnull", False),
                                        models.Q(("unit", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("high", None),
                                        ("low", None),
                                        ("unit", ""),
                                        ("value", None),
                                        models.Q(("text", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="lab_result_is_a_figure_or_words",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("value", None), ("value__gte", 0), _connector="OR"),
                                name="lab_figure_is_not_below_zero",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("low", None),
                                    ("high", None),
                                    ("low__lte", models.F("high")),
                                    _connector="OR",
                                ),
                                name="lab_interval_runs_upwards",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reason", ""), ("replaces", None)),
                                    models.Q(
                                        ("replaces__isnull", False), models.Q(("reason", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="lab_correction_says_why",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A laboratory result is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="f8403375087da566acfc9d8f60a2b974f8640f67",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_52dfd",
                                    table="conditions_labresult",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A laboratory result is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="8201486a4b59847d2519864c192cccb0315d528d",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_436db",
                                    table="conditions_labresult",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="corrects_its_own_kind",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (\n                        SELECT 1 FROM conditions_labresult r\n                         WHERE r.id = NEW.replaces_id AND r.patient_id = NEW.patient_id AND r.test_id = NEW.test_id)\n                    THEN RAISE EXCEPTION 'A result is replaced by one of the same test of the same patient.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="74eb2069f5dee80b2549b797ae46a50f768ab9a5",
                                    operation="INSERT",
                                    pgid="pgtrigger_corrects_its_own_kind_74767",
                                    table="conditions_labresult",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MeasurementSite",
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
                                related_name="measurement_sites",
                                to="patients.patient",
                            ),
                        ),
                        ("label", models.CharField(help_text="A, B, C…", max_length=20)),
                        (
                            "zone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.zone",
                            ),
                        ),
                        (
                            "map_x",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="Percent of the map’s width.", null=True
                            ),
                        ),
                        (
                            "map_y",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="Percent of the map’s height.", null=True
                            ),
                        ),
                        (
                            "from_nasion_cm",
                            models.DecimalField(
                                decimal_places=1,
                                help_text="Along the midline, from the nasion.",
                                max_digits=4,
                            ),
                        ),
                        (
                            "from_midline_cm",
                            models.DecimalField(
                                decimal_places=1,
                                help_text="From the midline; below 0 to the patient's left.",
                                max_digits=4,
                            ),
                        ),
                        (
                            "mark",
                            models.CharField(
                                blank=True, help_text="A tattooed dot, a mole beside it…", max_length=80
                            ),
                        ),
                        (
                            "made_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["patient", "label"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("patient", "label"), name="site_label_once_for_a_patient"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("map_x", None), ("map_y", None)),
                                    models.Q(("map_x__lte", 100), ("map_y__lte", 100)),
                                    _connector="OR",
                                ),
                                name="site_is_on_the_map",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("from_nasion_cm__gte", 0),
                                    ("from_nasion_cm__lte", 60),
                                    ("from_midline_cm__gte", -30),
                                    ("from_midline_cm__lte", 30),
                                ),
                                name="site_is_on_a_scalp",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'The site of a measurement is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="fd1ad1c84c3ecbeab638268ae2114180c84f1167",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_c4d3b",
                                    table="conditions_measurementsite",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'The site of a measurement is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="213708504c14aa8611207472c7bfc984e950cada",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_7e536",
                                    table="conditions_measurementsite",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Photograph",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "photo_set",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="photographs",
                                to="conditions.photoset",
                            ),
                        ),
                        (
                            "view",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.photoview",
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("received", "received"),
                                    ("ready", "ready"),
                                    ("refused", "refused"),
                                ],
                                default="received",
                                max_length=10,
                            ),
                        ),
                        (
                            "incoming",
                            models.FileField(
                                blank=True,
                                max_length=120,
                                storage=treatments.conditions.models.photographs.photograph_storage,
                                upload_to="",
                            ),
                        ),
                        (
                            "master",
                            models.FileField(
                                blank=True,
                                max_length=120,
                                storage=treatments.conditions.models.photographs.photograph_storage,
                                upload_to="",
                            ),
                        ),
                        (
                            "thumbnail",
                            models.FileField(
                                blank=True,
                                max_length=120,
                                storage=treatments.conditions.models.photographs.photograph_storage,
                                upload_to="",
                            ),
                        ),
                        ("width", models.PositiveIntegerField(blank=True, null=True)),
                        ("height", models.PositiveIntegerField(blank=True, null=True)),
                        ("sha256", models.CharField(blank=True, help_text="Of the master.", max_length=64)),
                        (
                            "sharpness",
                            models.FloatField(
                                blank=True, help_text="0 to 1, against its own blur.", null=True
                            ),
                        ),
                        ("is_soft", models.BooleanField(blank=True, null=True)),
                        (
                            "clipped",
                            models.FloatField(
                                blank=True, help_text="Share of pixels without any detail.", null=True
                            ),
                        ),
                        (
                            "has_scale",
                            models.BooleanField(
                                default=False, help_text="A scale mark is in the picture, somebody said."
                            ),
                        ),
                        ("refused_because", models.CharField(blank=True, max_length=200)),
                        (
                            "taken_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "taken_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "set_aside_at",
                            models.DateTimeField(
                                blank=True, help_text="Another of the same view was picked.", null=True
                            ),
                        ),
                        (
                            "set_aside_by",
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
                        "ordering": ["photo_set", "view__order", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("master", ""),
                                        ("status", "received"),
                                        ("thumbnail", ""),
                                        models.Q(("incoming", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("status", "ready"),
                                        models.Q(("master", ""), _negated=True),
                                        models.Q(("thumbnail", ""), _negated=True),
                                        models.Q(("sha256", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("master", ""),
                                        ("status", "refused"),
                                        ("thumbnail", ""),
                                        models.Q(("refused_because", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="photograph_has_the_files_of_its_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("set_aside_at", None), ("set_aside_by", None)),
                                    models.Q(
                                        ("set_aside_at__isnull", False), ("set_aside_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="photograph_set_aside_by_and_at_together",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status <> 'received') AND (to_jsonb(OLD) - ARRAY['incoming', 'set_aside_at', 'set_aside_by_id']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['incoming', 'set_aside_at', 'set_aside_by_id']::text[]) THEN RAISE EXCEPTION 'A photograph is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="c8ff7adf4b10ec4fc8a4db089b85c26c6de681ef",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_4266e",
                                    table="conditions_photograph",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (OLD.status <> 'received') THEN RAISE EXCEPTION 'A photograph is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="47d5d57f61f4d99272234f53419baae00f2cde72",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_e2513",
                                    table="conditions_photograph",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A photograph is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="e6e45463b05cfbb0f494ac2b6c3313d64cd3b714",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_df776",
                                    table="conditions_photograph",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Measurement",
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
                                related_name="measurements",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "scale",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.severityscale",
                            ),
                        ),
                        (
                            "zone",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.zone",
                            ),
                        ),
                        (
                            "site",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="measurements",
                                to="conditions.measurementsite",
                            ),
                        ),
                        ("value", models.DecimalField(decimal_places=2, max_digits=8)),
                        ("method", models.CharField(blank=True, max_length=80)),
                        (
                            "device",
                            models.CharField(
                                blank=True, help_text="With software and version.", max_length=80
                            ),
                        ),
                        (
                            "field_cm2",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                help_text="The area that was counted.",
                                max_digits=6,
                                null=True,
                            ),
                        ),
                        (
                            "preparation",
                            models.CharField(
                                blank=True, help_text="Washed when, dyed, clipped…", max_length=120
                            ),
                        ),
                        (
                            "counter",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who counted, where it was not who wrote it down.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "photograph",
                            models.ForeignKey(
                                blank=True,
                                help_text="The picture that it was counted on.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="measurements",
                                to="conditions.photograph",
                            ),
                        ),
                        (
                            "assessment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="measurements",
                                to="conditions.assessment",
                            ),
                        ),
                        (
                            "measured_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "measured_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["patient", "scale", "measured_at"],
                        "indexes": [
                            models.Index(
                                fields=["patient", "-measured_at", "-id"], name="measurements_of_patient"
                            ),
                            models.Index(fields=["scale", "patient"], name="measurements_of_scale"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("field_cm2", None), ("field_cm2__gt", 0), _connector="OR"
                                ),
                                name="counted_field_has_an_area",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A measurement is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="f5a3b15c5a17dc3f6ff84450c154e46abf97bcf2",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_eb964",
                                    table="conditions_measurement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A measurement is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="b3cb699b3977e153c700d2d648dfd7732b430cb5",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_a654f",
                                    table="conditions_measurement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="at_a_site_of_the_patient",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n                    IF NEW.site_id IS NOT NULL AND NOT EXISTS (\n                        SELECT 1 FROM conditions_measurementsite s\n                         WHERE s.id = NEW.site_id AND s.patient_id = NEW.patient_id)\n                    THEN RAISE EXCEPTION 'A measurement is made at a site of the same patient.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n                    RETURN NEW;\n                ",
                                    hash="24d30814732ec29400200bf1fafb0da907df1217",
                                    operation="INSERT",
                                    pgid="pgtrigger_at_a_site_of_the_patient_6bcfc",
                                    table="conditions_measurement",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HairCount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "photograph",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hair_counts",
                                to="conditions.photograph",
                            ),
                        ),
                        (
                            "points",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.FloatField(), size=None
                            ),
                        ),
                        (
                            "field_cm2",
                            models.DecimalField(
                                decimal_places=3, help_text="The area of the picture.", max_digits=6
                            ),
                        ),
                        (
                            "counted_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "counted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "measurement",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hair_counts",
                                to="conditions.measurement",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["photograph", "pk"],
                        "indexes": [
                            models.Index(fields=["photograph", "-id"], name="hair_counts_of_picture")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("field_cm2__gt", 0)), name="hair_count_has_an_area"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("points__len__gte", 2), ("points__len__lte", 6000)),
                                name="hair_count_has_hairs",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['measurement_id']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['measurement_id']::text[]) THEN RAISE EXCEPTION 'A hair count is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="fa1c1fe1458887aac9fae6cbfd5b3a8103692b51",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_8dcba",
                                    table="conditions_haircount",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A hair count is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="36d9cf103fad11be2410d0fca826b68f5056797a",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_da4ac",
                                    table="conditions_haircount",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A hair count is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="1ff45c39bbee9a90be818b8432d1d78b8e6a8a77",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_8e75b",
                                    table="conditions_haircount",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PhotoLandmarks",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "photograph",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="landmarks",
                                to="conditions.photograph",
                            ),
                        ),
                        (
                            "points",
                            django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=8),
                        ),
                        (
                            "placed_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "placed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["photograph", "-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("points__len", 8)), name="landmarks_are_four_points"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A set of landmarks is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="a7ed3d78b875083e352fd0b55b854cb98bad1029",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_57ba6",
                                    table="conditions_photolandmarks",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A set of landmarks is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="0599b6b4ac8cca4f45487a6f06f57466b29e78b1",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_fb9a4",
                                    table="conditions_photolandmarks",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PhotoRelease",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "photograph",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="releases",
                                to="conditions.photograph",
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("copy", "The patient’s own copy"),
                                    ("teaching", "Teaching"),
                                    ("publication", "Publication"),
                                    ("website", "The clinic’s website"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "agreed_by",
                            models.CharField(
                                help_text="Who agreed, as they wrote their name.", max_length=200
                            ),
                        ),
                        (
                            "copy",
                            models.FileField(
                                blank=True,
                                max_length=120,
                                storage=treatments.conditions.models.photographs.photograph_storage,
                                upload_to="",
                            ),
                        ),
                        (
                            "given_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "given_by",
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
                    ],
                    options={
                        "ordering": ["photograph", "-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("photograph", "purpose"),
                                name="photograph_given_once_for_a_purpose",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at", None),
                                        ("withdrawn_by", None),
                                        models.Q(("copy", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("copy", ""),
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="photo_release_has_a_copy_while_it_stands",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("agreed_by", ""), _negated=True),
                                name="photo_release_names_who_agreed",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF OLD.withdrawn_at IS NOT NULL OR (to_jsonb(OLD) - ARRAY['withdrawn_at','withdrawn_by_id','copy']) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['withdrawn_at','withdrawn_by_id','copy']) THEN RAISE EXCEPTION 'A consent to use a photograph is frozen: withdraw it and ask again.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="14376c936a76c06088a260839ae581a51238e729",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_c0ba7",
                                    table="conditions_photorelease",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A consent to use a photograph is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="da2f573d3cf6a30a628aad1e00086af94720fd90",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_cbf04",
                                    table="conditions_photorelease",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A consent to use a photograph is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="a0c9bf09829ba54bef07b5de4157156237ec61a8",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_da2ce",
                                    table="conditions_photorelease",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PhotoSet",
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
                                related_name="photo_sets",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "pattern",
                            models.CharField(
                                choices=[
                                    ("pattern hair loss", "Pattern hair loss"),
                                    ("frontal fibrosing or traction", "Frontal fibrosing or traction"),
                                    ("patchy", "Patchy"),
                                    ("dandruff or oily scalp", "Dandruff or oily scalp"),
                                ],
                                max_length=40,
                            ),
                        ),
                        (
                            "assessment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="photo_sets",
                                to="conditions.assessment",
                            ),
                        ),
                        ("session_number", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("is_last_session", models.BooleanField(default=False)),
                        (
                            "wetness",
                            models.CharField(
                                blank=True, choices=[("dry", "dry"), ("wet", "wet")], max_length=5
                            ),
                        ),
                        (
                            "has_product",
                            models.BooleanField(
                                blank=True, help_text="Gel, spray or fibres in the hair.", null=True
                            ),
                        ),
                        ("washed_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "hair_length_cm",
                            models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True),
                        ),
                        ("hair_colour", models.CharField(blank=True, max_length=40)),
                        ("light", models.CharField(blank=True, max_length=80)),
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
                    ],
                    options={
                        "ordering": ["patient", "-opened_at", "-pk"],
                        "indexes": [
                            models.Index(fields=["patient", "-opened_at"], name="photo_sets_by_patient")
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['wetness', 'has_product', 'washed_days', 'hair_length_cm', 'hair_colour', 'light']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['wetness', 'has_product', 'washed_days', 'hair_length_cm', 'hair_colour', 'light']::text[]) THEN RAISE EXCEPTION 'A set of photographs is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="22304dcc5006ca641ca4f18567793896026058f2",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_ac35b",
                                    table="conditions_photoset",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A set of photographs is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="cebec216570479b9beb9bce7fe9c7e0b4aed2355",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_ad2c9",
                                    table="conditions_photoset",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A set of photographs is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="b46962c66659fd9df60db9f5eb5720f1452200e4",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_da8d2",
                                    table="conditions_photoset",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PhonePairing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "photo_set",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="phone_pairings",
                                to="conditions.photoset",
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True)),
                        (
                            "clinic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.clinic",
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("expires_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "sent",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="How many pictures it sent."
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["photo_set", "-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("expires_at__gt", models.F("opened_at")),
                                    (
                                        "expires_at__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("opened_at"),
                                            "+",
                                            models.Value(datetime.timedelta(seconds=3600)),
                                        ),
                                    ),
                                ),
                                name="phone_pairing_lasts_minutes",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY['ended_at', 'sent']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['ended_at', 'sent']::text[]) THEN RAISE EXCEPTION 'A paired phone is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="b3e138e28ec24050f390c1d9fbd3d6bf4e263f97",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_054a9",
                                    table="conditions_phonepairing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'A paired phone is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="3adf33b4489208a002bb73901a7fcf8cad5724d7",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_8e864",
                                    table="conditions_phonepairing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A paired phone is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="b6fb4abbcfbd649a67b391e0bbbc8d851d6ed6d3",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_90291",
                                    table="conditions_phonepairing",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PhotoView",
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
                        ("code", models.CharField(max_length=20, unique=True)),
                        (
                            "pattern",
                            models.CharField(
                                choices=[
                                    ("pattern hair loss", "Pattern hair loss"),
                                    ("frontal fibrosing or traction", "Frontal fibrosing or traction"),
                                    ("patchy", "Patchy"),
                                    ("dandruff or oily scalp", "Dandruff or oily scalp"),
                                ],
                                max_length=40,
                            ),
                        ),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                        ("name", models.CharField(max_length=80)),
                        ("framing", models.CharField(blank=True, max_length=120)),
                        (
                            "distance",
                            models.CharField(
                                blank=True, help_text="Centimetres, or “contact”.", max_length=20
                            ),
                        ),
                        ("patient_position", models.CharField(blank=True, max_length=160)),
                        ("hair", models.CharField(blank=True, max_length=200)),
                        ("light", models.CharField(blank=True, max_length=200)),
                        ("camera", models.CharField(blank=True, max_length=240)),
                        ("compare_rule", models.CharField(blank=True, max_length=200)),
                        (
                            "required_at",
                            models.CharField(blank=True, help_text="T0;3;5;end;6m;12m", max_length=60),
                        ),
                        ("why", models.CharField(blank=True, max_length=200)),
                        ("note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["pattern", "order"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="photoview_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScaleLevel",
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
                            "scale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="levels",
                                to="conditions.severityscale",
                            ),
                        ),
                        ("order", models.PositiveSmallIntegerField()),
                        ("value", models.CharField(max_length=10)),
                        ("label", models.CharField(blank=True, max_length=60)),
                        ("description", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ["scale", "order"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="scalelevel_reviewed_by_and_at_together",
                            ),
                            models.UniqueConstraint(
                                fields=("scale", "value"), name="level_stands_once_on_its_scale"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SeverityScale",
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
                        ("code", models.CharField(max_length=30, unique=True)),
                        ("name", models.CharField(max_length=120)),
                        ("short_name", models.CharField(max_length=40)),
                        ("applies_to", models.CharField(blank=True, max_length=120)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("ordinal", "one of its levels"),
                                    ("number", "a number"),
                                    ("percent", "a percentage"),
                                    ("count", "a count"),
                                    ("change", "change against the start, −3 to +3"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("higher_is_better", models.BooleanField(default=False)),
                        ("unit", models.CharField(blank=True, max_length=20)),
                        (
                            "minimum",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True),
                        ),
                        (
                            "maximum",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True),
                        ),
                        ("step", models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                        ("for_sex", models.CharField(blank=True, max_length=10)),
                    ],
                    options={
                        "ordering": ["code"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="severityscale_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MeasurementKind",
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
                            "scale",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="measurement_kind",
                                to="conditions.severityscale",
                            ),
                        ),
                        ("short_name", models.CharField(max_length=40)),
                        (
                            "kept_as",
                            models.CharField(
                                choices=[
                                    ("measured", "measured here"),
                                    ("patient", "told by the patient, 0 to 10"),
                                    ("graded", "graded at the assessment"),
                                    ("elsewhere", "charted or scored elsewhere"),
                                    ("never", "no clinic can measure it"),
                                ],
                                default="measured",
                                max_length=10,
                            ),
                        ),
                        (
                            "benefit",
                            models.CharField(
                                blank=True, help_text="The benefit that it follows.", max_length=80
                            ),
                        ),
                        ("method", models.CharField(blank=True, max_length=120)),
                        ("device", models.CharField(blank=True, max_length=120)),
                        ("site_rule", models.CharField(blank=True, max_length=200)),
                        ("reference", models.CharField(blank=True, max_length=120)),
                        (
                            "smallest_change",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True),
                        ),
                        (
                            "smallest_change_percent",
                            models.DecimalField(
                                blank=True,
                                decimal_places=1,
                                help_text="Of the first figure.",
                                max_digits=5,
                                null=True,
                            ),
                        ),
                        ("smallest_change_text", models.CharField(blank=True, max_length=200)),
                        ("smallest_change_basis", models.CharField(blank=True, max_length=200)),
                        ("not_comparable_when", models.CharField(blank=True, max_length=200)),
                        (
                            "condition_codes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("for_all_conditions", models.BooleanField(default=False)),
                        ("when", models.CharField(blank=True, max_length=80)),
                        ("note", models.TextField(blank=True)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ["order", "pk"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="measurementkind_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ConditionScale",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "condition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="condition_scales",
                                to="conditions.condition",
                            ),
                        ),
                        (
                            "scale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.severityscale",
                            ),
                        ),
                        ("who", models.CharField(blank=True, help_text="men, women or any", max_length=10)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ["condition", "order"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("condition", "scale"), name="scale_once_for_a_condition"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SkippedView",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "photo_set",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="skipped_views",
                                to="conditions.photoset",
                            ),
                        ),
                        (
                            "view",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.photoview",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("hair", "Hair tied or braided"),
                                    ("declined", "The patient declined"),
                                    ("wound", "A wound or a dressing"),
                                    ("time", "No time"),
                                    ("camera", "The camera did not work"),
                                ],
                                max_length=12,
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["photo_set", "-pk"],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'A reason for a missing view is append-only: add a new row instead.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="98e9b883d3654d5169243fcdd273a2cd48f04e6a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_b816a",
                                    table="conditions_skippedview",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'A reason for a missing view is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="e84c4a969922683d3e5bf0dd6e25795d2f815db4",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_dcff1",
                                    table="conditions_skippedview",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Zone",
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
                        ("code", models.CharField(max_length=20, unique=True)),
                        ("name", models.CharField(max_length=80)),
                        (
                            "area_cm2",
                            models.DecimalField(
                                blank=True,
                                decimal_places=1,
                                help_text="Usual area; the assessment holds the measured one.",
                                max_digits=6,
                                null=True,
                            ),
                        ),
                        ("salt_zone", models.CharField(blank=True, max_length=10)),
                        ("optional", models.BooleanField(default=False)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
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
                                name="zone_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssessmentZone",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "assessment",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="zones",
                                to="conditions.assessment",
                            ),
                        ),
                        (
                            "zone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.zone",
                            ),
                        ),
                        ("area_cm2", models.DecimalField(decimal_places=1, max_digits=6)),
                    ],
                    options={
                        "ordering": ["zone__order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("assessment", "zone"), name="zone_assessed_once"),
                            models.CheckConstraint(
                                condition=models.Q(("area_cm2__gt", 0), ("area_cm2__lte", 600)),
                                name="zone_area_is_a_scalps",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="frozen",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN RAISE EXCEPTION 'An assessment is frozen: correct it by adding, not by changing.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="0a1c488d29eeaff1386154a6c7dc76a39ad7c343",
                                    operation="UPDATE",
                                    pgid="pgtrigger_frozen_64a4f",
                                    table="conditions_assessmentzone",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF (true) THEN RAISE EXCEPTION 'An assessment is kept: it cannot be deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
                                    hash="0a2e21004da48cd32f61ca13eeedda02fd319ff5",
                                    operation="DELETE",
                                    pgid="pgtrigger_kept_3a268",
                                    table="conditions_assessmentzone",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="never_truncated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF current_setting('mesoclinic.tests_may_truncate', true) = 'on' THEN RETURN NULL; END IF; RAISE EXCEPTION 'An assessment is never emptied.' USING ERRCODE = 'integrity_constraint_violation';",
                                    hash="f29354c0c0aad7009779ab0d1dab042c6e262cb8",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_never_truncated_007e3",
                                    table="conditions_assessmentzone",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
