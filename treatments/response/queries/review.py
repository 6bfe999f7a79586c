"""What a review is decided from: the course, its sessions with pain and reactions, what was given, and what is booked."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import DecimalField, ExpressionWrapper, F, OuterRef, QuerySet, Subquery

from treatments.conditions.models import KeptAs, MeasurementKind
from treatments.plans.models import CourseSession, TreatmentPlan
from treatments.response.models import Review, ReviewRule
from treatments.response.rules.dose_map import ActiveTotal, GivenActive, TreatedZone, totals_per_active
from treatments.response.rules.review import ReviewFacts, is_rule_for_condition
from treatments.schedule.models import Appointment
from treatments.sessions.models import Dose, Pain, Reaction, TreatmentSession, ZoneTreatment
from treatments.sessions.rules.states import SessionStatus

SIGNED = (SessionStatus.SIGNED, SessionStatus.AMENDED)


def plans_to_review() -> QuerySet[TreatmentPlan]:
    """Plans with what a review reads of them."""
    return TreatmentPlan.objects.select_related(
        "patient", "clinic__plan_settings", "protocol", "assessment__condition", "cocktail_version__cocktail"
    )


def review_facts(
    plan: TreatmentPlan, *, is_harm_open: bool, given: Sequence[CourseSession] | None = None
) -> tuple[ReviewFacts, int]:
    """What the rules ask about, and the number of the last signed session. One query.

    ``given``: the patient's sessions, where they are read already.
    """
    if given is None:
        given = list(CourseSession.objects.filter(plan=plan))
    course = [each for each in given if each.plan_id == plan.pk]
    signed = [each.number for each in course if each.signed_at is not None]
    facts = ReviewFacts(
        status=plan.status,
        signed=len(signed),
        sessions_planned=plan.sessions_planned,
        has_draft=len(signed) < len(course),
        is_harm_open=is_harm_open,
    )
    return facts, max(signed, default=0)


def sessions_of_course(plan: TreatmentPlan) -> list[TreatmentSession]:
    """The signed sessions with ``worst_pain`` and ``reactions_text``, the first first. One query."""
    mine = {"treatment_session": OuterRef("pk")}
    reactions = Reaction.objects.filter(**mine).order_by().values("treatment_session")
    return list(
        TreatmentSession.objects.filter(plan=plan, status__in=SIGNED)
        .annotate(
            worst_pain=Subquery(Pain.objects.filter(**mine, moment=Pain.Moment.DURING).values("score")[:1]),
            reactions_text=Subquery(
                reactions.annotate(all=StringAgg("effect__short_label", ", ")).values("all")
            ),
        )
        .order_by("number")
    )


def given_per_active(plan: TreatmentPlan) -> list[ActiveTotal]:
    """What the course has given to each zone, per active. Two queries."""
    of_plan = {"treatment_session__plan": plan, "treatment_session__status__in": SIGNED}
    contents = "product__contents"
    doses = Dose.objects.filter(
        **of_plan, **{f"{contents}__ingredient__is_active": True, f"{contents}__mg_per_ml__isnull": False}
    ).annotate(
        mg=ExpressionWrapper(
            (F("ml") - F("wasted_ml")) * F(f"{contents}__mg_per_ml"),
            output_field=DecimalField(max_digits=14, decimal_places=6),
        )
    )
    given = [
        GivenActive(session, name, mg)
        for session, name, mg in doses.values_list(
            "treatment_session__number", f"{contents}__ingredient__name", "mg"
        )
    ]
    zones = ZoneTreatment.objects.filter(**of_plan).select_related("zone", "treatment_session")
    treated = [
        TreatedZone(
            row.treatment_session.number,
            row.zone.name.partition(" (")[0] if row.zone else row.name,
            row.points * row.ml_per_point,
            row.area_cm2,
        )
        for row in zones.order_by("zone__order", "name", "pk")
    ]
    return totals_per_active(given, treated)


def booked_sessions_after(plan: TreatmentPlan, number: int, *, now: datetime) -> list[Appointment]:
    """What is booked of the course after this session, the next first. One query."""
    return list(
        Appointment.objects.filter(plan=plan, session_number__gt=number, starts_at__gte=now)
        .holding_time()
        .order_by("starts_at")
    )


def rules_for_condition(condition: str) -> list[ReviewRule]:
    """How a review judges in this condition. One query."""
    rows = ReviewRule.objects.filter(retired_at=None).order_by("order", "code")
    return [row for row in rows if is_rule_for_condition(row.condition_codes, condition)]


def measure_names_and_never_measured(
    rules: Sequence[ReviewRule],
) -> tuple[dict[str, str], list[MeasurementKind]]:
    """What the codes in these rules are called, and what no clinic can measure. One query."""
    codes = {code for rule in rules for code in rule.measures.split(";")}
    kinds = list(MeasurementKind.objects.select_related("scale").order_by("order", "pk"))
    names = {kind.scale.code: kind.short_name for kind in kinds if kind.scale.code in codes}
    never = [
        kind
        for kind in kinds
        if kind.kept_as == KeptAs.NEVER and kind.retired_at is None and kind.scale.retired_at is None
    ]
    return names, never


def reviews_of_plan(plan: TreatmentPlan) -> Sequence[Review]:
    """The last first. One query."""
    return list(Review.objects.filter(plan=plan).select_related("by").order_by("-pk"))
