"""What the database says when it refuses a row: which constraint stands against it, or the sentence of a trigger."""

from django.db import IntegrityError

#: integrity_constraint_violation itself, which only our triggers use (core/triggers.py).
_RAISED_BY_A_TRIGGER = "23000"


def broken_constraint_or_none(error: IntegrityError) -> str | None:
    """The name of the constraint; None where it has none. What stands in the row is never looked at."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return str(name) if name else None


def trigger_sentence_or_none(error: IntegrityError) -> str | None:
    """What a trigger of ours says to people; None where PostgreSQL itself refused."""
    cause = error.__cause__
    said = getattr(getattr(cause, "diag", None), "message_primary", None)
    return str(said) if said and getattr(cause, "pgcode", "") == _RAISED_BY_A_TRIGGER else None
