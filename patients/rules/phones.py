"""Telephone numbers as people type them, and as they are kept. No Django here."""

from dataclasses import dataclass

import phonenumbers


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as it is kept: international where it could be read, else just as it was typed."""

    kept: str
    is_read: bool


def read_phone(typed: str, country: str = "") -> Phone:
    """``typed`` as dialled from ``country`` (ISO 3166), or from anywhere when it starts with a +.

    Nothing is ever lost: what cannot be read ("ask for Ana, ext. 12") is kept as it stands.

    >>> read_phone("06 12 34 56 78", "FR")
    Phone(kept='+33 6 12 34 56 78', is_read=True)
    """
    text = " ".join(typed.split())
    if not text:
        return Phone("", True)
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return Phone(text, False)
    # A number that no exchange could connect is not improved by rewriting it.
    if not phonenumbers.is_possible_number(number) or _has_words(text):
        return Phone(text, False)
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL), True)


def _has_words(text: str) -> bool:
    """“or 0612… (her sister)” holds more than a number: rewriting it would drop the words."""
    return any(character.isalpha() for character in text)
