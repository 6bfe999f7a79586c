"""Which version of safety texts was read, and which language is sent."""

import pytest

from patients.rules.safety_texts import (
    SafetyText,
    check_texts_are_those_seen,
    first_language_read_or_none,
    not_read_text,
    version_of_texts,
)

TEXTS = [SafetyText("Fever", "Ateş"), SafetyText("Hives", "Kurdeşen")]


def test_the_same_texts_are_the_same_version():
    assert version_of_texts(TEXTS) == version_of_texts(
        [SafetyText("Fever", "Ateş"), SafetyText("Hives", "Kurdeşen")]
    )


@pytest.mark.parametrize(
    "changed",
    [
        [SafetyText("Fever", "Ates"), TEXTS[1]],
        [SafetyText("Fever or chills", "Ateş"), TEXTS[1]],
        TEXTS[::-1],
        TEXTS[:1],
        [SafetyText("FeverAteş", ""), TEXTS[1]],
    ],
)
def test_a_changed_text_in_either_language_is_another_version(changed):
    assert version_of_texts(changed) != version_of_texts(TEXTS)


@pytest.mark.parametrize(
    ("wanted", "read", "language"),
    [
        (("tr", "en"), {"tr", "en"}, "tr"),
        (("tr", "en"), {"en", "fr"}, "en"),
        (("tr", "en"), {"fr"}, None),
        (("en", "en"), set(), None),
    ],
)
def test_the_patients_language_goes_before_the_clinics_and_one_that_nobody_has_read_is_not_sent(
    wanted, read, language
):
    assert first_language_read_or_none(wanted, read) == language


def test_texts_that_changed_since_the_page_was_opened_are_not_signed():
    assert check_texts_are_those_seen("a", "a") is None
    assert check_texts_are_those_seen("a", "b").code == "safety-texts:changed"


def test_the_desk_is_told_each_language_once_and_to_ring():
    assert not_read_text(["English", "English"]).endswith("the emergency texts in English. Ring the patient.")
    assert "German or English" in not_read_text(["German", "English"])
