"""Pages about everything: today, finding, one patient at a glance."""

from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from mesoclinic import overview, search, work
from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core import audit, drafts
from patients.models import Patient


@allowed(Permission.SEE_TODAY)
@require_GET
def today(request):
    work_of_today = work.of_the_day(request.user, request.clinic, timezone.now())
    return render(request, "mesoclinic/today.html", {"nav_on": "today"} | work_of_today)


@allowed(Permission.SEE_TODAY)
@require_POST
def find(request):
    """Patients, lots and quotes by what was typed. By POST, so that no name lands in a URL."""
    text = request.POST.get("q", "")
    found = search.everywhere(text, user=request.user, clinic=request.clinic)
    if found.only is not None:
        return redirect(found.only)
    return render(request, "mesoclinic/find.html", {"nav_on": "patients", "q": text, "found": found})


@allowed(Permission.SEE_PATIENT)
@require_GET
@transaction.atomic
def patient(request, pk):
    """What happened and what comes next. Looking is a row in the audit log."""
    day = timezone.localdate()
    try:
        found = overview.patient_at_a_glance(pk, day)
    except Patient.DoesNotExist as nobody:
        raise Http404 from nobody
    if found.merged_into_id:
        return redirect("patient", pk=found.merged_into_id)
    audit.record(by=request.user, did="patient.viewed", about=found, patient_id=pk)
    clinical = request.user.may(Permission.SEE_CLINICAL)
    return render(
        request,
        "mesoclinic/patient.html",
        {"nav_on": "patients", "patient": found, "step": ""}
        | overview.page(found, clinical=clinical, today=day),
    )


@allowed(Permission.SEE_PATIENT)
@require_POST
def draft_save(request):
    """Keep what is typed in a long form. Private to its author; the browser sends it as it changes."""
    kind, subject = (request.POST.get("draft_kind", ""), request.POST.get("draft_subject", ""))
    if not kind or not subject or len(kind) > 40 or len(subject) > 60:
        return HttpResponse("A draft says which form it is of.", status=400)
    draft = drafts.save_draft(
        owner=request.user,
        kind=kind,
        subject=subject,
        url=request.POST.get("draft_url", ""),
        posted=request.POST,
    )
    return JsonResponse({"saved": f"{timezone.localtime(draft.saved_at):%H:%M}"})
