"""Opening the record of a patient who has nothing to do with one's clinics. No Django here."""

from mesoclinic.core.findings import Finding, block

#: As long as the reason with which a block is passed.
SHORTEST_REASON = 10
LONGEST_REASON = 300


def check_reason_to_open(reason: str) -> list[Finding]:
    """What is wrong with the reason."""
    text = reason.strip()
    if len(text) < SHORTEST_REASON:
        message = f"Write why you open this record, in {SHORTEST_REASON} characters or more."
        return [block("break-glass:reason", message, fixed=True, where="reason")]
    if len(text) > LONGEST_REASON:
        message = f"Say it in {LONGEST_REASON} characters or fewer."
        return [block("break-glass:reason", message, fixed=True, where="reason")]
    return []
