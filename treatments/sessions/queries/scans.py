"""Which lot a scanned code means: a GS1 element string from the vial, or the lot number as printed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import biip
from biip.gs1_messages import GS1Message

from mesoclinic.accounts.models import Clinic
from treatments.stock.models import Lot
from treatments.stock.queries import lot_as_choice
from treatments.stock.rules.lots import check_lot_choice_usable

MOST = 120


@dataclass(frozen=True, slots=True)
class Read:
    """What stands in a code: the lot number (AI 10) and the trade item (AI 01), where it says them."""

    number: str
    gtin: str = ""


@dataclass(frozen=True, slots=True)
class Scanned:
    """The lot a code means; or a message that says why it is none and what to do."""

    lot: Lot | None = None
    message: str = ""


def parse_scanned_code(text: str) -> Read:
    """A code as a scanner types it, with or without its symbology prefix, or as a person reads it."""
    text = text.strip()[:MOST]
    parsed = biip.parse(text)
    message = parsed.gs1_message
    if message is None and text.startswith("("):
        try:
            message = GS1Message.parse_hri(text)
        except biip.ParseError:
            message = None
    if message is not None:
        number = message.element_strings.get(ai="10")
        gtin = message.element_strings.get(ai="01")
        if number is not None:
            return Read(number.value, gtin.value if gtin is not None else "")
    return Read(text)


def lot_named_by_code(
    text: str, lots: Mapping[int, Iterable[Lot]], *, clinic: Clinic, on: date, at: datetime
) -> Scanned:
    """The one of ``lots`` (by product, those that may be drawn) that ``text`` names. One query where it is none.

    A lot number is compared without regard to case; where the code names the trade item and the product has
    one, both must agree: two makers may use the same number.
    """
    text = text.strip()[:MOST]
    if not text:
        return Scanned(message="Scan the vial, or type the lot number printed on it.")
    offered = [lot for of_product in lots.values() for lot in of_product]
    # A number that happens to begin like a code (“10ABC”) is first taken as it is printed.
    read = Read(text)
    named = [lot for lot in offered if _lot_matches_code(lot, read)]
    if not named:
        read = parse_scanned_code(text)
        named = [lot for lot in offered if _lot_matches_code(lot, read)]
    if len(named) == 1:
        return Scanned(named[0])
    if named:
        return Scanned(
            message=f"{read.number} is the number of more than one product here. Choose the lot in its list."
        )
    known = Lot.objects.of_clinic(clinic).filter(number__iexact=read.number).select_related("product")
    lot = next((each for each in known.order_by("pk") if _lot_matches_code(each, read)), None)
    if lot is None:
        return Scanned(
            message=f"No lot {read.number} is on the shelf here. Read the vial again, or receive the lot first."
        )
    if lot.product_id not in lots:
        return Scanned(
            message=f"Lot {lot.number} is {lot.product.name}: not in this syringe. Take the vial away."
        )
    refused = check_lot_choice_usable(lot_as_choice(lot), on, at)
    return Scanned(message=refused.message if refused else f"Lot {lot.number} is empty. Take another.")


def _lot_matches_code(lot: Lot, read: Read) -> bool:
    """Whether number and, where both are known, trade item number agree."""
    if lot.number.casefold() != read.number.casefold():
        return False
    gtin = lot.product.gtin
    return not (gtin and read.gtin) or gtin.zfill(14) == read.gtin.zfill(14)
