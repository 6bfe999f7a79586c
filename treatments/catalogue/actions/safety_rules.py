"""Rules of the clinic's own, and new versions of any: dose limits, pairs, contraindications, indications."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import Finding, gate
from mesoclinic.core.models import ReferenceRow
from treatments.catalogue.actions.versions import add_row, change_row_now_or_plan
from treatments.catalogue.models import DoseLimit, Interaction, PlannedChange, VolumeLimit
from treatments.catalogue.rules import (
    check_dose_limit_figures_and_unit,
    check_rule_source_and_distinct_pair,
    check_volume_limit_figure_and_region,
)


def add_rule(*, row: ReferenceRow, reason: str, by: User) -> ReferenceRow:
    """A rule the published data does not have. It holds at once, and says that nobody has reviewed it."""
    gate(_check_changed_rule_source_and_limits(row, {}))
    return add_row(row=row, reason=reason, by=by)


def change_rule_now_or_plan(
    *,
    row: ReferenceRow,
    changes: Mapping[str, object],
    valid_from: date,
    reason: str,
    by: User,
    version: int | None = None,
) -> PlannedChange | None:
    """A new version of a rule from ``valid_from``; a later one is returned as a plan. Its review falls off."""
    gate(_check_changed_rule_source_and_limits(row, changes))
    return change_row_now_or_plan(
        row=row, changes=changes, valid_from=valid_from, reason=reason, version=version, by=by
    )


def _check_changed_rule_source_and_limits(row: ReferenceRow, changes: Mapping[str, object]) -> list[Finding]:
    """What is wrong with a safety rule once ``changes`` are made."""

    def value_after_change(name: str) -> object:
        """What the field says once changed, else what it says now."""
        return changes.get(name, getattr(row, name))

    pair = {"first": row.first_id, "second": row.second_id} if isinstance(row, Interaction) else {}
    findings = check_rule_source_and_distinct_pair(
        has_source=bool(value_after_change("source_keys")),
        source_text=str(value_after_change("source_text")),
        **pair,
    )
    if isinstance(row, DoseLimit):
        findings += check_dose_limit_figures_and_unit(
            value=_decimal_or_none(value_after_change("value")),
            mg_per_kg=_decimal_or_none(value_after_change("mg_per_kg")),
            unit=str(value_after_change("unit")),
            period=str(value_after_change("period")),
        )
    if isinstance(row, VolumeLimit):
        findings += check_volume_limit_figure_and_region(
            what=str(value_after_change("what")),
            maximum=_decimal_or_none(value_after_change("maximum")),
            zone=str(value_after_change("zone")),
            is_own=row.is_own,
        )
    return findings


def _decimal_or_none(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
