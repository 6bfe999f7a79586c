"""The photographs of a session: its set, begun when it is first asked for."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from treatments.conditions.actions.phones import open_phone_pairing
from treatments.conditions.views.phones import phone_context
from treatments.sessions.actions.photographs import get_or_create_photo_set
from treatments.sessions.models import TreatmentSession


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
@once
def open_or_create_photo_set(request, pk):
    """To the set of this session."""
    session = get_object_or_404(TreatmentSession.objects.select_related("patient", "plan"), pk=pk)
    return redirect("conditions:photo_set", get_or_create_photo_set(session=session, by=request.user).pk)


@requires_permission(Permission.TAKE_PHOTOGRAPHS)
@require_POST
@once
def pair_phone_with_session(request, pk):
    """Show the code that makes a phone the camera of this session, on its page."""
    session = get_object_or_404(TreatmentSession.objects.select_related("patient", "plan"), pk=pk)
    photo_set = get_or_create_photo_set(session=session, by=request.user)
    page = reverse("sessions:session", args=[pk])
    try:
        pairing = open_phone_pairing(photo_set=photo_set, clinic=request.clinic, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(page)
    return redirect(f"{page}?phone={pairing.pk}#part-photos")


def session_phone_context(request, session):
    """The code of the phone that is paired with this session; asked for only by the address that pairing leads to."""
    if "phone" not in request.GET:
        return {}
    set_pk = session.photo_sets.order_by("pk").values_list("pk", flat=True).first()
    return {} if set_pk is None else phone_context(request, set_pk)
