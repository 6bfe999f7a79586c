"""Comparable patients as the tick counted them, and the figures of one patient that are among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.db import connection

from treatments.response.models import CohortCell
from treatments.response.rules.cohort import Cell, Others, others_in_cell

_SQL = Path(__file__).parent / "sql"
_FIGURES = (_SQL / "cohort_figures.sql").read_text(encoding="utf-8")
_OF_ALL = _FIGURES.format(only_course="", only_measurement="")
_OF_PATIENT = _FIGURES.format(
    only_course="AND p.patient_id = %(patient)s",
    only_measurement="AND m.patient_id = %(patient)s AND m.id <= %(newest)s",
)
CELLS = (_SQL / "cohort_cells.sql").read_text(encoding="utf-8").format(figures=_OF_ALL)


@dataclass(frozen=True, slots=True)
class CohortKey:
    """Whom a figure compares with, beside condition and sex."""

    scale_id: int
    zone_id: int | None
    method: str  # in small letters


def others_of_patient(
    patient_pk: int, *, condition_pk: int, sex: str, scales: Sequence[int]
) -> dict[CohortKey, list[Others]]:
    """The other patients of the same condition and sex, by measure, place and method, week by week. Two queries.

    Nothing is computed over all patients here: the cells were counted by the tick.
    """
    cells = list(
        CohortCell.objects.filter(condition=condition_pk, sex=sex, scale__in=list(scales)).order_by("week")
    )
    if not cells:
        return {}
    own = _own_figures(patient_pk, newest=max(cell.newest_id for cell in cells))
    found: dict[CohortKey, list[Others]] = {}
    for cell in cells:
        key = CohortKey(cell.scale_id, cell.zone_id, cell.method)
        counted = Cell(cell.week, cell.patients, cell.low, cell.high)
        found.setdefault(key, []).append(others_in_cell(counted, own.get((condition_pk, key, cell.week))))
    return found


def _own_figures(patient_pk: int, *, newest: int) -> dict[tuple[int, CohortKey, int], Decimal]:
    """What of this patient was counted among the others, by condition, key and week."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_PATIENT, {"patient": patient_pk, "newest": newest})
        return {
            (condition, CohortKey(scale, zone, method), week): value
            for _, _, condition, _, scale, zone, method, week, value in cursor.fetchall()
        }
