"""What was done against the pain, and what of it counts as a dose. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, warn
from mesoclinic.core.quantities import ZERO, plain_number_text


class Relief(StrEnum):
    """docs/clinical.md §8."""

    ICE = "ice"
    VIBRATION = "vibration"
    CREAM = "cream"
    NERVE_BLOCK = "nerve_block"
    COOLING_SPRAY = "cooling_spray"


class CreamLabel(StrEnum):
    """Which anaesthetics the label of a cream lists, where somebody read it."""

    LIDOCAINE_PRILOCAINE = "lidocaine_prilocaine"
    OTHER = "other"


#: What is in these may count toward the limit of lidocaine.
WITH_LIDOCAINE = (Relief.CREAM, Relief.NERVE_BLOCK)
#: More than any syringe or tube holds.
LARGEST_MG = Decimal(2000)
LIDOCAINE_LABEL = (
    "[LIDOPF] Pfizer lidocaine/epinephrine dosage and administration "
    "<https://www.pfizermedicalinformation.com/lidocaine-hydrochloride/dosage-admin>"
)


#: Where on the page what is said about relief stands.
FIELD = "relief"

#: From more than this share of the limit on, an amount that nobody knows is no small matter.
_SHARE_KNOWN = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class ReliefFact:
    """``lidocaine_mg`` is None where nobody has said; 0 says there was none in it.

    ``label`` is what the label of a cream lists, empty where nobody read it. ``is_given``: somebody said, and signed
    for it, that it was given before the record spoke against it.
    """

    method: str
    lidocaine_mg: Decimal | None = None
    label: str = ""
    is_given: bool = False

    @property
    def method_text(self) -> str:
        """“nerve block”."""
        return self.method.replace("_", " ")


def lidocaine_mg_in_pain_relief(relief: Sequence[ReliefFact]) -> Decimal:
    """mg of lidocaine given outside the syringe, for the limit it shares with the syringe's."""
    return sum((each.lidocaine_mg or ZERO for each in relief), ZERO)


def check_relief_says_lidocaine_mg(
    relief: Sequence[ReliefFact], *, syringe_mg: Decimal = ZERO, limit_mg: Decimal | None = None
) -> list[Finding]:
    """A block or a cream says how much lidocaine was in it, so that the limit can be checked at all.

    ``syringe_mg`` is the lidocaine of the syringe, ``limit_mg`` the most a day takes, None where it is not known.
    """
    known = syringe_mg + lidocaine_mg_in_pain_relief(relief)
    found = []
    for each in relief:
        mg, where = each.lidocaine_mg, FIELD
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
            found.append(_unknown_mg_finding(each, known, limit_mg))
        elif not 0 <= mg <= LARGEST_MG:
            message = f"Lidocaine in the {named}: type between 0 and {LARGEST_MG} mg."
            found.append(block(f"relief-mg:{each.method}", message, fixed=True, where=where))
    return found


def _unknown_mg_finding(relief: ReliefFact, known: Decimal, limit_mg: Decimal | None) -> Finding:
    """An amount that nobody knows asks for a reason; once more than half of the limit is known, it blocks."""
    code, source = f"relief-mg:{relief.method}", LIDOCAINE_LABEL
    asked = f"How many mg of lidocaine were in the {relief.method_text}?"
    if limit_mg is not None and known > limit_mg * _SHARE_KNOWN:
        message = (
            f"{asked} {plain_number_text(known)} mg are given beside it, more than half of the {plain_number_text(limit_mg)} mg of a day. "
            "Type it, 0 where there was none, or a clinician writes why it is not known."
        )
        return block(code, message, where=FIELD, source=source)
    message = (
        f"{asked} It counts toward the limit of lidocaine. "
        "Type it, 0 where there was none, or say why it is not known."
    )
    return warn(code, message, where=FIELD, source=source)
