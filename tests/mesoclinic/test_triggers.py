"""docs/triggers.md is true: every trigger says what it does, and does no more than it says."""

import re

import pgtrigger
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from mesoclinic.core.triggers import Trigger, raise_exception_sql
from mesoclinic.management.commands.triggers import all_triggers, trigger_timing_text, triggers_markdown

ALL = [pytest.param(model, one, id=f"{model._meta.label}:{one.name}") for model, one in all_triggers()]
#: The app of each table; apps stand in INSTALLED_APPS from the lowest up.
APPS = list(apps.app_configs)
TABLES = {model._meta.db_table: model._meta.app_label for model in apps.get_models() if not model._meta.proxy}

_WRITTEN_TABLE = re.compile(r"\b(?:INSERT INTO|DELETE FROM|UPDATE(?=\s+\w+\s+(?:\w+\s+)?SET\b))\s+(\w+)")
_WRITTEN_COLUMN = re.compile(r"\bNEW\.(\w+)\s*:=|\bINTO\s+NEW\.(\w+)")


def written(trigger: Trigger) -> set[str]:
    """The tables that a trigger's SQL writes, and the columns of its own row that it sets."""
    columns = {first or second for first, second in _WRITTEN_COLUMN.findall(trigger.func)}
    return set(_WRITTEN_TABLE.findall(trigger.func)) | columns


def tables_in(text: str) -> set[str]:
    return set(re.findall(r"\w+", text)) & set(TABLES)


def test_there_are_triggers():
    assert len(ALL) > 150


@pytest.mark.parametrize(("model", "trigger"), ALL)
def test_every_trigger_says_what_it_refuses_or_writes(model, trigger):
    assert trigger.doc.startswith(("refuses: ", "writes "))


@pytest.mark.parametrize(("model", "trigger"), ALL)
def test_a_trigger_that_writes_says_so_and_names_all_it_writes(model, trigger):
    assert trigger.doc.startswith("writes ") == bool(written(trigger))
    assert written(trigger) <= set(re.findall(r"\w+", trigger.doc))


@pytest.mark.parametrize(("model", "trigger"), ALL)
def test_a_trigger_names_only_tables_of_its_own_app_or_of_lower_ones(model, trigger):
    own = APPS.index(model._meta.app_label)
    said = f"{trigger.declare} {trigger.func} {trigger.doc}"
    higher = {table for table in tables_in(said) if APPS.index(TABLES[table]) > own}

    assert higher == set()


def test_what_a_trigger_writes_is_read_from_its_sql():
    reading = Trigger(
        name="reads",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func="SELECT 1 FROM core_source FOR UPDATE; RETURN NEW;",
    )
    writing = Trigger(
        name="writes",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("key"),
        timing=pgtrigger.Deferred,
        func=f"NEW.key := 1; SELECT 2 INTO NEW.kind; UPDATE core_source s SET key = 1; DELETE FROM core_autosave;"
        f" IF true THEN {raise_exception_sql('It isn’t so: it' + chr(39) + 's not.')} END IF;",
        doc="writes things",
    )

    assert written(reading) == set()
    assert written(writing) == {"key", "kind", "core_source", "core_autosave"}
    assert tables_in(writing.func) == {"core_source", "core_autosave"}
    assert reading.doc == ""
    assert writing.doc == 'writes things; refuses: "It isn’t so: it\'s not."'
    assert trigger_timing_text(writing) == "after insert or update of key, at the end of the transaction"


def test_the_page_has_a_row_for_every_trigger_and_begins_with_those_that_write():
    lines = triggers_markdown().splitlines()
    rows = {(model._meta.db_table, trigger.name, trigger.doc) for model, trigger in all_triggers()}
    headings = [number for number, line in enumerate(lines) if line.startswith("## ")]
    first = lines[headings[0] : headings[1]]

    for table, name, doc in rows:
        assert any(
            line.startswith(f"| {table} | {name} |") and line.endswith(f"| {doc} |") for line in lines
        ), (table, name)
    assert sum(line.startswith("| ") for line in first) - 1 == sum(
        doc.startswith("writes ") for _, _, doc in rows
    )


def test_a_page_that_is_out_of_date_is_refused(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()

    with pytest.raises(CommandError, match="make triggers"):
        call_command("triggers", check=True)
    call_command("triggers")
    call_command("triggers", check=True)
    (tmp_path / "docs" / "triggers.md").write_text(triggers_markdown().replace("append-only", "changeable"))
    with pytest.raises(CommandError, match="make triggers"):
        call_command("triggers", check=True)
