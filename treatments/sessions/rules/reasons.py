"""What was gone past in a session, and which of it needs no second reason at the signature. No Django here."""

from collections.abc import Iterable
from typing import TypedDict

from mesoclinic.core.findings import Finding


class Kept(TypedDict):
    """A finding that was gone past, as a session keeps it."""

    code: str
    level: str
    message: str
    reason: str
    by: str
    by_id: int
    at: str


def reasons_not_asked_again(kept: Iterable[Kept], findings: Iterable[Finding]) -> list[Kept]:
    """The reasons given at the start of this session for what its signature asks in the same words.

    It is the same injection, so it is not asked twice; they keep their own time. What reads otherwise meanwhile, or
    nobody passes any more, is asked again (law 13).
    """
    asked = {(each.code, str(each.level), each.message) for each in findings if each.needs_reason}
    return [row for row in kept if (row["code"], row["level"], row["message"]) in asked]


def reasons_merged_with_new(kept: Iterable[Kept], new: Iterable[Kept]) -> list[Kept]:
    """What stays with the session: each reason under the time it was typed, a new one in place of an older one."""
    new = list(new)
    codes = {row["code"] for row in new}
    return [*(row for row in kept if row["code"] not in codes), *new]
