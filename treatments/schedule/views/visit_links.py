"""A patient's own page of one visit, opened by the signed link of a reminder."""

from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from mesoclinic.core import rate_limit
from mesoclinic.core.addresses import caller_address_as_told
from mesoclinic.core.links import BadLink
from mesoclinic.outbox.models import outbox_settings_or_unsaved
from treatments.schedule import messages
from treatments.schedule.actions.visit_links import (
    answer_visit_link_and_return_state,
    visit_state_for_link_or_raise,
)
from treatments.schedule.models import booking_settings_or_usual
from treatments.schedule.queries.visit_links import appointment_of_link_or_raise, read_visit_link_or_raise
from treatments.schedule.rules.appointments import AppointmentStatus, status_when_cancelled


def without_sign_in_but_rate_limited(view):
    """No sign-in; not too often from one network address; not indexed, not passed on, not kept."""

    @login_not_required
    @wraps(view)
    def rate_limited_view(request, *args, **kwargs):
        address = caller_address_as_told(request)
        if rate_limit.record_call_and_count(address=address) > rate_limit.MOST_A_MINUTE:
            response = _render_bad_link_page(request, "often", 429)
            response["Retry-After"] = "60"
        else:
            response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.setdefault("Cache-Control", "no-store, private")
        return response

    rate_limited_view.is_public_page = True
    return rate_limited_view


# The signed address is the key, so a forged form would need it too. And a page that tells nobody where it was
# (no-referrer) sends "Origin: null", which the usual check would take for a stranger's.
@csrf_exempt
@without_sign_in_but_rate_limited
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def visit_link_page(request, token):
    """Looking changes nothing: mail programs open links by themselves. Only a button answers."""
    now = timezone.now()
    try:
        link = read_visit_link_or_raise(token)
        found = appointment_of_link_or_raise(link)
        if request.method == "POST":
            found, _ = answer_visit_link_and_return_state(
                link=link, says=request.POST.get("says", ""), now=now
            )
            return redirect(request.path)
        standing = visit_state_for_link_or_raise(found, link, now)
    except BadLink as bad:
        return _render_bad_link_page(request, bad.why, 410 if bad.why == "expired" else 404)
    with translation.override(messages.message_language(found.patient.language)):
        day, clock = messages.day_and_time_texts(found)
        notice = booking_settings_or_usual(found.clinic).notice_hours
        becomes = status_when_cancelled(found.starts_at, now, notice)
        return render(
            request,
            "treatments/schedule/visit_link.html",
            {
                "standing": standing,
                "place": found.clinic.name,
                "day": day,
                "clock": clock,
                "phone": outbox_settings_or_unsaved(found.clinic).phone,
                "late": becomes is AppointmentStatus.LATE_CANCELLED,
                "notice_hours": notice,
                "reminded": found.patient.reminders_by != "none",
            },
        )


def _render_bad_link_page(request, why, status):
    """A friendly page, in the language the browser asks for: nothing is known of who it is."""
    asked = translation.get_language_from_request(request)
    with translation.override(messages.message_language(asked)):
        return render(request, "layouts/link_refused.html", {"why": why}, status=status)
