"""How much cream, on how much skin: the ceilings of its label, asked at the tap. No Django here."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from mesoclinic.core.citations import citations_best_first_text
from mesoclinic.core.findings import Finding, block, ordered, warn
from mesoclinic.core.quantities import plain_number_text
from treatments.cocktails.rules.rulebook import VolumeCeiling
from treatments.sessions.rules.pain_relief import FIELD, Relief, ReliefFact

#: As volume_limits.csv names them.
AMOUNT, AREA = "cream amount", "cream area"

#: mg of lidocaine in a gram of the cream that the ceilings are about (2.5 %). A stronger one weighs less for its mg.
MG_PER_GRAM = Decimal(25)


def check_cream_ceilings(
    relief: Sequence[ReliefFact], ceilings: Iterable[VolumeCeiling], area_cm2: Decimal | None
) -> list[Finding]:
    """More cream, or on more skin, than a ceiling says; of several rows the strictest of each kind.

    The grams are those of the lidocaine that was typed; ``area_cm2`` is what is treated. Both are what is put on the
    skin: they are not added to what is injected. Nothing is said of what nobody knows: its mg are asked for.
    """
    cream = next((each for each in relief if each.method == Relief.CREAM), None)
    if cream is None:
        return []
    grams = None if cream.lidocaine_mg is None else cream.lidocaine_mg / MG_PER_GRAM
    used = {AMOUNT: (grams, "g"), AREA: (area_cm2, "cm²")}
    strictest: dict[str, Finding] = {}
    for row in sorted(ceilings, key=lambda row: row.maximum or 0, reverse=True):
        amount, unit = used.get(row.what, (None, ""))
        if amount is None or row.maximum is None or row.level == "none" or amount <= row.maximum:
            continue
        strictest[row.finding] = _over_ceiling_finding(row, f"{plain_number_text(amount)} {unit}", unit)
    return ordered(strictest.values())


def _over_ceiling_finding(row: VolumeCeiling, said: str, unit: str) -> Finding:
    kind = "of cream" if row.what == AMOUNT else "of skin under the cream"
    message = (
        f"{said} {kind}: the highest on file is {plain_number_text(row.maximum or Decimal(0))} {unit}. "
        "Use less, or a clinician writes why."
    )
    if row.level == "warn":
        return warn(
            row.finding, message, where=FIELD, source=citations_best_first_text(row.source), basis=row.basis
        )
    fixed = row.level == "block_fixed"
    return block(
        row.finding,
        message,
        where=FIELD,
        source=citations_best_first_text(row.source),
        basis=row.basis,
        fixed=fixed,
    )
