"""Which operations of a migration hold a table's readers or writers up for as long as the table is long."""

from django.apps import apps
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations

from mesoclinic.core.concurrent_operations import (
    AddIndexWhilePeopleWork,
    AddUniqueConstraintWhilePeopleWork,
)
from mesoclinic.core.migration_operations import CreateModels

#: Labels of the apps whose migrations we write.
OURS = {
    config.label
    for config in apps.get_app_configs()
    if config.name.split(".")[0] in ("mesoclinic", "patients", "treatments")
}

_GENTLE = (AddIndexWhilePeopleWork, AddUniqueConstraintWhilePeopleWork, AddConstraintNotValid)
_LOCKING = (
    migrations.AddIndex,
    migrations.AddConstraint,
    migrations.AlterUniqueTogether,
    migrations.AlterField,
)


def locking_operations(migration):
    """A sentence for each operation of a migration after the first that should have another form."""
    made, found, checked = _models_made(migration), [], set()
    for operation in migration.operations:
        table = getattr(operation, "model_name", getattr(operation, "name", "")).lower()
        if table in made:
            continue
        if isinstance(operation, AddConstraintNotValid):
            checked.add(operation.constraint.name)
        if isinstance(operation, ValidateConstraint) and operation.name in checked and migration.atomic:
            found.append(f"{operation.describe()}: in a migration of its own, or with atomic = False")
        elif isinstance(operation, _LOCKING) and not isinstance(operation, _GENTLE):
            found.append(
                f"{operation.describe()}: holds up every save of {table} (core.concurrent_operations)"
            )
        elif isinstance(operation, migrations.AddField) and _brings_an_index(operation.field):
            found.append(
                f"{operation.describe()}: with db_index=False, and the index by AddIndexWhilePeopleWork"
            )
    return found


def _models_made(migration):
    made = set()
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            made.add(operation.name.lower())
        elif isinstance(operation, CreateModels):
            made |= {model.name.lower() for model in operation.models}
    return made


def _brings_an_index(field):
    return bool(field.db_index or field.unique)
