"""Pages without sign-in, found by a secret address: counted by network address, not kept, not indexed, not passed on."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from mesoclinic.core import rate_limit
from mesoclinic.core.addresses import caller_address_as_told
from mesoclinic.core.languages import language_for_patient, translated_language_or_none

P = ParamSpec("P")

#: Which language a patient has chosen on a page; it says nothing of anybody.
LANGUAGE_COOKIE = "patient_language"
_A_YEAR = 365 * 24 * 60 * 60


def without_sign_in_but_rate_limited(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """No sign-in; not too often from one network address; not indexed, not passed on, not kept."""

    @login_not_required
    @wraps(view)
    def rate_limited_view(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request = args[0]
        assert isinstance(request, HttpRequest)
        address = caller_address_as_told(request)
        if rate_limit.record_call_and_count(address=address) > rate_limit.MOST_A_MINUTE:
            response = render_link_refused(request, "often", 429)
            response["Retry-After"] = "60"
        else:
            response = view(*args, **kwargs)
        response.setdefault("Referrer-Policy", "no-referrer")
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.setdefault("Cache-Control", "no-store, private")
        if chosen := translated_language_or_none(request.GET.get("language", "")):
            response.set_cookie(
                LANGUAGE_COOKIE,
                chosen,
                max_age=_A_YEAR,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure(),
            )
        return response

    rate_limited_view.is_public_page = True  # type: ignore[attr-defined]
    return rate_limited_view


def language_of_stranger(request: HttpRequest, known: str = "", *, among: Collection[str] = ()) -> str:
    """What the page is shown in: as chosen on it (``?language=``) or on one before, as ``known``, or as the browser asks.

    ``among``: what may be chosen, where that is not every language.
    """
    for chosen in (request.GET.get("language", ""), request.COOKIES.get(LANGUAGE_COOKIE, "")):
        language = translated_language_or_none(chosen)
        if language and (not among or language in among):
            return language
    return language_for_patient(known or translation.get_language_from_request(request))


def render_link_refused(request: HttpRequest, why: str, status: int) -> HttpResponse:
    """A friendly page, in the language the browser asks for: nothing is known of who it is."""
    with translation.override(language_of_stranger(request)):
        return render(request, "layouts/link_refused.html", {"why": why}, status=status)
