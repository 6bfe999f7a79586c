"""Which row of the syringe a finding speaks about, so that the row names the finding and the finding the row."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mesoclinic.core.shown_findings import Shown

#: The kinds of finding whose code names the substances it is about.
_BY_SUBSTANCE = frozenset({"pair", "duplicate", "dose", "weight", "area", "contra", "unknown", "alert"})


@dataclass(frozen=True, slots=True)
class Mark:
    """“Block 1” on a row; ``code`` is the finding's."""

    label: str
    level: str
    code: str


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of the rows by product code, and those of the whole syringe."""

    rows: Mapping[str, tuple[Mark, ...]]
    total: tuple[Mark, ...]


def marks_of_findings(loud: Iterable[Shown], holds: Mapping[str, Collection[str]]) -> Marks:
    """``loud`` are blocks and warnings as they are shown; ``holds``: product code to its substances' codes."""
    rows: dict[str, list[Mark]] = {code: [] for code in holds}
    total: list[Mark] = []
    for shown in loud:
        finding = shown.finding
        mark = Mark(shown.label, str(finding.level), finding.code)
        about = _substance_codes_in_finding_code(finding.code)
        named = [
            code
            for code, held in holds.items()
            if finding.where == f"line:{code}" or not about.isdisjoint(held)
        ]
        for code in named:
            rows[code].append(mark)
        if finding.where == "syringe" or finding.code.startswith("volume"):
            total.append(mark)
    return Marks({code: tuple(found) for code, found in rows.items()}, tuple(total))


def _substance_codes_in_finding_code(code: str) -> set[str]:
    """``pair:copper+vitamin-c`` → copper and vitamin-c; nothing where the code is about something else."""
    kind, _, rest = code.partition(":")
    return set(rest.partition(":")[0].split("+")) if kind in _BY_SUBSTANCE and rest else set()
