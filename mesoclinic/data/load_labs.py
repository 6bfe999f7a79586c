"""Turns the rows about laboratory tests into rows of the database."""

from mesoclinic.core.reference import Loaded, merge_shipped_rows_keeping_edits
from mesoclinic.data.rows import Catalogue
from treatments.conditions.models import LabTest


def load_lab_tests(data: Catalogue) -> Loaded:
    """Bring the shipped tests in; what the clinic has changed stays."""
    return merge_shipped_rows_keeping_edits(
        LabTest,
        [
            {
                "code": test.code,
                "name": test.name,
                "unit": test.unit,
                "other_unit": test.other_unit,
                "other_factor": test.other_factor,
                "loinc": test.loinc,
                "loinc_status": test.loinc_status,
                "usual_interval": test.usual_interval,
                "interval_note": test.interval_note,
                "asked_for": test.asked_for,
                "max_age_days": test.max_age_days,
                "finding_low": test.finding_low,
                "finding_high": test.finding_high,
                "action": test.action,
                "note": test.note,
                "order": test.order,
                "source_keys": list(test.sources),
                "source_text": test.basis.replace("_", " "),
            }
            for test in data.lab_tests
        ],
        key=("code",),
    )[1]
