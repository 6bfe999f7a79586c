"""The assessments of a patient, read back: how far, where, over time, and each one whole."""

from decimal import Decimal

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.quantities import ZERO, plain_number_text
from patients.actions.people import record_viewing
from patients.models import Patient, records_of
from treatments.conditions.queries import assessments as queries
from treatments.conditions.queries.labs import latest_lab_results_with_previous
from treatments.conditions.rules.scale_pictures import (
    SCALES_DRAWN,
    picture_of_figure_or_none,
    picture_of_step_or_none,
)
from treatments.conditions.rules.severity_plots import (
    Graded,
    severity_plot_or_none,
    step_frequency_text_or_empty,
)
from treatments.conditions.views.labs import lab_line_rows


@requires_permission(Permission.SEE_CLINICAL)
@require_safe
def assessment_list_page(request, pk):
    """Every assessment, the last one in pictures, and what blood says."""
    patient = get_object_or_404(Patient, pk=pk)
    record_viewing(patient=patient, by=request.user, page="assessments")
    found = queries.page_of_assessments(patient, Place.from_query(request.GET))
    last = (
        queries.assessments_in_full()
        .filter(patient__in=records_of(patient))
        .order_by("-assessed_at", "-pk")
        .first()
    )
    first = queries.first_assessment_or_none(patient) if last else None
    context = {
        "title": "Assessments",
        "patient": patient,
        "step": "assessment",
        "nav_on": "patients",
        "assessments": [_assessment_list_row(row) for row in found.rows],
        "page": pager_addresses(found, request.path),
        "last": last,
        "scale": _scale_context_or_none(patient, last),
        "other_scales": _other_scales_with_pictures(patient, last),
        "areas": _areas_then_and_now_or_none(first, last),
        "lines": lab_line_rows(latest_lab_results_with_previous(patient)),
        "may_assess": request.user.may(Permission.ASSESS),
    }
    return render(request, "treatments/conditions/assessments.html", context)


@requires_permission(Permission.SEE_CLINICAL)
@require_safe
def assessment_page(request, pk):
    """One assessment with all that was found. It is read, not changed."""
    found = get_object_or_404(queries.assessments_in_full(), pk=pk)
    record_viewing(patient=found.patient, by=request.user, page="assessment")
    context = {
        "title": "Assessment",
        "patient": found.patient,
        "step": "assessment",
        "nav_on": "patients",
        "found": found,
        "severity": severity_text_or_empty(found),
        "pictures": _steps_with_pictures(found),
        "picture": picture_of_figure_or_none(found.scale.code, found.value) if found.scale else None,
        "causes": queries.names_of_condition_codes(found.causes),
        "areas": _areas_then_and_now_or_none(found, found),
        "may_assess": request.user.may(Permission.ASSESS),
    }
    return render(request, "treatments/conditions/assessment.html", context)


def severity_text_or_empty(found):
    """“Sinclair 3”, “SALT 35 %”; "" where none was given."""
    if found.scale is None:
        return ""
    if found.level:
        return f"{found.scale.short_name} {found.level.value}"
    return f"{found.scale.short_name} {plain_number_text(found.value)} {found.scale.unit}".strip()


def _assessment_list_row(row):
    return {
        "row": row,
        "severity": severity_text_or_empty(row),
        "area_cm2": row.area_cm2,
        "density": row.density,
    }


def _steps_with_pictures(found):
    """Every step of the scale with its drawing; whether it is the one that was chosen."""
    if found.scale is None or found.level is None:
        return []
    return [
        {
            "step": level.value,
            "words": level.description or level.label,
            "picture": picture_of_step_or_none(found.scale.code, level.value),
            "is_here": level.pk == found.level_id,
        }
        for level in queries.levels_in_use_of_scale(found.scale)
    ]


def _scale_context_or_none(patient, last):
    """The scale of the last assessment: its steps, how often each was found, and the way over time."""
    if last is None or last.scale is None:
        return None
    graded = queries.latest_assessments_graded_on_scale(patient, last.scale)
    steps = _steps_with_pictures(last)
    times = [row.level.value for row in graded if row.level]
    for step in steps:
        step["here"] = step_frequency_text_or_empty(
            times.count(step["step"]), len(times), is_last=step["is_here"]
        )
    names = [step["step"] for step in steps]
    points = [point for row in graded for point in [_graded_point_or_none(row, names)] if point]
    return {
        "name": last.scale.name,
        "severity": severity_text_or_empty(last),
        "steps": steps,
        "picture": picture_of_figure_or_none(last.scale.code, last.value),
        "plot": severity_plot_or_none(points, names),
    }


def _other_scales_with_pictures(patient, last):
    """The scales of steps that were not used this time, drawn; nothing before there is an assessment."""
    if last is None:
        return []
    levels = queries.levels_of_scales(
        codes=set(SCALES_DRAWN), sex=patient.sex_at_birth, but=last.scale.code if last.scale else ""
    )
    by_scale = {}
    for level in levels:
        step = {
            "step": level.value,
            "words": level.description or level.label,
            "picture": picture_of_step_or_none(level.scale.code, level.value),
        }
        by_scale.setdefault(level.scale.name, []).append(step)
    return [{"name": name, "steps": steps} for name, steps in by_scale.items()]


def _graded_point_or_none(row, steps):
    """None of a step that the scale has no more."""
    day, rater = timezone.localdate(row.assessed_at), row.assessed_by.short_name
    if row.level is None:
        return (
            None
            if row.value is None or steps
            else Graded(day, row.value, plain_number_text(row.value), rater)
        )
    if row.level.value not in steps:
        return None
    return Graded(day, Decimal(steps.index(row.level.value)), row.level.value, rater)


def _areas_then_and_now_or_none(then, now):
    """Every zone that was marked at the first or the last assessment, for the map and its table."""
    if now is None:
        return None
    new = {each.zone: each.area_cm2 for each in now.zones.all()}
    old = {each.zone: each.area_cm2 for each in then.zones.all()} if then and then.pk != now.pk else {}
    zones = sorted({**old, **new}, key=lambda zone: (zone.order, zone.code))
    return {
        "then": then if old else None,
        "now": now,
        "then_cm2": sum(old.values(), ZERO),
        "now_cm2": sum(new.values(), ZERO),
        "zones": [
            {
                "code": zone.code,
                "name": zone.name,
                "state": "done" if zone in new else "",
                "label": plain_number_text(new[zone]) if zone in new else "–",
                "was": {"points": plain_number_text(old[zone]), "word": "then"} if zone in old else None,
                "then": old.get(zone),
                "now": new.get(zone),
            }
            for zone in zones
        ],
    }
