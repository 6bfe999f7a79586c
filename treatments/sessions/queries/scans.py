"""Which lot a scanned code means: a GS1 code from the vial, or the lot number as printed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from mesoclinic.accounts.models import Clinic
from treatments.catalogue.barcodes import LONGEST_SCAN, NO_CODE, Scan, possible_scans
from treatments.catalogue.models import Product
from treatments.catalogue.queries.products import products_by_gtin
from treatments.sessions.rules.scans import LotFact, ProductFact, vial_mismatch_text_or_empty
from treatments.stock.models import Lot
from treatments.stock.queries import lot_as_choice
from treatments.stock.rules.lots import check_lot_choice_usable


@dataclass(frozen=True, slots=True)
class Scanned:
    """The lot a code means; or a message that says why it is none and what to do."""

    lot: Lot | None = None
    message: str = ""


def scanned_lot_or_message(
    text: str, lots: Mapping[int, Iterable[Lot]], *, clinic: Clinic, on: date, at: datetime
) -> Scanned:
    """The one of ``lots`` (by product, those that may be drawn) that ``text`` names. At most three queries.

    A lot number is compared without regard to case. A code is compared whole: its GTIN, lot and expiry must all
    agree with the record. Where the scanner left the separators out, the lots on record say where a number ends.
    """
    text = text.strip()[:LONGEST_SCAN]
    if not text:
        return Scanned(message="Scan the vial, or type the lot number printed on it.")
    offered = [lot for of_product in lots.values() for lot in of_product]
    # A number that happens to begin like a code (“10ABC”) is first taken as it is printed.
    if named := [lot for lot in offered if _has_lot_number(lot, text)]:
        return _only_lot_or_message(named, text)
    scans = possible_scans(text)
    numbers = Q(number__iexact=text)
    for scan in scans:
        if scan.lot:
            numbers |= Q(number__iexact=scan.lot)
    on_record = list(Lot.objects.of_clinic(clinic).filter(numbers).select_related("product").order_by("pk"))
    if printed := [lot for lot in on_record if _has_lot_number(lot, text)]:
        return _message_of_refused_lot(printed[0], lots, on, at)
    product = products_by_gtin([scans[0].gtin]).get(scans[0].gtin)
    if not any(scan.lot for scan in scans):
        return _message_of_code_without_lot(scans[0], text, product)
    return _lot_agreeing_with_code_or_message(scans, on_record, offered, lots, product, on, at)


def _lot_agreeing_with_code_or_message(
    scans: Sequence[Scan],
    on_record: Sequence[Lot],
    offered: Sequence[Lot],
    lots: Mapping[int, Iterable[Lot]],
    product: Product | None,
    on: date,
    at: datetime,
) -> Scanned:
    """The lot that agrees with the code in everything; else which vial this is."""
    of_gtin = ProductFact(product.pk, product.name) if product else None
    usable = {lot.pk for lot in offered}
    agreeing: dict[int, Lot] = {}
    refused: list[tuple[bool, str]] = []
    for scan in scans:
        for lot in on_record:
            if not _has_lot_number(lot, scan.lot):
                continue
            fact = LotFact(lot.number, lot.product_id, lot.product.name, lot.expires_on)
            if why := vial_mismatch_text_or_empty(scan, fact, product_of_gtin=of_gtin, on=on):
                refused.append((of_gtin is not None and of_gtin.product_id != lot.product_id, why))
            else:
                agreeing[lot.pk] = lot
    if here := [lot for pk, lot in agreeing.items() if pk in usable]:
        return _only_lot_or_message(here, here[0].number)
    if agreeing:
        return _message_of_refused_lot(next(iter(agreeing.values())), lots, on, at)
    if refused:
        return Scanned(message=min(refused)[1])
    said = " or ".join(dict.fromkeys(scan.lot for scan in scans))
    return Scanned(message=_not_on_shelf_text(f"{said} of {product.name}" if product else said))


def _message_of_code_without_lot(scan: Scan, text: str, product: Product | None) -> Scanned:
    if scan.problem == NO_CODE:
        return Scanned(message=_not_on_shelf_text(text))
    if scan.problem:
        return Scanned(message=scan.problem.replace("type the line", "type the lot number"))
    said = product.name if product else f"GTIN {scan.gtin}"
    return Scanned(message=f"The code says {said} but no lot. Type the lot number printed on the vial.")


def _message_of_refused_lot(lot: Lot, lots: Mapping[int, Iterable[Lot]], on: date, at: datetime) -> Scanned:
    """Why a lot that is on record may not be drawn now."""
    if lot.product_id not in lots:
        return Scanned(
            message=f"Lot {lot.number} is {lot.product.name}: not in this syringe. Take the vial away."
        )
    refused = check_lot_choice_usable(lot_as_choice(lot), on, at)
    return Scanned(message=refused.message if refused else f"Lot {lot.number} is empty. Take another.")


def _only_lot_or_message(named: Sequence[Lot], number: str) -> Scanned:
    if len(named) == 1:
        return Scanned(named[0])
    return Scanned(
        message=f"{number} is the number of more than one product here. Choose the lot in its list."
    )


def _not_on_shelf_text(number: str) -> str:
    return f"No lot {number} is on the shelf here. Read the vial again, or receive the lot first."


def _has_lot_number(lot: Lot, number: str) -> bool:
    return lot.number.casefold() == number.casefold()
