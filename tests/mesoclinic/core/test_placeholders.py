"""Texts with places to fill: what is refused with words, and how they are filled."""

import pytest

from mesoclinic.core.languages import plural_form_of, plural_forms_of
from mesoclinic.core.placeholders import Expected, check_placeholders, fill_placeholders, sms_parts

EXPECTED = Expected(known=("clinic", "link", "days"), required=("link",), counted=("days",), plural_forms=2)


def codes(text, expected=EXPECTED):
    return [each.code for each in check_placeholders(text, expected, where="body", language="French")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{link}", []),
        ("{clinic}: {link}, {days} {days|# day|# days}", []),
        ("Hello {name}, {link}", ["text:unknown:name"]),
        ("Hello {Clinic}, {link}", ["text:unknown:Clinic"]),
        ("{link.key} {link}", ["text:unknown:link.key"]),
        ("{} {link}", ["text:unknown:"]),
        ("Hello", ["text:missing:link"]),
        ("{link} {days|# day}", ["text:plural:days"]),
        ("{link} {days|a|b|c}", ["text:plural:days"]),
        ("{link} {days|# day| }", ["text:plural:days"]),
        ("{link} {clinic|a|b}", ["text:not-counted:clinic"]),
        ("{link} {", ["text:brace"]),
        ("{{link}}", ["text:brace"]),
        ("{a} {a} {b}", ["text:unknown:a", "text:unknown:b", "text:missing:link"]),
    ],
)
def test_what_is_wrong_with_a_text(text, found):
    assert codes(text) == found


def test_a_wrong_plural_says_how_many_forms_its_language_has():
    expected = Expected(known=("days",), counted=("days",), plural_forms=6)

    (found,) = check_placeholders("{days|# d|# ds}", expected, where="body", language="Arabic")

    assert found.message == (
        "A plural in Arabic has 6 forms, and {days} has 2. "
        "Write {days|# …|# …|# …|# …|# …|# …}; # is the number."
    )


def test_an_unknown_place_says_what_is_known():
    (found,) = check_placeholders("{name} {link}", EXPECTED, where="body", language="French")

    assert found.message == "{name} is not known here. It may say {clinic}, {link}, {days}."


@pytest.mark.parametrize(
    ("language", "forms", "first"),
    [("en", 2, [1, 0, 1]), ("fr", 2, [0, 0, 1]), ("tr", 1, [0, 0, 0]), ("ar", 6, [0, 1, 2])],
)
def test_every_language_has_the_plurals_of_its_catalogue(language, forms, first):
    assert plural_forms_of(language) == forms
    assert [plural_form_of(language, number) for number in (0, 1, 2)] == first


def test_a_number_takes_the_form_of_its_language():
    text = "{days|لا أيام|يوم واحد|يومان|# أيام|# يومًا|# يوم}"

    said = [
        fill_placeholders(text, {"days": n}, lambda number: plural_form_of("ar", number)) for n in (1, 2, 5)
    ]

    assert said == ["يوم واحد", "يومان", "5 أيام"]


def test_a_paragraph_without_anything_to_say_is_left_out_and_values_are_not_read_again():
    text = "Hello,\n\nCall {phone}.\n\n{clinic}"

    said = fill_placeholders(text, {"phone": "", "clinic": "{phone} & Co"}, lambda number: 0)

    assert said == "Hello,\n\n{phone} & Co"


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("ن" * 70, 1), ("ن" * 71, 2), ("", 1)],
)
def test_how_many_text_messages_a_text_takes(text, parts):
    assert sms_parts(text) == parts
