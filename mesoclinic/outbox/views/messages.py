"""Messages to patients: what went out, what needs somebody, and the clinic's settings for them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.outbox.actions import change_outbox_settings, mark_message_settled, queue_message_again
from mesoclinic.outbox.forms import OutboxSettingsForm
from mesoclinic.outbox.models import Message, outbox_settings_or_unsaved
from mesoclinic.outbox.queries import messages_that_need_somebody, page_of_messages


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD"])
def message_list_page(request):
    """Those that need somebody first, then all, the newest first."""
    clinic = request.clinic
    page = page_of_messages(clinic, Place.from_query(request.GET))
    return render(
        request,
        "mesoclinic/outbox/message_list.html",
        {
            "nav_on": "message_list",
            "title": "Messages",
            "needing": [] if page.before else messages_that_need_somebody(clinic),
            "rows": page.rows,
            "page": pager_addresses(page, request.path),
            "may_set": request.user.may(Permission.MANAGE_CLINIC),
        },
    )


@requires_permission(Permission.BOOK)
@require_POST
@once
def send_message_again(request, pk):
    return _change_message_and_redirect(
        request, pk, queue_message_again, "The message goes out again within minutes."
    )


@requires_permission(Permission.BOOK)
@require_POST
@once
def settle_message_by_hand(request, pk):
    return _change_message_and_redirect(request, pk, mark_message_settled, "Noted: the patient knows.")


def _change_message_and_redirect(request, pk, action, done):
    found = get_object_or_404(Message, pk=pk)
    try:
        action(message=found, by=request.user, now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    return redirect("outbox:message_list")


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def outbox_settings_page(request):
    """By which channels the clinic writes, and the telephone that its messages name."""
    clinic = request.clinic
    page = {"nav_on": "messages", "title": "Message settings"}
    if clinic is None:
        return render(request, "mesoclinic/outbox/settings.html", page)
    own = outbox_settings_or_unsaved(clinic)
    form = OutboxSettingsForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(own, name) for name in OutboxSettingsForm.base_fields},
    )
    if request.method == "POST" and form.is_valid():
        change_outbox_settings(clinic=clinic, by=request.user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("outbox:settings")
    return render(
        request,
        "mesoclinic/outbox/settings.html",
        page | {"form": form},
        status=422 if form.errors else 200,
    )
