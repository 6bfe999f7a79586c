"""What an allergy written in words says: classes, single substances, nothing, or what no rule reads."""

from pathlib import Path

import pytest

from mesoclinic import data
from mesoclinic.data.files import read_catalogue
from patients.rules.allergies import factors_from_allergy_words, says_no_allergy
from patients.rules.intake import TermFactor
from patients.rules.risk_factors import chip_text

CATALOGUE = read_catalogue(Path(data.__path__[0]))
TERMS = [
    TermFactor(row.term, row.factor_code, row.kind) for row in CATALOGUE.term_factors if row.kind == "allergy"
]
FACTORS = {row.code: row for row in CATALOGUE.factors}
UNREAD = "allergy_unread"


def read(text: str) -> set[str]:
    return {found.factor for found in factors_from_allergy_words(text, TERMS)}


@pytest.mark.parametrize(
    ("text", "factors"),
    [
        pytest.param("local anaesthetic", {"allergy_la_unknown"}, id="a class nobody named"),
        pytest.param("local anaesthetic: lidocaine", {"allergy_amide"}, id="and its name in the same breath"),
        pytest.param("lokal anestezik (lidokain)", {"allergy_amide"}, id="Turkish"),
        pytest.param("local anaesthetic, novocaine", {"allergy_ester"}, id="an ester"),
        pytest.param("articaine", {"allergy_amide"}, id="another amide"),
        pytest.param("sulfaméthoxazole", {"allergy_sulfonamide"}, id="French, with its accent"),
        pytest.param("sulfamethoxazole", {"allergy_sulfonamide"}, id="no procaine"),
        pytest.param("ÇİNKO", {"allergy_component:zinc"}, id="Turkish capitals with the dotted i"),
        pytest.param("cinko", {"allergy_component:zinc"}, id="typed without marks"),
        pytest.param("vitamine B8", {"allergy_component:biotin"}, id="biotin in France"),
        pytest.param("Bepanthen", {"allergy_component:dexpanthenol"}, id="a brand"),
        pytest.param("vitamin B", {"allergy_b_vitamin"}, id="which B vitamin is not said"),
        pytest.param("vitamin B, biotin", {"allergy_component:biotin"}, id="and then it is"),
        pytest.param("vitamin b complex", {"allergy_b_vitamin"}, id="the longer word wins"),
        pytest.param("somon balığı", {"allergy_fish"}, id="salmon is fish"),
        pytest.param("salmon DNA", {"allergy_component:pdrn"}, id="salmon DNA is PDRN"),
        pytest.param("lecithin", {"allergy_egg", "allergy_soy"}, id="either food"),
        pytest.param("glutathione", {"allergy_other:glutathione"}, id="known, and no ingredient here"),
        pytest.param("penicillin", {"allergy_other:penicillin"}, id="known, with no bearing"),
        pytest.param(
            "caffeine", {"allergy_xanthine", "allergy_component:caffeine"}, id="itself and its class"
        ),
        pytest.param("hyaluronic acid", {"allergy_component:hyaluronic-acid"}, id="the same drug"),
        pytest.param("the blue ampoule from the other clinic", {UNREAD}, id="no rule reads it"),
        pytest.param("latex and the blue ampoule", {"allergy_latex", UNREAD}, id="one of the two"),
        pytest.param("lidocaine, hives in 2019", {"allergy_amide"}, id="what happened names nothing"),
        pytest.param("hives in 2019", {UNREAD}, id="what happened, of something nobody named"),
        pytest.param("not allergic to lidocaine", {UNREAD}, id="a negation is for a person to read"),
        pytest.param("lidokain alerjim yok", {UNREAD}, id="Turkish negates after the word"),
        pytest.param("no allergy except latex", {UNREAD}, id="never read as none"),
        pytest.param("eggplant", {UNREAD}, id="whole words only"),
        pytest.param("NKDA", set(), id="NKDA"),
    ],
)
def test_what_an_allergy_in_words_means(text, factors):
    assert read(text) == factors


@pytest.mark.parametrize(
    "text",
    [
        "NKDA",
        "nka",
        "no known allergy",
        "No known allergy (situation)",
        "None.",
        "aucune",
        "pas d'allergie",
        "ninguna",
        "sin alergias conocidas",
        "yok",
        "Bilinen alerjisi YOK",
        "hayır",
        "keine",
        "keine bekannten Allergien",
    ],
)
def test_no_allergy_is_understood_in_five_languages(text):
    assert says_no_allergy(text)
    assert read(text) == set()


@pytest.mark.parametrize("text", ["unknown", "bilmiyorum", "not allergic to lidocaine", "no, but latex"])
def test_what_is_no_plain_no_is_not_read_as_one(text):
    assert not says_no_allergy(text)
    assert read(text) != set()


def test_every_word_of_the_substances_means_its_substance():
    """Each word of substances.csv, said alone, is read as some allergy: none is deaf."""
    unread = {row.term for row in CATALOGUE.term_factors if row.kind == "allergy" and row.term != "*"}

    assert {word for word in unread if read(word) == {UNREAD}} == set()


def test_without_the_rule_for_unread_words_nothing_is_made_up():
    assert factors_from_allergy_words("the blue ampoule", [t for t in TERMS if t.term != "*"]) == []


@pytest.mark.parametrize(
    ("code", "said", "shown"),
    [
        ("allergy_amide", "articaine", "Allergy: articaine (lidocaine class)"),
        ("allergy_amide", "lidocaine", "Allergy: lidocaine class (lidocaine)"),
        ("allergy_amide", "", "Allergy: lidocaine class"),
        ("allergy_cobalt", "cobalt", "Allergy: cobalt"),
        ("allergy_xanthine", "theophylline", "Allergy: theophylline (xanthines)"),
        ("allergy_salicylate", "aspirin", "Allergy: aspirin (salicylates)"),
        ("allergy_egg", "egg", "Allergy: egg"),
        ("allergy_egg", "œuf", "Allergy: œuf (egg)"),
        ("allergy_unread", "the blue ampoule", "Allergy: “the blue ampoule” (not read)"),
        ("allergy_component:zinc", "çinko", "Allergy: çinko (zinc)"),
        ("allergy_component:dexpanthenol", "panthenol", "Allergy: panthenol"),
        ("mood_or_sexual", "erectile dysfunction", "Mood or sexual complaint: erectile dysfunction"),
        ("bp_lowering_medicine", "amlodipine", "On amlodipine: lowers blood pressure"),
        ("antibiotic_now", "doxycycline", "On doxycycline: for what?"),
        ("cancer_medicine", "tamoxifen", "On tamoxifen: cancer under treatment?"),
        ("five_ari_oral", "finasteride", "On finasteride by mouth"),
        ("minoxidil_other_route", "minoxidil tablets", "On minoxidil tablets"),
        ("biotin_supplement", "biotin", "Takes biotin"),
        ("diabetes", "diet", "Diabetes, diet"),
        ("needle_phobia", "faints at injections", "Faints at injections"),
        (
            "childbearing_unprotected",
            "contraception not told",
            "Can become pregnant (contraception not told)",
        ),
        ("trying_to_conceive", "trying", "Trying to conceive"),
    ],
)
def test_a_chip_says_what_was_said(code, said, shown):
    factor = FACTORS[code]

    assert chip_text(factor.short_label, factor.said_label, said) == shown
