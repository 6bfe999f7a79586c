"""A kit for the patient's own blood is bought, kept and counted whole; the ledger holds the ml it gives. No Django here."""

from decimal import Decimal

from mesoclinic.core.quantities import plain_number_text
from treatments.catalogue.rules import KIT


def kits_in_ml_or_none(ml: Decimal, presentation: str, container_ml: Decimal | None) -> Decimal | None:
    """How many kits ``ml`` are; None where the product is no kit."""
    return ml / container_ml if presentation == KIT and container_ml else None


def ml_of_kits(kits: Decimal, container_ml: Decimal) -> Decimal:
    """The ml that so many kits give; ``ValueError`` for a part of a kit."""
    if kits != kits.to_integral_value():
        raise ValueError("A kit is counted whole.")
    return kits * container_ml


def kits_text(ml: Decimal, container_ml: Decimal) -> str:
    """“9 kits”, “1 kit”; what is no whole number of kits is said as part of one."""
    kits = ml / container_ml
    if kits != kits.to_integral_value():
        return (
            f"{plain_number_text(ml)} ml of a kit"
            if abs(kits) < 1
            else f"{plain_number_text(kits.quantize(Decimal('0.1')))} kits"
        )
    return f"{int(kits)} kit{'' if abs(kits) == 1 else 's'}"
