"""What a leaflet says of an ingredient: plain words, no promise, and off-label said plainly."""

import pytest

from tests.treatments.cocktails.test_golden import FOLDER, RULEBOOK, SUBSTANCES, rows_of
from treatments.cocktails.rules.education import explain_substance_for_leaflet

REGULATORY = {row["code"]: row["regulatory_status"] for row in rows_of("ingredients.csv")}


def explained(code):
    return explain_substance_for_leaflet(SUBSTANCES[code], RULEBOOK, regulatory=REGULATORY[code])


def test_support_is_said_by_grade_and_contested_claims_as_contested():
    biotin = explained("biotin")

    assert biotin.sentences == (
        "It is used from experience for dry scabbed hair and extreme thinning; no good trial has shown that it works.",
    )
    assert biotin.contested == (
        "Contested for alopecia areata, androgenetic alopecia, brittle hair, dandruff hair loss, female pattern, "
        "sebaceous overproduction and telogen effluvium: sources found no benefit, or disagree."
    )


def test_a_trial_is_called_a_trial():
    assert explained("minoxidil").sentences[0] == "Controlled trials tested it for female pattern."


@pytest.mark.parametrize(
    ("code", "begins"),
    [
        ("minoxidil", "OFF-LABEL: it is not licensed for injection into the scalp."),
        ("dutasteride", "OFF-LABEL: it is not licensed for injection into the scalp."),
        ("acetyl-tetrapeptide-3", "NOT LICENSED FOR INJECTION: it is known as a cosmetic"),
        ("biotin", "NOT LICENSED: no authority"),
        ("saline-09", ""),
    ],
)
def test_off_label_is_said_plainly(code, begins):
    said = explained(code).off_label

    assert said.startswith(begins)
    assert bool(said) == bool(begins)


def test_every_active_of_the_data_says_something_of_its_licence_and_its_use():
    actives = [s for s in SUBSTANCES.values() if s.is_active]
    told = [explain_substance_for_leaflet(s, RULEBOOK, regulatory=REGULATORY[s.code]) for s in actives]

    assert len(actives) > 35
    assert [e.name for e in told if not e.off_label] == []
    assert [e.name for e in told if not (e.sentences or e.contested)] == []


def test_what_to_tell_before_treatment_comes_from_the_contraindications():
    labels = {
        row["patient_factor"].rstrip(".")
        for row in rows_of("contraindications.csv")
        if row["ingredient_or_treatment"] == "minoxidil"
    }

    assert set(explained("minoxidil").tell_us) == labels
    assert FOLDER.is_dir()


@pytest.mark.parametrize("code", ["saline-09", "lidocaine", "sodium-bicarbonate"])
def test_what_is_no_active_says_what_it_is_there_for(code):
    assert len(explained(code).sentences) == 1


@pytest.mark.parametrize(
    ("code", "said", "never"),
    [
        ("dexpanthenol", "Your bowel is blocked", "ileus"),
        ("biotin", "A blood test is planned in the next days", "due"),
    ],
)
def test_a_patient_is_asked_in_words_of_their_own(code, said, never):
    told = explained(code).tell_us

    assert said in told
    assert not [label for label in told if never in label.casefold().split()]
