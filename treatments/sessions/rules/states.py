"""How a session moves on. No Django here."""

from enum import StrEnum


class SessionStatus(StrEnum):
    DRAFT = "draft"
    SIGNED = "signed"  # frozen from here on
    AMENDED = "amended"  # signed, and corrected by an addendum
    VOID = "void"  # signed by mistake; what it took from stock stays taken


SESSION_MOVES: dict[SessionStatus, frozenset[SessionStatus]] = {
    SessionStatus.DRAFT: frozenset({SessionStatus.SIGNED}),
    SessionStatus.SIGNED: frozenset({SessionStatus.AMENDED, SessionStatus.VOID}),
    # A second addendum leaves it amended.
    SessionStatus.AMENDED: frozenset({SessionStatus.AMENDED, SessionStatus.VOID}),
    SessionStatus.VOID: frozenset(),
}
