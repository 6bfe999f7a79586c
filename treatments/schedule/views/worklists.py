"""Courses to call about: overdue, and paid but not booked."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.paging import Page, Place, pager_addresses
from treatments.schedule.queries import worklists


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD"])
def courses_to_book_page(request):
    key = request.GET.get("list", "")
    key = key if key in worklists.LISTS else next(iter(worklists.LISTS))
    found = Page([])
    if request.clinic is not None:
        found = worklists.page_of_worklist(
            key, request.clinic, timezone.now(), place=Place.from_query(request.GET)
        )
    return render(
        request,
        "treatments/schedule/to_book.html",
        {
            "title": "To book",
            "sub": worklists.LISTS[key][1],
            "nav_on": "calendar",
            "list": key,
            "lists": [(k, label) for k, (label, _) in worklists.LISTS.items()],
            "rows": found.rows,
            "page": pager_addresses(found, request.path, {"list": key}),
        },
    )
