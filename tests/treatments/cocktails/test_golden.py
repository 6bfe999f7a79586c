"""The shipped rules by example: what the rows of mesoclinic/data say to a mix, for a clinician to read.

``golden_cases.csv`` opens in any spreadsheet: what is drawn (from the products of ``STRENGTHS``), for whom, and
every finding by what it does. Expected and found are equal, nothing left out. The expectations were written
from the domain files; the tests below the first ask those files again, without the rules.
"""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mesoclinic import data
from mesoclinic.data.files import read_catalogue
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.contraindications import UNREAD_ALLERGY_ALERT
from treatments.cocktails.rules.mix import Content, Identity, Line, Mix, Person, Substance
from treatments.cocktails.rules.rulebook import (
    Contra,
    Indicated,
    Limit,
    OtherTreatment,
    Pair,
    Rulebook,
    VolumeCeiling,
)
from treatments.cocktails.rules.suggestions import suggest_ingredients

D = Decimal
TODAY = date(2026, 11, 23)

SHIPPED = read_catalogue(Path(data.__path__[0]))

IDENTITIES = {
    row.code: Identity(row.moiety, row.pools, row.possible_pools, row.is_mixture, row.members_are_counted)
    for row in SHIPPED.substances
}

SUBSTANCES = {
    row.code: Substance(
        code=row.code,
        name=row.name,
        family=row.family,
        is_active=row.is_active,
        status=row.default_status,
        status_reason=row.status_reason,
        status_source=SHIPPED.full_citations_text(row.status_sources),
        status_basis="",
        preparation=row.preparation,
        prescription_only=row.prescription == "yes",
        work_order=row.work_order,
        identity=IDENTITIES[row.code],
    )
    for row in SHIPPED.ingredients
}

RULEBOOK = Rulebook(
    pairs=tuple(
        Pair(
            row.ingredient_a,
            row.ingredient_b or "*any",
            row.kind,
            row.severity,
            row.scope,
            row.why,
            row.basis,
            SHIPPED.full_citations_text(row.sources),
        )
        for row in SHIPPED.pairs
    ),
    limits=tuple(
        Limit(
            row.ingredient,
            row.value,
            row.unit,
            row.period,
            row.per_kg,
            row.kind,
            row.basis_text,
            SHIPPED.full_citations_text(row.sources),
        )
        for row in SHIPPED.limits
    ),
    contras=tuple(
        Contra(
            row.ingredient or "*treatment",
            row.factor_code or "*any",
            row.patient_factor,
            row.severity,
            row.severity_note,
            row.why,
            row.action,
            row.basis,
            SHIPPED.full_citations_text(row.sources),
        )
        for row in SHIPPED.contraindications
    ),
    indications=tuple(
        Indicated(
            row.condition,
            row.ingredient,
            row.support,
            row.evidence_level,
            row.remark,
            row.basis,
            SHIPPED.full_citations_text(row.sources),
            contested=row.contested,
            show_as=row.show_as,
            order=row.order,
        )
        for row in SHIPPED.indications
    ),
    others=tuple(
        OtherTreatment(
            row.condition,
            row.name,
            row.support,
            row.text,
            row.limit,
            row.contested,
            row.show_as,
            row.order,
            row.basis,
            SHIPPED.full_citations_text(row.sources),
            row.question,
            row.answers,
        )
        for row in SHIPPED.other_treatments
    ),
    ceilings=tuple(
        VolumeCeiling(
            row.what,
            row.technique,
            row.scope,
            row.ingredient or "",
            row.zone,
            row.maximum,
            row.unit,
            row.level,
            row.finding,
            row.note,
            row.basis,
            SHIPPED.full_citations_text(row.sources),
        )
        for row in SHIPPED.volume_limits
    ),
    no_limit_reasons={row.ingredient: row.reason for row in SHIPPED.dose_coverage if row.reason},
)

#: mg/ml of the product that each ingredient is drawn from; the others do not say.
STRENGTHS = {
    "biotin": "5",
    "copper": "0.4",
    "cyanocobalamin": "1",
    "dexpanthenol": "250",
    "dutasteride": "0.1",
    "finasteride": "0.5",
    "folic-acid": "5",
    "hyaluronic-acid": "10",
    "hydroxocobalamin": "1",
    "l-cysteine": "50",
    "lidocaine": "10",
    "minoxidil": "5",
    "nicotinamide": "50",
    "organic-silicium": "5",
    "pentoxifylline": "20",
    "procaine": "10",
    "pyridoxine": "50",
    "riboflavin": "2",
    "saline-09": "9",
    "sodium-bicarbonate": "84",
    "thiamine": "100",
    "triamcinolone-acetonide": "5",
    "vitamin-c": "500",
    "zinc": "1",
}

WOMAN, MAN = Person(34, "female", D(60)), Person(41, "male", D(70))

FOLDER = Path(data.__path__[0])
TABLE = Path(__file__).with_name("golden_cases.csv")

#: The columns of the table and the levels they stand for.
COLUMNS = {
    "refused": "fixed",  # nobody goes past it
    "blocked": "block",  # a clinician may, with a written reason
    "warned": "warn",
    "noted": "note",
    "passed": "ok",
}


@dataclass(frozen=True)
class Case:
    """One line of golden_cases.csv."""

    name: str
    kind: str
    whom: str
    factors: frozenset[str]
    drawn: tuple[tuple[str, str], ...]
    area_cm2: Decimal | None
    syringe_ml: Decimal
    most: int
    expected: dict[str, str]

    @property
    def person(self) -> Person:
        sex, age, *weight = self.whom.split()
        kg = D(weight[0]) if weight[0].isdigit() else None
        return Person(int(age), "male" if sex == "man" else "female", kg, self.factors)

    @property
    def mix(self) -> Mix:
        return Mix(
            self.kind,  # type: ignore[arg-type]
            tuple(line(code, ml) for code, ml in self.drawn),
            self.syringe_ml,
            max_actives=self.most,
        )


def read_case(row: dict[str, str]) -> Case:
    return Case(
        name=row["case"],
        kind=row["preparation"],
        whom=row["for whom"],
        factors=frozenset(row["on record"].split()),
        drawn=tuple((code, ml) for code, ml in (part.split() for part in row["drawn (ml)"].split(","))),
        area_cm2=D(row["area cm2"]) if row["area cm2"] else None,
        syringe_ml=D(row["syringe ml"]),
        most=int(row["clinic allows"]),
        expected={code: level for column, level in COLUMNS.items() for code in row[column].split()},
    )


def rows_of(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


with TABLE.open(encoding="utf-8", newline="") as table:
    CASES = [read_case(row) for row in csv.DictReader(table)]


def line(code: str, ml: str) -> Line:
    strength = STRENGTHS.get(code)
    content = Content(SUBSTANCES[code], D(strength) if strength else None)
    return Line(code, SUBSTANCES[code].name, (content,), D(ml))


#: Where a case says nothing of the area, and for the walks through the files.
AREA = D(70)


def levels(mix: Mix, person: Person, area: Decimal | None = AREA) -> dict[str, str]:
    """Every finding, none left out."""
    return {
        finding.code: "fixed" if finding.fixed else str(finding.level)
        for finding in check_mix_against_all_rules(mix, person, RULEBOOK, area_cm2=area, today=TODAY)
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_shipped_rules_say(case: Case) -> None:
    assert levels(case.mix, case.person, case.area_cm2) == case.expected


def test_the_table_has_its_sixty_cases_each_by_its_own_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


# ── is the table itself right? asked of the domain files, past the code of the rules ─────────────


def pair_level(row: dict[str, str]) -> str:
    if row["kind"] == "incompatible":
        return "block"
    if row["kind"] in ("caution", "redundant-class"):
        return "warn"
    return "note" if row["severity"] != "none" else ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table_says_of_pairs_what_the_domain_file_says(case: Case) -> None:
    codes = {code for code, _ in case.drawn}
    by_file = {
        "pair:" + "+".join(sorted((row["ingredient_a"], row["ingredient_b"]))): pair_level(row)
        for row in rows_of("interactions.csv")
        if {row["ingredient_a"], row["ingredient_b"]} <= codes
    }

    said = {c: level for c, level in case.expected.items() if c.startswith("pair:")}

    assert said == {code: level for code, level in by_file.items() if level}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table_says_of_the_person_what_the_domain_file_says(case: Case) -> None:
    codes = {code for code, _ in case.drawn} | {"*treatment"}
    factors = case.factors | ({"age_lt_18"} if case.person.age < 18 else set())
    by_file = {}
    for row in rows_of("contraindications.csv"):
        of = row["ingredient_or_treatment"]
        if of in codes and row["factor_code"] in factors:
            is_other_sex = row["severity_note"] == "woman" and case.person.is_male
            stated = row["basis"] == "stated" and not is_other_sex
            absolute = "fixed" if stated else "block"
            by_file[f"contra:{of}:{row['factor_code']}"] = (
                absolute if row["severity"] == "absolute" else "warn"
            )

    said = {c: level for c, level in case.expected.items() if c.startswith("contra:")}

    assert said == by_file


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table_says_of_status_and_dose_what_the_domain_file_says(case: Case) -> None:
    ingredients = {row["code"]: row for row in rows_of("ingredients.csv")}
    by_file = {}
    for code, ml in case.drawn:
        row = ingredients[code]
        status = row["default_status"]
        if status != "allowed":
            by_file[f"{status}:{code}"] = "fixed" if status == "blocked" else "block"
        if level := dose_level(row, D(ml), case):
            by_file[f"dose:{code}"] = level

    said = {
        code: level
        for code, level in case.expected.items()
        if code.split(":")[0] in ("blocked", "restricted", "dose")
    }
    assert said == by_file


def dose_level(row: dict[str, str], ml: Decimal, case: Case) -> str:
    """Above the figure on file, or not to be told: by hand, from the columns."""
    if not row["max_value"]:
        return ""
    most, strength = D(row["max_value"]), STRENGTHS.get(row["code"])
    if row["max_unit"] == "mg" and strength is None:
        return "warn"
    used = ml if row["max_unit"] != "mg" else ml * D(strength or 0)
    if row["max_unit"] == "mL/cm2":
        if case.area_cm2 is None:
            return ""
        most *= case.area_cm2
    if row["max_per_kg"] and case.person.weight_kg:
        per_kg = D(row["max_per_kg"].split()[0])
        most = min(most, per_kg * case.person.weight_kg)
    if used <= most:
        return ""
    return {"label_same_route": "fixed", "studied_dose": "block"}.get(row["max_kind"], "warn")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table_counts_actives_as_the_domain_file_does(case: Case) -> None:
    ingredients = {row["code"]: row for row in rows_of("ingredients.csv")}
    moieties = {row["code"]: row["moiety"].replace("*", row["code"]) for row in rows_of("substances.csv")}
    actives = {
        moieties[code]
        for code, _ in case.drawn
        if ingredients[code]["is_active"] == "yes" and ingredients[code]["default_status"] != "blocked"
    }
    right = len(actives) == 1 if case.kind == "single" else 2 <= len(actives) <= min(case.most, 6)
    drawn = sum(D(ml) for _, ml in case.drawn)

    assert case.expected["count"] == ("ok" if right else "fixed")
    assert case.expected["volume"] == ("ok" if drawn <= case.syringe_ml else "fixed")


# ── no row of the files is deaf ──────────────────────────────────────────────────────────────────


def test_every_interaction_of_the_file_is_heard_in_both_orders() -> None:
    unheard = []
    for row in rows_of("interactions.csv"):
        a, b = row["ingredient_a"], row["ingredient_b"]
        level = pair_level(row)
        is_for_one_syringe = row["scope"].startswith("same syringe")
        drawable = {a, b} <= SUBSTANCES.keys()
        if not (level and drawable and is_for_one_syringe):
            continue
        code = "pair:" + "+".join(sorted((a, b)))
        for first, second in ((a, b), (b, a)):
            mix = Mix("cocktail", (line(first, "0.2"), line(second, "0.2")), D(5))
            if levels(mix, MAN).get(code) != level:
                unheard.append((first, second))

    assert unheard == []


def test_every_contraindication_of_the_file_is_heard() -> None:
    unheard = []
    for row in rows_of("contraindications.csv"):
        of, factor = row["ingredient_or_treatment"], row["factor_code"]
        if factor in ("*any", "", "staff_handling"):
            continue  # everyone, of what is blocked anyway; and what is said to staff
        drawn = [line("zinc", "0.2")] + ([] if of == "*treatment" else [line(of, "0.2")])
        who = Person(34, "female", D(60), frozenset({factor}))
        if factor == "age_lt_18":
            who = Person(17, "female", D(60))
        # What no rule reads is called as its alert is, so that one reason answers both.
        code = UNREAD_ALLERGY_ALERT if factor == "allergy_unread" else f"contra:{of}:{factor}"
        said = levels(Mix("cocktail", tuple(drawn), D(5)), who).get(code)
        if said is None or (said == "warn") != (row["severity"] == "relative"):
            unheard.append((of, factor, said))

    assert unheard == []


def test_every_status_of_the_file_is_heard() -> None:
    unheard = []
    for row in rows_of("ingredients.csv"):
        status, code = row["default_status"], row["code"]
        said = levels(Mix("cocktail", (line(code, "0.2"), line("zinc", "0.2")), D(5)), MAN)
        wanted = {"blocked": "fixed", "restricted": "block", "allowed": None}[status]
        if said.get(f"{status}:{code}") != wanted:
            unheard.append(code)

    assert unheard == []


def test_the_shipped_rules_suggest_for_pattern_loss_by_evidence() -> None:
    found = suggest_ingredients(["androgenetic-alopecia"], MAN, RULEBOOK, SUBSTANCES, {})

    assert [each.substance.code for each in found if each.support == 3] == ["dutasteride", "prp"]
    assert {each.substance.code for each in found if each.state == "blocked"} == {"buflomedil", "exosomes"}
