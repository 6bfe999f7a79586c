"""TODO-DOC RESPONSE_SCALE, Point, response_of, Band, MIN_PATIENTS, band"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from mesoclinic.core.quantities import plain
from patients.models import Patient

#: The figure that shows a response best (domain README §7).
RESPONSE_SCALE = "HAIR_DENSITY"


@dataclass(frozen=True)
class Point:
    """A measurement placed on the axis of sessions: 0 is the baseline."""

    session: int
    value: Decimal
    measured_at: datetime


def response_of(patient: Patient, plan_id: int | None) -> list[Point]:
    """Mean density at each session of a course, the baseline before it first. One query.

    Without a course, what was measured outside sessions.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(s.number, 0), avg(m.value), min(m.measured_at)
              FROM conditions_measurement m
              JOIN conditions_severityscale c ON c.id = m.scale_id AND c.code = %(scale)s
              LEFT JOIN treatment_sessions_treatmentsession_measurements l ON l.measurement_id = m.id
              LEFT JOIN treatment_sessions_treatmentsession s ON s.id = l.treatmentsession_id
             WHERE m.patient_id = %(patient)s
               AND (s.plan_id = %(plan)s
                    OR s.id IS NULL AND (m.assessment_id IS NULL OR %(plan)s IS NULL
                       OR m.assessment_id = (SELECT assessment_id FROM plans_treatmentplan WHERE id = %(plan)s)))
             GROUP BY 1 ORDER BY 1
            """,
            {"scale": RESPONSE_SCALE, "patient": patient.pk, "plan": plan_id},
        )
        return [Point(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Band:
    """The middle half of patients on the same protocol, at a session."""

    session: int
    low: Decimal
    high: Decimal
    patients: int


#: Fewer than this is not a comparison, and could show who it is.
MIN_PATIENTS = 5


def band_of(protocol_id: int | None) -> list[Band]:
    """Quartiles of density by session over patients of one protocol. One query, or none without a protocol."""
    if protocol_id is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT number, percentile_cont(0.25) WITHIN GROUP (ORDER BY value),
                   percentile_cont(0.75) WITHIN GROUP (ORDER BY value), count(DISTINCT patient_id)
              FROM (SELECT s.number, m.value, m.patient_id
                      FROM treatment_sessions_treatmentsession s
                      JOIN plans_treatmentplan p ON p.id = s.plan_id AND p.protocol_id = %(protocol)s
                      JOIN treatment_sessions_treatmentsession_measurements l ON l.treatmentsession_id = s.id
                      JOIN conditions_measurement m ON m.id = l.measurement_id
                      JOIN conditions_severityscale c ON c.id = m.scale_id AND c.code = %(scale)s
                     UNION ALL
                    SELECT 0, m.value, m.patient_id
                      FROM conditions_measurement m
                      JOIN conditions_severityscale c ON c.id = m.scale_id AND c.code = %(scale)s
                      JOIN plans_treatmentplan p ON p.assessment_id = m.assessment_id AND p.protocol_id = %(protocol)s
                   ) figures
             GROUP BY number HAVING count(DISTINCT patient_id) >= %(least)s ORDER BY number
            """,
            {"protocol": protocol_id, "scale": RESPONSE_SCALE, "least": MIN_PATIENTS},
        )
        return [
            Band(number, Decimal(str(low)), Decimal(str(high)), count)
            for number, low, high, count in cursor.fetchall()
        ]


@dataclass(frozen=True)
class Plot:
    """The response as figures for an SVG of 600 × 190: the template prints, it computes nothing."""

    line: str
    dots: list[tuple[str, str]]
    band: str
    ticks: list[tuple[str, str]]
    levels: list[tuple[str, str]]
    review_x: str
    review_at: int
    rows: list[tuple[str, str, str]]


_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 590, 26, 150


def plot_of(points: list[Point], band: list[Band], sessions: int, review_at: int) -> Plot | None:
    """Where everything is drawn; None where there is nothing to draw. ``review_at`` is the clinic's review."""
    if not points:
        return None
    last = max([sessions, review_at, *(p.session for p in points)])
    values = [p.value for p in points] + [v for b in band for v in (b.low, b.high)]
    low, high = min(values), max(values)
    room = max((high - low) * Decimal("0.15"), Decimal(1))
    low, high = low - room, high + room

    def x(session: int) -> str:
        return f"{_LEFT + (_RIGHT - _LEFT) * session / last:.1f}"

    def y(value: Decimal) -> str:
        share = float((value - low) / (high - low))
        return f"{_BOTTOM - (_BOTTOM - _TOP) * share:.1f}"

    drawn_band = ""
    if len(band) > 1:
        there = " ".join(f"{x(b.session)},{y(b.high)}" for b in band)
        back = " ".join(f"{x(b.session)},{y(b.low)}" for b in reversed(band))
        drawn_band = f"{there} {back}"
    by_session = {b.session: f"{b.low:.0f}–{b.high:.0f}" for b in band}
    marks = sorted({0, review_at, last, *range(0, last + 1, max(1, last // 8))})
    return Plot(
        line=" ".join(f"{x(p.session)},{y(p.value)}" for p in points),
        dots=[(x(p.session), y(p.value)) for p in points],
        band=drawn_band,
        ticks=[(x(mark), "baseline" if mark == 0 else str(mark)) for mark in marks],
        levels=[(y(value), plain(value.quantize(Decimal(1)))) for value in (max(values), min(values))],
        review_x=x(review_at),
        review_at=review_at,
        rows=[
            (
                "baseline" if p.session == 0 else f"session {p.session}",
                plain(p.value.quantize(Decimal(1))),
                by_session.get(p.session, ""),
            )
            for p in points
        ],
    )
