import django.db.models.deletion
import django.db.models.functions.datetime
import mesoclinic.core.migration_operations
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
                    name="Trouble",
                    fields=[
                        ("code", models.CharField(max_length=20, primary_key=True, serialize=False)),
                        ("words", models.CharField(max_length=300)),
                        ("since", models.DateTimeField()),
                        (
                            "told_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When the administrators were last written to.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["since"],
                    },
                ),
                migrations.CreateModel(
                    name="BackupRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("backup", "made"), ("verification", "verified")], max_length=12
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                help_text="The backup's folder, without the path to it.", max_length=60
                            ),
                        ),
                        ("began_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField()),
                        ("is_good", models.BooleanField()),
                        (
                            "size",
                            models.PositiveBigIntegerField(default=0, help_text="In bytes, as it is stored."),
                        ),
                        ("words", models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        "ordering": ["-ended_at"],
                        "indexes": [models.Index(fields=["kind", "-ended_at"], name="backup_runs_by_kind")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["backup", "verification"])),
                                name="backup_run_kind_is_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExportRun",
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
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "asked_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "waits for a worker"),
                                    ("running", "being written"),
                                    ("ready", "ready"),
                                    ("failed", "failed"),
                                    ("deleted", "deleted"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("done", models.PositiveIntegerField(default=0, help_text="Records written so far.")),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("size", models.PositiveBigIntegerField(default=0, help_text="In bytes.")),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["waiting", "running", "ready", "failed", "deleted"])
                                ),
                                name="export_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("done__lte", models.F("total"))),
                                name="export_writes_no_more_than_there_is",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
