"""Heads drawn by a program, for the photographs of made-up patients. They show nobody."""

from io import BytesIO
from math import cos, pi, sin, sqrt
from random import Random

from PIL import Image, ImageDraw

SIZE = (640, 480)
_HAIRS = 5200
_BACKGROUND, _SCALP = "#c4ccce", "#d2a68a"
_COLOURS = ("#2b1d14", "#3a281b", "#4a3423", "#5b4330")


def drawn_head(*, seed: int, parted: bool, missing: float) -> bytes:
    """A head from above as a JPEG: the whorl, or the part where ``parted``.

    The same ``seed`` is the same head. ``missing``: the share of hairs that are not there in the middle.
    """
    rng = Random(seed)
    picture = Image.new("RGB", SIZE, _BACKGROUND)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((70, 15, 570, 465), fill=_SCALP)
    for _ in range(_HAIRS):
        # Drawn or not, each hair takes the same numbers: what was there before is there again.
        turn, share, colour, luck = (
            rng.uniform(0, 2 * pi),
            sqrt(rng.random()),
            rng.choice(_COLOURS),
            rng.random(),
        )
        x, y = share * cos(turn), share * sin(turn)
        middle = abs(x) if parted else share
        if luck >= missing * max(0.0, 1 - middle * 1.3):
            draw.line(_hair(x, y, parted=parted), fill=colour, width=2)
    sent = BytesIO()
    picture.save(sent, "JPEG", quality=85)
    return sent.getvalue()


def _hair(x: float, y: float, *, parted: bool) -> list[tuple[float, float]]:
    """One hair that begins at a place of the head (−1 to 1): away from the part, or round the whorl."""
    if parted:
        side = 1 if x >= 0 else -1
        places = [(x + side * step * 0.06, y + step * 0.02) for step in range(4)]
    else:
        bent = [(step * 0.05, step * 0.12) for step in range(4)]
        places = [(x * (1 + out) - y * aside, y * (1 + out) + x * aside) for out, aside in bent]
    return [(320 + 240 * across, 240 + 215 * down) for across, down in places]
