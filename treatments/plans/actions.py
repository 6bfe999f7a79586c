"""Drafting a plan, accepting it without a quote, moving it on and stopping it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import transaction

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Acknowledgement, Finding, block, gate, must, stop
from mesoclinic.core.moves import check_move
from mesoclinic.core.reasons import needs
from patients.models import Patient
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment
from treatments.plans.models import Protocol, TreatmentPlan
from treatments.plans.rules import PLAN_MOVES, PlanStatus, course_findings, gaps


@transaction.atomic
def draft_plan(
    *,
    patient: Patient,
    assessment: Assessment,
    cocktail_version: CocktailVersion,
    protocol: Protocol,
    name: str,
    sessions_planned: int,
    intervals: Sequence[int],
    technique: str = "",
    reasons: Mapping[str, str] | None = None,
    by: User,
    clinic: Clinic,
) -> TreatmentPlan:
    """Plan a course with a signed cocktail, over the area assessed.

    ``intervals`` is the pattern in days; past its end its last repeats. Fewer sessions than five, or
    others than the protocol has, wait for a reason in ``reasons``. An empty ``name`` becomes “Course of 8”.
    """
    area = _area_of(assessment)
    findings = _plan_findings(patient, assessment, cocktail_version, protocol)
    findings += course_findings(
        sessions_planned, intervals, protocol.as_fact(), review_at=clinic.review_at_session
    )
    if not area:
        message = "The assessment has no area. Assess again and choose the zones."
        findings.append(block("plan:no-area", message, fixed=True, where="assessment"))
    passed = gate(findings, reasons)
    plan = TreatmentPlan.objects.create(
        clinic=clinic,
        patient=patient,
        assessment=assessment,
        cocktail_version=cocktail_version,
        protocol=protocol,
        name=name.strip() or f"Course of {sessions_planned}",
        sessions_planned=sessions_planned,
        intervals=gaps(intervals, sessions_planned) or list(intervals[:1]),
        technique=technique,
        area_cm2=area,
        reason=_joined(passed),
        status=PlanStatus.DRAFT,
        created_by=by,
    )
    audit.record(
        by=by,
        did="plan.drafted",
        about=plan,
        patient_id=patient.pk,
        sessions=sessions_planned,
        protocol=protocol.code,
        acknowledged=[each.code for each in passed],
    )
    return plan


def _area_of(assessment: Assessment) -> Decimal:
    """As annotated by :func:`queries.latest_assessment`, else asked for."""
    if hasattr(assessment, "area_cm2"):
        return assessment.area_cm2 or Decimal(0)
    return sum((zone.area_cm2 for zone in assessment.zones.all()), Decimal(0))


def _joined(passed: Iterable[Acknowledgement]) -> str:
    """Each reason once."""
    return "; ".join(dict.fromkeys(each.reason for each in passed))[:300]


def _plan_findings(
    patient: Patient, assessment: Assessment, version: CocktailVersion, protocol: Protocol
) -> list[Finding]:
    findings = []

    def refuse(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if patient.died_on or patient.merged_into_id:
        message = "This record is closed: the patient died, or it was merged into another."
        refuse("plan:closed-record", message, "patient")
    if not version.is_signed:
        message = "This cocktail is not signed yet. Sign it, then plan with it."
        refuse("plan:unsigned-cocktail", message, "cocktail")
    if patient.pk not in (assessment.patient_id, version.cocktail.patient_id) or (
        assessment.patient_id != version.cocktail.patient_id
    ):
        message = "The assessment and the cocktail are of different patients. Choose this patient's."
        refuse("plan:other-patient", message, "cocktail")
    if protocol.is_technique or protocol.retired_at:
        message = f"{protocol.name} is no schedule in use here. Choose another."
        refuse("plan:no-schedule", message, "protocol")
    return findings


@transaction.atomic
def move_plan(*, plan: TreatmentPlan, to: PlanStatus, by: User, reason: str = "") -> TreatmentPlan:
    """Move a plan on, where the table lets it. The sessions call this: accepted → active → done."""
    plan = locked_plan(plan)
    must(check_move(PLAN_MOVES, plan.status, to, what="plan"))
    was, plan.status = plan.status, to
    if reason:
        plan.reason = f"{plan.reason}; {reason}".lstrip("; ")[:300]
    plan.save(update_fields=["status", "reason"])
    audit.record(by=by, did=f"plan.{to}", about=plan, patient_id=plan.patient_id, was=was)
    return plan


@transaction.atomic
def accept_without_quote(*, plan: TreatmentPlan, by: User) -> TreatmentPlan:
    """Treat without a quote: a draft is accepted as it is, and nothing is owed for it."""
    plan = locked_plan(plan)
    if plan.status != PlanStatus.DRAFT:
        message = f"This plan is {plan.status}. Only a draft is accepted without a quote."
        raise stop("plan:quoted", message, "status")
    return move_plan(plan=plan, to=PlanStatus.ACCEPTED, by=by)


def stop_plan(*, plan: TreatmentPlan, reason: str, by: User) -> TreatmentPlan:
    """End a course early. Says why; what is booked is cancelled in the calendar."""
    needs(reason, "reason", "Write why the course stops.")
    return move_plan(plan=plan, to=PlanStatus.STOPPED, by=by, reason=f"Stopped: {reason.strip()}")


def locked_plan(plan: TreatmentPlan) -> TreatmentPlan:
    return (
        TreatmentPlan.objects.select_for_update(of=("self",))
        .select_related("clinic", "protocol")
        .get(pk=plan.pk)
    )
