"""Enter the result of a laboratory test, or replace a wrong one by a new row."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import gate, raise_if_found
from mesoclinic.core.locking import lock_row
from patients.actions.exposures import raise_alert_if_pregnancy_follows_exposure
from patients.actions.safety_answers import unsaved_safety_answers
from patients.models import Patient, SafetyAnswer
from patients.rules.exposures import PREGNANCY
from treatments.conditions.models import LabOrder, LabOrderDropped, LabResult, LabTest
from treatments.conditions.queries.labs import lab_fact_of_result
from treatments.conditions.rules.labs import (
    LabFact,
    LabReport,
    alert_code_of_result_or_empty,
    check_lab_order_may_be_dropped,
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
    _save_answer_and_alert_of_result(lab_fact_of_result(result), patient, by)
    audit.record(
        by=by,
        did="lab_result.recorded" if replaces is None else "lab_result.replaced",
        about=result,
        patient_id=patient.pk,
        test=test.code,
        **({} if replaces is None else {"replaces": replaces.pk}),
    )
    return result


def _save_answer_and_alert_of_result(fact: LabFact, patient: Patient, by: User) -> None:
    """The safety question that a result answers is answered, as of the day of the sample; a pregnancy may follow an exposure."""
    answered = safety_answer_of_result_or_none(fact)
    if answered is not None:
        question, said = answered
        SafetyAnswer.objects.bulk_create(
            unsaved_safety_answers(patient, {question: [said]}, by, SafetyAnswer.Where.LAB, fact.taken_on)
        )
    if alert_code_of_result_or_empty(fact) == _PREGNANCY_ALERT:
        raise_alert_if_pregnancy_follows_exposure(patient.pk, [PREGNANCY], by)


@transaction.atomic
def order_lab_test(
    *, patient: Patient, test: LabTest, by: User, what_for: str = "", on: date | None = None
) -> LabOrder:
    """A test is ordered: until its result is on file, or somebody says why not, the next injection asks for it."""
    refuse_unless_allowed(by, Permission.ASSESS)
    order = LabOrder.objects.create(
        patient=patient,
        test=test,
        what_for=" ".join(what_for.split())[:120],
        ordered_on=on or timezone.localdate(),
        ordered_by=by,
    )
    audit.record(by=by, did="lab_order.recorded", about=order, patient_id=patient.pk, test=test.code)
    return order


@transaction.atomic
def drop_lab_order(*, order: LabOrder, reason: str, by: User) -> LabOrderDropped:
    """Nobody waits for this result any more, and why."""
    refuse_unless_allowed(by, Permission.ASSESS)
    lock_row(Patient, order.patient_id)
    was = LabOrderDropped.objects.filter(order=order).exists()
    raise_if_found(check_lab_order_may_be_dropped(reason, is_dropped_already=was))
    dropped = LabOrderDropped.objects.create(order=order, reason=reason.strip()[:200], by=by)
    audit.record(by=by, did="lab_order.dropped", about=order, patient_id=order.patient_id)
    return dropped
