"""What is read back in the demo: blood results with the laboratory's own interval, and a second assessment."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from mesoclinic.accounts.models import User
from mesoclinic.demo import patients as course
from mesoclinic.demo.patients import CASES, Demo
from patients.models import Patient
from treatments.conditions.actions.labs import record_or_replace_lab_result
from treatments.conditions.models import LabTest
from treatments.conditions.rules.labs import LabReport

LABORATORY = "Labor Nord (made up)"

#: Test, unit, low and high end, and the figures of two reports: the older first.
REPORTS = (
    ("FERRITIN", "ug/L", "15", "150", ("18", "41")),
    ("TSH", "m[IU]/L", "0.4", "4.0", ("2.1", "2.4")),
    ("VITD", "nmol/L", "50", "125", ("38", "47")),
    ("HB", "g/L", "120", "155", ("128", "131")),
)


def record_lab_reports_and_second_assessment(demo: Demo, patients: Sequence[Patient], day: date) -> None:
    """Two patients with two reports each; the first is assessed again."""
    by = demo.place.clinicians[0]
    tests = {test.code: test for test in LabTest.objects.all()}
    for patient in patients[:2]:
        for turn, days_ago in enumerate((120, 10)):
            _record_lab_report(patient, tests, turn, day - timedelta(days=days_ago), by)
    for patient in patients[:1]:
        case = CASES[2] if patient.sex_at_birth == "male" else CASES[0]
        course.record_made_up_assessment(demo, patient, case, by, on=day - timedelta(days=1))


def _record_lab_report(
    patient: Patient, tests: dict[str, LabTest], turn: int, taken_on: date, by: User
) -> None:
    for code, unit, low, high, figures in REPORTS:
        report = LabReport(
            taken_on=taken_on,
            value=Decimal(figures[turn]),
            unit=unit,
            low=Decimal(low),
            high=Decimal(high),
            laboratory=LABORATORY,
        )
        record_or_replace_lab_result(patient=patient, test=tests[code], report=report, by=by, today=taken_on)
