"""Every request runs at its clinic: in that clinic's time zone and way of writing numbers, with that clinic at hand."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.day_order import use_day_order
from mesoclinic.core.money import use_number_style

#: The session's key for the clinic where its person is working; its value is the clinic's number.
CLINIC_KEY = "clinic"


def set_clinic_and_time_zone(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Sets ``request.clinic`` (None before sign-in) and activates its zone.

    A person at several clinics works at the one that the session keeps (``CLINIC_KEY``), otherwise at the first
    they joined. Somebody without a membership may do nothing; the pages they see are those of the first clinic
    by name.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        clinic = None
        user = request.user
        if user.is_authenticated:
            chosen = request.session.get(CLINIC_KEY)
            if chosen is not None and chosen != user.clinic_id:
                membership = user.memberships.select_related("clinic").filter(clinic_id=chosen).first()
                if membership is not None:
                    user.set_current_membership_in_memory(membership)
            clinic = user.clinic or Clinic.objects.first()
        request.clinic = clinic  # type: ignore[attr-defined]
        style = clinic.number_style if clinic else None
        order = clinic.day_order if clinic else "dmy"
        with (
            timezone.override(clinic.zone if clinic else None),
            use_number_style(style),
            use_day_order(order),
        ):
            return get_response(request)

    return middleware


def explain_wrong_method(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """A page for people where a form's address was opened by hand: Django's own 405 is empty."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code == 405 and request.method == "GET":
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    return middleware
