"""What a change of a figure means: against how it was measured, and against the error of the method. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from mesoclinic.core.findings import Finding, block
from mesoclinic.core.quantities import plain_number_text

#: Below this a change cannot be told from error.
NO_CHANGE = "no measurable change"


@dataclass(frozen=True, slots=True)
class MeasuredHow:
    """How a figure was measured: two that differ in any of these are never joined by a line."""

    place: str = ""
    method: str = ""
    device: str = ""
    field_cm2: Decimal | None = None
    preparation: str = ""

    def text(self) -> str:
        """“site A, counted by hand, 0.65 cm², washed 1 day before”; what was not said is left out."""
        area = "" if self.field_cm2 is None else f"{plain_number_text(self.field_cm2)} cm²"
        return ", ".join(
            part for part in (self.place, self.method, self.device, area, self.preparation) if part
        )


def differences_in_how(then: MeasuredHow, now: MeasuredHow) -> list[str]:
    """In what two figures were measured differently, in words; empty where they compare."""
    pairs = [
        ("place", then.place, now.place),
        ("method", then.method, now.method),
        ("device", then.device, now.device),
        ("field", then.field_cm2, now.field_cm2),
        ("preparation", then.preparation, now.preparation),
    ]
    return [word for word, a, b in pairs if _as_compared(a) != _as_compared(b)]


def _as_compared(value: object) -> object:
    return value.strip().casefold() if isinstance(value, str) else value


def smallest_change_or_none(
    first: Decimal, *, absolute: Decimal | None, percent: Decimal | None
) -> Decimal | None:
    """The smallest change from ``first`` that can be told from error; None where nobody knows one."""
    if absolute is not None:
        return absolute
    if percent is None:
        return None
    return (first * percent / 100).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a figure. ``level``: ok, warn, or plain_number_text where nothing can be told."""

    text: str
    level: str
    difference: Decimal

    @property
    def is_measurable(self) -> bool:
        return self.level != "plain"


def change_since(
    first: Decimal, last: Decimal, *, smallest: Decimal | None, higher_is_better: bool
) -> Change:
    """The change against the error of the method. What cannot be told from it is never called better or worse."""
    difference = last - first
    signed = (
        f"{'+' if difference > 0 else '−' if difference < 0 else '±'}{plain_number_text(abs(difference))}"
    )
    if smallest is None:
        return Change(f"{signed}, smallest change not known", "plain", difference)
    error = f"error ±{plain_number_text(smallest)}"
    if abs(difference) < smallest or not difference:
        return Change(f"{NO_CHANGE}, {error}", "plain", difference)
    is_better = (difference > 0) == higher_is_better
    return Change(f"{signed}, {error}", "ok" if is_better else "warn", difference)


def check_measurement_kinds(names_never: Sequence[str], names_elsewhere: Sequence[str]) -> list[Finding]:
    """Nobody writes down a figure that no clinic can measure, or one that is kept elsewhere."""
    found = [
        block(
            f"measurement:never:{name}",
            f"{name} cannot be measured in a clinic: no figure is kept. Leave it out.",
            fixed=True,
            where="scale",
        )
        for name in names_never
    ]
    return found + [
        block(
            f"measurement:elsewhere:{name}",
            f"{name} is charted elsewhere: at the session, at the assessment or on photographs.",
            fixed=True,
            where="scale",
        )
        for name in names_elsewhere
    ]


def unit_text(unit: str) -> str:
    """The unit of a scale as it is read: “/cm²”."""
    return unit.removeprefix("hairs").replace("cm2", "cm²") if "/" in unit else unit
