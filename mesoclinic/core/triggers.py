"""Database triggers in the words of the laws: append-only, frozen once signed, part of a frozen whole.

They are pgtrigger triggers, so migrations install them and raw SQL meets them too. Each refuses with
an integrity error whose message is a sentence.
"""

import pgtrigger

# The test runner empties tables between tests; it says so on its own database only (tests/conftest.py).
_TRUNCATE_ALLOWED = "current_setting('mesoclinic.tests_may_truncate', true) = 'on'"


def refuse(message: str) -> str:
    """The PL/pgSQL statement that refuses with ``message`` as an integrity error."""
    quoted = message.replace("'", "''")
    return (
        f"RAISE EXCEPTION '{quoted}' USING ERRCODE = 'integrity_constraint_violation';"
    )


def append_only(what: str) -> list[pgtrigger.Trigger]:
    """Rows of this table are written once: no update, no delete, no truncate."""
    return [
        pgtrigger.Trigger(
            name="append_only",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=refuse(f"{what} is append-only: add a new row instead."),
        ),
        never_truncated(what),
    ]


def never_truncated(what: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="never_truncated",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=f"IF {_TRUNCATE_ALLOWED} THEN RETURN NULL; END IF; {refuse(f'{what} is never emptied.')}",
    )


def frozen(
    what: str, *, once: str = "true", except_fields: tuple[str, ...] = ()
) -> list[pgtrigger.Trigger]:
    """Rows for which ``once`` (SQL over OLD) holds change no more, but for ``except_fields``, and stay."""
    excepted = (
        "ARRAY[" + ", ".join(f"'{field}'" for field in except_fields) + "]::text[]"
    )
    return [
        pgtrigger.Trigger(
            name="frozen",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=(
                f"IF ({once}) AND (to_jsonb(OLD) - {excepted}) IS DISTINCT FROM (to_jsonb(NEW) - {excepted})"
                f" THEN {refuse(f'{what} is frozen: correct it by adding, not by changing.')} END IF;"
                " RETURN NEW;"
            ),
        ),
        pgtrigger.Trigger(
            name="kept",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=f"IF ({once}) THEN {refuse(f'{what} is kept: it cannot be deleted.')} END IF; RETURN OLD;",
        ),
        never_truncated(what),
    ]


def part_of_frozen(
    what: str,
    *,
    parent_table: str,
    parent_key: str,
    once: str,
    except_fields: tuple[str, ...] = (),
    added_when: str = "",
) -> pgtrigger.Trigger:
    """Rows whose parent is frozen (``once``: SQL over the parent as ``p``) are neither added, changed nor removed.

    ``added_when`` (SQL over NEW) names the rows that are added to a frozen parent, and only to one: what became
    known later. ``parent_key`` is this table's column. The parent is read FOR SHARE, so that a row slipped in while the
    parent is being signed waits and then meets the signed parent.
    """
    excepted = (
        "ARRAY[" + ", ".join(f"'{field}'" for field in except_fields) + "]::text[]"
    )
    added = "IF is_frozen THEN"
    if added_when:
        early = refuse(f"{what} is not signed yet: chart it there.")
        added = (
            f"IF TG_OP = 'INSERT' AND ({added_when}) THEN IF NOT is_frozen THEN {early} END IF; RETURN NEW; END IF;"
            f" {added}"
        )
    return pgtrigger.Trigger(
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
                IF is_frozen THEN {refuse(f"{what} is signed: nothing in it changes.")} END IF;
            END IF;
            IF TG_OP <> 'DELETE' THEN
                SELECT ({once}) INTO is_frozen FROM {parent_table} p WHERE p.id = NEW.{parent_key} FOR SHARE;
                {added} {refuse(f"{what} is signed: nothing in it changes.")} END IF;
                RETURN NEW;
            END IF;
            RETURN OLD;
        """,
    )
