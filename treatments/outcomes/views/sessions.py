"""The sessions behind a figure. Who reads them is on record, as wherever patients are listed."""

from urllib.parse import parse_qsl

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.paging import Place, pager_addresses
from treatments.outcomes.queries.figures import (
    ALL,
    COLUMNS,
    Asked,
    counted_at_or_none,
    counts_of_groups,
    page_of_sessions,
)
from treatments.outcomes.queries.labels import labels_of_groups
from treatments.outcomes.rules.experience import band_may_be_shown
from treatments.outcomes.rules.groups import Kind, key_of_name, kind_of_name
from treatments.outcomes.views.asked import address_of_asked, asked_of_address


@requires_permission(Permission.SEE_CLINICAL)
@require_GET
def sessions_behind_figure_page(request: StaffRequest) -> HttpResponse:
    """One page of them, the newest first."""
    asked = asked_of_address(request.clinic, request.GET)
    name = request.GET.get("group", ALL)
    counted_at = counted_at_or_none(request.clinic)
    if counted_at is None or not _may_be_listed(asked, name):
        raise Http404
    page = page_of_sessions(
        asked,
        timezone.localdate(counted_at, request.clinic.zone),
        name=name,
        performer=request.user if name == "own" else None,
        place=Place.from_query(request.GET),
    )
    column = COLUMNS[asked.moment]
    label = {ALL: "All", "own": "Your own"}.get(name) or labels_of_groups([name]).get(name, name)
    kind = kind_of_name(name)
    return render(
        request,
        "treatments/outcomes/sessions.html",
        {
            "nav_on": "outcomes",
            "title": "Sessions behind the figure",
            "sub": f"{kind.label}: {label}" if kind else label,
            "asked": asked,
            "rows": [(each, getattr(each, column)) for each in page.rows],
            "page": pager_addresses(page, reverse("outcomes:sessions"), _kept(asked, name)),
            "back": address_of_asked(asked),
        },
    )


def _kept(asked: Asked, name: str) -> dict[str, object]:
    return dict(parse_qsl(address_of_asked(asked, group=name)))


def _may_be_listed(asked: Asked, name: str) -> bool:
    """A group of ours; a band of experience only where it is shown, else it would be one colleague's sessions."""
    if name in (ALL, "own"):
        return True
    kind = kind_of_name(name)
    if kind is Kind.DAY:
        return name in labels_of_groups([name]) and labels_of_groups([name])[name] != key_of_name(name)
    if kind is not Kind.EXPERIENCE:
        return kind is not None
    counts = counts_of_groups(asked, [asked.moment])[asked.moment].get(name)
    return counts is not None and band_may_be_shown(counts.performers)
