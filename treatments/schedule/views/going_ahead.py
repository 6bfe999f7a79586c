"""Visits that cannot take place as they are booked: whom to ring."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.paging import Page, Place, page_of, pager_addresses
from treatments.schedule.models import Room
from treatments.schedule.queries.going_ahead import going_ahead_facts_of_visit, visits_that_cannot_go_ahead
from treatments.schedule.rules.going_ahead import findings_against_going_ahead

PAGE = 25


@requires_permission(Permission.SEE_CALENDAR)
@require_http_methods(["GET", "HEAD"])
def visits_to_ring_page(request):
    """The visits ahead, of one room or one clinician where they are named, with why and the phone number."""
    asked, asked_clinician = request.GET.get("room", ""), request.GET.get("clinician", "")
    room, clinician, found = None, None, Page([])
    if request.clinic is not None:
        visits = visits_that_cannot_go_ahead(request.clinic, timezone.now())
        if asked.isdecimal() and len(asked) < 10:
            room = Room.objects.filter(pk=asked, clinic=request.clinic).first()
        if room is not None:
            visits = visits.filter(room=room)
        if asked_clinician.isdecimal() and len(asked_clinician) < 10:
            clinician = User.objects.filter(pk=asked_clinician).first()
        if clinician is not None:
            visits = visits.filter(clinician=clinician)
        found = page_of(visits, ["starts_at", "pk"], Place.from_query(request.GET), size=PAGE)
    return render(
        request,
        "treatments/schedule/to_ring.html",
        {
            "title": "Visits that cannot take place",
            "sub": _whose_visits_text(room, clinician),
            "nav_on": "calendar",
            "rows": [
                (visit, findings_against_going_ahead(going_ahead_facts_of_visit(visit)))
                for visit in found.rows
            ],
            "page": pager_addresses(found, request.path, _filters_for_next_page(room, clinician)),
        },
    )


def _whose_visits_text(room, clinician):
    if room:
        return f"Booked ahead in {room.name}."
    if clinician:
        return f"Booked ahead with {clinician.display_name}."
    return "Ring the patient, then move or cancel."


def _filters_for_next_page(room, clinician):
    """What the next page asks for too."""
    return ({"room": room.pk} if room else {}) | ({"clinician": clinician.pk} if clinician else {})
