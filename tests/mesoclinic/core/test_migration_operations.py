"""The operations that write the first migrations: tables in a circle, their triggers, and SQL from a file."""

import pgtrigger
import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations import CreateModel
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import OperationWriter

from mesoclinic.core.migration_operations import CreateModels, RunSQLFile
from mesoclinic.core.triggers import append_only_triggers

pytestmark = pytest.mark.django_db


def hen_and_egg() -> CreateModels:
    """Two tables that refer to each other; eggs are append-only."""
    trigger = pgtrigger.compiler.Trigger(
        name="append_only",
        sql=pgtrigger.compiler.UpsertTriggerSql(
            pgid="pgtrigger_append_only_egg",
            func=append_only_triggers("An egg")[0].func,
            table="farm_egg",
            when="BEFORE",
            operation="UPDATE",
        ),
    )
    return CreateModels(
        models=[
            CreateModel(
                "Hen",
                [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("egg", models.ForeignKey("farm.egg", models.PROTECT, null=True)),
                ],
            ),
            CreateModel(
                "Egg",
                [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("hen", models.ForeignKey("farm.hen", models.PROTECT)),
                ],
                options={"triggers": [trigger]},
            ),
        ]
    )


def tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith("farm_")}


def test_tables_that_refer_to_each_other_are_made_and_removed_together():
    operation, before, after = hen_and_egg(), ProjectState(), ProjectState()
    operation.state_forwards("farm", after)

    with connection.schema_editor() as editor:
        operation.database_forwards("farm", editor, before, after)
    made = tables()
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "farm_hen").values()
    with connection.schema_editor() as editor:
        operation.database_backwards("farm", editor, after, before)

    assert made == {"farm_hen", "farm_egg"}
    assert ("farm_egg", "id") in [constraint["foreign_key"] for constraint in constraints]
    assert tables() == set()


def test_a_table_is_made_with_its_triggers():
    operation, before, after = hen_and_egg(), ProjectState(), ProjectState()
    operation.state_forwards("farm", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("farm", editor, before, after)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("INSERT INTO farm_hen (id) VALUES (1)")
        cursor.execute("INSERT INTO farm_egg (id, hen_id) VALUES (1, 1)")

        with pytest.raises(IntegrityError, match="An egg is append-only"), transaction.atomic():
            cursor.execute("UPDATE farm_egg SET hen_id = 1")


def test_the_state_of_all_models_is_worked_out_once_and_only_when_asked_for():
    state = ProjectState()
    assert state.apps.get_models() == []

    hen_and_egg().state_forwards("farm", state)

    assert "apps" not in vars(state)
    assert {model.__name__ for model in state.apps.get_models()} == {"Hen", "Egg"}


def test_the_sql_of_a_file_is_run_and_taken_back(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "two.sql").write_text("CREATE FUNCTION farm_two() RETURNS integer LANGUAGE sql AS 'SELECT 2'")
    operation, state = RunSQLFile("two.sql", undo="DROP FUNCTION farm_two()"), ProjectState()

    def known() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_proc WHERE proname = 'farm_two'")
            return cursor.fetchone() == (1,)

    with connection.schema_editor() as editor:
        operation.database_forwards("farm", editor, state, state)
    assert known()
    with connection.schema_editor() as editor:
        operation.database_backwards("farm", editor, state, state)
    assert not known()


def test_both_are_written_into_a_migration_as_they_were_made(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "two.sql").write_text("SELECT 2")

    text, imports = OperationWriter(RunSQLFile("two.sql", undo="SELECT 1")).serialize()
    made, _ = OperationWriter(hen_and_egg()).serialize()

    assert "path='two.sql'" in text
    assert "undo='SELECT 1'" in text
    assert "import mesoclinic.core.migration_operations" in imports
    assert made.count("migrations.CreateModel(") == 2
