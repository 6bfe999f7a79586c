"""What holds for every mix: nothing added makes it safer, no order matters, and the sums are sums."""

import time
from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mesoclinic.core.findings import Finding
from tests.treatments.cocktails.golden import (
    PRODUCTS,
    RULEBOOK,
    SUBSTANCES,
    TODAY,
    WOMAN,
    D,
    line,
    lot,
    person,
)
from treatments.cocktails.rules import (
    Content,
    Contra,
    Limit,
    Line,
    Mix,
    Pair,
    Person,
    Rulebook,
    check_mix,
    suggest,
    totals,
)

FACTORS = sorted(
    {contra.factor for contra in RULEBOOK.contras if contra.factor != "*any"}
)
ACTIVES = sorted(
    code
    for code in PRODUCTS
    if SUBSTANCES[code].is_active and SUBSTANCES[code].status == "allowed"
)

#: Even hundredths, so that half a line and a tenth of a milligram stay exact.
volumes = st.integers(1, 150).map(lambda n: D(2 * n) / 100)
lines = st.builds(
    lambda code, ml, stocked: line(
        code, ml, stock=(lot(f"{code}-1", "3"),) if stocked else None
    ),
    st.sampled_from(sorted(PRODUCTS)),
    volumes,
    st.booleans(),
)
people = st.builds(
    lambda factors, age, weight: person(*factors, age=age, weight_kg=weight),
    st.sets(st.sampled_from(FACTORS), max_size=3),
    st.none() | st.integers(15, 80),
    st.none() | st.integers(40, 120).map(Decimal),
)
areas = st.none() | st.integers(10, 500).map(Decimal)
mixes = st.builds(
    Mix,
    kind=st.sampled_from(["cocktail", "single"]),
    lines=st.lists(
        lines, min_size=1, max_size=8, unique_by=lambda each: each.product_code
    ).map(tuple),
    syringe_ml=st.sampled_from([D(2), D(5), D(10)]),
    max_actives=st.integers(2, 7),
    sessions=st.integers(1, 10),
)
cocktails = mixes.map(lambda each: replace(each, kind="cocktail"))


def check(of: Mix, who: Person = WOMAN, area: Decimal | None = None) -> list[Finding]:
    return check_mix(of, who, RULEBOOK, area_cm2=area, today=TODAY)


def blocks(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings if finding.blocks}


def too_few(of: Mix) -> bool:
    return totals(of, None).actives_count < (of.fewest if of.kind == "cocktail" else 1)


@settings(max_examples=60)
@given(mixes, lines, people, areas)
def test_adding_an_ingredient_never_removes_a_block(
    of: Mix, added: Line, who: Person, area: Decimal | None
) -> None:
    before = blocks(check(of, who, area)) - ({"count"} if too_few(of) else set())

    after = blocks(check(replace(of, lines=(*of.lines, added)), who, area))

    assert before <= after


@settings(max_examples=60)
@given(mixes, people, areas, st.randoms(use_true_random=False))
def test_findings_do_not_depend_on_the_order_of_the_lines(
    of: Mix, who: Person, area: Decimal | None, random
) -> None:
    shuffled = list(of.lines)
    random.shuffle(shuffled)

    assert check(replace(of, lines=tuple(shuffled)), who, area) == check(of, who, area)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(ACTIVES), min_size=2, max_size=4, unique=True),
    st.data(),
    areas,
)
def test_a_mix_that_passes_still_passes_with_less_of_any_active(
    codes: list[str], data, area: Decimal | None
) -> None:
    of = Mix("cocktail", tuple(line(code, data.draw(volumes)) for code in codes), D(10))
    passing = not any(
        finding.asks or finding.blocks for finding in check(of, WOMAN, area)
    )
    assume(passing)
    i = data.draw(st.integers(0, len(codes) - 1))
    less = data.draw(st.integers(1, int(of.lines[i].ml * 100))) / D(100)

    smaller = replace(
        of, lines=(*of.lines[:i], replace(of.lines[i], ml=less), *of.lines[i + 1 :])
    )

    assert not any(
        finding.asks or finding.blocks for finding in check(smaller, WOMAN, area)
    )


@settings(max_examples=60)
@given(mixes)
def test_doubling_the_volume_doubles_the_dose(of: Mix) -> None:
    twice = replace(of, lines=tuple(replace(each, ml=each.ml * 2) for each in of.lines))

    single, double = totals(of, None), totals(twice, None)

    assert double.total_ml == 2 * single.total_ml
    assert [row.mg for row in double.substances] == [
        None if row.mg is None else 2 * row.mg for row in single.substances
    ]
    assert [row.mg_per_ml for row in double.substances] == [
        row.mg_per_ml for row in single.substances
    ]


@settings(max_examples=60)
@given(mixes, people, areas, st.data())
def test_splitting_a_product_in_two_lines_changes_nothing(
    of: Mix, who: Person, area: Decimal | None, data
) -> None:
    i = data.draw(st.integers(0, len(of.lines) - 1))
    part = of.lines[i].ml * data.draw(st.integers(1, 9)) / 10
    assume(part >= D("0.01") and of.lines[i].ml - part >= D("0.01"))
    first, second = (
        replace(of.lines[i], ml=part),
        replace(of.lines[i], ml=of.lines[i].ml - part),
    )

    split = replace(of, lines=(*of.lines[:i], first, *of.lines[i + 1 :], second))

    assert check(split, who, area) == check(of, who, area)


@given(st.integers(0, 9), st.integers(2, 9))
def test_two_to_six_or_the_clinics_lower_maximum(count: int, most: int) -> None:
    of = Mix(
        "cocktail",
        tuple(line(code, "0.1") for code in [*ACTIVES[:count], "saline-09"]),
        D(5),
        max_actives=most,
    )

    [verdict] = [finding for finding in check(of) if finding.code == "count"]

    assert verdict.blocks == (not 2 <= count <= min(most, 6))
    assert verdict.fixed == verdict.blocks


@settings(max_examples=60)
@given(mixes, people)
def test_the_parts_of_the_total_sum_to_it(of: Mix, who: Person) -> None:
    figures = totals(of, None, RULEBOOK, who)

    assert (
        sum(row.ml for row in figures.substances)
        == figures.total_ml
        == of.syringe_ml - figures.room_ml
    )


@given(people, st.lists(st.sampled_from(sorted(RULEBOOK.indicated_for)), max_size=3))
def test_suggestions_never_offer_what_is_blocked(
    who: Person, conditions: list[str]
) -> None:
    found = suggest(conditions, who, RULEBOOK, SUBSTANCES, {})

    assert all((each.state == "blocked") == (each.reason is not None) for each in found)
    assert [each.reason is not None for each in found] == sorted(
        each.reason is not None for each in found
    )


def _large_rulebook() -> tuple[dict, Rulebook]:
    some = SUBSTANCES["biotin"]
    substances = {
        f"s{i}": replace(some, code=f"s{i}", name=f"Substance {i}") for i in range(500)
    }
    pairs = tuple(
        Pair(
            f"s{i % 500}",
            f"s{(i * 7 + 1) % 500}",
            "caution",
            "low",
            "same syringe",
            "why",
            "stated",
            "",
        )
        for i in range(2500)
    )
    contras = tuple(
        Contra(
            f"s{i % 500}",
            FACTORS[i % len(FACTORS)],
            "Factor",
            "relative",
            "",
            "why",
            "warn",
            "stated",
            "",
        )
        for i in range(2000)
    )
    limits = tuple(
        Limit(f"s{i}", D(100), "mg", "session", None, "clinic", "", "")
        for i in range(500)
    )
    return substances, Rulebook(pairs, limits, contras, RULEBOOK.indications)


def test_five_hundred_ingredients_and_five_thousand_rules_take_milliseconds() -> None:
    substances, rulebook = _large_rulebook()
    of = Mix("cocktail", tuple(
        Line(code, code, (Content(substances[code], D(1)),), D("0.5")) for code in list(substances)[:6]
    ), D(5))  # fmt: skip
    who = person(*FACTORS[:4])

    def once() -> float:
        started = time.perf_counter()
        check_mix(of, who, rulebook, area_cm2=D(70), today=TODAY)
        return time.perf_counter() - started

    assert min(once() for _ in range(5)) < 0.01
