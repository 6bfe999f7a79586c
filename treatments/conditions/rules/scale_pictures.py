"""Drawings of the steps of a severity scale: the head from above, the face up, hair dark and bare scalp light.

Our own drawings, schematic: they help to find a step again, they are no measure. A clinician checks them before use.
No Django here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class BareShape:
    """A patch of bare scalp on the head: an SVG path on a field of 100 × 116, and how much skin shows."""

    path: str
    opacity: str = "1"


Picture = tuple[BareShape, ...]


def _ellipse_shape(cx: float, cy: float, rx: float, ry: float, opacity: str = "1") -> BareShape:
    path = f"M{cx - rx:g} {cy:g}a{rx:g} {ry:g} 0 1 0 {2 * rx:g} 0a{rx:g} {ry:g} 0 1 0 {-2 * rx:g} 0Z"
    return BareShape(path, opacity)


# ── women: the part ──────────────────────────────────────────────────────────────────────────────


def _hair_part_shape(half: float, opacity: str = "1") -> BareShape:
    """The part from front to crown, so wide in its middle to each side."""
    front, back = half * 0.7, half * 0.65
    return BareShape(
        f"M50 14C{50 - front:g} 24 {50 - half:g} 40 {50 - half:g} 62C{50 - half:g} 84 {50 - back:g} 98 50 106"
        f"C{50 + back:g} 98 {50 + half:g} 84 {50 + half:g} 62C{50 + half:g} 40 {50 + front:g} 24 50 14Z",
        opacity,
    )


def _widening_part_shape(half: float) -> BareShape:
    """A part that widens to the front, as a fir seen from above."""
    return BareShape(
        f"M50 100L{50 - half * 0.4:g} 62L{50 - half:g} 19Q50 10 {50 + half:g} 19L{50 + half * 0.4:g} 62Z",
        "0.9",
    )


_SINCLAIR: Mapping[str, Picture] = {
    "1": (_hair_part_shape(1.2),),
    "2": (_hair_part_shape(3.5),),
    "3": (_hair_part_shape(10, "0.4"), _hair_part_shape(6)),
    "4": (_hair_part_shape(19, "0.4"), _hair_part_shape(13)),
    "5": (_hair_part_shape(28, "0.5"), _hair_part_shape(22)),
}

_LUDWIG: Mapping[str, Picture] = {
    "I": (_ellipse_shape(50, 60, 17, 26, "0.4"),),
    "II": (_ellipse_shape(50, 60, 23, 32, "0.65"),),
    "III": (_ellipse_shape(50, 60, 28, 36, "0.95"),),
}

_OLSEN: Mapping[str, Picture] = {
    "1": (_widening_part_shape(7),),
    "2": (_widening_part_shape(15),),
    "3": (_widening_part_shape(24),),
}


# ── men: temples, front and crown ────────────────────────────────────────────────────────────────


def _receded_temples_picture(depth: float) -> Picture:
    """Both temples, receded so far: 0 not at all, 1 to the middle of the head."""
    reach = 22 + 30 * depth
    left = f"M19 38C24 26 33 16 44 13.5Q39 {18 + 12 * depth:g} 34 {reach:g}Q27 {32 + 10 * depth:g} 19 38Z"
    right = f"M81 38C76 26 67 16 56 13.5Q61 {18 + 12 * depth:g} 66 {reach:g}Q73 {32 + 10 * depth:g} 81 38Z"
    return (BareShape(left), BareShape(right))


def _bare_front_shape(back: float) -> BareShape:
    """The whole front, bare back to this height of the picture."""
    return BareShape(f"M17 42C23 26 35 13.5 50 13.5C65 13.5 77 26 83 42Q50 {back:g} 17 42Z")


_NORWOOD: Mapping[str, Picture] = {
    "I": (),
    "II": _receded_temples_picture(0.1),
    "IIa": (_bare_front_shape(12),),
    "III": _receded_temples_picture(0.45),
    "IIIv": (*_receded_temples_picture(0.4), _ellipse_shape(50, 86, 8, 9)),
    "IIIa": (_bare_front_shape(30),),
    "IV": (*_receded_temples_picture(0.75), _ellipse_shape(50, 86, 11, 12)),
    "IVa": (_bare_front_shape(56),),
    "V": (*_receded_temples_picture(1), _ellipse_shape(50, 84, 16, 17)),
    "Va": (_bare_front_shape(88),),
    "VI": (
        BareShape(
            "M17 42C23 26 35 13.5 50 13.5C65 13.5 77 26 83 42C79 58 72 64 70 78C68 96 59 102 50 102"
            "C41 102 32 96 30 78C28 64 21 58 17 42Z"
        ),
    ),
    "VII": (
        BareShape(
            "M13.5 52C16 29 32 13.5 50 13.5C68 13.5 84 29 86.5 52C86 73 82 90 73 100C66 106 58 107 50 107"
            "C42 107 34 106 27 100C18 90 14 73 13.5 52Z"
        ),
    ),
}


# ── patches ──────────────────────────────────────────────────────────────────────────────────────

#: Patches in the order in which they appear; all of them and the rest are bare at the end.
_PATCHES = (
    _ellipse_shape(37, 45, 9, 8),
    _ellipse_shape(62, 78, 10, 9),
    _ellipse_shape(66, 40, 11, 12),
    _ellipse_shape(35, 80, 12, 11),
    _ellipse_shape(50, 60, 14, 13),
    _ellipse_shape(24, 62, 9, 14),
    _ellipse_shape(77, 62, 9, 14),
    _ellipse_shape(50, 27, 15, 10),
    _ellipse_shape(50, 99, 16, 9),
)
_BARE_HEAD = _ellipse_shape(50, 62.5, 38, 48)

#: From this percentage on so many patches are drawn.
_PATCHES_FROM = ((1, 1), (10, 2), (20, 3), (35, 4), (50, 6), (65, 7), (80, 9))

#: The middle of what a step of these scales stands for, in percent of the scalp.
_SALT_BAND = {"0": 0, "1": 10, "2": 35, "3": 70, "4": 97}
_SALT_S = {"S0": 0, "S1": 12, "S2": 37, "S3": 62, "S4": 85, "S5": 100}


def _patches_picture(percent: Decimal | int) -> Picture:
    if percent >= 95:
        return (_BARE_HEAD,)
    count = max((many for least, many in _PATCHES_FROM if percent >= least), default=0)
    return _PATCHES[:count]


_STEPS: Mapping[str, Mapping[str, Picture]] = {
    "HAMILTON_NORWOOD": _NORWOOD,
    "LUDWIG": _LUDWIG,
    "SINCLAIR": _SINCLAIR,
    "OLSEN": _OLSEN,
    "SALT_BAND": {step: _patches_picture(percent) for step, percent in _SALT_BAND.items()},
    "SALT_S": {step: _patches_picture(percent) for step, percent in _SALT_S.items()},
}


#: The scales (codes) whose steps are drawn.
SCALES_DRAWN = tuple(_STEPS)


def picture_of_step_or_none(scale: str, step: str) -> Picture | None:
    """The drawing of one step of a scale (their codes); None where there is none."""
    return _STEPS.get(scale, {}).get(step)


def picture_of_figure_or_none(scale: str, figure: Decimal | None) -> Picture | None:
    """The drawing of a figure: of SALT, the percentage that is bare; None of any other scale."""
    return _patches_picture(figure) if scale == "SALT" and figure is not None else None
