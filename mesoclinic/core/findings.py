"""What a rule says, and how an action says no. No Django here.

One shape for everything a rule says. The cocktail, the booking, the quote and the session show it
the same way, and an action passes it through one gate (:func:`gate`):

    block    stops the action; a *fixed* block nobody lifts, any other a clinician with a written reason
    warn     stops the action until somebody gives a short reason
    note     is shown
    ok       is shown, so that a reader sees the check was made
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Level(StrEnum):
    BLOCK = "block"
    WARN = "warn"
    NOTE = "note"
    OK = "ok"


_ORDER = {Level.BLOCK: 0, Level.WARN: 1, Level.NOTE: 2, Level.OK: 3}

#: Findings of these codes are of the patient's alerts: whoever goes past a block among them says again who they are.
ALERT_CODE = "alert:"

#: The finding that asks for the password, and its field.
PASSWORD_CODE, PASSWORD_FIELD = "password-again", "password_again"

#: A reason for lifting a block is a sentence, not a keystroke.
MIN_BLOCK_REASON = 10

MIN_WARN_REASON = 3

#: Words that fill a field and say nothing.
_FILLER_WORDS = frozenset(
    [
        "a",
        "above",
        "agreed",
        "all",
        "as",
        "before",
        "discussed",
        "done",
        "fine",
        "good",
        "is",
        "it",
        "last",
        "n",
        "na",
        "no",
        "none",
        "of",
        "ok",
        "okay",
        "per",
        "reason",
        "same",
        "see",
        "seen",
        "the",
        "time",
        "usual",
        "yes",
    ]
)
#: So many different letters are in anything that says something.
_LEAST_LETTERS = 4


def is_filler(words: str) -> bool:
    """Whether nothing is said: such words alone (“as discussed”), or the same few letters over and over."""
    said = re.findall(r"[^\W\d_]+", words.casefold())
    return all(word in _FILLER_WORDS for word in said) or len(set("".join(said))) < _LEAST_LETTERS


def is_written_reason(words: str) -> bool:
    """Whether these words are a reason for going past a block, or for ending what stands against an injection."""
    return len(words.strip()) >= MIN_BLOCK_REASON and not is_filler(words)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule found.

    ``code`` names the finding and what it is about ("pair:copper+vitamin-c"), so that an
    acknowledgement given for one is never taken for another. ``message`` says what is wrong *and
    what to do*. ``detail`` is the smaller line under it. ``source`` says who says so, as
    mesoclinic.core.citations reads it; ``basis`` how surely (stated, inferred, partly_sourced,
    general_knowledge, clinic-default). ``where`` points at the field or row it concerns. ``fixed`` marks
    a block that nobody may override. ``reviewed`` says who here last reviewed the rule and when, or that
    nobody did; it is empty where no rule of the catalogue speaks.
    """

    code: str
    level: Level
    message: str
    source: str = ""
    where: str = ""
    detail: str = ""
    basis: str = ""
    fixed: bool = False
    reviewed: str = ""

    @property
    def blocks(self) -> bool:
        """Whether its level is block."""
        return self.level is Level.BLOCK

    @property
    def warns(self) -> bool:
        """Whether its level is warn."""
        return self.level is Level.WARN

    @property
    def needs_reason(self) -> bool:
        """Whether the action waits for a reason (a fixed block waits for nothing: it refuses)."""
        return (self.blocks and not self.fixed) or self.warns

    @property
    def needs_password(self) -> bool:
        """Whether whoever goes past it types their password again (law 6): an open alert that blocks."""
        return self.blocks and not self.fixed and self.code.startswith(ALERT_CODE)

    def is_answered_by(self, reason: str) -> bool:
        """Whether this reason is enough to go past it: a sentence for a block, a few words for a warning."""
        return is_written_reason(reason) if self.blocks else len(reason.strip()) >= MIN_WARN_REASON

    @property
    def least_reason_length(self) -> int:
        """How many characters a reason for going past it has at least."""
        return MIN_BLOCK_REASON if self.blocks else MIN_WARN_REASON

    def as_dict(self) -> dict[str, str | bool]:
        return {
            "code": self.code,
            "level": str(self.level),
            "message": self.message,
            "source": self.source,
            "where": self.where,
            "detail": self.detail,
            "basis": self.basis,
            "fixed": self.fixed,
            "reviewed": self.reviewed,
        }


def block(
    code: str,
    message: str,
    *,
    source: str = "",
    where: str = "",
    detail: str = "",
    basis: str = "",
    fixed: bool = False,
    reviewed: str = "",
) -> Finding:
    return Finding(code, Level.BLOCK, message, source, where, detail, basis, fixed, reviewed)


def warn(
    code: str,
    message: str,
    *,
    source: str = "",
    where: str = "",
    detail: str = "",
    basis: str = "",
    reviewed: str = "",
) -> Finding:
    return Finding(code, Level.WARN, message, source, where, detail, basis, reviewed=reviewed)


def note(
    code: str,
    message: str,
    *,
    source: str = "",
    where: str = "",
    detail: str = "",
    basis: str = "",
    reviewed: str = "",
) -> Finding:
    return Finding(code, Level.NOTE, message, source, where, detail, basis, reviewed=reviewed)


def ok(
    code: str, message: str, *, source: str = "", where: str = "", detail: str = "", basis: str = ""
) -> Finding:
    """A finding that says all is well."""
    return Finding(code, Level.OK, message, source, where, detail, basis)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Worst first, then by code, so that the order of the input never shows."""
    return sorted(findings, key=lambda f: (_ORDER[f.level], not f.fixed, f.code))


def worst_level(findings: Iterable[Finding]) -> Level:
    return min((f.level for f in findings), key=_ORDER.__getitem__, default=Level.OK)


class Refused(Exception):
    """An action refuses. Carries the findings that stand in the way, worded for people."""

    def __init__(self, *findings: Finding):
        self.findings = ordered(findings)
        super().__init__(" ".join(f.message for f in self.findings))

    @classmethod
    def because(cls, message: str, code: str = "refused", where: str = "") -> "Refused":
        """The short form, for a refusal with one plain reason."""
        return cls(block(code, message, fixed=True, where=where))


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A finding somebody went past, and the reason they gave."""

    code: str
    level: Level
    message: str
    reason: str


def gate(
    findings: Iterable[Finding],
    reasons: Mapping[str, str] | None = None,
    *,
    may_override: bool = False,
    is_confirmed: bool = True,
) -> list[Acknowledgement]:
    """Let an action pass, or raise :class:`Refused` with everything still in its way.

    ``reasons`` maps a finding's code to the reason typed for it. A fixed block always refuses
    (law 6 of docs/laws.md: stated by a label or a regulator). Any other block needs a reason of at least
    ``MIN_BLOCK_REASON`` characters that are no filler from somebody who ``may_override``; a warning needs
    ``MIN_WARN_REASON``. Not ``is_confirmed``: a page asked, and whoever sits there did not type their password
    again; then no alert that blocks is gone past. Returns what was acknowledged, to be stored with who and when.
    """
    reasons = reasons or {}
    standing: list[Finding] = []
    unconfirmed: list[Finding] = []
    passed: list[Acknowledgement] = []
    for finding in ordered(findings):
        if finding.level in (Level.NOTE, Level.OK):
            continue
        reason = reasons.get(finding.code, "").strip()
        if finding.fixed or (finding.blocks and not may_override) or not finding.is_answered_by(reason):
            standing.append(finding)
        else:
            passed.append(Acknowledgement(finding.code, finding.level, finding.message, reason))
            if finding.needs_password and not is_confirmed:
                unconfirmed.append(finding)
    if unconfirmed:
        message = "You go past an open alert: type your password again, so that it is you who does."
        standing += [*unconfirmed, block(PASSWORD_CODE, message, fixed=True, where=PASSWORD_FIELD)]
    if standing:
        raise Refused(*standing)
    return passed


def lower_findings_to(level: Level, findings: Iterable[Finding]) -> list[Finding]:
    """The findings lowered to ``level`` where they were worse: for a page that only informs."""
    return [replace(f, level=level) if _ORDER[f.level] < _ORDER[level] else f for f in findings]


def refusal_without_override(code: str, message: str, where: str = "") -> Refused:
    """The exception, to be raised, of one block that nobody may override."""
    return Refused(block(code, message, fixed=True, where=where))


def raise_if_found(finding: Finding | None) -> None:
    """Raises :class:`Refused` with this finding; None passes."""
    if finding is not None:
        raise Refused(finding)
