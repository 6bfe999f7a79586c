"""The pages that patients open by link: one address for all, one gate before each, then the page of the app that owns it.

A new page by link is a row of PAGES; nothing of it is shown before the gate (docs/patient-links.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from mesoclinic.core.languages import offered_languages
from mesoclinic.core.public_pages import (
    language_of_stranger,
    render_link_refused,
    without_sign_in_but_rate_limited,
)
from patients.actions.links import link_of_token_or_none, try_link_gate
from patients.models import PatientLink
from patients.rules.links import STAYS_OPEN, LinkPurpose, typed_birth_date_or_none
from patients.views.intake_by_link import intake_by_link, is_intake_open_by_link
from treatments.billing.views.quote_links import is_quote_readable_by_link, quote_by_link
from treatments.followup.queries.safety_texts import languages_of_aftercare_link, languages_of_check_in_link
from treatments.followup.views.aftercare import aftercare_by_link, is_aftercare_readable
from treatments.followup.views.calls import check_in_by_link, is_check_in_due_by_link
from treatments.schedule.views.patient_visits import has_coming_visits, visits_by_link

#: On the device where the gate was passed, for this link's address alone.
OPENED_COOKIE = "opened_link"
_SALT = "patient-link.opened"

#: A date of birth is typed in three numbers, in the order of the clinic.
_PARTS_OF_DAY = {
    "dmy": ("day", "month", "year"),
    "mdy": ("month", "day", "year"),
    "ymd": ("year", "month", "day"),
}


@dataclass(frozen=True, slots=True)
class PageByLink:
    """What an app shows by its links. Called after the gate, with what stands in the address after the token, or ""."""

    show: Callable[[HttpRequest, PatientLink, str], HttpResponse]
    #: Whether what the link leads to still stands; asked before the gate.
    is_there: Callable[[PatientLink], bool]
    #: The languages it opens in, the one to begin with first; none: it does not open. Not given: in every language.
    languages: Callable[[PatientLink], Sequence[str]] | None = None


PAGES: Mapping[LinkPurpose, PageByLink] = {
    LinkPurpose.QUOTE: PageByLink(quote_by_link, is_quote_readable_by_link),
    LinkPurpose.CHECK_IN: PageByLink(check_in_by_link, is_check_in_due_by_link, languages_of_check_in_link),
    LinkPurpose.AFTERCARE: PageByLink(aftercare_by_link, is_aftercare_readable, languages_of_aftercare_link),
    LinkPurpose.INTAKE: PageByLink(intake_by_link, is_intake_open_by_link),
    LinkPurpose.COURSE: PageByLink(visits_by_link, has_coming_visits),
}


@without_sign_in_but_rate_limited
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
@sensitive_post_parameters()
def open_link(request: HttpRequest, token: str, part: str = "") -> HttpResponse:
    """One answer for unknown, forged, ended, run out and used; the gate; then the page. Looking changes nothing."""
    link = link_of_token_or_none(token)
    page = None if link is None else PAGES.get(LinkPurpose(link.purpose))
    if link is None or page is None:
        return _ended(request)
    is_open = _is_opened_here(request, link)
    # Who has it open sees what became of it; for everybody else what was used is over.
    if not (is_open and link.used_at) and not page.is_there(link):
        return _ended(request)
    if not is_open and not link.opens:
        return _ended(request)
    languages = _languages_offered(page, link, is_open=is_open)
    if not languages:
        return _ended(request)
    request.languages_offered = languages  # type: ignore[attr-defined]
    language = language_of_stranger(request, languages[0], among=languages)
    with timezone.override(link.clinic.zone), translation.override(language):
        if is_open:
            response = page.show(request, link, part)
            _keep_open(request, response, link, token)
        else:
            response = _gate(request, link, token)
    # Where there is a form the site itself is told where it stood, or browsers send it from nowhere and it is refused.
    response.setdefault("Referrer-Policy", "no-referrer" if response.status_code == 404 else "same-origin")
    return response


def _languages_offered(page: PageByLink, link: PatientLink, *, is_open: bool) -> Sequence[str]:
    """What the page may be read in, the one to begin with first; none: it does not open."""
    if page.languages is None:
        return [link.language, *(each.code for each in offered_languages() if each.code != link.language)]
    # Who has it open already goes on: an answer in red is not lost because a text has changed just now.
    return page.languages(link) or ([link.language] if is_open else [])


def _ended(request: HttpRequest) -> HttpResponse:
    return render_link_refused(request, "ended", 404)


def _gate(request: HttpRequest, link: PatientLink, token: str) -> HttpResponse:
    """Asks; a right answer opens the page on this device. The patient is not read."""
    context = {
        "clinic": link.clinic,
        "gate": link.gate,
        "parts": [(name, request.POST.get(name, "")) for name in _PARTS_OF_DAY[link.clinic.day_order]],
        "wrong": False,
    }
    if "gate" not in request.POST:
        return render(request, "mesoclinic/pages/link_gate.html", context)
    birth_date = typed_birth_date_or_none(
        request.POST.get("day", ""), request.POST.get("month", ""), request.POST.get("year", "")
    )
    if try_link_gate(link, code=request.POST.get("code", ""), birth_date=birth_date):
        response = redirect("patient_link", token)
        _keep_open(request, response, link, token)
        return response
    if not PatientLink.objects.get(pk=link.pk).opens:
        return _ended(request)
    return render(request, "mesoclinic/pages/link_gate.html", context | {"wrong": True}, status=422)


def _is_opened_here(request: HttpRequest, link: PatientLink) -> bool:
    said = request.get_signed_cookie(
        OPENED_COOKIE, default="", salt=_SALT, max_age=int(STAYS_OPEN.total_seconds())
    )
    return said == str(link.key)


def _keep_open(request: HttpRequest, response: HttpResponse, link: PatientLink, token: str) -> None:
    """For this address and what stands under it, from now on for as long as a page may lie untouched."""
    response.set_signed_cookie(
        OPENED_COOKIE,
        str(link.key),
        salt=_SALT,
        max_age=int(STAYS_OPEN.total_seconds()),
        path=reverse("patient_link", args=[token]),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
