"""How much may go in: per session, cm², point and region, and how deep; the shipped ceilings and the clinic's own."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mesoclinic.core.findings import Finding
from tests.treatments.cocktails.test_golden import RULEBOOK, TODAY, WOMAN, line
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.mix import Line, Mix
from treatments.cocktails.rules.rulebook import Rulebook, VolumeCeiling
from treatments.cocktails.rules.volumes import (
    Injected,
    check_zone_volumes_and_depth_limits,
    volume_findings_and_ceilings,
)

D = Decimal

#: A ceiling of the clinic's own.
OWN = VolumeCeiling(
    what="volume per session",
    technique="",
    scope="any",
    ingredient="",
    zone="",
    maximum=D(4),
    unit="mL",
    level="warn",
    finding="volume-session",
    note="Decided in May.",
    basis="clinic-default",
    source="Our own protocol.",
    is_own=True,
    set_by="Dr E. Kaya, 3 May 2026",
)


def mix(drawn: str, kind: str = "cocktail", **more: Any) -> Mix:
    lines: list[Line] = []
    for part in drawn.split(","):
        code, ml = part.split()
        lines.append(line(code, ml))
    return Mix(kind, tuple(lines), D(60), **more)  # type: ignore[arg-type]


def levels(found: list[Finding]) -> dict[str, str]:
    return {each.code: "fixed" if each.fixed else str(each.level) for each in found}


def volumes(of: Mix, *beside: Mix, area: str | None = "500", rulebook: Rulebook = RULEBOOK) -> dict[str, str]:
    found, _ = volume_findings_and_ceilings(of, beside, rulebook, None if area is None else D(area))
    gravest: dict[str, str] = {}
    order = ("warn", "block", "fixed")
    for each in found:
        level = "fixed" if each.fixed else str(each.level)
        if order.index(level) >= order.index(gravest.get(each.code, "warn")):
            gravest[each.code] = level
    return gravest


# ── per session ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("drawn", "kind", "expected"),
    [
        ("biotin 2.5, zinc 2.5", "cocktail", {}),
        ("biotin 2.5, zinc 2.51", "cocktail", {"volume-session": "warn"}),
        ("biotin 5, zinc 5", "cocktail", {"volume-session": "warn"}),
        ("biotin 5, zinc 5.01", "cocktail", {"volume-session": "block"}),
        ("biotin 15, zinc 15", "cocktail", {"volume-session": "block"}),
        ("biotin 15, zinc 15.01", "cocktail", {"volume-session": "fixed"}),
        ("prp 7", "single", {}),
        ("prp 7.01", "single", {"volume-session": "warn"}),
        ("dutasteride 2.01", "single", {"volume-session": "warn"}),
        ("minoxidil 2.01, biotin 1", "cocktail", {}),  # its own row is of minoxidil given alone
        ("triamcinolone-acetonide 3, saline-09 0.5", "single", {"volume-session": "block"}),
    ],
)
def test_the_most_specific_ceiling_speaks_and_the_gravest_stands(
    drawn: str, kind: str, expected: dict[str, str]
) -> None:
    assert volumes(mix(drawn, kind)) == expected


def test_all_syringes_of_the_session_count_together() -> None:
    one = mix("biotin 1.5, zinc 1.5")

    assert volumes(one) == {}
    assert volumes(one, one) == {"volume-session": "warn"}
    assert volumes(one, one, one, one) == {"volume-session": "block"}


def test_a_second_syringe_does_not_hide_what_the_first_exceeds() -> None:
    prp, small = mix("prp 7.01", "single"), mix("biotin 0.5, zinc 0.5")

    assert volumes(prp, small) == {"volume-session": "warn"}
    assert volumes(small, prp) == {"volume-session": "warn"}
    assert volumes(mix("prp 5", "single"), small) == {"volume-session": "warn"}  # 6 ml with a cocktail in it


def test_a_cream_or_a_nerve_block_is_no_volume() -> None:
    relief = replace(mix("lidocaine 20", "single"), is_injected=False)

    assert volumes(mix("biotin 1, zinc 1"), relief) == {}


# ── per cm² ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ml", "expected"),
    [("7", {}), ("7.01", "warn"), ("10.5", "warn"), ("10.51", "block")],
)
def test_ml_per_cm2_is_compared_exactly(ml: str, expected: Any) -> None:
    found = volumes(mix(f"biotin {D(ml) - 1}, zinc 1"), area="70")

    assert found.get("volume-cm2", {}) == expected


def test_prp_has_its_own_figure_per_cm2() -> None:
    assert volumes(mix("prp 7", "single"), area="70") == {}
    assert volumes(mix("prp 7", "single"), area="69") == {"dose:prp": "warn"}
    assert volumes(mix("prp 7", "single"), area="46") == {"dose:prp": "warn", "volume-cm2": "block"}


@pytest.mark.parametrize(
    ("drawn", "kind", "asked"),
    [
        ("biotin 1.5, zinc 1.5", "cocktail", True),
        ("biotin 1.5, zinc 1.49", "cocktail", False),
        ("prp 5", "single", False),  # its own limit asks for the area
    ],
)
def test_an_unknown_area_is_not_enough_area(drawn: str, kind: str, asked: bool) -> None:
    assert ("area:volume" in volumes(mix(drawn, kind), area=None)) is asked
    assert ("area:volume" in volumes(mix(drawn, kind), area="0")) is asked


def test_a_saved_formulation_is_asked_for_no_area() -> None:
    of = mix("biotin 1.5, zinc 1.5")

    codes = {
        each.code for each in check_mix_against_all_rules(of, None, RULEBOOK, area_cm2=None, today=TODAY)
    }
    assert "area:volume" not in codes
    codes = {
        each.code for each in check_mix_against_all_rules(of, WOMAN, RULEBOOK, area_cm2=None, today=TODAY)
    }
    assert "area:volume" in codes


# ── at the session ───────────────────────────────────────────────────────────────────────────────


def injected(points: int, ml: str, depth: str = "2", zone: str = "FRONTAL") -> Injected:
    return Injected(zone, zone.capitalize(), points, D(ml), D(depth))


@pytest.mark.parametrize(
    ("technique", "zone", "expected"),
    [
        ("nappage", injected(100, "5"), {}),
        ("nappage", injected(99, "5"), {"volume-point:nappage": "warn"}),
        ("Nappage", injected(90, "5"), {"volume-point:nappage": "warn"}),
        ("point by point", injected(50, "5"), {}),
        ("point by point", injected(49, "5"), {"volume-point:point_by_point": "warn"}),
        ("papule", injected(49, "5"), {"volume-point:papule": "warn"}),
        ("mesogun", injected(25, "5"), {}),
        ("mesogun", injected(24, "5"), {"volume-point-hard": "block"}),
        ("nappage", injected(24, "5"), {"volume-point:nappage": "warn", "volume-point-hard": "block"}),
        ("whatever was typed", injected(24, "5"), {"volume-point-hard": "block"}),
        ("nappage", injected(0, "5"), {}),
    ],
)
def test_ml_per_point_is_asked_of_the_technique(
    technique: str, zone: Injected, expected: dict[str, str]
) -> None:
    assert (
        levels(
            check_zone_volumes_and_depth_limits([mix("biotin 2.5, zinc 2.5")], RULEBOOK, technique, [zone])
        )
        == expected
    )


def test_triamcinolone_has_its_own_volume_per_point_and_depth() -> None:
    tac = mix("triamcinolone-acetonide 2", "single")

    wide = check_zone_volumes_and_depth_limits([tac], RULEBOOK, "point by point", [injected(20, "2", "5")])
    deep = check_zone_volumes_and_depth_limits([tac], RULEBOOK, "point by point", [injected(19, "2", "5.1")])

    assert levels(wide) == {}
    assert levels(deep)["volume-point:triamcinolone-acetonide"] == "block"
    assert levels(deep)["depth"] == "warn"


@pytest.mark.parametrize(
    ("technique", "depth", "too_deep"),
    [
        ("nappage", "4", False),
        ("nappage", "4.1", True),
        ("papule", "2", False),
        ("papule", "2.1", True),
        ("epidermic", "1.1", True),
        ("", "4", False),
        ("", "4.1", True),
    ],
)
def test_a_needle_too_deep_is_a_warning(technique: str, depth: str, too_deep: bool) -> None:
    found = check_zone_volumes_and_depth_limits(
        [mix("biotin 1, zinc 1")], RULEBOOK, technique, [injected(100, "2", depth)]
    )

    assert levels(found) == ({"depth": "warn"} if too_deep else {})


@pytest.mark.parametrize(
    ("zone", "ml", "code"),
    [
        ("FRONTAL", "7.1", "volume-region:FRONTAL"),
        ("MIDSCALP", "5.1", "volume-region:MIDSCALP"),
        ("TEMPORAL_L", "4.1", "volume-region:TEMPORAL"),
        ("TEMPORAL_R", "4.1", "volume-region:TEMPORAL"),
        ("PARIETAL_L", "5.1", "volume-region:PARIETAL"),
        ("FRONTAL", "7", None),
        ("", "30", None),
    ],
)
def test_each_region_has_its_ceiling(zone: str, ml: str, code: str | None) -> None:
    found = check_zone_volumes_and_depth_limits(
        [mix("biotin 1, zinc 1")], RULEBOOK, "mesogun", [injected(200, ml, zone=zone)]
    )

    assert list(levels(found)) == ([code] if code else [])


def test_the_worst_zone_is_the_one_that_is_named() -> None:
    zones = [injected(90, "5"), injected(50, "5", zone="VERTEX"), injected(99, "5", zone="MIDSCALP")]

    [finding] = check_zone_volumes_and_depth_limits([mix("biotin 1, zinc 1")], RULEBOOK, "nappage", zones)

    assert finding.message == (
        "Vertex: 0.1 ml at each point is above 0.05 ml by nappage. Set more points, or inject less, "
        "or give a short reason."
    )
    assert (finding.where, finding.basis) == ("map", "clinic-default")


# ── words, and the clinic's own ──────────────────────────────────────────────────────────────────


def test_a_finding_says_the_figures_what_to_do_and_who_says_so() -> None:
    found, _ = volume_findings_and_ceilings(mix("biotin 3, zinc 4.01"), (), RULEBOOK, D(70))
    by_code = {each.code: each for each in found}

    assert by_code["volume-session"].message == (
        "7.01 ml in one session is above 5 ml, the most that was read. Take out 2.01 ml, or give a short reason."
    )
    assert by_code["volume-cm2"].message == (
        "7.01 ml on 70 cm² are 0.1001 ml/cm², above 0.1 ml/cm². Take out 0.01 ml or treat a larger area, "
        "or give a short reason."
    )
    assert by_code["volume-cm2"].source.startswith("[PRPGUP17] Gupta & Carviel 2017")


def test_a_limit_of_the_clinics_own_says_so_with_who_and_when() -> None:
    found, spoken = volume_findings_and_ceilings(
        mix("biotin 2, zinc 2.5"), (), Rulebook(ceilings=(OWN,)), D(70)
    )

    [finding] = found
    assert "above 4 ml, this clinic's own limit" in finding.message
    assert finding.source == "This clinic's own limit, set by Dr E. Kaya, 3 May 2026"
    assert "Decided in May." in finding.detail
    assert spoken == [OWN]


def test_a_row_that_only_shows_a_figure_finds_nothing() -> None:
    shown = replace(OWN, level="none")

    assert volumes(mix("biotin 20, zinc 20"), rulebook=Rulebook(ceilings=(shown,))) == {}
    assert (
        check_zone_volumes_and_depth_limits(
            [mix("biotin 1, zinc 1")],
            Rulebook(ceilings=(replace(OWN, what="needle depth", level="none"),)),
            "",
            [injected(1, "1", "9")],
        )
        == []
    )


def test_more_volume_never_lowers_a_finding() -> None:
    order = {"": 0, "warn": 1, "block": 2, "fixed": 3}
    before = 0
    for hundredths in range(100, 4000, 25):
        ml = D(hundredths) / 100
        found = volumes(mix(f"biotin {ml}, zinc 1"), area="70")
        worst = max((order[level] for level in found.values()), default=0)
        assert worst >= before
        before = worst
