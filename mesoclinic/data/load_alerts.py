"""Writes the kinds of alert, the facts of the record that are such an alert, and what each asks to be cleared."""

from mesoclinic.core.reference import Loaded
from mesoclinic.data.alerts import alert_type_values
from mesoclinic.data.rows import Catalogue
from patients.actions.alert_types import load_alert_types


def load_catalogue_alert_types(data: Catalogue) -> Loaded:
    """Alert types by code, with their factors and clearing fields."""
    return load_alert_types(
        types=alert_type_values(data.alert_types),
        factors=[(row.code, factor) for row in data.alert_types for factor in row.factors],
        fields=[
            {
                "code": row.code,
                "name": row.name,
                "label": row.label,
                "kind": row.kind,
                "required": row.required,
                "order": row.order,
            }
            for row in data.clearing_fields
        ],
    )
