"""Hairs counted by hand on a picture: whether a count can be kept, and the density it gives. No Django here."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from mesoclinic.core.findings import Finding, block

#: How a figure that was counted here was measured. A second count makes it surer, not another method.
METHOD = "counted by hand"
SCALE = "HAIR_DENSITY"
MOST_HAIRS = 3_000
#: A contact lens shows a fraction of 1 cm², a macro picture a few.
LEAST_CM2, MOST_CM2 = Decimal("0.05"), Decimal(10)
#: Lines each way: a square at a time is counted.
GRID = 10


def check_hair_count(points: Sequence[float], field_cm2: Decimal | None) -> list[Finding]:
    """Why a count cannot be kept: nothing marked, a mark outside the picture, no area."""
    found = []
    if not points or len(points) % 2 or any(not 0 <= value <= 1 for value in points):
        found.append(block("hair-count:points", "Mark each hair inside the picture, then save.", fixed=True))
    elif len(points) // 2 > MOST_HAIRS:
        message = f"More than {MOST_HAIRS:,} marks: count a smaller field."
        found.append(block("hair-count:points", message, fixed=True))
    if field_cm2 is None or not LEAST_CM2 <= field_cm2 <= MOST_CM2:
        message = f"Type the area of the picture in cm², {LEAST_CM2} to {MOST_CM2}."
        found.append(block("hair-count:field", message, fixed=True, where="field_cm2"))
    return found


def density_per_cm2(hairs: Sequence[int], field_cm2: Decimal) -> Decimal:
    """Hairs per cm²: the mean of the counts over the area, to a tenth."""
    mean = Decimal(sum(hairs)) / len(hairs)
    return (mean / field_cm2).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def counts_text(hairs: Sequence[int]) -> str:
    """“101 hairs”, or “101 and 98 hairs, 3 % apart” (of their mean)."""
    if len(hairs) == 1:
        return f"{hairs[0]} hair{'' if hairs[0] == 1 else 's'}"
    first, second = hairs
    apart = Decimal(200 * abs(first - second)) / (first + second)
    return f"{first} and {second} hairs, {apart.quantize(Decimal(1), rounding=ROUND_HALF_UP)} % apart"
