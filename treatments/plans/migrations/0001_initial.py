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
        ("accounts", "0001_initial"),
        ("cocktails", "0001_initial"),
        ("conditions", "0001_initial"),
        ("patients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        mesoclinic.core.migration_operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Protocol",
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
                        (
                            "condition",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: any.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.condition",
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        (
                            "is_technique",
                            models.BooleanField(default=False, help_text="A technique row, not a schedule."),
                        ),
                        ("sessions_text", models.CharField(blank=True, max_length=120)),
                        ("sessions_min", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("sessions_max", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("sessions_default", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("interval_text", models.CharField(blank=True, max_length=120)),
                        (
                            "intervals",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                blank=True,
                                default=list,
                                help_text="Days between sessions, in order.",
                                size=None,
                            ),
                        ),
                        ("technique", models.CharField(blank=True, max_length=200)),
                        ("technique_code", models.CharField(blank=True, max_length=20)),
                        ("needle", models.CharField(blank=True, max_length=60)),
                        ("depth_text", models.CharField(blank=True, max_length=60)),
                        (
                            "depth_min_mm",
                            models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True),
                        ),
                        (
                            "depth_max_mm",
                            models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True),
                        ),
                        (
                            "ml_per_point_min",
                            models.DecimalField(blank=True, decimal_places=3, max_digits=5, null=True),
                        ),
                        (
                            "ml_per_point_max",
                            models.DecimalField(blank=True, decimal_places=3, max_digits=5, null=True),
                        ),
                        (
                            "spacing_cm",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=4, null=True),
                        ),
                        (
                            "total_ml_min",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True),
                        ),
                        (
                            "total_ml_max",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True),
                        ),
                        ("maintenance_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("note", models.TextField(blank=True)),
                        ("total_volume_text", models.CharField(blank=True, max_length=80)),
                        ("minutes_min", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("minutes_max", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("maintenance", models.CharField(blank=True, max_length=120)),
                        ("ingredients_text", models.CharField(blank=True, max_length=200)),
                        ("unverified_fields", models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        "ordering": ["is_technique", "name"],
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="protocol_reviewed_by_and_at_together",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TreatmentPlan",
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
                                related_name="plans",
                                to="accounts.clinic",
                            ),
                        ),
                        (
                            "patient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="plans",
                                to="patients.patient",
                            ),
                        ),
                        (
                            "assessment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="conditions.assessment",
                            ),
                        ),
                        (
                            "cocktail_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="plans",
                                to="cocktails.cocktailversion",
                            ),
                        ),
                        (
                            "protocol",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="plans.protocol",
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("sessions_planned", models.PositiveSmallIntegerField()),
                        (
                            "intervals",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=list,
                                help_text="Days between sessions.",
                                size=None,
                            ),
                        ),
                        ("technique", models.CharField(blank=True, max_length=200)),
                        (
                            "area_cm2",
                            models.DecimalField(
                                decimal_places=1,
                                help_text="Copied from the assessment when the plan was made.",
                                max_digits=6,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True, help_text="Why fewer than five sessions.", max_length=300
                            ),
                        ),
                        (
                            "reviewed_to",
                            models.PositiveSmallIntegerField(
                                db_default=0,
                                default=0,
                                help_text="The session of the last review. Written by the review; sessions after a review point wait for it.",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("quoted", "quoted"),
                                    ("accepted", "accepted"),
                                    ("active", "active"),
                                    ("paused", "paused"),
                                    ("changing", "changing"),
                                    ("done", "done"),
                                    ("stopped", "stopped"),
                                    ("declined", "declined"),
                                    ("expired", "expired"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["patient", "-created_at", "-pk"],
                        "indexes": [
                            models.Index(fields=["clinic", "status"], name="plans_by_status"),
                            models.Index(
                                condition=models.Q(("status", "accepted")),
                                fields=["clinic", "id"],
                                name="plans_agreed",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sessions_planned__gte", 1), ("sessions_planned__lte", 30)
                                ),
                                name="plan_has_sessions",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("area_cm2__gt", 0)), name="plan_has_an_area"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "draft",
                                            "quoted",
                                            "accepted",
                                            "active",
                                            "paused",
                                            "changing",
                                            "done",
                                            "stopped",
                                            "declined",
                                            "expired",
                                        ],
                                    )
                                ),
                                name="plan_status_is_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="of_an_open_record",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE merged bigint;",
                                    func="\n            SELECT merged_into_id INTO merged FROM patients_patient WHERE id = NEW.patient_id FOR SHARE;\n            IF merged IS NOT NULL\n            THEN RAISE EXCEPTION 'A plan is not of a merged record: use the one that is kept.' USING ERRCODE = 'integrity_constraint_violation'; END IF;\n            RETURN NEW;\n        ",
                                    hash="8d23e80cca48a2b27db51355a9e83fa7c902cd69",
                                    operation='INSERT OR UPDATE OF "patient_id"',
                                    pgid="pgtrigger_of_an_open_record_174b6",
                                    table="plans_treatmentplan",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="signed_cocktail_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="IF NOT EXISTS (SELECT 1 FROM cocktails_cocktailversion v WHERE v.id = NEW.cocktail_version_id AND v.status = 'signed') THEN RAISE EXCEPTION 'A plan is made with a signed cocktail.' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
                                    hash="99b75fce79bb89504ccf4f79ade95358fa43154f",
                                    operation='INSERT OR UPDATE OF "cocktail_version_id"',
                                    pgid="pgtrigger_signed_cocktail_only_66b62",
                                    table="plans_treatmentplan",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CourseSession",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="course_sessions",
                                to="plans.treatmentplan",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("performed_on", models.DateField(help_text="The clinic's day.")),
                        (
                            "signed_at",
                            models.DateTimeField(
                                blank=True, help_text="Empty while it is being charted.", null=True
                            ),
                        ),
                        (
                            "cocktail_version",
                            models.ForeignKey(
                                blank=True,
                                help_text="What was given, where the plan has changed its cocktail since. Empty: the plan's.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cocktails.cocktailversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["plan", "number"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("signed_at__isnull", False)),
                                fields=["performed_on", "plan"],
                                name="course_sessions_signed_by_day",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plan", "number"), name="course_session_number_once_in_a_plan"
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
