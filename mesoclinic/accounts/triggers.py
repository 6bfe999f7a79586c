"""The wall between clinics in the database: whoever acts at a clinic works there."""

import pgtrigger

from mesoclinic.core import triggers as core_triggers


def trigger_refusing_non_members(
    *, by: str, clinic: str, operation: pgtrigger.Operation = pgtrigger.Insert, role: str = ""
) -> core_triggers.Trigger:
    """A row is refused where ``by`` (a column of it) does not work at its clinic.

    ``clinic`` is SQL over NEW; ``role`` asks for that role there. A row by nobody (a patient's own link) passes.
    """
    holds = f" AND '{role}' = ANY (m.roles)" if role else ""
    return core_triggers.Trigger(
        name="by_a_member",
        when=pgtrigger.Before,
        operation=operation,
        func=f"""
            IF NEW.{by} IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM accounts_membership m
                 WHERE m.user_id = NEW.{by} AND m.clinic_id = ({clinic}){holds})
            THEN {core_triggers.raise_exception_sql("Only who works at a clinic acts there.")} END IF;
            RETURN NEW;
        """,
    )
