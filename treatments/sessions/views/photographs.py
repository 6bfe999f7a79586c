"""The photographs of a session: its set, begun when it is first asked for."""

from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.idempotency import once
from treatments.sessions.actions.photographs import photo_set_of_session
from treatments.sessions.models import TreatmentSession


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
@once
def open_photographs_of_session(request, pk):
    """To the set of this session."""
    session = get_object_or_404(TreatmentSession.objects.select_related("patient", "plan"), pk=pk)
    return redirect("conditions:photo_set", photo_set_of_session(session=session, by=request.user).pk)
