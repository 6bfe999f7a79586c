"""What must be written to correct a session, to make it void and to discard it. No Django here."""

from mesoclinic.core.findings import Finding, block

#: A reason is a sentence, not a keystroke; an addendum itself says more.
MIN_REASON, MIN_ADDENDUM_REASON, MAX_REASON = 10, 3, 200


def check_addendum_text_and_reason(text: str, reason: str) -> list[Finding]:
    """An addendum says what is corrected, and why."""
    found = []
    if not text.strip():
        found.append(
            _block_without_override("addendum:text", "Write what is to be added or corrected.", "text")
        )
    if not MIN_ADDENDUM_REASON <= len(reason.strip()) <= MAX_REASON:
        found.append(
            _block_without_override("addendum:reason", "Say why it is added (3 to 200 characters).", "reason")
        )
    return found


def check_void_reason_length(reason: str) -> Finding | None:
    """A signed session is made void for a reason."""
    message = "Say in a sentence why this session is void (10 to 200 characters)."
    return (
        None if _is_reason_long_enough(reason) else _block_without_override("void:reason", message, "reason")
    )


def check_discard_reason_length(reason: str) -> Finding | None:
    """A draft is thrown away for a reason."""
    message = "Say in a sentence why this session is discarded (10 to 200 characters)."
    return (
        None
        if _is_reason_long_enough(reason)
        else _block_without_override("discard:reason", message, "reason")
    )


def _is_reason_long_enough(reason: str) -> bool:
    return MIN_REASON <= len(reason.strip()) <= MAX_REASON


def _block_without_override(code: str, message: str, where: str) -> Finding:
    """A block that nobody may go past."""
    return block(code, message, fixed=True, where=where)
