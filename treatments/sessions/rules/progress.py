"""How far the page of a session is filled in, section by section in the order of the work. No Django here."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.quantities import plain_number_text


class State(StrEnum):
    DONE = "done"
    MISSING = "missing"  # a cross: signing will ask for it
    OPEN = "open"  # may stay empty
    LATER = "later"  # kept on a page of its own; never waited for


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the page: the line it collapses to when it is complete."""

    code: str
    title: str
    state: State
    line: str = ""

    @property
    def is_done(self) -> bool:
        return self.state is State.DONE


@dataclass(frozen=True, slots=True)
class Charted:
    """What the page holds, counted. ``reactions`` is None until somebody has answered; volumes in ml."""

    measured: int = 0
    reports: bool = False
    asked: int = 0
    topics: int = 3
    changed: bool = False
    ticked: int = 0
    must: int = 0
    doses: int = 0
    read: int = 0
    without_lot: int = 0
    zones: int = 0
    wrong_zones: int = 0
    points: int = 0
    delivered: Decimal = Decimal(0)
    drawn: Decimal = Decimal(0)
    pain: int | None = None
    reactions: int | None = None
    ticked_after: int = 0
    must_after: int = 0
    next_on: str = ""
    note: bool = False


def _done_or_missing(done: bool) -> State:
    """Done; else missing, which a signature waits for."""
    return State.DONE if done else State.MISSING


def _done_or_open(done: bool) -> State:
    """Done; else open, which no signature waits for."""
    return State.DONE if done else State.OPEN


def section_states(c: Charted) -> list[Section]:
    """In the order of the work: since last time → safety → checklist → syringe → map → pain → reactions →
    photographs → aftercare → note."""
    of_syringe = c.doses > 0 and c.read == c.doses and not c.without_lot
    on_map = c.zones > 0 and c.points > 0 and not c.wrong_zones
    return [
        Section(
            "since",
            "Since last time",
            _done_or_open(bool(c.measured) or c.reports),
            f"{c.measured} measured{', a report' if c.reports else ''}",
        ),
        Section(
            "safety",
            "Safety",
            _done_or_missing(c.asked == c.topics),
            ("changed" if c.changed else "no change")
            if c.asked == c.topics
            else f"{c.asked} of {c.topics} asked",
        ),
        Section("checklist", "Checklist", _done_or_missing(c.ticked == c.must), f"{c.ticked} of {c.must}"),
        Section("syringe", "Syringe", _done_or_missing(of_syringe), f"{c.read} of {c.doses} lots read"),
        Section(
            "map",
            "Scalp map",
            _done_or_missing(on_map),
            f"{c.points} points · {plain_number_text(c.delivered)} of {plain_number_text(c.drawn)} ml",
        ),
        Section(
            "pain", "Pain", _done_or_missing(c.pain is not None), "" if c.pain is None else f"worst {c.pain}"
        ),
        Section(
            "reactions",
            "Reactions",
            _done_or_missing(c.reactions is not None),
            "none" if c.reactions == 0 else f"{c.reactions or 0} seen",
        ),
        Section("photos", "Photographs", State.LATER, "on a page of their own"),
        Section(
            "aftercare",
            "Aftercare",
            _done_or_missing(c.ticked_after == c.must_after),
            " · ".join(part for part in (f"{c.ticked_after} of {c.must_after}", c.next_on) if part),
        ),
        Section("note", "Note", _done_or_open(c.note), "written" if c.note else ""),
    ]
