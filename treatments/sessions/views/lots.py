"""An open session is told when one of its lots may not be used any more."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.permissions import Permission, requires_permission
from treatments.sessions.queries import lots

#: A page holds no more lots than this; whatever else is sent is not asked about.
MOST_LOTS = 60


@requires_permission(Permission.RUN_SESSION)
@require_GET
def unusable_lots_fragment(request, pk):
    """A fragment for the session page, asked every five seconds: what is stored, and what is chosen on the page."""
    on_page = [
        int(value)
        for name, value in request.GET.items()
        if name.endswith("-lot") and value.isdecimal() and len(value) < 18
    ]
    found = lots.unusable_lot_findings_or_none(pk, on_page[:MOST_LOTS], timezone.now())
    if found is None:
        raise Http404
    return render(request, "treatments/sessions/_lots_gone.html", {"gone": found})
