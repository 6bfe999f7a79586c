"""Reminders: what went out, what needs somebody, and the clinic's settings for them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from treatments.schedule.actions.reminders import send_again, set_contact, settle
from treatments.schedule.forms.reminders import ContactForm
from treatments.schedule.models import Reminder, contact_of
from treatments.schedule.queries.reminders import REMINDERS_A_PAGE, page_of_reminders, that_need_somebody


@allowed(Permission.BOOK)
@require_http_methods(["GET", "HEAD"])
def reminder_list(request):
    """Those that need somebody first, then all, the newest first."""
    before = request.GET.get("before", "")
    clinic = request.clinic
    rows = page_of_reminders(clinic, int(before) if before.isdecimal() else None)
    shown = rows[:REMINDERS_A_PAGE]
    following = f"{reverse('schedule:reminder_list')}?before={shown[-1].pk}" if len(rows) > len(shown) else ""
    return render(
        request,
        "treatments/schedule/reminder_list.html",
        {
            "nav_on": "waiting",
            "title": "Reminders",
            "needing": [] if before else list(that_need_somebody(clinic)[:50]),
            "reminders": shown,
            "page": {"next": following},
            "may_set": request.user.may(Permission.MANAGE_CLINIC),
        },
    )


@allowed(Permission.BOOK)
@require_POST
@once
def reminder_again(request, pk):
    return _act(request, pk, send_again, "The reminder goes out again.")


@allowed(Permission.BOOK)
@require_POST
@once
def reminder_settle(request, pk):
    return _act(request, pk, settle, "Noted: the patient knows.")


def _act(request, pk, action, done):
    found = get_object_or_404(Reminder, pk=pk)
    try:
        action(reminder=found, by=request.user, now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    return redirect("schedule:reminder_list")


@allowed(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def contact(request):
    """How the clinic reminds, how long an offer stands, what a feed shows."""
    clinic = request.clinic
    page = {"nav_on": "contact", "title": "Reminders and feeds"}
    if clinic is None:
        return render(request, "treatments/schedule/contact.html", page)
    standing = contact_of(clinic)
    names = list(ContactForm.base_fields)
    form = ContactForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(standing, name) for name in names},
    )
    if request.method == "POST" and form.is_valid():
        try:
            set_contact(clinic=clinic, by=request.user, **form.cleaned_data)
        except Refused as refused:
            for finding in refused.findings:
                form.add_error(finding.where or None, finding.message)
        else:
            messages.success(request, "Saved.")
            return redirect("schedule:contact")
    return render(
        request, "treatments/schedule/contact.html", page | {"form": form}, status=422 if form.errors else 200
    )
