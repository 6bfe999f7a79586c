"""Load the kinds of alert, the risk factors that are one, and what each asks before it is cleared."""

from collections.abc import Mapping, Sequence

from mesoclinic.core.reference import Loaded, Rows, merge_shipped_rows_keeping_edits, without_fields
from patients.models import AlertType, AlertTypeFactor, AlertTypeField, Factor


def load_alert_types(
    *, types: Rows, factors: Sequence[tuple[str, str]], fields: Sequence[Mapping[str, object]]
) -> Loaded:
    """Field names of AlertType to values, by ``code``; (code, factor code); fields with the ``code`` of their type."""
    loaded = merge_shipped_rows_keeping_edits(AlertType, types, key=("code",))[1]
    ids = dict(AlertType.objects.values_list("code", "pk"))
    known = dict(Factor.objects.values_list("code", "pk"))
    merge_shipped_rows_keeping_edits(
        AlertTypeFactor,
        [{"alert_type": ids[code], "factor": known[factor]} for code, factor in factors if factor in known],
        key=("alert_type", "factor"),
    )
    merge_shipped_rows_keeping_edits(
        AlertTypeField,
        [{**without_fields(row, "code"), "alert_type": ids[str(row["code"])]} for row in fields],
        key=("alert_type", "name"),
    )
    return loaded
