"""Card numbers are never taken: finding one in what somebody typed. No Django here.

Thirteen to nineteen digits, spaces or dashes between them, that pass the check every card number passes
(Luhn, ISO/IEC 7812-1). A transfer's IBAN holds letters and longer groups; a receipt's number is shorter.
"""

import re
from collections.abc import Iterator

FEWEST, MOST = 13, 19
_RUN = re.compile(r"(?<![^\W_])\d(?:[ .\-]?\d){12,}(?![^\W_])")

REFUSAL = (
    "This looks like a card number. Card numbers are never kept here: take it out, "
    "and write the last four digits or the terminal's slip number."
)


def holds_card_number(text: str) -> bool:
    """Whether a card number stands in ``text``."""
    return any(passes_luhn(digits) for digits in _digit_runs_not_too_long(text))


def _digit_runs_not_too_long(text: str) -> Iterator[str]:
    # Digits of any script, as somebody may type them on an Arabic keyboard.
    plain = "".join(str(int(c)) if c.isdecimal() else c for c in text)
    for found in _RUN.finditer(plain):
        digits = re.sub(r"\D", "", found[0])
        if len(digits) <= MOST:
            yield digits


def passes_luhn(digits: str) -> bool:
    """Every second digit from the right doubled, their digits summed: a multiple of ten."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        n = int(digit) * (2 if at % 2 else 1)
        total += n - 9 if n > 9 else n
    return total % 10 == 0 and any(digit != "0" for digit in digits)
