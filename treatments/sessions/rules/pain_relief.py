"""What was done against the pain, and what of it counts as a dose. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, warn
from mesoclinic.core.quantities import ZERO


class Relief(StrEnum):
    """docs/clinical.md §8."""

    ICE = "ice"
    VIBRATION = "vibration"
    CREAM = "cream"
    NERVE_BLOCK = "nerve_block"
    COOLING_SPRAY = "cooling_spray"


#: What is in these may count toward the limit of lidocaine.
WITH_LIDOCAINE = (Relief.CREAM, Relief.NERVE_BLOCK)
#: More than any syringe or tube holds.
LARGEST_MG = Decimal(2000)


@dataclass(frozen=True, slots=True)
class ReliefFact:
    """``lidocaine_mg`` is None where nobody has said; 0 says there was none in it."""

    method: str
    lidocaine_mg: Decimal | None = None

    @property
    def method_text(self) -> str:
        """“nerve block”."""
        return self.method.replace("_", " ")


def lidocaine_mg_in_pain_relief(relief: Sequence[ReliefFact]) -> Decimal:
    """mg of lidocaine given outside the syringe, for the limit it shares with the syringe's."""
    return sum((each.lidocaine_mg or ZERO for each in relief), ZERO)


def check_relief(relief: Sequence[ReliefFact]) -> list[Finding]:
    """A block or a cream says how much lidocaine was in it, so that the limit can be checked at all."""
    found = []
    for each in relief:
        mg, where = each.lidocaine_mg, "pain"
        if each.method not in set(Relief):
            message = "This relief is not on the list. Choose one that is."
            found.append(block(f"relief:{each.method}", message, fixed=True, where=where))
            continue
        named = each.method_text
        if each.method not in WITH_LIDOCAINE:
            if mg:
                message = f"There is no lidocaine in {named}. Empty its mg."
                found.append(block(f"relief-mg:{each.method}", message, fixed=True, where=where))
        elif mg is None:
            message = (
                f"How many mg of lidocaine were in the {named}? It counts toward the limit of lidocaine. "
                "Type it, 0 where there was none, or say why it is not known."
            )
            found.append(warn(f"relief-mg:{each.method}", message, where=where, source="docs/clinical.md §8"))
        elif not 0 <= mg <= LARGEST_MG:
            message = f"Lidocaine in the {named}: type between 0 and {LARGEST_MG} mg."
            found.append(block(f"relief-mg:{each.method}", message, fixed=True, where=where))
    return found
