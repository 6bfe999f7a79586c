"""What migrations do here that Django's own operations do not, or do slowly."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model
from django.utils import timezone

from mesoclinic.core import audit_partitions


@contextmanager
def _audit_log_in_partitions(schema_editor: BaseDatabaseSchemaEditor) -> Iterator[None]:
    """Inside, the audit log's table is made in partitions, of which Django knows nothing: their key is in the primary key."""
    usual = schema_editor.table_sql

    def table_sql(model: type[Model]) -> tuple[str, list[object]]:
        sql, parameters = usual(model)
        if model._meta.db_table == audit_partitions.LOG:
            columns = sql.replace(" PRIMARY KEY ", " ", 1).rstrip().removesuffix(")")
            key = ", ".join(audit_partitions.KEY)
            sql = f"{columns}, PRIMARY KEY ({key})) PARTITION BY RANGE ({audit_partitions.KEY[-1]})"
        return sql, parameters

    schema_editor.table_sql = table_sql  # type: ignore[method-assign]
    try:
        yield
    finally:
        del schema_editor.table_sql


class CreateModels(Operation):
    """Create several models, and let Django work out the state of all models once for all of them.

    After each operation Django builds every related model class anew. With one operation for each model, index and
    trigger that took nine tenths of the time of ``migrate``. Here a model brings its indexes, constraints and triggers
    in its options. Models may refer to each other in a circle, since Django adds foreign keys after all tables.
    """

    serialization_expand_args = ["models"]

    def __init__(self, models: list[migrations.CreateModel]) -> None:
        self.models = models

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return type(self).__name__, [], {"models": self.models}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Django's: adds every model to the state."""
        # The classes are built when they are next asked for.
        state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Django's: creates every table, the audit log's in partitions."""
        with _audit_log_in_partitions(schema_editor):
            for model in self.models:
                model.database_forwards(app_label, schema_editor, from_state, to_state)
        if any(app_label == "core" and model.name == "AuditEvent" for model in self.models):
            with schema_editor.connection.cursor() as cursor:
                cursor.execute(
                    (settings.BASE_DIR / audit_partitions.FUNCTION_FILE).read_text(encoding="utf-8")
                )
                audit_partitions.make_partitions(cursor, timezone.now().date())

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Django's: drops the tables, the last first."""
        if any(app_label == "core" and model.name == "AuditEvent" for model in self.models):
            schema_editor.execute("DROP FUNCTION core_make_audit_months(date)")
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Create models {', '.join(model.name for model in self.models)}"


class RunSQLFile(migrations.RunSQL):
    """Run the file at ``path``, as seen from the project's folder; ``undo`` is the SQL that takes it back.

    The file makes what no model says, such as a function or a view. Once released it is not edited, just as its
    migration is not: a change is a new file and a new migration.
    """

    def __init__(self, path: str, undo: str) -> None:
        self.path, self.undo = path, undo
        super().__init__((settings.BASE_DIR / path).read_text(encoding="utf-8"), undo)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return type(self).__name__, [], {"path": self.path, "undo": self.undo}

    def describe(self) -> str:
        return f"Run {self.path}"
