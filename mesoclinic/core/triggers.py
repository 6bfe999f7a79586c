"""Database triggers in the words of the laws: append-only, frozen once signed, part of a frozen whole.

They are pgtrigger triggers, so migrations install them and raw SQL meets them too. Each refuses with
an integrity error whose message is a sentence.
"""

import re
from collections.abc import Collection
from typing import TypedDict, Unpack

import pgtrigger

from mesoclinic.core.moves import Moves, State

_REFUSED = re.compile(r"RAISE EXCEPTION '((?:[^']|'')*)'")

# The test runner empties tables between tests; it says so on its own database only (tests/conftest.py).
_TRUNCATE_ALLOWED = "current_setting('mesoclinic.tests_may_truncate', true) = 'on'"


class _Described(TypedDict, total=False):
    """What pgtrigger takes, beside the function."""

    name: str
    level: pgtrigger.Level
    when: pgtrigger.When
    operation: pgtrigger.Operation
    condition: pgtrigger.Condition
    declare: list[tuple[str, str]]
    timing: pgtrigger.Timing


class Trigger(pgtrigger.Trigger):
    """A trigger with its line in docs/triggers.md: what it ``writes`` by ``doc``, what it refuses by its own messages."""

    def __init__(self, *, doc: str = "", func: str, **described: Unpack[_Described]) -> None:
        super().__init__(func=func, **described)
        refused = dict.fromkeys(message.replace("''", "'") for message in _REFUSED.findall(func))
        refusals = "refuses: " + " ".join(f'"{message}"' for message in refused) if refused else ""
        self.doc = "; ".join(part for part in (doc, refusals) if part)


def raise_exception_sql(message: str) -> str:
    """The PL/pgSQL statement that refuses with ``message`` as an integrity error."""
    quoted = message.replace("'", "''")
    return f"RAISE EXCEPTION '{quoted}' USING ERRCODE = 'integrity_constraint_violation';"


def append_only_triggers(what: str) -> list[Trigger]:
    """Rows of this table are written once: no update, no delete, no truncate."""
    return [
        Trigger(
            name="append_only",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=raise_exception_sql(f"{what} is append-only: add a new row instead."),
        ),
        never_truncated_trigger(what),
    ]


def never_deleted_triggers(what: str, instead: str) -> list[Trigger]:
    """Rows of this table stay, whatever becomes of them: no delete, no truncate. ``instead``: what to do."""
    return [
        Trigger(
            name="kept",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=raise_exception_sql(f"{what} is kept: {instead}"),
        ),
        never_truncated_trigger(what),
    ]


def never_truncated_trigger(what: str) -> Trigger:
    return Trigger(
        name="never_truncated",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=f"IF {_TRUNCATE_ALLOWED} THEN RETURN NULL; END IF; {raise_exception_sql(f'{what} is never emptied.')}",
    )


def frozen_triggers(what: str, *, once: str = "true", except_fields: tuple[str, ...] = ()) -> list[Trigger]:
    """Rows for which ``once`` (SQL over OLD) holds change no more, but for ``except_fields``, and stay."""
    excepted = "ARRAY[" + ", ".join(f"'{field}'" for field in except_fields) + "]::text[]"
    return [
        Trigger(
            name="frozen",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=(
                f"IF ({once}) AND (to_jsonb(OLD) - {excepted}) IS DISTINCT FROM (to_jsonb(NEW) - {excepted})"
                f" THEN {raise_exception_sql(f'{what} is frozen: correct it by adding, not by changing.')} END IF;"
                " RETURN NEW;"
            ),
        ),
        Trigger(
            name="kept",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=f"IF ({once}) THEN {raise_exception_sql(f'{what} is kept: it cannot be deleted.')} END IF; RETURN OLD;",
        ),
        never_truncated_trigger(what),
    ]


def frozen_parent_trigger(
    what: str,
    *,
    parent_table: str,
    parent_key: str,
    once: str,
    except_fields: tuple[str, ...] = (),
    added_when: str = "",
) -> Trigger:
    """Rows whose parent is frozen (``once``: SQL over the parent as ``p``) are neither added, changed nor removed.

    ``added_when`` (SQL over NEW) names the rows that are added to a frozen parent, and only to one: what became
    known later. ``parent_key`` is this table's column. The parent is read FOR SHARE, so that a row slipped in while the
    parent is being signed waits and then meets the signed parent.
    """
    excepted = "ARRAY[" + ", ".join(f"'{field}'" for field in except_fields) + "]::text[]"
    added = "IF is_frozen THEN"
    if added_when:
        early = raise_exception_sql(f"{what} is not signed yet: chart it there.")
        added = (
            f"IF TG_OP = 'INSERT' AND ({added_when}) THEN IF NOT is_frozen THEN {early} END IF; RETURN NEW; END IF;"
            f" {added}"
        )
    return Trigger(
        name="part_of_frozen",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("is_frozen", "boolean")],
        func=f"""
            IF TG_OP = 'UPDATE' THEN
                IF (to_jsonb(OLD) - {excepted}) IS NOT DISTINCT FROM (to_jsonb(NEW) - {excepted}) THEN
                    RETURN NEW;
                END IF;
            END IF;
            IF TG_OP <> 'INSERT' THEN
                SELECT ({once}) INTO is_frozen FROM {parent_table} p WHERE p.id = OLD.{parent_key} FOR SHARE;
                IF is_frozen THEN {raise_exception_sql(f"{what} is signed: nothing in it changes.")} END IF;
            END IF;
            IF TG_OP <> 'DELETE' THEN
                SELECT ({once}) INTO is_frozen FROM {parent_table} p WHERE p.id = NEW.{parent_key} FOR SHARE;
                {added} {raise_exception_sql(f"{what} is signed: nothing in it changes.")} END IF;
                RETURN NEW;
            END IF;
            RETURN OLD;
        """,
    )


def status_move_trigger(what: str, moves: Moves[State]) -> Trigger:
    """``status`` moves along a ``MOVES`` table of the rules, whoever writes it."""

    def quoted_states(states: Collection[State]) -> str:
        """The states as a list in SQL."""
        return ", ".join(f"'{state.value}'" for state in sorted(states))

    ways = " OR ".join(
        f"(OLD.status = '{state.value}' AND NEW.status IN ({quoted_states(to)}))"
        for state, to in moves.items()
        if to
    )
    return Trigger(
        name="moves_along_the_table",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("status"),
        func=(
            f"IF NEW.status IS DISTINCT FROM OLD.status AND NOT ({ways})"
            f" THEN {raise_exception_sql(f'{what} moves along docs/states.md: this move is not in it.')} END IF;"
            " RETURN NEW;"
        ),
    )


def no_card_number_trigger(*columns: str) -> Trigger:
    """No card number is ever stored in these columns: 13 to 19 digits that pass the Luhn check.

    The same reading as ``mesoclinic/core/card_numbers.py``, for whoever goes around the application.
    """
    text = " || ' | ' || ".join(f"coalesce(NEW.{column}, '')" for column in columns)
    return Trigger(
        name="no_card_number",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("run", "text"), ("digits", "text"), ("total", "integer"), ("n", "integer")],
        func=f"""
            FOR run IN SELECT m[1] FROM regexp_matches(
                {text}, '(?<![0-9A-Za-z])([0-9](?:[ .-]?[0-9]){{12,}})(?![0-9A-Za-z])', 'g') AS m
            LOOP
                digits := reverse(regexp_replace(run, '[^0-9]', '', 'g'));
                CONTINUE WHEN length(digits) > 19 OR digits ~ '^0+$';
                total := 0;
                FOR i IN 1..length(digits) LOOP
                    n := substr(digits, i, 1)::integer * (CASE WHEN i % 2 = 0 THEN 2 ELSE 1 END);
                    total := total + CASE WHEN n > 9 THEN n - 9 ELSE n END;
                END LOOP;
                IF total % 10 = 0 THEN {raise_exception_sql("Card numbers are never kept.")} END IF;
            END LOOP;
            RETURN NEW;
        """,
    )
