"""Turns the days between two sessions into rows of the database."""

from mesoclinic.core.reference import Loaded, merge_shipped_rows_keeping_edits
from mesoclinic.data.rows import Catalogue
from treatments.catalogue.models import Interval


def load_intervals(data: Catalogue) -> Loaded:
    """The rows by ``code``."""
    rows = [
        {
            "code": row.code,
            "scope": row.scope,
            "subject": row.subject,
            "usual_days": row.usual_days,
            "min_days": row.min_days,
            "max_days": row.max_days,
            "below_min_level": row.below_min_level,
            "early_level": row.early_level or "none",
            "early_from_days": row.early_from_days,
            "above_max_level": row.above_max_level,
            "finding": row.finding,
            "screen_below": row.screen_below,
            "screen_above": row.screen_above,
            "clears": row.clears,
            "note": row.note,
            "basis": row.basis,
            "source_keys": list(row.sources),
        }
        for row in data.intervals
    ]
    return merge_shipped_rows_keeping_edits(Interval, rows, key=("code",))[1]
