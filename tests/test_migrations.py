"""After the first migrations nothing holds a table's writers up: indexes and constraints are added while people work."""

import importlib

import pytest
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from mesoclinic.core.concurrent_operations import (
    AddIndexWhilePeopleWork,
    AddUniqueConstraintWhilePeopleWork,
)
from tests.migration_locks import OURS, locking_operations

CHECK = models.CheckConstraint(condition=models.Q(number__gte=0), name="egg_number")
UNIQUE = models.UniqueConstraint("number", name="egg_once")
INDEX = models.Index(fields=["number"], name="egg_index")
PLAIN = {
    "an index": migrations.AddIndex("egg", INDEX),
    "Django's own concurrent form, which cannot be tried again": AddIndexConcurrently("egg", INDEX),
    "a check": migrations.AddConstraint("egg", CHECK),
    "a unique constraint": migrations.AddConstraint("egg", UNIQUE),
    "an exclusion": migrations.AddConstraint(
        "egg", ExclusionConstraint(name="x", expressions=[("number", "=")])
    ),
    "a unique set": migrations.AlterUniqueTogether("egg", {("number", "day")}),
    "a field of another kind": migrations.AlterField("egg", "number", models.TextField()),
    "a field with an index": migrations.AddField("egg", "day", models.DateField(null=True, db_index=True)),
    "a unique field": migrations.AddField("egg", "day", models.DateField(null=True, unique=True)),
    "a reference, which brings an index": migrations.AddField(
        "egg", "hen", models.ForeignKey("farm.hen", models.PROTECT, null=True)
    ),
}
GENTLE = {
    "an index": AddIndexWhilePeopleWork("egg", INDEX),
    "a unique constraint": AddUniqueConstraintWhilePeopleWork("egg", UNIQUE),
    "a check": AddConstraintNotValid("egg", CHECK),
    "a look at it": ValidateConstraint("egg", "egg_number"),
    "a field": migrations.AddField("egg", "day", models.DateField(null=True)),
    "a reference without its index": migrations.AddField(
        "egg", "hen", models.ForeignKey("farm.hen", models.PROTECT, null=True, db_index=False)
    ),
}


def migration(*operations, **more):
    made = type("Migration", (migrations.Migration,), {"operations": list(operations), **more})
    return made("0002_more", "farm")


def test_no_migration_after_the_first_holds_writers_up():
    """A plain AddIndex or AddConstraint stops every save until it is done: take the form of core.concurrent_operations."""
    found = {
        f"{app}.{name}": locking
        for (app, name), each in MigrationLoader(None, replace_migrations=False).disk_migrations.items()
        if app in OURS and not name.startswith("0001") and (locking := locking_operations(each))
    }

    assert found == {}


@pytest.mark.parametrize("operation", PLAIN.values(), ids=PLAIN)
def test_what_holds_writers_up_is_found(operation):
    assert len(locking_operations(migration(operation))) == 1


@pytest.mark.parametrize("operation", GENTLE.values(), ids=GENTLE)
def test_what_holds_nobody_up_is_taken(operation):
    assert locking_operations(migration(operation)) == []


def test_a_table_that_the_migration_makes_itself_has_no_writers_yet():
    made = migrations.CreateModel("Egg", [("id", models.BigAutoField(primary_key=True))])

    assert locking_operations(migration(made, migrations.AddIndex("egg", INDEX))) == []


def test_a_check_and_the_look_at_it_are_two_migrations():
    """In one transaction the look would hold the lock of the check as long as it takes."""
    both = migration(GENTLE["a check"], GENTLE["a look at it"])

    assert len(locking_operations(both)) == 1
    assert locking_operations(migration(*both.operations, atomic=False)) == []


# --- the forms themselves ----------------------------------------------------


@pytest.fixture
def eggs(transactional_db):
    """A table with rows, and its state."""
    state = ProjectState()
    state.add_model(
        ModelState(
            "farm", "Egg", [("id", models.BigAutoField(primary_key=True)), ("number", models.IntegerField())]
        )
    )
    egg = state.apps.get_model("farm", "Egg")
    with connection.schema_editor() as editor:
        editor.create_model(egg)
    egg.objects.bulk_create(egg(number=number) for number in range(3))
    yield state
    with connection.schema_editor() as editor:
        editor.delete_model(egg)


def run(operation, state):
    after = state.clone()
    operation.state_forwards("farm", after)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("farm", editor, state, after)
    return after


def valid_indexes():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname LIKE 'egg%'"
        )
        return dict(cursor.fetchall())


def test_an_index_that_was_broken_off_is_built_anew(eggs):
    broken = models.UniqueConstraint(models.F("number") / 2, name="egg_index")
    with pytest.raises(IntegrityError):
        run(AddUniqueConstraintWhilePeopleWork("egg", broken), eggs)
    assert valid_indexes() == {"egg_index": False}

    run(AddIndexWhilePeopleWork("egg", INDEX), eggs)

    assert valid_indexes() == {"egg_index": True}


@pytest.mark.parametrize(
    "constraint",
    [
        UNIQUE,
        models.UniqueConstraint(fields=["number"], name="egg_plain"),
        models.UniqueConstraint(fields=["number"], name="egg_late", deferrable=models.Deferrable.DEFERRED),
        models.UniqueConstraint(fields=["number"], name="egg_some", condition=models.Q(number__gt=0)),
    ],
    ids=lambda one: one.name,
)
def test_a_unique_constraint_is_what_django_would_have_made(eggs, constraint):
    def described():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conname, contype, condeferrable, condeferred FROM pg_constraint"
                " WHERE conrelid = 'farm_egg'::regclass AND conname LIKE 'egg%'"
            )
            constraints = cursor.fetchall()
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'farm_egg' ORDER BY indexname")
            return constraints, cursor.fetchall()

    plain = migrations.AddConstraint("egg", constraint)
    after = run(plain, eggs)
    wanted = described()
    with connection.schema_editor() as editor:
        plain.database_backwards("farm", editor, after, eggs)

    run(AddUniqueConstraintWhilePeopleWork("egg", constraint), eggs)

    assert described() == wanted
    egg = eggs.apps.get_model("farm", "Egg")
    with pytest.raises(IntegrityError), transaction.atomic():
        egg.objects.create(number=2)


def test_in_a_transaction_they_say_what_is_missing(eggs):
    with pytest.raises(Exception, match="atomic = False"), connection.schema_editor() as editor:
        AddIndexWhilePeopleWork("egg", INDEX).database_forwards("farm", editor, eggs, eggs)


def test_both_are_written_into_a_migration_by_their_names():
    for operation in (GENTLE["an index"], GENTLE["a unique constraint"]):
        module = importlib.import_module(type(operation).__module__)
        assert getattr(module, operation.deconstruct()[0]) is type(operation)
