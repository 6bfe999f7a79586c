"""What was given that a pregnancy told later makes an alert of, and for how long. No Django here."""

from collections.abc import Collection
from datetime import date, timedelta

from mesoclinic.core.wording import day_text
from patients.rules.alerts import AlertKind, AlertLevel, NewAlert

#: Code of the risk factor that a pregnancy is.
PREGNANCY = "pregnancy"

#: Codes of the ingredients that are kept as exposures.
FIVE_ARI = frozenset({"dutasteride", "finasteride"})

#: So long after the last dose a pregnancy stands beside what was given (the deferral of a blood donor).
FIVE_ARI_DAYS = 182


def substances_kept_as_exposures(substances: Collection[str]) -> list[str]:
    """Those of the substances (codes of ingredients) that matter to a pregnancy told later."""
    return sorted(FIVE_ARI.intersection(substances))


def first_exposure_day_that_counts(today: date) -> date:
    """What was given before this day is no longer held against a pregnancy told today."""
    return today - timedelta(days=FIVE_ARI_DAYS)


def alert_of_pregnancy_after_exposure(patient_id: int, last_given_on: date) -> NewAlert:
    """The exposure is an alert of its own beside the pregnancy."""
    return NewAlert(
        AlertKind.PATIENT_STATE,
        AlertLevel.FIXED,
        f"Pregnant, and dutasteride or finasteride was given on {day_text(last_given_on)}: "
        "refer to obstetrics today.",
        f"patients.patient:{patient_id}/pregnancy-after-5ari",
        codes=("alert:state:pregnancy-after-5ari",),
    )
