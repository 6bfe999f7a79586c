"""Telephone numbers as people type them, and as they are kept. No Django here."""

from dataclasses import dataclass

import phonenumbers
from phonenumbers import CountryCodeSource, ValidationResult

from mesoclinic.core.findings import Finding, block


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as it is kept: international where it could be read, else just as it was typed."""

    kept: str
    is_read: bool


def read_phone(typed: str, country: str = "") -> Phone:
    """``typed`` as dialled from ``country`` (ISO 3166), or from anywhere when it starts with a +.

    Nothing is ever lost: what cannot be read ("ask for Ana, ext. 12") is kept as it stands, and so is a number
    with a leading 0 that ``country`` does not have.

    >>> read_phone("06 12 34 56 78", "FR")
    Phone(kept='+33 6 12 34 56 78', is_read=True)
    >>> read_phone("0044 20 7946 0958", "US")
    Phone(kept='+44 20 7946 0958', is_read=True)
    >>> read_phone("555-0103", "US")
    Phone(kept='555-0103', is_read=False)
    >>> read_phone("06 12 34 56 78", "US")
    Phone(kept='06 12 34 56 78', is_read=False)
    """
    text = " ".join(typed.split())
    if not text:
        return Phone("", True)
    number = _possible_phone_or_none(text, country)
    # The 0 of another country's number is never written behind this country's code.
    if number is None or (number.italian_leading_zero and _is_in_no_numbering_plan(number)):
        return Phone(text, False)
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL), True)


def dialable_or_none(kept: str) -> str | None:
    """The digits to dial from anywhere, where ``kept`` is a number that an exchange could connect.

    A text goes only there, and only there leads a link; what else stands in the field is a note.

    >>> dialable_or_none("+33 6 12 34 56 78")
    '+33612345678'
    >>> dialable_or_none("ask her sister 0612") is dialable_or_none("555-0103") is None
    True
    """
    number = _possible_phone_or_none(kept, "") if kept.lstrip().startswith("+") else None
    if number is None:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def check_phone_in_country_numbering_plan(typed: str, country: str, where: str) -> list[Finding]:
    """Refuses digits that make a number of the right length, but none that ``country`` has."""
    number = _possible_phone_or_none(" ".join(typed.split()), country)
    if number is None or not _is_in_no_numbering_plan(number):
        return []
    message = (
        "This is no telephone number of the clinic's country. Correct it; a number of another country"
        " starts with + and that country's code, like +33 6 12 34 56 78."
    )
    return [block(f"phone-country:{where}", message, fixed=True, where=where)]


def _possible_phone_or_none(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    """A number that has a length which an exchange could connect, and no words beside it."""
    # 00 is how most of the world dials abroad; no country's own number begins so.
    written = f"+{text[2:]}" if text.startswith("00") else text
    try:
        number = phonenumbers.parse(written, country or None, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None
    # A number of a town without its area code (555-0103) is possible only there: behind a country's code nobody answers.
    whole = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return number if whole and not _holds_words(text) else None


def _is_in_no_numbering_plan(number: phonenumbers.PhoneNumber) -> bool:
    """Typed without its country's code, and not in the numbering plan of the country it was taken for.

    With a + in front it is believed: new area codes come faster than the table of them.
    """
    with_code = (CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN, CountryCodeSource.FROM_NUMBER_WITH_IDD)
    return number.country_code_source not in with_code and not phonenumbers.is_valid_number(number)


def _holds_words(text: str) -> bool:
    """“or 0612… (her sister)” holds more than a number: rewriting it would drop the words."""
    return any(character.isalpha() for character in text)
