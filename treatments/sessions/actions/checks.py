"""What several of the actions ask first: who it is, what state the session is in, what was gone past."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core.findings import Acknowledgement, Refused
from mesoclinic.core.locking import lock_row
from mesoclinic.core.moves import can_move
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.reasons import Kept
from treatments.sessions.rules.states import SESSION_MOVES, SessionStatus

Reasons = Mapping[str, str] | None


def lock_session(session: TreatmentSession) -> TreatmentSession:
    """The row as it stands now; nobody else charts or signs it until this transaction ends."""
    return lock_row(TreatmentSession, session.pk)


def refuse_unless_allowed_in_session(by: User, permission: Permission) -> None:
    """Refuse what only clinicians do with sessions, with a sentence that says whom to ask."""
    refuse_unless_allowed(
        by, permission, f"Your account may not {permission}. Ask a clinician.", code="session:role"
    )


def refuse_unless_can_move(session: TreatmentSession, to: SessionStatus, message: str) -> None:
    """Refuse with ``message`` where the session cannot go from its status to ``to``."""
    if not can_move(SESSION_MOVES, session.status, to):
        raise Refused.because(message, code=f"session:{to}")


def acknowledgement_rows_to_store(passed: Iterable[Acknowledgement], by: User, now: datetime) -> list[Kept]:
    """What was gone past, with who and when."""
    return [
        {
            "code": each.code,
            "level": str(each.level),
            "message": each.message,
            "reason": each.reason,
            "by": by.display_name,
            "by_id": by.pk,
            "at": now.isoformat(),
        }
        for each in passed
    ]
