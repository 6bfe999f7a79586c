"""Rows of the rulebook that disagree, or are of an odd shape: what is heard."""

from dataclasses import replace

import pytest

from tests.treatments.cocktails.checking import check, level
from tests.treatments.cocktails.golden import RULEBOOK, SUBSTANCES, D, line, mix, person
from treatments.cocktails.rules.mix import Content, Mix
from treatments.cocktails.rules.rulebook import Limit, Pair, Rulebook


def _limit(
    kind: str, value: str | None, per_kg: str | None = None, unit: str = "mg", period: str = "session"
) -> Limit:
    return Limit("biotin", value and D(value), unit, period, per_kg and D(per_kg), kind, "", "")  # type: ignore


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ([_limit("studied_dose", "10"), _limit("clinic", "4")], {"dose:biotin": "block"}),
        ([_limit("label_other_route", "4"), _limit("label_same_route", "4")], {"dose:biotin": "fixed"}),
        ([_limit("label_other_route", "4"), _limit("clinic", "100")], {"dose:biotin": "warn"}),
        ([_limit("clinic", None)], {}),
        ([_limit("clinic", None, "0.05")], {"dose:biotin": "block"}),
        ([_limit("clinic", None, "1")], {"doses": "ok"}),
        ([_limit("clinic", None, unit="mL")], {}),
        ([_limit("clinic", "0")], {"dose:biotin": "block"}),
    ],
    ids=[
        "the clinic's is lower",
        "a label beats another route",
        "only the other route's is passed",
        "no figure",
        "per kg alone, passed",
        "per kg alone, kept",
        "no volume",
        "none at all",
    ],
)
def test_of_several_limits_the_gravest_speaks(limits: list[Limit], expected: dict[str, str]) -> None:
    findings = check(mix("biotin 1, zinc 1"), rulebook=Rulebook(limits=tuple(limits)))

    assert {code: level(f) for code, f in findings.items() if code.startswith("dose")} == expected


def test_weight_alone_limits_and_nobody_weighed() -> None:
    findings = check(
        mix("biotin 1, zinc 1"), person(weight_kg=None), Rulebook(limits=(_limit("clinic", None, "1"),))
    )

    assert findings["weight:biotin"].message == (
        "Biotin is limited by body weight (1 mg/kg) and no weight is on file. Weigh the patient, or give a short reason."
    )


@pytest.mark.parametrize(
    ("drawn", "beside", "advice"),
    [
        (mix("biotin 1", line("biotin", "1", product_code="other")), (), "Take out 6 mg."),
        (mix("biotin 1, zinc 1"), (mix("biotin 1, zinc 1"),), "Take out 6 mg."),
        (mix("biotin 1, zinc 1"), (), "Draw at most 0.8 ml."),
        (
            mix("zinc 1", line("biotin", "2", contents=(Content(SUBSTANCES["biotin"], D("2.4")),))),
            (),
            "Draw at most 1.66 ml.",
        ),
    ],
    ids=["from two products", "partly in another syringe", "from one", "never rounded up"],
)
def test_what_to_take_out(drawn: Mix, beside: tuple[Mix, ...], advice: str) -> None:
    findings = check(drawn, rulebook=Rulebook(limits=(_limit("clinic", "4"),)), beside=beside)

    assert advice in findings["dose:biotin"].message


def test_a_limit_per_dose_looks_at_one_syringe() -> None:
    per_dose = Rulebook(limits=(_limit("clinic", "6", period="dose"),))

    assert "doses" in check(mix("biotin 1, zinc 1"), rulebook=per_dose, beside=(mix("biotin 1, zinc 1"),))


def test_a_limit_of_nothing_is_kept_by_nothing() -> None:
    none = line("biotin", "1", contents=(Content(SUBSTANCES["biotin"], D(0)),))

    finding = check(mix("zinc 1", none), rulebook=Rulebook(limits=(_limit("clinic", "0"),)))["doses"]

    assert (finding.message, finding.detail) == ("All doses under their limit", "")


def test_pairs_are_unordered_and_the_stricter_row_is_heard() -> None:
    def pair(a: str, b: str, kind: str) -> Pair:
        return Pair(a, b, kind, "high", "same syringe", "why", "stated", "")  # type: ignore[arg-type]

    twice = (pair("zinc", "biotin", "caution"), pair("biotin", "zinc", "incompatible"))

    for pairs in (twice, twice[::-1]):
        assert (
            level(check(mix("biotin 1, zinc 1"), rulebook=Rulebook(pairs=pairs))["pair:biotin+zinc"])
            == "block"
        )


@pytest.mark.parametrize("a", ["biotin", "zinc"])
def test_with_anything_means_with_every_other(a: str) -> None:
    alone = Rulebook(pairs=(Pair(a, "*any", "incompatible", "high", "any", "why", "stated", ""),))
    code = f"pair:*any+{a}"

    assert check(mix("biotin 1, zinc 1"), rulebook=alone)[code].message == (
        f"{a.title()} must not share a syringe with anything: why. Take it out, or a clinician writes why it stays."
    )
    assert code not in check(mix(f"{a} 1"), rulebook=alone)


def test_of_several_rows_for_a_factor_the_gravest_speaks() -> None:
    row = next(contra for contra in RULEBOOK.contras if contra.code == "contra:biotin:lab_tests")
    graver = replace(row, severity="absolute")

    for contras in ((row, graver), (graver, row)):
        findings = check(mix("biotin 1, zinc 1"), person("lab_tests"), Rulebook(contras=contras))
        assert level(findings["contra:biotin:lab_tests"]) == "fixed"


def test_everyone_is_meant_where_the_substance_is_not_blocked() -> None:
    everyone = Rulebook(contras=tuple(contra for contra in RULEBOOK.contras if contra.factor == "*any"))
    allowed = replace(SUBSTANCES["exosomes"], status="allowed")
    exosomes = line("exosomes", "1", contents=(Content(allowed, None),))

    assert level(check(mix("biotin 1", exosomes), rulebook=everyone)["contra:exosomes:*any"]) == "fixed"


def test_a_contraindication_without_words_still_reads() -> None:
    row = next(contra for contra in RULEBOOK.contras if contra.code == "contra:finasteride:breastfeeding")

    findings = check(mix("finasteride 1, biotin 1"), person("breastfeeding"), Rulebook(contras=(row,)))

    assert findings[row.code].message == (
        "Breastfeeding: no Finasteride. Take it out, or a clinician writes why it stays."
    )
