"""Drafting a plan, accepting it without a quote, moving it on and stopping it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NotRequired, TypedDict, Unpack

from django.db import transaction

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Acknowledgement, gate, raise_if_found
from mesoclinic.core.locking import lock_row
from mesoclinic.core.moves import check_state_move_is_allowed
from mesoclinic.core.reasons import refuse_missing_text_or_card_number
from patients.models import Patient, records_of
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment
from treatments.plans.models import Protocol, TreatmentPlan
from treatments.plans.rules import (
    PLAN_MOVES,
    PlanStatus,
    check_cocktail_fits_course,
    check_held_course_may_go_on,
    check_plan_acceptable_without_quote,
    check_plan_parts_fit_together,
    check_session_count_and_intervals,
    course_intervals,
)


class Course(TypedDict):
    """What a new plan is made of. ``reasons``: for going past what asks for one, by its code."""

    patient: Patient
    assessment: Assessment
    cocktail_version: CocktailVersion
    protocol: Protocol
    name: str
    sessions_planned: int
    intervals: Sequence[int]
    technique: NotRequired[str]
    reasons: NotRequired[Mapping[str, str] | None]
    clinic: Clinic


@transaction.atomic
def create_draft_plan(*, by: User, **course: Unpack[Course]) -> TreatmentPlan:
    """Plan a course with a signed cocktail, over the area assessed.

    ``intervals`` is the pattern in days; past its end its last repeats. Fewer sessions than five, or
    others than the protocol has, wait for a reason in ``reasons``. An empty ``name`` becomes “Course of 8”.
    """
    patient, assessment, clinic = course["patient"], course["assessment"], course["clinic"]
    cocktail_version, protocol = course["cocktail_version"], course["protocol"]
    sessions_planned, intervals = course["sessions_planned"], course["intervals"]
    area = _assessed_area_cm2(assessment)
    others = {assessment.patient_id, cocktail_version.cocktail.patient_id or 0} - {patient.pk}
    is_one_patient = not others or records_of(patient).filter(pk__in=others).count() == len(others)
    findings = check_plan_parts_fit_together(
        record_is_closed=patient.died_on is not None or patient.merged_into_id is not None,
        cocktail_is_signed=cocktail_version.is_signed,
        is_one_patient=is_one_patient,
        protocol=protocol.name,
        protocol_is_in_use=not protocol.is_technique and protocol.retired_at is None,
        has_area=area > 0,
    )
    findings += check_session_count_and_intervals(
        sessions_planned, intervals, protocol.as_fact(), review_at=clinic.review_at_session
    )
    passed = gate(findings, course.get("reasons"))
    plan = TreatmentPlan.objects.create(
        clinic=clinic,
        patient=patient,
        assessment=assessment,
        cocktail_version=cocktail_version,
        protocol=protocol,
        name=course["name"].strip() or f"Course of {sessions_planned}",
        sessions_planned=sessions_planned,
        intervals=course_intervals(intervals, sessions_planned) or list(intervals[:1]),
        technique=course.get("technique", ""),
        area_cm2=area,
        reason=_override_reasons_text(passed),
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


def _assessed_area_cm2(assessment: Assessment) -> Decimal:
    """As annotated by :func:`queries.latest_assessment_with_area_or_none`, else asked for."""
    if hasattr(assessment, "area_cm2"):
        return assessment.area_cm2 or Decimal(0)
    return sum((zone.area_cm2 for zone in assessment.zones.all()), Decimal(0))


def _override_reasons_text(passed: Iterable[Acknowledgement]) -> str:
    """Each reason once."""
    return "; ".join(dict.fromkeys(each.reason for each in passed))[:300]


@transaction.atomic
def move_plan_to_status(*, plan: TreatmentPlan, to: PlanStatus, by: User, reason: str = "") -> TreatmentPlan:
    """Move a plan on, where the table lets it. The sessions call this: accepted → active → done."""
    plan = lock_plan(plan)
    raise_if_found(check_state_move_is_allowed(PLAN_MOVES, plan.status, to, what="plan"))
    was, plan.status = plan.status, to
    if reason:
        plan.reason = f"{plan.reason}; {reason}".lstrip("; ")[:300]
    plan.save(update_fields=["status", "reason"])
    audit.record(by=by, did=f"plan.{to}", about=plan, patient_id=plan.patient_id, was=was)
    return plan


@transaction.atomic
def accept_plan_without_quote(*, plan: TreatmentPlan, by: User) -> TreatmentPlan:
    """Treat without a quote: a draft is accepted as it is, and nothing is owed for it."""
    plan = lock_plan(plan)
    raise_if_found(check_plan_acceptable_without_quote(plan.status))
    return move_plan_to_status(plan=plan, to=PlanStatus.ACCEPTED, by=by)


@transaction.atomic
def go_on_with_plan(
    *, plan: TreatmentPlan, by: User, cocktail_version: CocktailVersion | None = None
) -> TreatmentPlan:
    """End what a review held: the course goes on, with another signed cocktail where one is chosen.

    What was given so far keeps its own cocktail; money that was agreed stays as it was issued.
    """
    refuse_unless_allowed(
        by, Permission.SIGN_SESSION, "A clinician decides how a course goes on.", code="plan:role"
    )
    plan = lock_plan(plan)
    is_other = cocktail_version is not None and cocktail_version.pk != plan.cocktail_version_id
    raise_if_found(check_held_course_may_go_on(plan.status, has_other_cocktail=is_other))
    if cocktail_version is not None and is_other:
        gate(
            check_cocktail_fits_course(
                is_signed=cocktail_version.is_signed,
                is_of_patient=records_of(plan.patient_id)
                .filter(pk=cocktail_version.cocktail.patient_id or 0)
                .exists(),
                is_of_clinic=cocktail_version.cocktail.clinic_id == plan.clinic_id,
                is_retired=cocktail_version.cocktail.retired_at is not None,
            )
        )
        before, plan.cocktail_version = plan.cocktail_version_id, cocktail_version
        plan.save(update_fields=["cocktail_version"])
        audit.record(
            by=by,
            did="plan.cocktail_changed",
            about=plan,
            patient_id=plan.patient_id,
            before=before,
            after=cocktail_version.pk,
        )
    return move_plan_to_status(plan=plan, to=PlanStatus.ACTIVE, by=by)


def stop_plan(*, plan: TreatmentPlan, reason: str, by: User) -> TreatmentPlan:
    """End a course early. Says why; what is booked is cancelled in the calendar."""
    refuse_missing_text_or_card_number(reason, "reason", "Write why the course stops.")
    return move_plan_to_status(plan=plan, to=PlanStatus.STOPPED, by=by, reason=f"Stopped: {reason.strip()}")


def lock_plan(plan: TreatmentPlan) -> TreatmentPlan:
    return lock_row(TreatmentPlan, plan.pk, "clinic", "protocol")
