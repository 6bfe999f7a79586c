"""Money, millilitres, milligrams and square centimetres: Decimal, rounded once, here. No Django here."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)

#: Minor units by ISO 4217 code; a currency not named here has two.
CURRENCY_DIGITS = {
    "JPY": 0,
    "KRW": 0,
    "VND": 0,
    "CLP": 0,
    "ISK": 0,
    "XAF": 0,
    "XOF": 0,
    "PYG": 0,
    "UGX": 0,
    "KWD": 3,
    "BHD": 3,
    "OMR": 3,
    "JOD": 3,
    "TND": 3,
    "LYD": 3,
    "IQD": 3,
}

#: A syringe is read to a hundredth of a millilitre, a scale to a thousandth of a milligram.
ML_STEP = Decimal("0.01")
MG_STEP = Decimal("0.001")


def currency_digits(currency: str) -> int:
    return CURRENCY_DIGITS.get(currency, 2)


def round_money(amount: Decimal, currency: str = "USD") -> Decimal:
    """Half up to the currency's smallest unit (docs/pricing.md, order of calculation)."""
    return amount.quantize(Decimal(1).scaleb(-currency_digits(currency)), rounding=ROUND_HALF_UP)


def round_ml(ml: Decimal) -> Decimal:
    return ml.quantize(ML_STEP, rounding=ROUND_HALF_UP)


def round_mg(mg: Decimal) -> Decimal:
    return mg.quantize(MG_STEP, rounding=ROUND_HALF_UP)


def split_money(total: Decimal, weights: Sequence[Decimal], currency: str = "USD") -> list[Decimal]:
    """``total`` shared in proportion to ``weights``, to the smallest unit, summing exactly.

    Largest remainder; ties go to the first. All weights zero shares evenly, the first taking the
    remainder: 1,000.00 in three is 333.34 + 333.33 + 333.33 (docs/pricing.md example 7).
    """
    if not weights:
        return []
    if any(w < 0 for w in weights):
        raise ValueError("weights must not be negative")
    if sum(weights) == 0:
        weights = [Decimal(1)] * len(weights)
    unit = Decimal(1).scaleb(-currency_digits(currency))
    units = int((total / unit).to_integral_value(rounding=ROUND_HALF_UP))
    sign, units = (-1, -units) if units < 0 else (1, units)
    whole = sum(weights)
    exact = [Decimal(units) * w / whole for w in weights]
    shares = [int(e) for e in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for i in by_remainder[: units - sum(shares)]:
        shares[i] += 1
    return [sign * share * unit for share in shares]


def percent_to_mg_per_ml(percent: Decimal) -> Decimal:
    """Weight in volume: 1 % is 10 mg/ml (docs/clinical.md §4, F12)."""
    return percent * 10


def mg_per_ml_to_percent(mg_per_ml: Decimal) -> Decimal:
    return mg_per_ml / 10


def dose_mg(ml: Decimal, mg_per_ml: Decimal) -> Decimal:
    """Concentration × volume (F10), not yet rounded: sum first, round once."""
    return ml * mg_per_ml


def diluted_mg_per_ml(mg_per_ml: Decimal, ml: Decimal, total_ml: Decimal) -> Decimal:
    """C2 = C1 × V1 / Vtotal, in mg/ml (F12). ``total_ml`` must be above zero."""
    if total_ml <= 0:
        raise ValueError("a mixture has a volume")
    return mg_per_ml * ml / total_ml


def amount_per_cm2_or_none(amount: Decimal, area_cm2: Decimal) -> Decimal | None:
    """``amount`` per cm², or None where no area is known."""
    return amount / area_cm2 if area_cm2 > 0 else None


def plain_number_text(value: Decimal) -> str:
    """A number as people write it: no exponent, no trailing zeros (``0.50`` → ``0.5``)."""
    text = format(value.normalize(), "f")
    return "0" if text in ("-0", "") else text


def decimal_of_text_or_none(text: str | None) -> Decimal | None:
    """A figure as a row in JSON brings it; None stays None."""
    return None if text is None else Decimal(text)
