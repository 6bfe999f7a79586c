"""Whether the volume keeps under its ceilings: per session, cm², point and region, and how deep. No Django here.

The figures are rows of volume_limits.csv and the clinic's own. All syringes of the session count together. Strictly
more than the maximum is found; of several rows of one kind the most specific speaks, and the gravest stands.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from mesoclinic.core.citations import citations_best_first_text
from mesoclinic.core.findings import Finding, block, warn
from mesoclinic.core.quantities import ZERO, plain_number_text, round_ml
from treatments.cocktails.rules.arithmetic import positive_area_or_none, round_to_four_figures, total_ml
from treatments.cocktails.rules.mix import Mix
from treatments.cocktails.rules.rulebook import Rulebook, VolumeCeiling, review_text
from treatments.cocktails.rules.wording import ml_text

#: From here on the area must be known: “needed from 3 mL” (volume_limits.csv, cm2-noarea).
AREA_NEEDED_FROM_ML = Decimal(3)

#: It has a row of its own per cm², and asks for its area itself.
PRP = "prp"

SESSION, CM2, POINT, REGION, DEPTH = (
    "volume per session",
    "volume per cm2",
    "volume per point",
    "volume per region",
    "needle depth",
)


@dataclass(frozen=True, slots=True)
class Injected:
    """What went, or is to go, into one region. ``ml`` is all of it."""

    zone: str  # empty for a drawn one
    name: str
    points: int
    ml: Decimal
    depth_mm: Decimal | None = None


def volume_findings_and_ceilings(
    mix: Mix,
    beside: Sequence[Mix],
    rulebook: Rulebook,
    area_cm2: Decimal | None,
    *,
    technique: str = "",
    asks_area: bool = True,
) -> tuple[list[Finding], list[VolumeCeiling]]:
    """Per session and per cm², and whether the area is known: the findings, and the rows that spoke.

    Without a ``technique`` the rows of every technique speak: nobody has said that they do not hold.
    """
    syringes = [each for each in (mix, *beside) if each.is_injected and total_ml(each) > 0]
    area = positive_area_or_none(area_cm2)
    rows = _ceilings_of_technique(rulebook, technique)
    findings, spoken = [], []
    for row, ml, allowed in _ceilings_with_used_and_allowed_ml(rows, syringes, area):
        if ml > allowed:
            findings.append(_over_volume_finding(row, ml, allowed, area))
            spoken.append(row)
    unknown = _unknown_area_finding_or_none(rows, syringes) if asks_area and area is None else None
    return [*findings, *([unknown] if unknown else [])], spoken


def ml_to_scale_to_by_code(
    mix: Mix, beside: Sequence[Mix], rulebook: Rulebook, area_cm2: Decimal | None
) -> dict[str, Decimal]:
    """For each volume that is too much: how many ml this syringe may hold; nothing where the others fill it alone."""
    syringes = [each for each in (mix, *beside) if each.is_injected and total_ml(each) > 0]
    area = positive_area_or_none(area_cm2)
    rows = _ceilings_of_technique(rulebook, "")
    found: dict[str, Decimal] = {}
    for row, ml, allowed in _ceilings_with_used_and_allowed_ml(rows, syringes, area):
        left = (allowed - (ml - total_ml(mix))).quantize(Decimal("0.1"), ROUND_DOWN)
        if ml > allowed and 0 < left < total_ml(mix):
            found[row.finding] = min(left, found.get(row.finding, left))
    return found


def _ceilings_of_technique(rulebook: Rulebook, technique: str) -> list[VolumeCeiling]:
    return [
        row for row in rulebook.ceilings if not (row.technique and technique) or row.technique == technique
    ]


def _ceilings_with_used_and_allowed_ml(
    rows: Iterable[VolumeCeiling], syringes: Sequence[Mix], area: Decimal | None
) -> Iterable[tuple[VolumeCeiling, Decimal, Decimal]]:
    """Each row that speaks, with the volume it is about and how much it allows, in ml."""
    about: dict[tuple[object, ...], list[tuple[VolumeCeiling, Decimal, Decimal]]] = {}
    for row in rows:
        if row.maximum is None or row.level == "none" or row.what not in (SESSION, CM2):
            continue
        concerned = _syringes_that_ceiling_adds_up(row, syringes)
        allowed = row.maximum if row.what == SESSION else row.maximum * area if area else None
        if concerned and allowed is not None:
            ml = round_ml(sum((total_ml(each) for each in concerned), ZERO))
            key = (row.what, row.level, row.finding, *map(id, concerned))
            about.setdefault(key, []).append((row, ml, allowed))
    for same in about.values():
        yield max(same, key=lambda each: _specificity_sort_key(each[0]))


def _syringes_that_ceiling_adds_up(row: VolumeCeiling, syringes: Sequence[Mix]) -> Sequence[Mix]:
    """The syringes whose volumes a row adds up.

    A row about one ingredient speaks of what is given alone, as it was studied; what it is mixed into is a
    cocktail. A row about cocktails, or about all but one ingredient, adds up the whole session.
    """
    if row.scope == "ingredient" and row.what == CM2:
        return [each for each in syringes if _holds_ingredient(each, row.ingredient)]
    if row.scope == "ingredient":
        return [
            each for each in syringes if each.kind == "single" and _holds_ingredient(each, row.ingredient)
        ]
    if row.scope == "all_but":
        return syringes if any(not _holds_ingredient(each, row.ingredient) for each in syringes) else ()
    if row.scope == "cocktail":
        return syringes if any(_is_cocktail_or_premade(each) for each in syringes) else ()
    return syringes


def _holds_ingredient(mix: Mix, ingredient: str) -> bool:
    return any(content.substance.code == ingredient for line in mix.lines for content in line.contents)


def _is_cocktail_or_premade(mix: Mix) -> bool:
    return mix.kind == "cocktail" or any(line.premade for line in mix.lines)


def _specificity_sort_key(row: VolumeCeiling) -> tuple[int, bool, Decimal, str]:
    """Of rows about the same, the one that speaks of the least has the word; of two such, the lower figure."""
    scope = {"ingredient": 2, "cocktail": 1, "all_but": 1, "any": 0}[row.scope]
    return scope, bool(row.technique), -(row.maximum or ZERO), row.source


def _unknown_area_finding_or_none(rows: Iterable[VolumeCeiling], syringes: Sequence[Mix]) -> Finding | None:
    """Unknown area is not “enough area”. PRP alone is asked for its area by its own limit."""
    row = next((row for row in rows if row.what == CM2 and row.finding == "area:volume"), None)
    ml = round_ml(sum((total_ml(each) for each in syringes), ZERO))
    if row is None or ml < AREA_NEEDED_FROM_ML or all(_holds_ingredient(each, PRP) for each in syringes):
        return None
    return warn(
        row.finding,
        f"{ml_text(ml)} and no area is charted, so the volume per cm² is not known. Enter the zones to treat, "
        "or give a short reason.",
        where="syringe",
        **_finding_fields_about_source(row),
    )


def _over_volume_finding(row: VolumeCeiling, ml: Decimal, allowed: Decimal, area: Decimal | None) -> Finding:
    over = f"Take out {ml_text(ml - allowed)}"
    if row.what == CM2 and area:
        said = (
            f"{ml_text(ml)} on {plain_number_text(area)} cm² are {plain_number_text(round_to_four_figures(ml / area))} ml/cm², above "
            f"{plain_number_text(row.maximum or ZERO)} ml/cm². {over} or treat a larger area"
        )
    else:
        said = (
            f"{ml_text(ml)} in one session is above {ml_text(allowed)}, {_kind_of_ceiling_text(row)}. {over}"
        )
    return _ceiling_finding(row, said, where="syringe")


# ── at the session: points, regions, depth ───────────────────────────────────────────────────────


def check_zone_volumes_and_depth_limits(
    syringes: Sequence[Mix], rulebook: Rulebook, technique: str, zones: Iterable[Injected]
) -> list[Finding]:
    """Volume per point and per region, and the needle's depth, with the session's technique. Worst per code."""
    ingredients = {
        content.substance.code
        for each in syringes
        if each.is_injected
        for line in each.lines
        for content in line.contents
    }
    rows = [
        row
        for row in rulebook.ceilings
        if row.maximum is not None
        and row.level != "none"
        and row.what in (POINT, REGION, DEPTH)
        and row.technique in ("", technique_code(technique))
        and _applies_to_ingredients(row, ingredients)
    ]
    charted = list(zones)
    worst: dict[str, tuple[Finding, Decimal]] = {}
    for row in _most_specific_ceilings(rows):
        for zone in charted:
            used = _MEASURES[row.what](row, zone)
            if used is None or row.maximum is None or used <= row.maximum:
                continue
            finding = _over_in_zone_finding(row, zone, used)
            before = worst.get(finding.code)
            if before is None or (_GRAVITY[finding.level, finding.fixed], used) > (
                _GRAVITY[before[0].level, before[0].fixed],
                before[1],
            ):
                worst[finding.code] = (finding, used)
    return [finding for finding, _ in worst.values()]


_GRAVITY = {("warn", False): 0, ("block", False): 1, ("block", True): 2}


def technique_code(technique: str) -> str:
    """“Point by point” as the rows say it: ``point_by_point``."""
    return "_".join(technique.casefold().replace("-", " ").split())


def _applies_to_ingredients(row: VolumeCeiling, ingredients: set[str]) -> bool:
    if row.scope == "ingredient":
        return row.ingredient in ingredients
    return row.scope != "all_but" or bool(ingredients - {row.ingredient})


def _most_specific_ceilings(rows: Sequence[VolumeCeiling]) -> list[VolumeCeiling]:
    """The rows that speak: of one kind, code, zone and level the most specific."""
    best: dict[tuple[str, str, str, str], VolumeCeiling] = {}
    for row in sorted(rows, key=_specificity_sort_key):
        best[row.what, row.level, row.finding, row.zone] = row
    return list(best.values())


def _ml_per_point_or_none(row: VolumeCeiling, zone: Injected) -> Decimal | None:
    return zone.ml / zone.points if zone.points > 0 else None


def _ml_in_region_or_none(row: VolumeCeiling, zone: Injected) -> Decimal | None:
    """Left and right temple are each a ``TEMPORAL``."""
    return zone.ml if zone.zone == row.zone or zone.zone.startswith(f"{row.zone}_") else None


def _depth_mm_or_none(row: VolumeCeiling, zone: Injected) -> Decimal | None:
    return zone.depth_mm


_MEASURES: dict[str, Callable[[VolumeCeiling, Injected], Decimal | None]] = {
    POINT: _ml_per_point_or_none,
    REGION: _ml_in_region_or_none,
    DEPTH: _depth_mm_or_none,
}


def _over_in_zone_finding(row: VolumeCeiling, zone: Injected, used: Decimal) -> Finding:
    maximum, figure = plain_number_text(row.maximum or ZERO), plain_number_text(round_to_four_figures(used))
    how = f" by {row.technique.replace('_', ' ')}" if row.technique else ""
    if row.what == POINT:
        said = f"{zone.name}: {figure} ml at each point is above {maximum} ml{how}. Set more points, or inject less"
    elif row.what == REGION:
        said = f"{zone.name}: {figure} ml in it is above {maximum} ml. Inject less there"
    else:
        said = f"{zone.name}: {figure} mm deep is above {maximum} mm{how}. Go less deep"
    return _ceiling_finding(row, said, where="map")


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def _ceiling_finding(row: VolumeCeiling, said: str, *, where: str) -> Finding:
    more = {"where": where, **_finding_fields_about_source(row)}
    if row.level == "block_fixed":
        return block(row.finding, f"{said}. Nobody goes past this.", fixed=True, **more)
    if row.level == "block_overridable":
        return block(row.finding, f"{said}, or a clinician writes why.", fixed=False, **more)
    return warn(row.finding, f"{said}, or give a short reason.", **more)


def _kind_of_ceiling_text(row: VolumeCeiling) -> str:
    if row.is_own:
        return "this clinic's own limit"
    return (
        "the most that was read" if row.basis != "clinic-default" else "a proposal for this clinic to confirm"
    )


def _finding_fields_about_source(row: VolumeCeiling) -> dict[str, str]:
    """Source, basis and the smaller line under the finding; a clinic's own limit says who set it, and when."""
    own = f"This clinic's own limit{f', set by {row.set_by}' if row.set_by else ''}."
    return {
        "source": own.rstrip(".") if row.is_own else citations_best_first_text(row.source),
        "basis": row.basis,
        "reviewed": "" if row.is_own else review_text(row),
        "detail": " ".join(part for part in (own if row.is_own else "", row.note) if part),
    }
