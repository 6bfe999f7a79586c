"""Indexes and unique constraints that are built while people work. After 0001 nothing else is taken (tests/test_migrations.py).

A plain index stops every save of its table until it is built. Built concurrently it only waits for transactions that began
before; nobody waits for it, so it may wait as long as it takes. One that was broken off leaves an index that is not valid:
the next try drops it first. A check constraint is added by Django's AddConstraintNotValid, and looked at afterwards by
ValidateConstraint in a migration of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.postgres.operations import AddIndexConcurrently, NotInTransactionMixin
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.migrations import AddConstraint
from django.db.migrations.state import ProjectState
from django.db.models import UniqueConstraint

__all__ = ["AddIndexWhilePeopleWork", "AddUniqueConstraintWhilePeopleWork"]


@contextmanager
def _waiting_as_long_as_it_takes(schema_editor: BaseDatabaseSchemaEditor) -> Iterator[None]:
    """``migrate`` gives up a lock after two seconds, because others wait behind it; here nobody does."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('lock_timeout', '0', false)")
    try:
        yield
    finally:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])


def _drop_invalid_index(schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
    """What a try that was broken off has left."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = %s AND NOT indisvalid",
            [name],
        )
        if cursor.fetchone():
            cursor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(name)}")


class AddIndexWhilePeopleWork(AddIndexConcurrently):
    """CREATE INDEX CONCURRENTLY, which may be tried again. The migration says ``atomic = False``."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Django's: builds the index."""
        self._ensure_not_in_transaction(schema_editor)
        with _waiting_as_long_as_it_takes(schema_editor):
            _drop_invalid_index(schema_editor, self.index.name)
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class AddUniqueConstraintWhilePeopleWork(NotInTransactionMixin, AddConstraint):
    """A unique index built concurrently, which then becomes the constraint. The migration says ``atomic = False``."""

    atomic = False

    def __init__(self, model_name: str, constraint: UniqueConstraint) -> None:
        if not isinstance(constraint, UniqueConstraint):
            raise TypeError("Only a unique constraint rests on an index that can be built while people work.")
        super().__init__(model_name, constraint)
        self.unique = constraint

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Django's: builds the index, then makes the constraint of it, which takes a moment."""
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        made = self.unique.create_sql(model, schema_editor)
        if not isinstance(made, Statement):
            raise TypeError("PostgreSQL knows every kind of unique constraint.")
        name, table = (
            schema_editor.quote_name(self.constraint.name),
            schema_editor.quote_name(model._meta.db_table),
        )
        deferrable = made.parts["deferrable"]
        # A constraint's own statement has no word for an index that is there; an index's has the same parts.
        made.template = schema_editor.sql_create_unique_index.replace(
            "UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY"
        )
        with _waiting_as_long_as_it_takes(schema_editor):
            _drop_invalid_index(schema_editor, self.constraint.name)
            schema_editor.execute(made, params=None)
        if self._is_more_than_an_index():
            schema_editor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}{deferrable}"
            )

    def _is_more_than_an_index(self) -> bool:
        """With a condition, expressions or classes of operators PostgreSQL knows an index only, as Django does."""
        words = ("condition", "expressions", "opclasses", "include")
        return not any(getattr(self.unique, word) for word in words)
