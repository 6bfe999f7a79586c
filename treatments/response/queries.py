"""How a course works: density by session, and the range of comparable patients."""

from decimal import Decimal
from pathlib import Path

from django.db import connection

from treatments.response.rules import MIN_PATIENTS, RESPONSE_SCALE, ComparableRange, Point

_SQL = Path(__file__).parent / "sql"
_DENSITY_BY_SESSION = (_SQL / "density_by_session.sql").read_text(encoding="utf-8")
_COMPARABLE_RANGE = (_SQL / "comparable_range.sql").read_text(encoding="utf-8")


def density_by_session(patient_pk: int, plan_pk: int | None) -> list[Point]:
    """Mean density at each session of a course, the baseline before it first. One query.

    Without a course, what was measured outside sessions.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DENSITY_BY_SESSION, {"scale": RESPONSE_SCALE, "patient": patient_pk, "plan": plan_pk})
        return [Point(session, value, measured_at) for session, value, measured_at in cursor.fetchall()]


def comparable_density_ranges(protocol_pk: int | None) -> list[ComparableRange]:
    """Quartiles of density by session over the patients of a protocol. One query, none without a protocol."""
    if protocol_pk is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _COMPARABLE_RANGE, {"protocol": protocol_pk, "scale": RESPONSE_SCALE, "least": MIN_PATIENTS}
        )
        return [
            ComparableRange(session, Decimal(str(low)), Decimal(str(high)), patients)
            for session, low, high, patients in cursor.fetchall()
        ]
