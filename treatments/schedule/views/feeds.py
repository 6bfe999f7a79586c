"""One's own calendar elsewhere: feeds to subscribe to, and busy times brought in."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, Role, requires_permission
from mesoclinic.core import access_log
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.public_pages import without_sign_in_but_rate_limited
from mesoclinic.core.reasons import add_all_errors
from mesoclinic.core.time_limits import Work
from treatments.schedule.actions import feeds
from treatments.schedule.actions.busy_times import (
    import_busy_times_and_remove_stale,
    remove_imported_busy_times_ahead,
)
from treatments.schedule.files import read_busy_file
from treatments.schedule.forms.feeds import BusyForm, FeedForm
from treatments.schedule.models import CalendarFeed, booking_settings_or_usual
from treatments.schedule.queries.feeds import (
    appointments_in_feed,
    count_appointments_during_absences,
    etag_of,
    feed_as_calendar_file,
    feeds_in_use_of_clinic,
    feeds_in_use_of_clinician,
    imported_busy_counts_of_clinicians,
    live_feed_with_hash_or_none,
)
from treatments.schedule.queries.hours import clinicians_at

#: Where the address of a feed waits to be shown, once.
_SHOW_ONCE = "feed_address"


@requires_permission(Permission.SHARE_CALENDAR)
@require_http_methods(["GET", "HEAD"])
def calendar_feeds_page(request):
    return _render_calendar_feeds_page(request)


def _render_calendar_feeds_page(request, status=200, **more):
    clinic, user = request.clinic, request.user
    page = {"nav_on": "calendar", "title": "Calendars elsewhere"}
    if clinic is None:
        return render(request, "treatments/schedule/feeds.html", page)
    manages = user.may(Permission.MANAGE_CLINIC)
    people = list(clinicians_at(clinic)) if manages else [user]
    clinicians = {who.pk: who.display_name for who in people}
    found = feeds_in_use_of_clinic(clinic) if manages else feeds_in_use_of_clinician(user)
    forms = {
        "feed_form": FeedForm(prefix="feed"),
        "busy_form": BusyForm(prefix="busy", clinicians=clinicians, initial={"clinician": user.pk}),
    } | more
    return render(
        request,
        "treatments/schedule/feeds.html",
        page
        | forms
        | {
            "feeds": list(found),
            "brought_in": [
                {"clinician": row.clinician, "times": row.times, "name": clinicians[row.clinician]}
                for row in imported_busy_counts_of_clinicians(clinicians, timezone.now())
            ],
            "manages": manages,
            "has_own": user.has_role(Role.CLINICIAN),
            "names": booking_settings_or_usual(clinic).names_in_feeds,
            "address": request.session.pop(_SHOW_ONCE, "") if request.method == "GET" else "",
            "forms": [forms["feed_form"], forms["busy_form"]],
        },
        status=status,
    )


@requires_permission(Permission.SHARE_CALENDAR)
@require_POST
@once
def feed_create(request):
    form = FeedForm(request.POST, prefix="feed")
    if form.is_valid():
        try:
            _, token = feeds.create_feed_and_token(
                clinician=request.user, label=form.cleaned_data["label"], by=request.user
            )
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            address = reverse("schedule:feed", args=[token])
            request.session[_SHOW_ONCE] = f"{settings.SITE_URL.rstrip('/')}{address}"
            return redirect("schedule:calendars")
    return _render_calendar_feeds_page(request, status=422, feed_form=form)


@requires_permission(Permission.SHARE_CALENDAR)
@require_POST
@once
def feed_revoke(request, pk):
    found = CalendarFeed.objects.select_related("clinician").filter(pk=pk).first()
    # Somebody else's answers as if it were not there.
    if found is None or not feeds.may_manage_calendar_of(found.clinician, by=request.user):
        raise Http404
    feeds.revoke_feed(feed=found, by=request.user)
    messages.success(request, "Revoked: the address answers nobody any more.")
    return redirect("schedule:calendars")


@requires_permission(Permission.SHARE_CALENDAR)
@require_POST
@takes_longer(Work.IMPORT)
@once
def busy_times_import(request):
    """A calendar file becomes absences, or is refused with the reason and writes nothing."""
    clinic, user, now = request.clinic, request.user, timezone.now()
    manages = user.may(Permission.MANAGE_CLINIC)
    people = list(clinicians_at(clinic)) if manages else [user]
    form = BusyForm(
        request.POST, request.FILES, prefix="busy", clinicians={who.pk: who.display_name for who in people}
    )
    if form.is_valid():
        given = form.cleaned_data
        who = next(p for p in people if p.pk == given["clinician"])
        try:
            read = read_busy_file(given["file"].read(), zone=clinic.zone, now=now)
            done = import_busy_times_and_remove_stale(
                clinician=who, clinic=clinic, times=read.times, uids=read.uids, by=user, now=now
            )
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            _add_import_messages(request, who, done)
            return redirect("schedule:calendars")
    return _render_calendar_feeds_page(request, status=422, busy_form=form)


@requires_permission(Permission.SHARE_CALENDAR)
@require_POST
@once
def imported_busy_times_remove(request, pk):
    """Somebody's busy times from another calendar are taken out."""
    user = request.user
    who = User.objects.clinicians(request.clinic).filter(pk=pk).first()
    if who is None or not (who.pk == user.pk or user.may(Permission.MANAGE_CLINIC)):
        raise Http404
    count = remove_imported_busy_times_ahead(clinician=who, clinic=request.clinic, by=user)
    messages.success(request, f"{who.display_name}: {count} busy times taken out.")
    return redirect("schedule:calendars")


def _add_import_messages(request, who, done):
    standing = count_appointments_during_absences(done.rows) if done.rows else 0
    words = f"{done.added} busy times added"
    if done.removed:
        words += f", {done.removed} that are no longer there taken out"
    if done.kept:
        words += f", {done.kept} known already"
    messages.success(request, f"{who.display_name}: {words}.")
    if standing:
        what = "1 appointment stands" if standing == 1 else f"{standing} appointments stand"
        messages.warning(request, f"{what} in these times: open the calendar and move them.")


@without_sign_in_but_rate_limited
@require_http_methods(["GET", "HEAD"])
@sensitive_variables("token")
def calendar_feed_file(request, token):
    """The calendar as a file; 304 where it has not changed since it was fetched."""
    now = timezone.now()
    found = live_feed_with_hash_or_none(feeds.hash_of_feed_token(token))
    if found is None:
        return HttpResponse("No such calendar.", status=404, content_type="text/plain")
    clinician = found.clinician
    # Nobody is signed in: the log says which of whose feeds was read.
    access_log.note_beside(feed=found.pk, clinician=clinician.pk)
    file = feed_as_calendar_file(clinician, appointments_in_feed(clinician, now))
    feeds.record_day_feed_was_read(feed=found, today=now.date())
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response["Cache-Control"] = "private, must-revalidate, max-age=0"
    etag = etag_of(file)
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response)
