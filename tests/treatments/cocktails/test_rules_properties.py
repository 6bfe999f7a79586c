"""What holds for every mix: nothing added makes it safer, no order matters, and the sums are sums."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given
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
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.explanation import explain_every_rule_asked
from treatments.cocktails.rules.mix import Line, Mix, Person
from treatments.cocktails.rules.suggestions import suggest_ingredients
from treatments.cocktails.rules.totals import syringe_totals

FACTORS = sorted({contra.factor for contra in RULEBOOK.contras if contra.factor != "*any"})
ACTIVES = sorted(
    code for code in PRODUCTS if SUBSTANCES[code].is_active and SUBSTANCES[code].status == "allowed"
)

#: Even hundredths, so that half a line and a tenth of a milligram stay exact.
volumes = st.integers(1, 150).map(lambda n: D(2 * n) / 100)
lines = st.builds(
    lambda code, ml, stocked: line(code, ml, stock=(lot(f"{code}-1", "3"),) if stocked else None),
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
    lines=st.lists(lines, min_size=1, max_size=8, unique_by=lambda each: each.product_code).map(tuple),
    syringe_ml=st.sampled_from([D(2), D(5), D(10)]),
    max_actives=st.integers(2, 7),
    sessions=st.integers(1, 10),
)
cocktails = mixes.map(lambda each: replace(each, kind="cocktail"))


def check(of: Mix, who: Person = WOMAN, area: Decimal | None = None) -> list[Finding]:
    return check_mix_against_all_rules(of, who, RULEBOOK, area_cm2=area, today=TODAY)


def blocks(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings if finding.blocks}


def too_few(of: Mix) -> bool:
    return syringe_totals(of, None).actives_count < (of.fewest_actives if of.kind == "cocktail" else 1)


@given(mixes, lines, people, areas)
def test_adding_an_ingredient_never_removes_a_block(
    of: Mix, added: Line, who: Person, area: Decimal | None
) -> None:
    before = blocks(check(of, who, area)) - ({"count"} if too_few(of) else set())

    after = blocks(check(replace(of, lines=(*of.lines, added)), who, area))

    assert before <= after


@given(mixes, people, st.sampled_from(FACTORS), areas)
def test_another_risk_factor_never_removes_a_block_of_the_mix(
    of: Mix, who: Person, added: str, area: Decimal | None
) -> None:
    more = person(*who.factors, added, age=who.age, weight_kg=who.weight_kg)

    assert blocks(check(of, who, area)) <= blocks(check(of, more, area))


@given(mixes, people, areas, st.randoms(use_true_random=False))
def test_findings_do_not_depend_on_the_order_of_the_lines(
    of: Mix, who: Person, area: Decimal | None, random
) -> None:
    shuffled = list(of.lines)
    random.shuffle(shuffled)

    assert check(replace(of, lines=tuple(shuffled)), who, area) == check(of, who, area)


def passes(of: Mix, who: Person, area: Decimal | None) -> bool:
    return not any(finding.needs_reason or finding.blocks for finding in check(of, who, area))


#: Two to six actives and perhaps saline, from a shelf or from nobody knows where: what has a chance to pass.
calm_mixes = st.builds(
    lambda actives, saline, stocked, sessions: Mix(
        "cocktail",
        tuple(
            line(code, ml, stock=(lot(f"{code}-1", "50"),) if stocked else None)
            for code, ml in [*actives, *(("saline-09", ml) for ml in saline)]
        ),
        D(10),
        sessions=sessions,
    ),
    st.lists(
        st.tuples(st.sampled_from(ACTIVES), volumes), min_size=2, max_size=6, unique_by=lambda each: each[0]
    ),
    st.lists(volumes, max_size=1),
    st.booleans(),
    st.integers(1, 10),
)
calm_people = st.builds(
    lambda age, weight: person(age=age, weight_kg=weight),
    st.integers(18, 80),
    st.none() | st.integers(40, 120).map(Decimal),
)


@given(calm_mixes, calm_people, areas, st.data())
def test_a_mix_that_passes_still_passes_with_less_of_any_active(
    of: Mix, who: Person, area: Decimal | None, data
) -> None:
    assume(passes(of, who, area))
    actives = [i for i, each in enumerate(of.lines) if each.product_code != "saline-09"]
    i = data.draw(st.sampled_from(actives))
    less = data.draw(st.integers(0, int(of.lines[i].ml * 100) - 1)) / D(100)
    kept = (replace(of.lines[i], ml=less),) if less else ()  # none of it: taken out

    smaller = replace(of, lines=(*of.lines[:i], *kept, *of.lines[i + 1 :]))

    assert passes(smaller, who, area) != too_few(smaller)


@given(mixes)
def test_doubling_the_volume_doubles_the_dose(of: Mix) -> None:
    twice = replace(of, lines=tuple(replace(each, ml=each.ml * 2) for each in of.lines))

    single, double = syringe_totals(of, None), syringe_totals(twice, None)

    assert double.total_ml == 2 * single.total_ml
    assert [row.mg for row in double.substances] == [
        None if row.mg is None else 2 * row.mg for row in single.substances
    ]
    assert [row.mg_per_ml for row in double.substances] == [row.mg_per_ml for row in single.substances]


@given(mixes, people, areas, st.data())
def test_splitting_a_product_in_two_lines_changes_nothing(
    of: Mix, who: Person, area: Decimal | None, data
) -> None:
    i = data.draw(st.integers(0, len(of.lines) - 1))
    part = of.lines[i].ml * data.draw(st.integers(1, 9)) / 10
    assume(part >= D("0.01") and of.lines[i].ml - part >= D("0.01"))
    first, second = (replace(of.lines[i], ml=part), replace(of.lines[i], ml=of.lines[i].ml - part))

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


@given(mixes, people)
def test_the_parts_of_the_total_sum_to_it(of: Mix, who: Person) -> None:
    figures = syringe_totals(of, None, RULEBOOK, who)

    assert sum(row.ml for row in figures.substances) == figures.total_ml == of.syringe_ml - figures.room_ml


@given(people, st.lists(st.sampled_from(sorted(RULEBOOK.indicated_for)), max_size=3))
def test_suggestions_never_offer_what_is_blocked(who: Person, conditions: list[str]) -> None:
    found = suggest_ingredients(conditions, who, RULEBOOK, SUBSTANCES, {})

    assert all((each.state == "blocked") == (each.reason is not None) for each in found)
    assert [each.reason is not None for each in found] == sorted(each.reason is not None for each in found)


@given(mixes, people, areas)
def test_the_explanation_tells_every_rule_that_spoke(of: Mix, who: Person, area: Decimal | None) -> None:
    found = [f for f in check(of, who, area) if f.code not in ("unreviewed", "person")]

    rows = explain_every_rule_asked(of, who, RULEBOOK, SUBSTANCES, area_cm2=area, today=TODAY)

    told = " ".join(row.then for row in rows if row.state == "fired")
    assert [f.code for f in found if f.level != "ok" and f.message not in told] == []
    assert {row.state for row in rows} <= {"fired", "could", "silent"}


@given(mixes, people, areas, st.randoms(use_true_random=False))
def test_the_explanation_does_not_depend_on_the_order_of_the_lines(
    of: Mix, who: Person, area: Decimal | None, random
) -> None:
    shuffled = list(of.lines)
    random.shuffle(shuffled)

    def traced(lines):
        mix = replace(of, lines=tuple(lines))
        return explain_every_rule_asked(mix, who, RULEBOOK, SUBSTANCES, area_cm2=area, today=TODAY)

    assert traced(shuffled) == traced(of.lines)


@given(mixes, people, areas)
def test_every_finding_that_stops_or_asks_says_what_to_do_and_who_says_so(
    of: Mix, who: Person, area: Decimal | None
) -> None:
    silent = [
        finding.code
        for finding in check(of, who, area)
        if finding.level != "ok"
        and not (finding.source and finding.basis)
        and not finding.code.startswith("restricted:")  # its row names no source: general knowledge
    ]

    assert silent == []


@given(
    st.lists(st.sampled_from(sorted(RULEBOOK.indicated_for)), min_size=1, max_size=3),
    people,
    st.randoms(use_true_random=False),
)
def test_stock_never_changes_the_clinical_order(conditions: list[str], who: Person, random) -> None:
    shelf = {code: D(random.randint(0, 500)) for code in SUBSTANCES}

    def order(stocked):
        found = suggest_ingredients(conditions, who, RULEBOOK, SUBSTANCES, stocked)
        return [(each.substance.code, each.state) for each in found]

    assert order(shelf) == order({}) == order(dict.fromkeys(SUBSTANCES, D(9)))
