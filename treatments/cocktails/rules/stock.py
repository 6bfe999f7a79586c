"""Whether the shelf holds what the mix needs, and for how long. No Django here."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from mesoclinic.core.findings import Finding, warn
from mesoclinic.core.quantities import ZERO
from treatments.cocktails.rules.arithmetic import measurable_ml_or_none
from treatments.cocktails.rules.mix import Line, Mix, Stock
from treatments.cocktails.rules.wording import SHELF, ml_text, number_and_noun_text

EXPIRES_SOON_DAYS = 30


def check_mix_stock_usable_and_enough(mix: Mix, today: date) -> Iterable[Finding]:
    """Only warnings: a cocktail is signed days before it is drawn. Signing a session refuses."""
    for code in sorted({line.product_code for line in mix.lines}):
        lines = [line for line in mix.lines if line.product_code == code]
        lots = {lot.lot_number: lot for line in lines for lot in line.stock or ()}
        if any(line.stock is not None for line in lines):
            yield from _check_product_stock_usable_and_enough(
                lines, sorted(lots.values(), key=_expiry_sort_key), mix.sessions, today
            )


def _expiry_sort_key(lot: Stock) -> tuple[date, str]:
    return lot.expires_on or date.max, lot.lot_number


def _check_product_stock_usable_and_enough(
    lines: list[Line], lots: list[Stock], sessions: int, today: date
) -> Iterable[Finding]:
    line = lines[0]
    code = f"stock:{line.product_code}"
    planned = sum((measurable_ml_or_none(each) or ZERO for each in lines), ZERO) * sessions
    usable = [lot for lot in lots if lot.can_be_drawn(today)]
    if not usable:
        yield warn(
            code,
            f"{line.product_name}: no usable lot{_why_no_usable_lot_or_empty(lots, today)}. Receive stock before the session, "
            f"or choose another product.",
            where=line.place_on_page,
            source=SHELF,
            basis="stated",
        )
        return
    available = sum((lot.available_ml for lot in usable), ZERO)
    if available < planned:
        yield warn(
            code,
            _shortage_text(line, available, planned, sessions),
            where=line.place_on_page,
            source=SHELF,
            basis="stated",
        )
    first = usable[0]
    if first.expires_on is not None and (first.expires_on - today).days <= EXPIRES_SOON_DAYS:
        yield _expiring_lot_warning(line, first, (first.expires_on - today).days)


def _why_no_usable_lot_or_empty(lots: list[Stock], today: date) -> str:
    if any(lot.expires_on is not None and lot.expires_on < today for lot in lots):
        return " (what is there has expired)"
    return " (what is there is empty or set aside)" if lots else ""


def _shortage_text(line: Line, available: Decimal, planned: Decimal, sessions: int) -> str:
    over = f" over {number_and_noun_text(sessions, 'session')}" if sessions > 1 else ""
    return (
        f"{line.product_name}: {ml_text(available)} in stock, {ml_text(planned)} planned{over}. "
        f"Order more, or plan less."
    )


def _expiring_lot_warning(line: Line, lot: Stock, days: int) -> Finding:
    when = "today" if days == 0 else f"in {number_and_noun_text(days, 'day')}"
    return warn(
        f"expiry:{line.product_code}:{lot.lot_number}",
        f"{line.product_name} lot {lot.lot_number} expires {when}. Use it first, or discard it.",
        where=line.place_on_page,
        source=SHELF,
        basis="stated",
    )
