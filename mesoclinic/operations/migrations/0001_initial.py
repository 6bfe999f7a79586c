import mesoclinic.core.migration_operations
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

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
            ],
        ),
    ]
