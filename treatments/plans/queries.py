"""What a new plan is made from, a patient's open plan, and how far it is."""

from django.db.models import Case, IntegerField, Q, QuerySet, Sum, Value, When

from patients.models import Patient, records_of
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.signed import signed_cocktail_versions_of_patient
from treatments.conditions.models import Assessment
from treatments.plans.models import CourseSession, Protocol, TreatmentPlan


def latest_assessment_with_area_or_none(patient_pk: int) -> Assessment | None:
    """With its patient, its condition and ``area_cm2``, the sum of its zones: one query."""
    return (
        Assessment.objects.filter(patient__in=records_of(patient_pk))
        .select_related("patient", "condition")
        .annotate(area_cm2=Sum("zones__area_cm2"))
        .order_by("-assessed_at", "-pk")
        .first()
    )


def protocols_nearest_condition_first(condition_id: int | None) -> QuerySet[Protocol]:
    """Schedules: those for the condition first, then those for any, then the rest."""
    return (
        Protocol.objects.not_retired_schedules()
        .select_related("condition")
        .annotate(
            nearness=Case(
                When(Q(condition=condition_id), then=Value(0)),
                When(Q(condition=None), then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            )
        )
        .order_by("nearness", "name", "pk")
    )


def newest_open_plan_or_none(patient: Patient) -> TreatmentPlan | None:
    """The patient's plan that is not over: the newest, where there are several."""
    return (
        TreatmentPlan.objects.filter(patient__in=records_of(patient))
        .not_ended()
        .select_related("clinic", "protocol", "cocktail_version__cocktail")
        .order_by("-pk")
        .first()
    )


def other_signed_cocktails_of_patient(plan: TreatmentPlan) -> QuerySet[CocktailVersion]:
    """Signed cocktails of the plan's patient at its clinic that the course may go on with: all but the plan's own."""
    mine = signed_cocktail_versions_of_patient(plan.patient_id, plan.clinic_id)
    return mine.exclude(pk=plan.cocktail_version_id)


def count_signed_sessions(plan: TreatmentPlan) -> int:
    """How many of its sessions are signed."""
    return CourseSession.objects.filter(plan=plan, signed_at__isnull=False).count()
