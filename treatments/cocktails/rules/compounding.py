"""Where a mixture may be made: some countries let only a pharmacy mix. No Django here."""

from collections.abc import Iterable

from mesoclinic.core.findings import Finding, block
from treatments.cocktails.rules.mix import Line, Mix

#: As ``accounts.Clinic.mixing`` says it.
PHARMACY = "pharmacy"

HAS = "[HAS14] Haute Autorité de Santé 2014: mixtures are prepared in pharmacies, not in doctors’ surgeries"


def _is_diluent(line: Line) -> bool:
    return bool(line.contents) and all(content.substance.family == "diluent" for content in line.contents)


def check_only_pharmacy_may_mix(mix: Mix) -> Iterable[Finding]:
    """Several products in one syringe, at a clinic where only a pharmacy mixes (docs/clinical.md §2.3 and §11, [HAS14]).

    A block that a clinician may go past by writing which pharmacy made it: made there, the mixture is lawful. One
    product, diluted or not, is no mixture.
    """
    mixed = [line for line in mix.lines if not _is_diluent(line)]
    if mix.compounding == PHARMACY and len(mixed) > 1:
        yield block(
            "compounding",
            f"{len(mixed)} products are mixed here, and at this clinic only a pharmacy may mix. "
            "Have a pharmacy make it and write which one, or give one product alone.",
            where="syringe",
            source=HAS,
            basis="stated",
        )
