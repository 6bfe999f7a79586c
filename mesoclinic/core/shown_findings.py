"""Findings as a page shows them: blocks first, then warnings, notes folded, what passed in one line. No Django here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from mesoclinic.core.findings import Finding, Level

#: A finding; or one as it was frozen with what was signed.
Kept = Finding | Mapping[str, object]

_WORDS = {Level.BLOCK: "Block", Level.WARN: "Warning", Level.NOTE: "Note", Level.OK: "Passed"}
_NAMES = frozenset(field.name for field in fields(Finding))


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding and what it is called on the page: “Block 1”, which the row it speaks about says too."""

    finding: Finding
    label: str

    @property
    def override_hint_or_empty(self) -> str:
        """Whether it can be gone past."""
        if self.finding.blocks and self.finding.fixed:
            return "cannot be overridden"
        return "needs a reason" if self.finding.needs_reason else ""


@dataclass(frozen=True, slots=True)
class ShownFindings:
    blocks: tuple[Shown, ...]
    warnings: tuple[Shown, ...]
    notes: tuple[Shown, ...]
    passed: tuple[Shown, ...]

    @property
    def loud(self) -> tuple[Shown, ...]:
        """What stops an action: blocks, then warnings."""
        return self.blocks + self.warnings


def as_finding(kept: Kept) -> Finding:
    """The finding itself, also where it was frozen before some part of it was kept."""
    if isinstance(kept, Finding):
        return kept
    said: dict[str, object] = {name: value for name, value in kept.items() if name in _NAMES}
    said["level"] = Level(str(kept["level"]))
    return Finding(**said)  # type: ignore[arg-type]  # as Finding.as_dict wrote it


def numbered_findings_by_level(found: Iterable[Kept]) -> ShownFindings:
    """In the order given within each level; numbered where a level has more than one."""
    findings = [as_finding(each) for each in found]
    by_level = {level: [each for each in findings if each.level == level] for level in Level}
    shown = {
        level: tuple(
            Shown(each, f"{_WORDS[level]} {number}" if len(those) > 1 else _WORDS[level])
            for number, each in enumerate(those, start=1)
        )
        for level, those in by_level.items()
    }
    return ShownFindings(shown[Level.BLOCK], shown[Level.WARN], shown[Level.NOTE], shown[Level.OK])
