"""One substance is one substance: in two products, two salts, a ready-made one, and over the syringes of a day."""

from dataclasses import replace
from decimal import Decimal

import pytest

from mesoclinic.core.findings import Finding
from tests.treatments.cocktails.test_golden import MAN, RULEBOOK, SHIPPED, SUBSTANCES, TODAY, WOMAN, line
from treatments.cocktails.rules.arithmetic import counted_active_codes, usage_of_each_limit
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.identities import check_duplicate_substances
from treatments.cocktails.rules.mix import Content, Line, Mix
from treatments.cocktails.rules.rulebook import Limit, Rulebook

D = Decimal


def product(code: str, of: str, ml: str, mg_per_ml: str | None) -> Line:
    content = Content(SUBSTANCES[of], None if mg_per_ml is None else D(mg_per_ml))
    return Line(code, code.capitalize(), (content,), D(ml))


def ready_made(code: str, *contents: str, ml: str = "2") -> Line:
    held = tuple(Content(SUBSTANCES[of], None) for of in contents)
    return Line(code, code.upper(), held, D(ml), premade=True, counts_as_one=True)


def mix(*lines: Line, kind: str = "cocktail") -> Mix:
    return Mix(kind, lines, D(10))  # type: ignore[arg-type]


def doubles(*lines: Line) -> dict[str, Finding]:
    return {each.code: each for each in check_duplicate_substances(mix(*lines))}


def test_the_same_active_from_two_products_names_both_and_adds_the_doses() -> None:
    found = doubles(product("biotin-5", "biotin", "1", "5"), product("biotin-10", "biotin", "1", "10"))

    assert list(found) == ["duplicate:biotin"]
    assert found["duplicate:biotin"].warns
    assert found["duplicate:biotin"].message == (
        "Biotin stands twice: in Biotin-10 (1 ml, 10 mg) and Biotin-5 (1 ml, 5 mg), 15 mg together. "
        "It counts once. Take one out, or give a short reason."
    )


def test_two_lines_of_one_product_are_one_place() -> None:
    assert doubles(line("biotin", "1"), line("biotin", "2")) == {}


def test_diluents_stand_as_often_as_they_like() -> None:
    assert (
        doubles(product("saline-a", "saline-09", "1", "9"), product("saline-b", "saline-09", "1", "9")) == {}
    )


def test_what_a_ready_made_product_holds_is_found_and_its_unknown_amount_said() -> None:
    found = doubles(ready_made("bcn", "dexpanthenol", "thiamine"), line("thiamine", "0.5"))

    [message] = [each.message for each in found.values()]
    assert list(found) == ["duplicate:thiamine"]
    assert "BCN (ready-made, amount not on its label)" in message
    assert "50 mg and an unknown amount together" in message


def test_the_contents_of_one_ready_made_product_are_no_double() -> None:
    assert doubles(ready_made("mix", "copper", "copper-tripeptide-1", "trace-elements")) == {}


def test_two_salts_are_one_active_and_one_double() -> None:
    of = (product("zinc-sulfate", "zinc", "1", "1"), product("zinc-gluconate", "zinc", "1", "1"))

    assert counted_active_codes(mix(*of)) == {"zinc"}
    assert list(doubles(*of)) == ["duplicate:zinc"]


def test_two_forms_of_one_vitamin_are_one_substance() -> None:
    of = (line("cyanocobalamin", "1"), line("hydroxocobalamin", "1"))

    assert counted_active_codes(mix(*of)) == {"cobalamin"}
    assert list(doubles(*of)) == ["duplicate:cobalamin"]
    # The pair says “one class” already: it is not said twice.
    said = {
        each.code
        for each in check_mix_against_all_rules(mix(*of), WOMAN, RULEBOOK, area_cm2=D(70), today=TODAY)
    }
    assert "pair:cyanocobalamin+hydroxocobalamin" in said
    assert "duplicate:cobalamin" not in said


def test_copper_and_its_peptide_are_two_actives_and_one_metal() -> None:
    of = (line("copper", "0.5"), line("copper-tripeptide-1", "0.5"))

    assert len(counted_active_codes(mix(*of))) == 2
    assert list(doubles(*of)) == ["duplicate-pool:copper"]


def test_a_mixture_and_its_member_are_two_that_count_and_a_double() -> None:
    of = (line("vitamin-b-complex", "1"), line("nicotinamide", "1"))

    assert len(counted_active_codes(mix(*of))) == 2
    assert list(doubles(*of)) == ["duplicate:nicotinamide"]


def test_a_coenzyme_is_another_form_of_the_vitamin() -> None:
    found = doubles(line("coenzyme-a", "1"), line("dexpanthenol", "1"))

    assert list(found) == ["duplicate-pool:pantothenate"]


def test_what_only_a_label_can_tell_is_a_note() -> None:
    gajjar = replace(ready_made("gajjar", "amino-acids"), may_hold=(SUBSTANCES["biotin"],))

    found = doubles(gajjar, line("biotin", "1"))
    of_label = doubles(line("vitamin-b-complex", "1"), line("cyanocobalamin", "1"))

    assert [(code, str(each.level)) for code, each in found.items()] == [("duplicate:biotin", "note")]
    assert [(code, str(each.level)) for code, each in of_label.items()] == [
        ("duplicate:cyanocobalamin", "note")
    ]


def test_the_order_of_the_lines_says_nothing() -> None:
    of = [line("copper", "0.5"), line("trace-elements", "1"), line("copper-tripeptide-1", "0.5")]

    assert check_duplicate_substances(mix(*of)) == check_duplicate_substances(mix(*reversed(of)))


def test_a_compounded_drug_alone_is_not_ready_made() -> None:
    alone = {row.code for row in SHIPPED.premades if not row.ready_made}

    assert alone == {"duta-001", "pn-gel-15", "pdrn-5ml", "conjonctyl"}


# ── doses ────────────────────────────────────────────────────────────────────────────────────────


def pooled(limit_on: str, most: str) -> Rulebook:
    return Rulebook(limits=(Limit(limit_on, D(most), "mg", "session", None, "studied_dose", "", "A trial"),))


def test_two_forms_add_up_to_one_dose() -> None:
    of = mix(line("cyanocobalamin", "1"), line("hydroxocobalamin", "1"))

    [use] = usage_of_each_limit(of, WOMAN, pooled("cyanocobalamin", "1.5"), None)

    assert (use.used, use.exceeded) == (D(2), True)


def test_a_mixture_adds_an_amount_nobody_knows() -> None:
    of = mix(line("thiamine", "1"), product("b-complex", "vitamin-b-complex", "1", "100"))

    [use] = usage_of_each_limit(of, WOMAN, pooled("thiamine", "150"), None)

    assert (use.used, use.missing, use.used_fraction_or_none) == (D(100), {"strength"}, None)


def test_millilitres_of_another_form_are_not_added() -> None:
    limit = Limit("pdrn", D(2), "mL", "session", None, "studied_dose", "", "A trial")
    of = mix(line("pdrn", "2"), line("polynucleotides", "2"))

    [use] = usage_of_each_limit(of, WOMAN, Rulebook(limits=(limit,)), None)

    assert (use.used, use.exceeded) == (D(2), False)


def test_dutasteride_of_every_syringe_of_the_day_is_one_dose() -> None:
    one = mix(line("dutasteride", "3"), line("biotin", "1"))
    earlier = replace(mix(line("dutasteride", "2.01"), kind="single"), is_injected=False)

    def dose(*beside: Mix) -> str | None:
        found = check_mix_against_all_rules(one, MAN, RULEBOOK, area_cm2=D(70), today=TODAY, beside=beside)
        return next((str(each.level) for each in found if each.code == "dose:dutasteride"), None)

    assert dose() is None
    assert dose(earlier) == "block"


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (["biotin", "zinc"], "2 of 2 actives have no studied maximum on file: Biotin and Zinc (salts). "),
        (["biotin", "minoxidil"], "1 of 2 actives has no studied maximum on file: Biotin. "),
    ],
)
def test_what_has_no_limit_is_said_once_with_its_reason(drawn: list[str], said: str) -> None:
    of = mix(*(line(code, "0.5") for code in drawn))

    [note] = [
        each
        for each in check_mix_against_all_rules(of, WOMAN, RULEBOOK, area_cm2=D(70), today=TODAY)
        if each.code == "no-limit"
    ]

    assert note.message.startswith(said.replace("Zinc (salts)", SUBSTANCES["zinc"].name))
    assert "Product page gives an ampoule (1 mg/2 mL), not a scalp dose" in note.detail
    assert not note.needs_reason
