"""Pages about everything: today, finding, one patient at a glance."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core import drafts


@allowed(Permission.SEE_TODAY)
def today(request: HttpRequest) -> HttpResponse:
    return render(request, "mesoclinic/today.html", {"nav_on": "today"})


@require_POST
@allowed(Permission.FIND_PATIENTS)
def find(request: HttpRequest) -> HttpResponse:
    return render(request, "mesoclinic/find.html", {"nav_on": "patients"})


@require_POST
@allowed(Permission.SEE_PATIENT)
def draft_save(request: HttpRequest) -> HttpResponse:
    drafts.save_draft(
        owner=request.user,
        kind=request.POST.get("draft_kind", "")[:40],
        subject=request.POST.get("draft_subject", "")[:60],
        url=request.POST.get("draft_url", ""),
        posted=request.POST,
    )
    return HttpResponse(status=204)
