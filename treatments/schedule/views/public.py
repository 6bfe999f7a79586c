"""The two pages for people who do not sign in: a patient's own visit, and a calendar that subscribes.

Nobody finds them without the address; whoever tries addresses is slowed down.
"""

import ipaddress
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from treatments.schedule import rules
from treatments.schedule.actions import answers, feeds, messages, strangers
from treatments.schedule.models import contact_of
from treatments.schedule.models.booking import settings_of
from treatments.schedule.queries import feeds as feed_queries
from treatments.schedule.queries.links import BadLink, read_link, visit_of
from treatments.schedule.rules import AppointmentStatus


def for_strangers(view):
    """No sign-in; not too often from one network address; not indexed, not passed on, not kept."""

    @login_not_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        address = caller(request)
        if strangers.count_call(address=address) > strangers.MOST_A_MINUTE:
            response = _bad(request, "often", 429)
            response["Retry-After"] = "60"
        else:
            response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.setdefault("Cache-Control", "no-store, private")
        return response

    guarded.is_for_strangers = True
    return guarded


def caller(request):
    """Who asks. Behind the proxy of docs/deploy.md, on this machine, the last address it was told of."""
    address = request.META.get("REMOTE_ADDR", "")
    try:
        through_proxy = ipaddress.ip_address(address).is_loopback
    except ValueError:
        through_proxy = not address  # a local socket
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", 1)[-1].strip()
    return told if through_proxy and told else address


# --- a patient's visit -------------------------------------------------------


# The signed address is the key, so a forged form would need it too. And a page that tells nobody where it was
# (no-referrer) sends "Origin: null", which the usual check would take for a stranger's.
@csrf_exempt
@for_strangers
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def visit(request, token):
    """Looking changes nothing: mail programs open links by themselves. Only a button answers."""
    now = timezone.now()
    try:
        link = read_link(token)
        found = visit_of(link)
        if request.method == "POST":
            found, _ = answers.answer(link=link, says=request.POST.get("says", ""), now=now)
            return redirect(request.path)
        standing = answers.standing_of(found, link, now)
    except BadLink as bad:
        return _bad(request, bad.why, 410 if bad.why == "expired" else 404)
    with translation.override(messages.language_of(found.patient.language)):
        day, clock = messages.when_words(found)
        notice = settings_of(found.clinic).notice_hours
        becomes = rules.cancelled_as(found.starts_at, now, notice)
        return render(
            request,
            "treatments/schedule/visit.html",
            {
                "standing": standing,
                "place": found.clinic.name,
                "day": day,
                "clock": clock,
                "phone": contact_of(found.clinic).phone,
                "late": becomes is AppointmentStatus.LATE_CANCELLED,
                "notice_hours": notice,
                "reminded": found.patient.reminders_by != "none",
            },
        )


def _bad(request, why, status):
    """A friendly page, in the language the browser asks for: nothing is known of who it is."""
    asked = translation.get_language_from_request(request)
    with translation.override(messages.language_of(asked)):
        return render(request, "treatments/schedule/visit_bad.html", {"why": why}, status=status)


# --- a clinician's feed ------------------------------------------------------


@for_strangers
@require_http_methods(["GET", "HEAD"])
@sensitive_variables("token")
def feed(request, token):
    """The calendar as a file; 304 where it has not changed since it was fetched."""
    now = timezone.now()
    found = feed_queries.feed_by_hash(feeds.hash_of(token))
    if found is None:
        return HttpResponse("No such calendar.", status=404, content_type="text/plain")
    clinician = found.clinician
    file = feed_queries.as_calendar(clinician, feed_queries.appointments_in_feed(clinician, now))
    feeds.note_reading(feed=found, today=now.date())
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response["Cache-Control"] = "private, must-revalidate, max-age=0"
    etag = feed_queries.etag_of(file)
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response)
