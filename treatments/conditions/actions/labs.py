"""Enter the result of a laboratory test, or replace a wrong one by a new row."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import gate
from mesoclinic.core.locking import lock_row
from patients.models import Patient
from treatments.conditions.models import LabResult, LabTest
from treatments.conditions.rules.labs import LabReport, check_lab_report, check_result_replacement


@transaction.atomic
def record_or_replace_lab_result(
    *,
    patient: Patient,
    test: LabTest,
    report: LabReport,
    by: User,
    replaces: LabResult | None = None,
    reason: str = "",
    today: date | None = None,
) -> LabResult:
    """Write down what the laboratory reported, in its own unit and with its own interval.

    ``replaces``: the result that was wrong; it stays on the record, with the reason beside the new one.
    """
    refuse_unless_allowed(by, Permission.ASSESS)
    today = today or timezone.localdate()
    findings = check_lab_report(report, units=test.units, born_on=patient.birth_date, today=today)
    if replaces is not None:
        # Two who replace the same result wait for each other: the second is told.
        lock_row(Patient, patient.pk)
        was = LabResult.objects.filter(replaces=replaces).exists()
        findings += check_result_replacement(reason, is_replaced_already=was)
    gate(findings)
    result = LabResult.objects.create(
        patient=patient,
        test=test,
        value=report.value,
        text=report.text.strip(),
        unit=report.unit,
        low=report.low,
        high=report.high,
        laboratory=report.laboratory.strip(),
        taken_on=report.taken_on,
        entered_by=by,
        replaces=replaces,
        reason=reason.strip() if replaces is not None else "",
    )
    audit.record(
        by=by,
        did="lab_result.recorded" if replaces is None else "lab_result.replaced",
        about=result,
        patient_id=patient.pk,
        test=test.code,
        **({} if replaces is None else {"replaces": replaces.pk}),
    )
    return result
