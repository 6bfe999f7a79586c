"""Amounts in words, in one style: that of the clinic where the request runs. No Django here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal

from mesoclinic.core.money_input import NumberStyle
from mesoclinic.core.quantities import currency_digits, round_money

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "TRY": "₺",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "ILS": "₪",
    "UAH": "₴",
    "PLN": "zł",
    "VND": "₫",
}

_style: ContextVar[NumberStyle | None] = ContextVar("number_style", default=None)


def current_number_style_or_none() -> NumberStyle | None:
    """How numbers are written here and now; None where no clinic says so (a paper in another language)."""
    return _style.get()


@contextmanager
def use_number_style(style: NumberStyle | None) -> Iterator[None]:
    """Numbers are written so until the end of the block."""
    token = _style.set(style)
    try:
        yield
    finally:
        _style.reset(token)


def number_in_style(number: Decimal, style: NumberStyle) -> str:
    """With its decimals as they are, in groups of three: 1.234,56."""
    text = f"{number:,f}"
    group = NBSP if style.group == " " else style.group
    return text.replace(",", "\0").replace(".", style.decimal).replace("\0", group).replace("-", MINUS)


def money_text(amount: Decimal, currency: str, *, short: bool = False) -> str:
    """``$1,890.00``, ``1.890,00 €``, ``¥64,000``; ``short`` drops the decimals of a whole amount."""
    style = current_number_style_or_none() or NumberStyle()
    rounded = round_money(amount, currency)
    digits = 0 if short and rounded == rounded.to_integral_value() else currency_digits(currency)
    number = number_in_style(abs(rounded).quantize(Decimal(1).scaleb(-digits)), style)
    return with_currency_sign(number, currency, is_negative=rounded < 0, sign_first=style.decimal == ".")


def with_currency_sign(number: str, currency: str, *, is_negative: bool, sign_first: bool) -> str:
    """A written amount with its currency's sign, before it or after it as people there write it."""
    minus, symbol = MINUS if is_negative else "", SYMBOLS.get(currency)
    if symbol is None:
        return f"{minus}{currency}{NBSP}{number}"
    return f"{minus}{symbol}{number}" if sign_first else f"{minus}{number}{NBSP}{symbol}"
