"""What a release may do to a large table while people work: a field, an index, a unique constraint, a check."""

from pathlib import Path

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

import patients.migrations
from mesoclinic.core.concurrent_operations import (
    AddIndexWhilePeopleWork,
    AddUniqueConstraintWhilePeopleWork,
)

LAST = (Path(patients.migrations.__file__).parent / "max_migration.txt").read_text().strip()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("patients", LAST)]
    operations = [
        migrations.AddField("patient", "next_note", models.TextField(db_default="", default="")),
        AddIndexWhilePeopleWork("patient", models.Index(fields=["next_note"], name="patient_next_note")),
        AddUniqueConstraintWhilePeopleWork(
            "patient", models.UniqueConstraint(fields=["id", "next_note"], name="patient_next_once")
        ),
        AddConstraintNotValid(
            "patient",
            models.CheckConstraint(condition=~models.Q(next_note="never"), name="patient_next_never"),
        ),
        ValidateConstraint("patient", "patient_next_never"),
    ]
