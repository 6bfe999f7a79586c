"""One session of a course was moved: the later ones may follow, by the plan's own intervals."""

from dataclasses import replace

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.once import once
from treatments.plans.models import TreatmentPlan
from treatments.schedule import actions, queries
from treatments.schedule.forms import CourseForm
from treatments.schedule.views import (
    chosen_slot,
    clinician_names,
    course_page,
    is_booking,
    reasons_of,
    when_words,
)


@allowed(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def rest(request, pk):
    """New days for the sessions after this one: shown with their conflicts, then moved all at once."""
    plans = TreatmentPlan.objects.select_related("patient", "clinic__booking")
    of_it = plans.filter(appointments=pk, appointments__session_number__isnull=False)
    plan = get_object_or_404(queries.with_held(of_it))
    course = queries.course_of(plan)
    moved = next((h.visit for h in course.held.values() if h.appointment == pk), None)
    # One that has begun, or was given up, is not followed by others.
    later = course.later_than(moved.session_number) if moved else {}
    clinic, now = plan.clinic, timezone.now()
    if not later:
        return redirect("schedule:appointment", pk)
    with timezone.override(clinic.zone):
        held = {n: h for n, h in course.held.items() if n not in later}
        course = replace(course, held=held, only=frozenset(later))
        openings = queries.openings_of(clinic)
        local = timezone.localtime(moved.starts_at)
        form = CourseForm(
            request.POST if request.method == "POST" else None,
            clinicians=clinician_names(openings),
            initial={
                "clinician": next(iter(later.values())).clinician_id,
                "first_day": max(local.date(), timezone.localtime(now).date()),
                "around": local.time(),
            },
        )
        refused = []
        if is_booking(request, form):
            try:
                made = actions.move_rest(
                    plan=plan,
                    moves=_moves(request, course, later, openings),
                    openings=openings,
                    reasons=reasons_of(request),
                    by=request.user,
                    now=now,
                )
            except Refused as stopped:
                refused = stopped.findings
            else:
                first = when_words(made[0].starts_at, clinic)
                what = "1 session is" if len(made) == 1 else f"{len(made)} sessions are"
                messages.success(request, f"{what} moved, the first to {first}.")
                return redirect("patient", plan.patient_id)
        if request.method != "POST":
            actions.note_viewing(patient=plan.patient, by=request.user, page="booking")
        return course_page(request, course, form, openings, refused, now, moving=later)


def _moves(request, course, later, openings):
    """Each chosen session with its new time; its length stays what it is."""
    found = []
    for number, appointment in later.items():
        length = appointment.ends_at - appointment.starts_at
        minutes = int(length.total_seconds() // 60)
        value = request.POST.get(f"slot-{number}", "")
        wanted = chosen_slot(value, openings, minutes, number=number)
        if wanted is not None:
            found.append((appointment, wanted))
    return found
