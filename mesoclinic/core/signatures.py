"""A signature as it was drawn: strokes of whole-number points in a box of 600 by 200. No Django here.

A drawing is data, never a picture: ``[[[12, 90], [14, 88]], …]``, one list of points for each time the
pen came down. It is small, it is compared exactly, and it is drawn again as an SVG path.
"""

import json
from collections.abc import Sequence

WIDTH, HEIGHT = 600, 200
#: More is no signature. A long one by hand has some 600 points.
MOST_STROKES, MOST_POINTS = 100, 4000
#: Fewer is a slip of the finger.
FEWEST_POINTS = 5

Strokes = list[list[list[int]]]


def read_strokes(text: str) -> Strokes:
    """The strokes in ``text`` (JSON); empty for empty. ValueError where it is not a signature."""
    if not text.strip():
        return []
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("not a list of strokes") from error
    if not isinstance(given, list) or len(given) > MOST_STROKES:
        raise ValueError("not a list of strokes, or too many")
    strokes = [_stroke_or_raise(stroke) for stroke in given]
    count = sum(map(len, strokes))
    if count > MOST_POINTS:
        raise ValueError("too many points")
    if strokes and count < FEWEST_POINTS:
        raise ValueError("a slip, not a signature")
    return strokes


def _stroke_or_raise(given: object) -> list[list[int]]:
    if not isinstance(given, list) or not given:
        raise ValueError("a stroke is a list of points")
    return [_point_or_raise(point) for point in given]


def _point_or_raise(given: object) -> list[int]:
    if not isinstance(given, list) or len(given) != 2 or not all(type(n) is int for n in given):
        raise ValueError("a point is two whole numbers")
    x, y = given
    if not (0 <= x <= WIDTH and 0 <= y <= HEIGHT):
        raise ValueError("a point outside the box")
    return [x, y]


def svg_path(strokes: Sequence[Sequence[Sequence[int]]]) -> str:
    """The ``d`` of an SVG path in a viewBox of ``0 0 600 200``; a single point becomes a dot."""
    parts = []
    for stroke in strokes:
        (x, y), *rest = stroke
        line = " ".join(f"{px} {py}" for px, py in rest) or f"{x} {y}"
        parts.append(f"M{x} {y}L{line}")
    return "".join(parts)
