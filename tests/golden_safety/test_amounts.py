"""The safety cases about amounts and identities, G37 to G55, by the rules as shipped."""

from collections.abc import Iterable
from decimal import Decimal

import pytest

from mesoclinic.core.findings import Finding
from tests.golden_safety.cases import SafetyCase, missing_findings, safety_cases
from tests.treatments.cocktails.test_golden import RULEBOOK, SHIPPED, STRENGTHS, SUBSTANCES, TODAY
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.mix import Content, Line, Mix, Person
from treatments.cocktails.rules.volumes import Injected, check_zone_volumes_and_depth_limits

D = Decimal

#: The cases that this module runs.
IDS = [f"G{number}" for number in range(37, 56)]

CASES = safety_cases()

#: Products that are not called by their one ingredient: it, and its mg per ml.
OTHER_PRODUCTS = {
    "biotin-10": ("biotin", "10"),
    "dutasteride-0.5": ("dutasteride", "0.5"),
    "zinc-sulfate": ("zinc", "1"),
    "zinc-gluconate": ("zinc", "1"),
}

PREMADES = {row.code: row for row in SHIPPED.premades}


def line(code: str, ml: Decimal) -> Line:
    """A product of the case: a ready-made one of the shipped data, or one ingredient at one strength."""
    if code in PREMADES:
        row = PREMADES[code]
        return Line(
            code,
            row.name,
            tuple(Content(SUBSTANCES[of], None) for of in row.contents),
            ml,
            premade=row.ready_made,
            counts_as_one=row.counts_as_one,
            additions_allowed=row.additions_allowed,
            legal_route_note="" if row.injectable == "yes" else row.legal_route,
        )
    ingredient, strength = OTHER_PRODUCTS.get(code, (code, STRENGTHS.get(code)))
    content = Content(SUBSTANCES[ingredient], D(strength) if strength else None)
    return Line(code, code, (content,), ml)


def findings_of(case: SafetyCase) -> list[Finding]:
    """Bench and signing; and the session's technique, where the case names one."""
    sex, age, weight, *_ = case.for_whom.split()
    person = Person(int(age), "male" if sex == "man" else "female", D(weight), frozenset(case.on_record))
    mix = Mix(
        case.preparation,  # type: ignore[arg-type]
        tuple(line(code, ml) for code, ml in case.drawn_ml),
        case.syringe_ml,
        max_actives=case.clinic_allows,
    )
    found = check_mix_against_all_rules(mix, person, RULEBOOK, area_cm2=case.area_cm2, today=TODAY)
    if case.points:
        technique, depth = case.history.removeprefix("technique ").split(", depth ")
        zone = Injected(
            "FRONTAL",
            "Frontal third",
            case.points,
            sum((ml for _, ml in case.drawn_ml), D(0)),
            D(depth.removesuffix(" mm")),
        )
        found += check_zone_volumes_and_depth_limits([mix], RULEBOOK, technique, [zone])
    return found


def forbidden_findings(case: SafetyCase, findings: Iterable[Finding]) -> list[str]:
    """What must not be there: a code, or the head of one; a count that is well is none."""
    words = case.must_not_contain.split()
    return [
        finding.code
        for finding in findings
        if (finding.blocks or finding.warns)
        and any(finding.code == word or finding.code.startswith(f"{word}:") for word in words)
    ]


@pytest.mark.parametrize("id", IDS)
def test_the_case_is_found_and_nothing_it_forbids(id: str) -> None:
    case = CASES[id]

    found = findings_of(case)

    assert missing_findings(case, found) == []
    assert forbidden_findings(case, found) == []
