"""What a signature writes beside the session: what stayed in the syringe, and what the patient said has changed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import Refused
from patients import actions as patients
from patients.models import Factor, RiskFactor
from treatments.catalogue import actions as catalogue
from treatments.sessions import rules

WASTE_REASON = "Left in the syringe after session"

_TIE = """
UPDATE treatment_sessions_dose d
   SET movement_id = n.movement_id, wasted_ml = n.wasted_ml, waste_movement_id = n.waste_id
  FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::bigint[]) AS n(dose_id, movement_id, wasted_ml, waste_id)
 WHERE d.id = n.dose_id
"""


def take_doses(sheet: Any, by: User, at: datetime) -> None:
    """Every dose leaves its lot: what went into the patient as use, what stayed in the syringe as waste.

    The stock takes what was drawn up, no more and no less; all in the caller's transaction (law 4, 8).
    """
    doses = [Decimal(row["ml"]) for row in sheet.sheet_doses]
    delivered = rules.delivered_ml(
        [rules.ZoneFact(row["code"], row["points"], Decimal(row["ml"])) for row in sheet.sheet_zones]
    )
    wasted = rules.split_waste(doses, delivered)

    def tie(movements: list[int]) -> tuple[str, list[Any]]:
        thrown = iter(movements[len(doses) :])
        return _TIE, [
            [row["id"] for row in sheet.sheet_doses],
            movements[: len(doses)],
            wasted,
            [next(thrown) if left else None for left in wasted],
        ]

    catalogue.take_from_lots(
        needs=[
            (row["lot"], ml - left) for row, ml, left in zip(sheet.sheet_doses, doses, wasted, strict=True)
        ],
        wasted=[(row["lot"], left) for row, left in zip(sheet.sheet_doses, wasted, strict=True) if left],
        why_wasted=f"{WASTE_REASON} {sheet.pk}",
        occurred_on=sheet.performed_on,
        by=by,
        clinic=sheet.clinic,
        at=at,
        along=tie,
    )


def record_safety(sheet: Any, by: User) -> None:
    """What was said to have changed stands on the patient's record from today, as said at a session."""
    changes = rules.changes_of(sheet.safety)
    if not changes.new and not changes.ended:
        return
    day = sheet.performed_on
    known = {
        row.pk: row
        for row in RiskFactor.objects.filter(patient=sheet.patient_id, pk__in=changes.ended).on(day)
    }
    for pk in dict.fromkeys(changes.ended):
        if pk in known:  # ended meanwhile by somebody else: it is as the patient said
            patients.end_risk_factor(risk_factor=known[pk], by=by, on=day)
    factors = Factor.objects.in_bulk([n.factor_id for n in changes.new if n.factor_id])
    for new in changes.new:
        _record(sheet, new, factors.get(new.factor_id), by, day)


def _record(sheet: Any, new: rules.NewRisk, factor: Factor | None, by: User, day: date) -> None:
    said = {
        "patient": sheet.patient,
        "kind": new.kind,
        "label": new.label,
        "by": by,
        "origin": RiskFactor.Origin.SESSION,
        "started_on": day,
        "today": day,
    }
    try:
        if factor is None:
            patients.record_said(**said)
        else:
            patients.record_risk_factor(**said, factor=factor)
    except Refused as refused:
        # It was recorded meanwhile, elsewhere: the record says it already.
        if [finding.code for finding in refused.findings] != ["stands"]:
            raise
