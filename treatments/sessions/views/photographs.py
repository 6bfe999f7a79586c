"""The photographs of a session: its set, begun when it is first asked for."""

from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.idempotency import once
from treatments.sessions.actions.photographs import get_or_create_photo_set
from treatments.sessions.models import TreatmentSession


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
@once
def open_or_create_photo_set(request, pk):
    """To the set of this session."""
    session = get_object_or_404(TreatmentSession.objects.select_related("patient", "plan"), pk=pk)
    return redirect("conditions:photo_set", get_or_create_photo_set(session=session, by=request.user).pk)
