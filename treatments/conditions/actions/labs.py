"""Enter the result of a laboratory test, or replace a wrong one by a new row."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import gate
from mesoclinic.core.locking import lock_row
from patients.actions.learned import PREGNANCY, tell_new_facts
from patients.actions.safety_answers import unsaved_safety_answers
from patients.models import Patient, SafetyAnswer
from treatments.conditions.models import LabResult, LabTest
from treatments.conditions.queries.labs import lab_fact_of_result
from treatments.conditions.rules.labs import (
    LabFact,
    LabReport,
    alert_code_of_result_or_empty,
    check_lab_report_fields,
    check_result_may_be_replaced,
    safety_answer_of_result_or_none,
)

_PREGNANCY_ALERT = "alert:lab:hcg-positive"


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
    findings = check_lab_report_fields(report, units=test.units, born_on=patient.birth_date, today=today)
    if replaces is not None:
        # Two who replace the same result wait for each other: the second is told.
        lock_row(Patient, patient.pk)
        was = LabResult.objects.filter(replaces=replaces).exists()
        findings += check_result_may_be_replaced(reason, is_replaced_already=was)
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
    _tell_what_result_means(lab_fact_of_result(result), patient, by)
    audit.record(
        by=by,
        did="lab_result.recorded" if replaces is None else "lab_result.replaced",
        about=result,
        patient_id=patient.pk,
        test=test.code,
        **({} if replaces is None else {"replaces": replaces.pk}),
    )
    return result


def _tell_what_result_means(fact: LabFact, patient: Patient, by: User) -> None:
    """The safety question that a result answers is answered, as of the day of the sample; a pregnancy is told."""
    answered = safety_answer_of_result_or_none(fact)
    if answered is not None:
        question, said = answered
        SafetyAnswer.objects.bulk_create(
            unsaved_safety_answers(patient, {question: [said]}, by, SafetyAnswer.Where.LAB, fact.taken_on)
        )
    if alert_code_of_result_or_empty(fact) == _PREGNANCY_ALERT:
        tell_new_facts(patient.pk, [PREGNANCY], by)
