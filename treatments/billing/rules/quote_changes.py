"""What a new quote says otherwise than the one before. No Django here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from mesoclinic.core.quantities import ZERO


@dataclass(frozen=True, slots=True)
class OptionFact:
    """An option as the patient reads it. ``lines``: label to (quantity, price of one)."""

    name: str
    sessions: int
    total: Decimal
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    lines: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptionChange:
    """``was`` None: it is new; ``now`` None: it is gone. Amounts, but for a quantity."""

    option: str
    what: str
    was: Decimal | None
    now: Decimal | None
    is_count: bool = False


def changes_between_quote_options(
    before: Sequence[OptionFact], after: Sequence[OptionFact]
) -> list[OptionChange]:
    """What a new quote says otherwise than the one before, option by option (by their sessions)."""
    old = {option.sessions: option for option in before}
    new = {option.sessions: option for option in after}
    found = []
    for sessions in sorted(old.keys() | new.keys()):
        was, now = old.get(sessions), new.get(sessions)
        if was is None or now is None:
            there = was or now
            assert there is not None  # one of the two is
            found.append(
                OptionChange(there.name, "option", was.total if was else None, now.total if now else None)
            )
            continue
        found += _changes_of_option_lines(was, now)
        for what in ("discount", "tax", "total"):
            one, other = getattr(was, what), getattr(now, what)
            if one != other:
                found.append(OptionChange(now.name, what, one, other))
    return found


def _changes_of_option_lines(was: OptionFact, now: OptionFact) -> list[OptionChange]:
    found = []
    for label in dict.fromkeys([*was.lines, *now.lines]):
        one, other = was.lines.get(label), now.lines.get(label)
        if one is None or other is None:
            found.append(
                OptionChange(now.name, label, one and one[0] * one[1], other and other[0] * other[1])
            )
            continue
        if one[0] != other[0]:
            found.append(OptionChange(now.name, f"{label}: how many", one[0], other[0], True))
        if one[1] != other[1]:
            found.append(OptionChange(now.name, label, one[1], other[1]))
    return found
