"""Reading an amount of money the way a clinic writes it, and refusing what could be two amounts. No Django here."""

import re
from dataclasses import dataclass
from decimal import Decimal

from mesoclinic.core.quantities import currency_digits, round_money

#: What stands between thousands besides a dot or a comma: spaces of every width, an apostrophe.
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'\u2019]")
_MOST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a clinic writes numbers: ``1,234.56`` is (".", ","), ``1.234,56`` (",", "."), ``1 234,56`` (",", " ")."""

    decimal: str = "."
    group: str = ","

    def ungrouped_amount_text(self, amount: Decimal, currency: str = "USD") -> str:
        """For an input: grouped by nothing, so that it reads back as the same amount anywhere here."""
        digits = currency_digits(currency)
        text = f"{amount:.{digits}f}"
        return text.replace(".", self.decimal)

    def example_amount(self, currency: str = "USD") -> str:
        digits = currency_digits(currency)
        return f"1{self.group}234{self.decimal}{'567'[:digits]}" if digits else f"1{self.group}234"


def read_amount(text: str, style: NumberStyle = NumberStyle(), currency: str = "USD") -> Decimal:
    """The amount in ``text``. ValueError, worded for the field, where it is none or could be two.

    Here ``1,234`` is one thousand two hundred and thirty-four, because that is how this clinic writes
    it; ``1.234`` is refused in dollars (three decimals there are not), and ``1.234,56`` is refused with
    what to type instead. In a currency with three decimals ``1,234`` could be either, and is refused.
    """
    typed = text.strip()
    digits = currency_digits(currency)
    example = style.example_amount(currency)
    sign = ""
    bare = typed
    if bare[:1] in "-\N{MINUS SIGN}+" and bare:
        sign, bare = ("" if bare[0] == "+" else "-"), bare[1:].strip()
    spaced = re.search(r"\d[\s\u00a0\u202f\u2009'\u2019]\d", bare)
    if spaced and not re.match(r"[1-9]\d{0,2}(?:[\s\u00a0\u202f\u2009'\u2019]\d{3})+(?![\d\s])", bare):
        raise ValueError(f"Type an amount like {example}, without a gap in it.")
    bare = _SPACES.sub("", bare)
    # Digits of any script: an Arabic keyboard writes its own.
    bare = "".join(str(int(c)) if c.isdecimal() else c for c in bare)
    bare = bare.replace("\N{ARABIC DECIMAL SEPARATOR}", style.decimal).replace(
        "\N{ARABIC THOUSANDS SEPARATOR}", ""
    )
    if not re.fullmatch(r"[\d.,]*\d[\d.,]*", bare):
        raise ValueError(f"Type an amount like {example}.")
    if len(re.sub(r"\D", "", bare)) > _MOST_DIGITS:
        raise ValueError("That is more money than there is. Type the amount again.")
    group = style.group if style.group in ".," else ""
    whole, mark, fraction = bare.partition(style.decimal)
    if group and group in fraction or style.decimal in fraction:
        raise ValueError(_wrong_style_text(bare, style, currency))
    if group and group in whole:
        if not re.fullmatch(rf"[1-9]\d{{0,2}}(?:{re.escape(group)}\d{{3}})+", whole):
            raise ValueError(_wrong_style_text(bare, style, currency))
        if digits == 3 and not mark and whole.count(group) == 1:
            plain = whole.replace(group, "")
            raise ValueError(
                f"{typed} could be {plain} or {whole.replace(group, style.decimal)}. "
                f"Type {plain}{style.decimal}000, or {whole.replace(group, style.decimal)}."
            )
        whole = whole.replace(group, "")
    elif not group and re.search(r"[.,]", whole):
        raise ValueError(_wrong_style_text(bare, style, currency))
    if mark and not fraction:
        raise ValueError(f"Type an amount like {example}.")
    if len(fraction) > digits:
        raise ValueError(_too_many_decimals_text(typed, whole, fraction, style, currency))
    amount = Decimal(f"{sign}{whole or '0'}.{fraction or '0'}")
    return round_money(amount, currency)


def _wrong_style_text(bare: str, style: NumberStyle, currency: str) -> str:
    """Where only one amount can be meant it is named, in the clinic's own writing."""
    example = style.example_amount(currency)
    other = NumberStyle(*((",", ".") if style.decimal == "." else (".", ",")))
    try:
        meant = read_amount(bare, other, currency) if other != style else None
    except (ValueError, RecursionError):
        meant = None
    if meant is None or bare.count(".") + bare.count(",") == 0:
        return f"Amounts are written like {example} here. Type it so."
    return f"Amounts are written like {example} here. If you mean that, type {style.ungrouped_amount_text(meant, currency)}."


def _too_many_decimals_text(typed: str, whole: str, fraction: str, style: NumberStyle, currency: str) -> str:
    digits = currency_digits(currency)
    if len(fraction) == 3 and 0 < len(whole) <= 3 and whole != "0":
        return (
            f"{typed} could be {whole}{fraction}, or has a decimal too many for {currency}. "
            f"Type {whole}{fraction}, or the amount with {digits or 'no'} decimals."
        )
    return f"{currency} has {digits or 'no'} decimals. Type the amount with no more."
