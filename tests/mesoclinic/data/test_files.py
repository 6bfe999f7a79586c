"""The clinical data files: what they hold, how they hang together, and what a broken one answers."""

import csv
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from mesoclinic import data
from mesoclinic.data.files import read_catalogue

DATA = Path(data.__file__).parent


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(DATA)


# --- what is there ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ("ingredients", 49),
        ("conditions", 26),
        ("scale_levels", 94),
        ("scales", 20),
        ("pairs", 111),
        ("contraindications", 185),
        ("indications", 93),
        ("protocols", 24),
        ("premades", 15),
        ("effects", 34),
        ("checklist", 40),
        ("questions", 42),
        ("sources", 268),
        ("limits", 10),
        ("volume_limits", 43),
        ("dose_coverage", 49),
        ("substances", 94),
        ("factors", 147),
        ("zones", 11),
        ("intervals", 33),
    ],
)
def test_every_row_of_the_clinical_data_is_read(catalogue, rows, count):
    assert len(getattr(catalogue, rows)) == count


def test_there_are_19_schedules_and_5_techniques(catalogue):
    assert Counter(row.is_technique for row in catalogue.protocols) == {False: 19, True: 5}


def test_every_ingredient_of_the_seed_is_there(catalogue):
    named = {
        "acetyl-tetrapeptide-3",
        "amino-acids",
        "biochanin-a",
        "biotin",
        "buflomedil",
        "coenzyme-a",
        "coenzyme-q10",
        "copper",
        "cyanocobalamin",
        "dexpanthenol",
        "dutasteride",
        "finasteride",
        "folic-acid",
        "hyaluronic-acid",
        "hydroxocobalamin",
        "l-arginine",
        "l-cysteine",
        "minoxidil",
        "nano-peptides",
        "nicotinamide",
        "organic-silicium",
        "premade-cocktail",
        "prp",
        "pyridoxine",
        "riboflavin",
        "thiamine",
        "trace-elements",
        "vitamin-b-complex",
        "vitamins-other",
        "zinc",
    }
    assert {row.code for row in catalogue.ingredients if row.from_seed} == named


def test_every_condition_and_cause_of_the_seed_is_there(catalogue):
    assert {row.code: row.role for row in catalogue.conditions if row.from_seed} == {
        "androgenetic-alopecia": "indication",
        "alopecia-areata": "indication",
        "telogen-effluvium": "indication",
        "dandruff-hair-loss": "indication",
        "extreme-thinning": "indication",
        "sebaceous-overproduction": "indication",
        "dry-scabbed-hair": "indication",
        "brittle-hair": "doubtful",
        "cause-diet": "cause",
        "cause-stress": "cause",
        "cause-despair": "cause",
        "cause-hormonal": "cause",
    }


def test_blocked_ingredients_say_why_and_who_says_so(catalogue):
    blocked = {row.code: row for row in catalogue.ingredients if row.default_status == "blocked"}

    assert blocked.keys() == {"buflomedil", "exosomes", "homeopathic-complex"}
    assert blocked["buflomedil"].status_reason == (
        "Suspended in the EU since 2011 for fatal cardiac and neurological effects (EMA)."
        " Choose another ingredient."
    )
    assert blocked["buflomedil"].status_sources == ("EMA11", "EMA12")
    assert blocked["exosomes"].status_reason.startswith("No exosome product is approved")
    assert blocked["exosomes"].status_sources == ("FDAEXO19", "KSAEXO")


def test_the_order_of_work_is_the_seeds(catalogue):
    order = {row.family: row.work_order for row in catalogue.ingredients}

    seed = ["b_vitamin", "mineral", "hyaluronic_acid", "amino_acid", "coenzyme", "drug"]
    assert sorted(seed, key=order.__getitem__) == seed
    # One order per family, so a family never splits.
    assert len({(row.family, row.work_order) for row in catalogue.ingredients}) == len(order)


def test_what_is_given_alone(catalogue):
    found = {
        kind: {row.code for row in catalogue.ingredients if row.is_active and row.preparation == kind}
        for kind in ("single_only", "either")
    }
    assert found == {
        "single_only": {"prp", "polynucleotides", "triamcinolone-acetonide", "pdrn"},
        "either": {"dutasteride", "minoxidil", "growth-factors", "nano-peptides", "premade-cocktail"},
    }


def test_the_published_dose_limits(catalogue):
    assert {
        row.ingredient: (row.value, row.unit, row.period, row.per_kg, row.kind) for row in catalogue.limits
    } == {
        "dutasteride": (Decimal("0.5"), "mg", "session", None, "studied_dose"),
        "minoxidil": (Decimal(10), "mg", "session", None, "studied_dose"),
        "dexpanthenol": (Decimal(1000), "mg", "dose", None, "label_other_route"),
        "prp": (Decimal("0.1"), "mL/cm2", "session", None, "protocol_digest"),
        "vitamin-c": (Decimal(200), "mg", "day", None, "label_other_route"),
        "lidocaine": (Decimal(300), "mg", "session", Decimal("4.5"), "label_same_route"),
        "pdrn": (Decimal(2), "mL", "session", None, "studied_dose"),
        "polynucleotides": (Decimal(15), "mg", "session", None, "studied_dose"),
        "hyaluronic-acid": (Decimal(3), "mL", "session", None, "studied_volume"),
        "triamcinolone-acetonide": (Decimal(15), "mg", "session", None, "reference_handbook"),
    }


def test_the_zones_make_a_scalp_of_500_cm2_in_the_shares_of_salt(catalogue):
    shares = Counter()
    for zone in catalogue.zones:
        if zone.area_cm2 is not None:
            shares[zone.salt_zone] += zone.area_cm2

    assert shares == {"top": 200, "back": 120, "left": 90, "right": 90}
    assert [zone.code for zone in catalogue.zones if zone.optional] == ["HAIRLINE", "EYEBROW", "BEARD"]


def test_schedules_are_spelt_out_in_days(catalogue):
    intervals = {row.code: row.intervals for row in catalogue.protocols}

    assert intervals["generic-cocktail"] == (7, 7, 7, 14, 14, 14, 14, 30, 30)
    assert sum(intervals["generic-cocktail"]) == 137  # docs/pricing.md, example 10
    assert intervals["fphl-moftah"] == (7, 7, 7, 7, 7, 7, 7, 14, 14, 28)
    assert {code for code, days in intervals.items() if not days} == {
        row.code for row in catalogue.protocols if row.is_technique
    }


def test_a_schedule_that_contradicts_itself_says_what_was_chosen(catalogue):
    moftah = next(row for row in catalogue.protocols if row.code == "fphl-moftah")

    assert (moftah.sessions_min, moftah.sessions_default, moftah.sessions_max) == (11, 11, 12)
    assert moftah.note.startswith("The abstract says 12 sessions, its schedule adds to 11")


def test_the_published_harmful_mix_can_never_be_used(catalogue):
    assert {row.code: row.injectable for row in catalogue.premades if row.blocked} == {"abscess-mix": "no"}


def test_scales_are_for_whom_they_were_made(catalogue):
    assert {row.code: row.from_sex for row in catalogue.scales if row.from_sex} == {
        "HAMILTON_NORWOOD": "male",
        "LUDWIG": "female",
        "SINCLAIR": "female",
        "OLSEN": "female",
    }
    pattern = next(row for row in catalogue.conditions if row.code == "androgenetic-alopecia")
    assert [(scale.scale_code, scale.who) for scale in pattern.scales] == [
        ("HAMILTON_NORWOOD", "men"),
        ("LUDWIG", "women"),
        ("SINCLAIR", "women"),
        ("GPA7", "any"),
        ("HAIR_DENSITY", "any"),
        ("HAIR_DIAMETER", "any"),
    ]
    assert pattern.snomed_codes == ("87872006", "1108009")


def test_the_short_list_before_the_first_injection(catalogue):
    short = sorted((row for row in catalogue.checklist if row.short_list), key=lambda r: r.short_order)

    assert [row.short_label for row in short] == [
        "Single-use gloves",
        "New sterile syringe and needle",
        "Scalp antisepsis, left to dry",
        "Lots, origin and expiry read",
        "Consent still stands",
        "Sharps bin within reach",
    ]
    assert {row.code: row.asked_with for row in catalogue.checklist if row.asked_with} == {
        "origin-check": "vial-check",
    }


def test_what_is_looked_at_or_decided_is_not_in_the_one_tap(catalogue):
    """What the safety questions and the record answer is nobody's tick; photographs wait until there are some."""
    before = [row for row in catalogue.checklist if row.phase == "before" or row.short_list]
    by_person = {row.code for row in before if row.answered_by == "person"}

    assert {code for code in by_person if not _row(catalogue, code).in_one_tap} == {
        "vial-check",
        "origin-check",
        "scalp-exam",
        "patch-test",
        "emergency",
        "vital",
    }
    # Signing asks for the reactions, or for none: no tick says it a second time.
    assert {_row(catalogue, code).answered_by for code in ("reaction-watch", "adverse-log")} == {"software"}
    assert _row(catalogue, "photo-baseline").answered_by == "photographs"
    assert {_row(catalogue, code).answered_by for code in ("history", "pregnancy")} == {"software"}
    assert not [row.code for row in catalogue.checklist if row.in_one_tap and row.answered_by != "person"]


def _row(catalogue, code):
    return next(row for row in catalogue.checklist if row.code == code)


def test_reactions_named_in_the_seed_come_first(catalogue):
    first = sorted(catalogue.effects, key=lambda row: row.order)[:5]

    assert [row.short_label for row in first] == ["Swelling", "Soreness", "Irritation", "Scaly crust", "Pain"]
    assert all(row.in_seed for row in first)


def test_a_first_intake_must_answer_what_can_block(catalogue):
    assert {row.code: row.shown_when for row in catalogue.questions if row.required} == {
        "duration": "",
        "pattern": "",
        "scalp-disease": "",
        "infection": "",
        "bleeding": "",
        "heart": "",
        "epilepsy": "",
        "diabetes": "",
        "kidney": "",
        "autoimmune": "",
        "cancer": "",
        "keloid": "",
        "allergy": "",
        "anaesthetic": "",
        "anticoag": "",
        "pregnant": "sex=female",
        "contraception": "sex=female",
        "partner": "sex=male",
    }


# --- how it hangs together ----------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(DATA.glob("*.csv")), ids=lambda path: path.stem)
def test_no_text_says_a_word_of_the_workshop(path):
    """“[SEED]” is a key of the reference; “seed” in a column of its own a kind of source."""
    with path.open(encoding="utf-8", newline="") as file:
        texts = [text for row in csv.DictReader(file) for text in row.values() if text != "seed"]

    assert [text for text in texts if re.search(r"\b[Ss]eed\b", text)] == []


def test_the_stars_of_the_files_are_none_in_the_rows(catalogue):
    everyone = [row.ingredient for row in catalogue.contraindications if row.factor_code is None]
    assert everyone == ["buflomedil", "exosomes", "homeopathic-complex"]
    anything = [row.ingredient_a for row in catalogue.pairs if row.ingredient_b is None]
    assert sorted(anything) == sorted(everyone)
    assert sum(row.ingredient is None for row in catalogue.contraindications) == 46
    assert sum(row.condition is None for row in catalogue.protocols) == 11
    assert "*" not in repr([catalogue.contraindications, catalogue.pairs, catalogue.protocols])


def test_every_contraindication_asks_for_a_factor_and_every_factor_is_asked_for(catalogue):
    asked = {row.factor_code for row in catalogue.contraindications} - {None}
    single = {row.code for row in catalogue.factors if ":" in row.code}
    # A sulfonamide speaks against nothing here, and is said as a note (treatments/cocktails/rules/allergies.py).
    assert asked | single == {row.code for row in catalogue.factors} - {"allergy_sulfonamide"}


def test_a_substance_without_a_class_has_a_factor_of_its_own(catalogue):
    single = {row.code for row in catalogue.factors if ":" in row.code}
    ingredients = {f"allergy_component:{row.code}" for row in catalogue.ingredients}

    assert {code for code in single if code.startswith("allergy_component:")} <= ingredients
    assert {"allergy_component:biotin", "allergy_other:penicillin", "allergy_other:glutathione"} <= single
    assert not {"allergy_component:lidocaine", "allergy_component:thiamine"} & single  # their class has one


def test_allergies_are_open_to_the_front_desk_and_diagnoses_are_not(catalogue):
    assert {row.sensitive for row in catalogue.factors if row.kind == "allergy"} == {False}
    assert {row.sensitive for row in catalogue.factors if row.kind == "disease"} == {True}


def test_pregnancy_never_ends_by_the_calendar(catalogue):
    lasting = {row.usual_days for row in catalogue.factors if row.kind == "pregnancy"}
    assert lasting == {None}
    passing = {row.code: row.usual_days for row in catalogue.factors if row.usual_days}
    assert passing == {
        "isotretinoin": 365,
        "lab_tests": 7,
        "nsaid_48h": 2,
        "recent_infection": 14,
        "recent_surgery": 90,
        "steroid_1m": 30,
        "steroid_systemic_2w": 14,
        "succinylcholine": 1,
        "vaccine_1w": 7,
    }


@pytest.mark.parametrize(
    ("file", "column", "rows"),
    [
        ("ingredients.csv", "sources", "ingredients"),
        ("conditions.csv", "sources", "conditions"),
        ("interactions.csv", "source", "pairs"),
        ("contraindications.csv", "source", "contraindications"),
        ("protocols.csv", "source", "protocols"),
        ("premade.csv", "source", "premades"),
        ("adverse_effects.csv", "source", "effects"),
        ("checklist.csv", "source", "checklist"),
        ("intake_questions.csv", "source", "questions"),
        ("scales.csv", "sources", "scale_levels"),
        ("volume_limits.csv", "source", "volume_limits"),
        ("dose_coverage.csv", "source", "dose_coverage"),
        ("substances.csv", "source", "substances"),
    ],
)
def test_no_citation_is_lost(catalogue, file, column, rows):
    with (DATA / file).open(encoding="utf-8", newline="") as opened:
        written = [row[column] for row in csv.DictReader(opened)]

    # What other files add stands after the rows of this one.
    found = [catalogue.full_citations_text(row.sources) for row in getattr(catalogue, rows)]
    assert found[: len(written)] == written


def test_no_citation_of_what_is_suggested_is_lost(catalogue):
    """suggestions_female.csv goes before indications.csv; of two rows about one ingredient both are cited."""
    found = {
        (row.condition, row.ingredient): set(catalogue.full_citations_text(row.sources).split(" | "))
        for row in catalogue.indications
    }
    others = {
        (row.condition, row.name): catalogue.full_citations_text(row.sources)
        for row in catalogue.other_treatments
    }
    suggested = set()
    for row in lines_of("suggestions_female.csv"):
        if row["ingredient_code"]:
            suggested.add((row["condition"], row["ingredient_code"]))
            assert set(row["source"].split(" | ")) <= found[row["condition"], row["ingredient_code"]]
        else:
            assert others[row["condition"], row["treatment"]] == row["source"]
    for row in lines_of("indications.csv"):
        if (key := (row["condition"], row["ingredient"])) not in suggested:
            assert found[key] == set(row["source"].split(" | "))


def lines_of(file):
    with (DATA / file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


# Answers that carry no factor, and why: asked for the cause, for the record, or "no".
WITHOUT_A_FACTOR = {
    "alcohol": {"neither", "alcohol", "smoking", "both"},  # healing: no row asks for it
    "allergy": {"other", "none"},  # named in words, matched with term_factors.csv
    "anticoag": {"none"},
    "autoimmune": {"none"},
    "brittle": {"yes"},  # a cause to look for
    "cancer": {"none"},
    "anaesthetic": {"no", "palpitation"},  # the adrenaline in it, no allergy
    "contraception": {"reliable", "sterilised", "postmenopausal", "no uterus", "no sex with men"},
    "diabetes": {"no"},
    "diet": {"balanced", "unbalanced", "recent weight loss", "restrictive"},  # cause-diet
    "dry": {"yes"},  # looked at, then recorded by the clinician
    "family": {"yes"},
    "heart": {"none"},
    "hormonal": {"PCOS", "menopause", "postpartum", "androgens", "none"},  # cause-hormonal
    "insurance": {"self", "insurance", "plan"},
    "kidney": {"none"},
    "pattern": {"frontal", "temples", "midscalp", "vertex", "occipital", "diffuse", "patches"},
    "pregnant": {"none"},
    "previous": {"mesotherapy", "PRP", "filler", "none"},  # intervals, from the date
    "scalp-disease": {"none"},
    "stress": {"no", "yes"},  # cause-stress
}


def test_every_answer_means_a_factor_or_is_known_to_mean_none(catalogue):
    mapped = {(row.question, row.answer) for row in catalogue.answer_factors}
    left = {}
    for question in catalogue.questions:
        answers = set(question.options)
        if question.answer_type.startswith("yes-no"):
            answers |= {"yes"}
        without = {answer for answer in answers if (question.code, answer) not in mapped}
        if without:
            left[question.code] = without

    assert left == WITHOUT_A_FACTOR
    assert sorted(pair for pair in mapped if pair[1][0] in "<>") == [
        ("age", "<18"),
        ("dandruff", ">=4"),
        ("despair", ">=3"),
        ("needle", ">=7"),
    ]


def test_the_errors_of_the_catalogue_as_first_shipped_are_corrected(catalogue):
    """A pooled odds ratio whose interval holds 1 is no strong support; a journal's year goes with its volume."""
    support = {(row.condition, row.ingredient): row.support for row in catalogue.indications}
    [citation] = [source.citation for source in catalogue.sources if source.key == "HA23"]

    assert support["female-pattern", "prp"] == 2
    assert "2024;13(22):6878" in citation
