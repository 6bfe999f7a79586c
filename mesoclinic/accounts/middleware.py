"""Every request runs at its clinic: in that clinic's time zone, with that clinic at hand."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from mesoclinic.accounts.models import Clinic


def at_the_clinic(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Sets ``request.clinic`` (None before sign-in) and activates its zone.

    Somebody with no clinic of their own works at the first one by name.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        clinic = None
        user = request.user
        if user.is_authenticated:
            clinic = user.clinic if user.clinic_id else Clinic.objects.first()
        request.clinic = clinic  # type: ignore[attr-defined]
        with timezone.override(clinic.zone if clinic else None):
            return get_response(request)

    return middleware
