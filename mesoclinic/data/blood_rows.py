"""The row of blood_limits.csv."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BloodLimitRow:
    """So many minutes may lie between drawing the patient's blood and injecting what was made of it."""

    code: str
    ingredient: str
    minutes: int
    why: str
    basis: str
    note: str
    sources: tuple[str, ...]
