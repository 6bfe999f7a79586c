"""How large, how severe, and whether this is something to inject at all. No Django here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from mesoclinic.core.findings import Finding, block, note, ordered, warn
from mesoclinic.core.quantities import ZERO, plain_number_text, round_ml

#: An average scalp (docs/clinical.md §6, [BERN97]); more than twice that is a typing error.
SCALP_CM2 = Decimal(500)
ABSURD_CM2 = 2 * SCALP_CM2
SCALP_SOURCE = (
    "[BERN97] Bernstein & Rassman 1997, Dermatol Surg 23:785-799 (average scalp ~500 cm2) "
    "<https://www.bernsteinmedical.com/research/aesthetics-of-follicular-transplantation/>"
)

#: How much of the scalp each of SALT's four zones is (docs/clinical.md §6, [SALTD]), in percent.
SALT_SHARES = {"top": Decimal(40), "back": Decimal(24), "left": Decimal(18), "right": Decimal(18)}

#: From this SALT on, alopecia areata is severe and referred (conditions.csv, alopecia-areata).
SEVERE_SALT = Decimal(50)
SEVERE_SALT_SOURCE = (
    "[SALTD] dermatopics.dk SALT (18/18/40/24%), citing Olsen 2004 J Am Acad Dermatol 51:440-447 "
    "<http://dermatopics.dk/salt-score/>"
)

MEN, WOMEN, EVERYBODY = "men", "women", ""


@dataclass(frozen=True, slots=True)
class ZoneArea:
    """One zone marked on the map."""

    code: str
    area_cm2: Decimal
    name: str = ""


@dataclass(frozen=True, slots=True)
class ConditionFact:
    """A condition as the catalogue has it; ``role`` is its text: "indication (doubtful)"."""

    code: str
    name: str
    role: str = "indication"
    notes: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class AssessmentFact:
    """What an assessment says, ready to be checked. ``severity`` is the level given, if any."""

    condition: ConditionFact | None
    zones: Sequence[ZoneArea] = ()
    severity: str = ""
    salt: Decimal | None = None


def total_area_cm2(zones: Sequence[ZoneArea]) -> Decimal:
    """The area to treat, in cm²."""
    return sum((zone.area_cm2 for zone in zones), ZERO)


def salt_score(*, top: Decimal, back: Decimal, left: Decimal, right: Decimal) -> Decimal:
    """SALT, 0 to 100, from the percentage of hair lost in each zone; to one decimal."""
    lost = {"top": top, "back": back, "left": left, "right": right}
    for zone, percent in lost.items():
        if not 0 <= percent <= 100:
            raise ValueError(f"{zone}: the hair lost is between 0 and 100 percent")
    score = sum(SALT_SHARES[zone] * percent / 100 for zone, percent in lost.items())
    return Decimal(score).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def points_for_area(area_cm2: Decimal, spacing_cm: Decimal) -> int:
    """How many injections cover an area: area / spacing² (docs/clinical.md §6).

    70 cm² is 70 points at 1 cm, and 18 (17.5) at 2 cm.
    """
    if spacing_cm <= 0:
        raise ValueError("points stand some distance apart")
    exact = area_cm2 / spacing_cm**2
    return int(exact.to_integral_value(rounding=ROUND_HALF_UP))


def ml_for_points(points: int, ml_per_point: Decimal) -> Decimal:
    """What so many points take, in ml."""
    return round_ml(points * ml_per_point)


def ml_for_area(area_cm2: Decimal, ml_per_cm2: Decimal) -> Decimal:
    """What an area takes where the protocol says ml per cm²: 70 cm² × 0.05 is 3.5 ml."""
    return round_ml(area_cm2 * ml_per_cm2)


_SCALE_GROUP = re.compile(r"([^()]*)(?:\((men|women)\))?")


def parse_scale_codes_with_sex(text: str) -> list[tuple[str, str]]:
    """Severity scales and whom they fit, from the catalogue's text.

    >>> parse_scale_codes_with_sex("HAMILTON_NORWOOD (men); LUDWIG, SINCLAIR (women); GPA7")
    [('HAMILTON_NORWOOD', 'men'), ('LUDWIG', 'women'), ('SINCLAIR', 'women'), ('GPA7', '')]
    """
    found = []
    for group in text.split(";"):
        matched = _SCALE_GROUP.fullmatch(group.strip())
        if matched is None:
            raise ValueError(f"cannot read the scales in {group.strip()!r}")
        codes, whom = matched.groups()
        found += [(c.strip(), whom or EVERYBODY) for c in codes.split(",") if c.strip()]
    return found


def scale_codes_for_sex(text: str, sex: str) -> list[str]:
    """The scales that fit a patient, in order; every scale where the sex is not known.

    ``sex`` is female or male, or its first letter.
    """
    whom = {"m": MEN, "f": WOMEN}.get(sex[:1].lower())
    return [
        code for code, fits in parse_scale_codes_with_sex(text) if whom is None or fits in (EVERYBODY, whom)
    ]


def _check_condition_may_be_treated(condition: ConditionFact) -> list[Finding]:
    """What the catalogue's ``role`` says about injecting for this condition."""
    role, name = condition.role.lower(), condition.name
    detail, source, where = condition.notes, condition.source, "condition"
    if "exclusion" in role or "refer" in role:
        return [
            block(
                f"refer:{condition.code}",
                f"{name}: not treated with mesotherapy. Refer, or wait until it has settled.",
                where=where,
                detail=detail,
                source=source,
            )
        ]
    code, message = "", ""
    if "doubtful" in role:
        code = "doubtful"
        message = f"{name}: a doubtful indication. Look for the cause; say why you treat it."
    elif "treat first" in role:
        code = "treat-first"
        message = f"{name} is treated first. Say how it is controlled before injecting."
    elif "after" in role:
        code = "examine"
        message = f"{name}: treat only after infection is excluded. Say what you found."
    elif "cause" in role:
        code = "cause"
        message = f"{name}: a cause, not what is injected for. Add the hair loss itself."
    if code:
        return [warn(f"{code}:{condition.code}", message, where=where, detail=detail, source=source)]
    if "related" in role:
        message = f"{name} is not an indication by itself. Check what else is there."
        return [note(f"related:{condition.code}", message, where=where, detail=detail)]
    return []


def _check_zones_marked_once_with_area(zones: Sequence[ZoneArea]) -> list[Finding]:
    """What is wrong with the zones: none, one twice, no area, or too large in all."""
    where, total = "zones", total_area_cm2(zones)
    findings = []
    for zone in zones:
        name = zone.name or zone.code
        if zone.area_cm2 <= 0:
            message = f"{name} has no area. Type its cm², or take the zone off the map."
            findings.append(block(f"area:{zone.code}", message, fixed=True, where=where))
    codes = [zone.code for zone in zones]
    for code in sorted({c for c in codes if codes.count(c) > 1}):
        message = f"{code} is marked twice. Keep one."
        findings.append(block(f"zone-twice:{code}", message, fixed=True, where=where))
    if not zones:
        message = "No zone is marked. Mark at least one on the map, or type its area."
        findings.append(block("area:none", message, fixed=True, where=where))
    elif total > ABSURD_CM2:
        message = (
            f"{plain_number_text(total)} cm² is more than two scalps. Correct the areas: "
            f"an average scalp is about {plain_number_text(SCALP_CM2)} cm²."
        )
        findings.append(block("area:absurd", message, fixed=True, where=where))
    elif total > SCALP_CM2:
        message = (
            f"{plain_number_text(total)} cm² is more than an average scalp "
            f"({plain_number_text(SCALP_CM2)} cm²). Check the areas, or say why."
        )
        findings.append(warn("area:large", message, where=where, source=SCALP_SOURCE))
    return findings


#: The largest area of one zone, as the database has it.
LARGEST_ZONE_CM2 = Decimal(600)


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure, with the ends of its scale."""

    scale: str
    name: str
    value: Decimal
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    zone: str = ""


def check_level_is_of_scale(*, is_of_scale: bool) -> list[Finding]:
    """A level belongs to the scale that is shown with it."""
    if is_of_scale:
        return []
    message = "This level is of another scale. Choose a level of the scale shown."
    return [block("severity:other-scale", message, fixed=True, where="severity")]


def check_figures_within_scale(figures: Sequence[Figure]) -> list[Finding]:
    """A figure outside the ends of its scale is a mistyped one."""
    findings = []
    for each in figures:
        if each.minimum is not None and each.value < each.minimum:
            end = f"is at least {plain_number_text(each.minimum)}"
        elif each.maximum is not None and each.value > each.maximum:
            end = f"is at most {plain_number_text(each.maximum)}"
        else:
            continue
        place = f"{each.scale}:{each.zone}" if each.zone else each.scale
        message = f"{each.name} {end}, not {plain_number_text(each.value)}. Check the number."
        findings.append(block(f"figure:{place}", message, fixed=True, where="measurements"))
    return findings


def check_zone_areas_within_scalp(zones: Sequence[ZoneArea]) -> list[Finding]:
    """No zone is larger than a scalp (the database says so too)."""
    return [
        block(
            f"area:{zone.code}",
            f"{zone.name}: {plain_number_text(zone.area_cm2)} cm² is more than a scalp. Correct the area.",
            fixed=True,
            where="zones",
        )
        for zone in zones
        if zone.area_cm2 > LARGEST_ZONE_CM2
    ]


def check_assessment_allows_cocktail(assessment: AssessmentFact) -> list[Finding]:
    """Everything that stands between this assessment and a cocktail for it."""
    findings = _check_zones_marked_once_with_area(assessment.zones)
    if assessment.condition is None:
        message = "No condition is chosen. Choose what is to be treated."
        findings.append(block("condition:none", message, fixed=True, where="condition"))
    else:
        findings += _check_condition_may_be_treated(assessment.condition)
    if not assessment.severity:
        message = "No severity is given. Choose a level, so that the response can be seen."
        findings.append(warn("severity:none", message, where="severity"))
    if assessment.salt is not None and assessment.salt >= SEVERE_SALT:
        message = f"SALT {plain_number_text(assessment.salt)} is severe. Refer to a dermatologist, or say why you treat here."
        findings.append(warn("salt:severe", message, where="severity", source=SEVERE_SALT_SOURCE))
    return ordered(findings)
