"""Whether the code on a vial agrees with the record of a lot: trade item, lot and expiry, all of them. No Django."""

from dataclasses import dataclass
from datetime import date

from mesoclinic.core.wording import day_text
from treatments.catalogue.barcodes import Scan


@dataclass(frozen=True, slots=True)
class LotFact:
    """A lot as it is on record."""

    number: str
    product_id: int
    product: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class ProductFact:
    """The product that is known to have the GTIN of a code."""

    product_id: int
    product: str


def vial_mismatch_text_or_empty(
    scan: Scan, lot: LotFact, *, product_of_gtin: ProductFact | None, on: date
) -> str:
    """Which vial this is and why it is not ``lot``; empty where all that the code says agrees with the record.

    ``on`` is the clinic's day: what the code itself says has expired is never taken. A GTIN that nobody has
    connected with a product cannot be compared: it does not agree.
    """
    named = f"lot {lot.number} of {lot.product}"
    if scan.expires_on and scan.expires_on < on:
        return (
            f"The code on this vial says it expired on {day_text(scan.expires_on)}. "
            "Put the vial aside and take another."
        )
    if scan.gtin and product_of_gtin is None:
        return (
            f"The code says GTIN {scan.gtin}, which no product here is known by, so it cannot be compared with "
            f"{named}. Read the name on the vial: if it is {lot.product}, type the lot number."
        )
    if scan.gtin and product_of_gtin and product_of_gtin.product_id != lot.product_id:
        return (
            f"This vial is {product_of_gtin.product}, lot {scan.lot}: its GTIN says so. It is not {named}. "
            "Take the vial away."
        )
    if scan.expires_on and scan.expires_on != lot.expires_on:
        return (
            f"This vial says lot {scan.lot}, expires {day_text(scan.expires_on)}; on record {named} expires "
            f"{day_text(lot.expires_on)}. It is another vial, or the record is wrong: put it aside and tell "
            "whoever keeps the stock."
        )
    return ""
