"""The buttons beside a line of Today's inbox: seen, undo, and opening it."""

from typing import Protocol

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.ways_back import is_address_of_this_site
from mesoclinic.inbox.actions import mark_line_seen, mark_line_taken, undo_line_seen
from mesoclinic.inbox.rules import LineKind, kind_of_line_or_none
from mesoclinic.pages.inbox import works_the_inbox


class LineDeed(Protocol):
    def __call__(self, *, line: str, clinic: Clinic, by: User) -> object: ...


def _posted_line(request: StaffRequest) -> str:
    """The line it is about; 403 for who does not work the inbox, or does not see such a line."""
    line = request.POST.get("line", "")
    user = request.user
    is_recall = kind_of_line_or_none(line) is LineKind.RECALL
    if not works_the_inbox(user) or (is_recall and not user.may(Permission.CONTACT_RECALLED)):
        raise PermissionDenied
    return line


def _do_and_return_to_today(request: StaffRequest, deed: LineDeed) -> HttpResponse:
    line = _posted_line(request)
    try:
        deed(line=line, clinic=request.clinic, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("today")


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def mark_seen(request: StaffRequest) -> HttpResponse:
    """Take the line away for the whole desk."""
    return _do_and_return_to_today(request, mark_line_seen)


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def undo_seen(request: StaffRequest) -> HttpResponse:
    """Bring the line back."""
    return _do_and_return_to_today(request, undo_line_seen)


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
def open_line(request: StaffRequest) -> HttpResponse:
    """Note that this person has the line, and go where its action is. Only pages of ours."""
    line, url = _posted_line(request), request.POST.get("next", "")
    if not is_address_of_this_site(request, url):
        return redirect("today")
    try:
        mark_line_taken(line=line, clinic=request.clinic, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("today")
    return redirect(url)
