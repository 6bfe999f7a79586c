"""What the file of views to photograph says, row by row."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhotoViewRow:
    """One view of one pattern. ``required_at``: “T0;3;5;end;6m;12m”."""

    code: str
    pattern: str
    order: int
    name: str
    framing: str
    distance: str
    patient_position: str
    hair: str
    light: str
    camera: str
    compare_rule: str
    required_at: str
    why: str
    note: str
    basis: str
    sources: tuple[str, ...]
