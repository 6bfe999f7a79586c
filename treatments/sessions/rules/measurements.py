"""What is measured and asked at every session, and where. No Django here."""

from collections.abc import Collection, Sequence

#: The scales of a session: density shows the response best, the pull test is quickest (docs/clinical.md §7).
DENSITY, PULL_TEST = "HAIR_DENSITY", "PULL_TEST"

#: What the patient says at every session, 0 to 10, one tap each: the field of the form and its scale.
PATIENT_ITEMS = {
    "told_shedding": "PRO_SHED",
    "told_oil": "PRO_OIL",
    "told_flakes": "PRO_FLAKES",
    "told_density": "PRO_DENSITY",
    "told_smoothness": "PRO_SMOOTH",
    "told_shine": "PRO_SHINE",
    "told_confidence": "PRO_CONFIDENCE",
}

MEASURED = (DENSITY, PULL_TEST, *PATIENT_ITEMS.values())

#: Where density is counted until somebody counts it elsewhere, if it was assessed.
USUAL_ZONE = "VERTEX"


def density_zone_code_or_none(
    last: str | None, assessed: Sequence[str], known: Collection[str]
) -> str | None:
    """The zone where density is counted: where it was the ``last`` time, else the vertex, else the first assessed.

    ``known`` are the zones that are in use; None where it is none of them.
    """
    usual = USUAL_ZONE if USUAL_ZONE in assessed else next(iter(assessed), None)
    return next((code for code in (last, usual) if code in known), None)
