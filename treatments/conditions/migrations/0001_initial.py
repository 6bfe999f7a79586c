import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import mesoclinic.core.migration_operations
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("patients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
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
                            models.ManyToManyField(blank=True, related_name="+", to="conditions.condition"),
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="measurements",
                                to="patients.patient",
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
                        ("value", models.DecimalField(decimal_places=2, max_digits=8)),
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
