"""A card number is found however it is typed; what is none stays."""

import pytest

from mesoclinic.core.card_numbers import holds_card_number, passes_luhn


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "paid with 5555 5555 5555 4444, thanks",
        "378282246310005",
        "6011000990139424.",
        "٤١١١١١١١١١١١١١١١",
        "(30569309025904)",
    ],
)
def test_a_card_number_is_found(text):
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "slip 004217",
        "4111 1111 1111 1112",
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
        "0000 0000 0000 0000",
        "ends in 1111",
        "41111111111111111111111",
        "2026-11-25 10:42",
    ],
)
def test_what_is_no_card_number_stays(text):
    assert not holds_card_number(text)


@pytest.mark.parametrize("at", range(16))
def test_one_wrong_digit_is_no_card_number(at):
    digits = "4111111111111111"
    wrong = digits[:at] + str((int(digits[at]) + 1) % 10) + digits[at + 1 :]

    assert passes_luhn(digits)
    assert not passes_luhn(wrong)
