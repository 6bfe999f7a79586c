"""A signature that was drawn: what may count as one, and how it is drawn again. No Django here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from typing import Any

from mesoclinic.core.findings import Refused

Stroke = tuple[tuple[int, int], ...]

#: The box a signature is drawn in, in its own units.
BOX = (600, 180)
MOST_STROKES = 200
MOST_POINTS = 6000
#: A dot or a tap is no signature: so much of a line at least, in units of the box.
LEAST_INK = 60


@dataclass(frozen=True, slots=True)
class Signature:
    """Strokes in a box ``width`` by ``height``, each a line from point to point."""

    width: int
    height: int
    strokes: tuple[Stroke, ...]

    @property
    def ink(self) -> float:
        """The length of all lines."""
        return sum(
            hypot(x2 - x1, y2 - y1)
            for stroke in self.strokes
            for (x1, y1), (x2, y2) in pairwise(stroke)
        )

    @property
    def path(self) -> str:
        """The lines as the ``d`` of an SVG path."""
        return " ".join(
            "M" + "L".join(f"{x} {y}" for x, y in stroke) for stroke in self.strokes
        )

    @property
    def svg(self) -> str:
        """A picture of it by itself, for a document."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}"><path d="{self.path}" fill="none" stroke="#14232b" '
            'stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>'
        )

    def as_stored(self) -> dict[str, Any]:
        return {
            "w": self.width,
            "h": self.height,
            "strokes": [[list(point) for point in stroke] for stroke in self.strokes],
        }


def signature_of(stored: Mapping[str, Any]) -> Signature:
    """A stored signature, read again."""
    return Signature(
        stored["w"],
        stored["h"],
        tuple(tuple((x, y) for x, y in stroke) for stroke in stored["strokes"]),
    )


def read_signature(text: str) -> Signature:
    """What a page sends: JSON of ``strokes``, lists of whole [x, y] inside :data:`BOX`. Raises :class:`Refused`."""
    try:
        strokes = json.loads(text)["strokes"]
        found = Signature(*BOX, tuple(tuple(map(_point, stroke)) for stroke in strokes))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _refused("The signature could not be read. Clear it and sign again.") from None  # fmt: skip
    points = sum(len(stroke) for stroke in found.strokes)
    if len(found.strokes) > MOST_STROKES or points > MOST_POINTS:
        raise _refused("This is more than a signature. Clear it and sign again.")
    if found.ink < LEAST_INK:
        raise _refused("Sign in the box, or choose to type the name instead.")
    return found


def _point(given: Any) -> tuple[int, int]:
    x, y = given
    inside = type(x) is int and type(y) is int and 0 <= x <= BOX[0] and 0 <= y <= BOX[1]
    if not inside:
        raise ValueError("a point outside the box")
    return x, y


def _refused(message: str) -> Refused:
    return Refused.because(message, code="signature", where="strokes")
