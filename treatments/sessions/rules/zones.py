"""Where the syringe went: ml and mg per cm² by zone, what stayed in it, and what differs from the plan. No Django here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from mesoclinic.core.findings import Finding, warn
from mesoclinic.core.quantities import (
    ML_STEP,
    ZERO,
    amount_per_cm2_or_none,
    dose_mg,
    plain_number_text,
    round_ml,
)

#: What the whole picture of the scalp would measure, in cm²: its eight zones are 500 cm² (docs/clinical.md §6)
#: and take 0.42 of it. An outline drawn on it is so many percent of this; a person corrects the figure.
PICTURE_CM2 = Decimal(1191)

#: Techniques and their usual depth (docs/clinical.md §9), offered where a technique is typed.
TECHNIQUES = ("nappage", "point by point", "papule", "epidermic", "mesogun")

Corner = tuple[Decimal, Decimal]


# ── per cm² ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Drawn:
    """So many ml of one product in the syringe, and what is in it: ``(ingredient, mg per ml)``, None if unknown."""

    ml: Decimal
    contents: Sequence[tuple[str, Decimal | None]] = ()


@dataclass(frozen=True, slots=True)
class Density:
    """What one zone got for each cm²: ml, and mg of each ingredient whose strength is known."""

    ml: Decimal | None
    mg: Mapping[str, Decimal]


def mg_per_ml_in_syringe(drawn: Sequence[Drawn]) -> dict[str, Decimal]:
    """Concentration of each ingredient in the filled syringe, mg/ml: what it brings over the whole volume."""
    total = sum((each.ml for each in drawn), ZERO)
    if total <= 0:
        return {}
    mg: dict[str, Decimal] = {}
    for each in drawn:
        for name, strength in each.contents:
            if strength is not None and each.ml > 0:
                mg[name] = mg.get(name, ZERO) + dose_mg(each.ml, strength)
    return {name: amount / total for name, amount in mg.items()}


def zone_density(
    points: int, ml_per_point: Decimal, area_cm2: Decimal, strengths: Mapping[str, Decimal]
) -> Density:
    """ml/cm² and mg/cm² of one zone: 42 points of 0.03 ml on 42 cm² are 0.03 ml/cm²."""
    ml = points * ml_per_point
    of_each = amount_per_cm2_or_none(ml, area_cm2)
    if of_each is None:
        return Density(None, {})
    return Density(of_each, {name: of_each * s for name, s in strengths.items()})


# ── what stayed in the syringe ───────────────────────────────────────────────────────────────────


def waste_ml_of_each_dose(drawn: Sequence[Decimal], delivered: Decimal) -> list[Decimal]:
    """How much of each dose was thrown away, in ml, where ``delivered`` ml of the mixture went in.

    The syringe holds a mixture: what stays in it is of every dose in proportion. Rounded to a hundredth by
    the largest remainder, so that the parts add up; of each dose a hundredth at least went in. All zero
    where nothing stayed, or where nobody says what was delivered.
    """
    total = sum(drawn, ZERO)
    waste = round_ml(total - delivered)
    if waste <= 0 or delivered <= 0:
        return [ZERO for _ in drawn]
    exact = [ml * waste / total for ml in drawn]
    most = [ml - ML_STEP for ml in drawn]
    parts = [
        min(share.quantize(ML_STEP, ROUND_DOWN), limit) for share, limit in zip(exact, most, strict=True)
    ]
    left = int((waste - sum(parts, ZERO)) / ML_STEP)
    by_remainder = sorted(range(len(drawn)), key=lambda n: (parts[n] - exact[n], n))
    while left > 0:
        room = [n for n in by_remainder if parts[n] < most[n]]
        if not room:
            break
        for n in room[:left]:
            parts[n] += ML_STEP
        left -= len(room[:left])
    return parts


# ── what differs from the plan ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Treated:
    """One zone as charted. ``code`` is empty for a drawn one."""

    code: str
    name: str
    ml_per_point: Decimal
    depth_mm: Decimal
    spacing_cm: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What plan and protocol say: limits are inclusive, None where they say nothing.

    ``proposed_ml`` and ``proposed_depth`` are what the page proposed: never a deviation, even where the
    syringe does not reach the protocol's least.
    """

    assessed: frozenset[str] = frozenset()
    ml_per_point: tuple[Decimal | None, Decimal | None] = (None, None)
    depth_mm: tuple[Decimal | None, Decimal | None] = (None, None)
    spacing_cm: Decimal | None = None
    technique: str = ""
    needle: str = ""
    proposed_ml: Decimal | None = None
    proposed_depth: Decimal | None = None


def check_deviations_from_course(
    course: Course, zones: Sequence[Treated], technique: str, needle: str
) -> list[Finding]:
    """Only what differs from the plan or the protocol: each asks for a short reason, which is stored.

    The code holds the value, so that a reason given for one depth is not taken for another.
    """
    found: list[Finding] = []

    def add_finding(code: str, message: str, where: str = "map") -> None:
        found.append(warn(f"deviates:{code}", f"{message} Correct it, or say why.", where=where))

    for zone in zones:
        key = zone.code or zone.name
        if zone.code not in course.assessed:
            add_finding(f"zone:{key}", f"{zone.name} is not among the zones of the assessment.")
        if _is_outside_limits(zone.depth_mm, course.depth_mm) and zone.depth_mm != course.proposed_depth:
            add_finding(
                f"depth:{key}:{plain_number_text(zone.depth_mm)}",
                f"{zone.name}: {plain_number_text(zone.depth_mm)} mm deep, the protocol says {_range_text(course.depth_mm)} mm.",
            )
        if (
            _is_outside_limits(zone.ml_per_point, course.ml_per_point)
            and zone.ml_per_point != course.proposed_ml
        ):
            add_finding(
                f"ml:{key}:{plain_number_text(zone.ml_per_point)}",
                f"{zone.name}: {plain_number_text(zone.ml_per_point)} ml per point, "
                f"the protocol says {_range_text(course.ml_per_point)} ml.",
            )
        if None not in (zone.spacing_cm, course.spacing_cm) and zone.spacing_cm != course.spacing_cm:
            add_finding(
                f"spacing:{key}:{plain_number_text(zone.spacing_cm or ZERO)}",
                f"{zone.name}: points {plain_number_text(zone.spacing_cm or ZERO)} cm apart, "
                f"the protocol says {plain_number_text(course.spacing_cm or ZERO)} cm.",
            )
    for what, said, planned in (
        ("technique", technique, course.technique),
        ("needle", needle, course.needle),
    ):
        if (
            said.strip()
            and planned.strip()
            and _casefolded_and_single_spaced(said) != _casefolded_and_single_spaced(planned)
        ):
            add_finding(
                f"{what}:{_casefolded_and_single_spaced(said)[:40]}",
                f"{what.capitalize()} “{said.strip()}”, the plan says “{planned.strip()}”.",
            )
    return found


def _casefolded_and_single_spaced(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_outside_limits(value: Decimal, limits: tuple[Decimal | None, Decimal | None]) -> bool:
    low, high = limits
    return (low is not None and value < low) or (high is not None and value > high)


def _range_text(limits: tuple[Decimal | None, Decimal | None]) -> str:
    low, high = limits
    if low is None and high is not None:
        return f"up to {plain_number_text(high)}"
    if high is None and low is not None:
        return f"from {plain_number_text(low)}"
    return (
        plain_number_text(low or ZERO)
        if low == high
        else f"{plain_number_text(low or ZERO)}–{plain_number_text(high or ZERO)}"
    )


# ── a drawn zone ─────────────────────────────────────────────────────────────────────────────────

MOST_CORNERS = 60


def parse_outline(text: str) -> list[list[float]]:
    """Corners in percent of the picture, from “12.5,30 40,22 38,50”. ``ValueError`` says what is wrong."""
    corners = []
    for pair in text.split():
        x, comma, y = pair.partition(",")
        try:
            corner = [round(float(x), 2), round(float(y), 2)]
        except ValueError as error:
            raise ValueError("An outline is pairs of percent, like 12.5,30.") from error
        if not comma or not all(0 <= value <= 100 for value in corner):
            raise ValueError("Every corner of an outline is between 0 and 100 percent.")
        corners.append(corner)
    if corners and not 3 <= len(corners) <= MOST_CORNERS:
        raise ValueError(f"An outline has 3 to {MOST_CORNERS} corners.")
    return corners


def outline_text(outline: Sequence[Sequence[float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in outline)


def outline_area_cm2(outline: Sequence[Sequence[float]]) -> Decimal:
    """The area of an outline, in cm² to a tenth: its share of the picture (shoelace) times the picture's."""
    twice = sum(
        x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(outline, [*outline[1:], *outline[:1]], strict=True)
    )
    share = Decimal(str(abs(twice))) / 2 / 10_000
    return (share * PICTURE_CM2).quantize(Decimal("0.1"))
