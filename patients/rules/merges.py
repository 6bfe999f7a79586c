"""When two records of one person may be merged, and parted again. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, ordered

#: So long a merge can be undone at the desk.
UNDO_DAYS = 14


class MergeStatus(StrEnum):
    ASKED = "asked"
    DONE = "done"
    UNDONE = "undone"
    WITHDRAWN = "withdrawn"


MERGE_MOVES: dict[MergeStatus, frozenset[MergeStatus]] = {
    MergeStatus.ASKED: frozenset({MergeStatus.DONE, MergeStatus.WITHDRAWN}),
    MergeStatus.DONE: frozenset({MergeStatus.UNDONE}),
    MergeStatus.UNDONE: frozenset(),
    MergeStatus.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True, slots=True)
class FieldPair:
    """One field of two records."""

    name: str
    label: str
    of_kept: str
    of_merged: str

    @property
    def is_same(self) -> bool:
        return self.of_kept == self.of_merged

    @property
    def proposes_merged(self) -> bool:
        """The kept record's value is proposed, the other one's where the kept record has none."""
        return not self.of_kept and bool(self.of_merged)


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """What stands against a merge."""

    kept_is_merged: bool = False
    merged_is_merged: bool = False
    #: Days on which both have a visit at one time.
    overlapping_visits: Sequence[str] = ()
    open_sessions: int = 0
    waits_twice: bool = False


def check_merge(facts: MergeFacts) -> list[Finding]:
    """What has to be settled before two records become one; nobody overrides it."""
    findings = []
    if facts.kept_is_merged or facts.merged_is_merged:
        findings.append(_refusal("merged", "One of the two is merged already. Open the record that is kept."))
    findings += [
        _refusal(
            f"overlap:{when}",
            f"Both have a visit at the same time, {when}. Cancel or move one of them first.",
        )
        for when in facts.overlapping_visits
    ]
    if facts.open_sessions:
        findings.append(
            _refusal("session", "A session is not signed yet. Sign or discard it first, then merge.")
        )
    if facts.waits_twice:
        findings.append(
            _refusal("waiting", "Both wait for the same thing. Take one of them off the waiting list first.")
        )
    return ordered(findings)


def _refusal(code: str, message: str) -> Finding:
    return block(f"merge:{code}", message, fixed=True)


def undo_ends_at(done_at: datetime) -> datetime:
    return done_at + timedelta(days=UNDO_DAYS)


def check_undo(*, done_at: datetime, now: datetime, sessions_since: int, merged_again: bool) -> list[Finding]:
    """Why a merge cannot be undone at the desk."""
    findings = []
    if now > undo_ends_at(done_at):
        findings.append(
            _refusal("late", f"The {UNDO_DAYS} days are over. Ask an admin to part the records by hand.")
        )
    if sessions_since:
        findings.append(
            _refusal(
                "session-since",
                "A session of a plan that came with the merge was given since. It is of the kept record: "
                "a clinician says whose it is, and an admin parts the records by hand.",
            )
        )
    if merged_again:
        findings.append(
            _refusal("merged-again", "The kept record was merged itself since. Undo that merge first.")
        )
    return ordered(findings)
