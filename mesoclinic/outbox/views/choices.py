"""What a patient wants to be written: their own page, by the link in a message, and the desk's."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext_noop
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.languages import language_name_or_code, offered_languages, translated_language_or_none
from mesoclinic.core.public_pages import (
    language_of_stranger,
    render_link_refused,
    without_sign_in_but_rate_limited,
)
from mesoclinic.outbox.choices import begin_messages_again, stop_messages
from mesoclinic.outbox.messages import key_of_token_or_none
from mesoclinic.outbox.models import Message
from mesoclinic.outbox.queries import opt_outs_of
from mesoclinic.outbox.rules import Channel, Purpose
from patients.actions.people import choose_by_link, record_viewing
from patients.models import Patient

#: What is stopped, as the page says it. Without a name of what the patient is treated for.
STOPPED = {
    Purpose.REMINDER: gettext_noop("reminders of your visits"),
    Purpose.QUOTE: gettext_noop("messages about quotes"),
    Purpose.CHECK_IN: gettext_noop("questions after a visit"),
    Purpose.INTAKE: gettext_noop("questions before a visit"),
    Purpose.AFTERCARE: gettext_noop("advice after a visit"),
    Purpose.COURSE: gettext_noop("messages with all your dates"),
}


# The secret address is the key, so a forged form would need it too; and mail programs post here by themselves when
# somebody presses their own button to stop these messages (RFC 8058).
@csrf_exempt
@without_sign_in_but_rate_limited
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def message_choices_page(request: HttpRequest, token: str) -> HttpResponse:
    """Another language, another way, or no more of these. It shows nothing that is on record, and looking changes nothing."""
    key = key_of_token_or_none(token)
    found = (
        Message.objects.select_related("clinic", "patient__merged_into").filter(key=key).first()
        if key
        else None
    )
    if found is None:
        return render_link_refused(request, "ended", 404)
    patient, purpose = found.patient.merged_into or found.patient, Purpose(found.purpose)
    if request.method == "POST":
        done = _choose(request, patient, purpose, found)
        return redirect(f"{request.path}?done={done}" if done else request.path)
    # What was just chosen is said in that language.
    with translation.override(language_of_stranger(request, patient.language)):
        return render(
            request,
            "mesoclinic/outbox/choices.html",
            {
                "clinic": found.clinic,
                "done": request.GET.get("done", ""),
                "stops": STOPPED[purpose],
                "languages": offered_languages(),
            },
        )


def _choose(request: HttpRequest, patient: Patient, purpose: Purpose, found: Message) -> str:
    """What was done, for the page; empty where nothing was asked that is offered."""
    if "stop" in request.POST or request.POST.get("List-Unsubscribe") == "One-Click":
        stop_messages(patient=patient, purpose=purpose, clinic=found.clinic)
        return "stopped"
    if language := translated_language_or_none(request.POST.get("language", "")):
        choose_by_link(patient=patient, language=language)
        return "language"
    channel = request.POST.get("channel", "")
    if channel in set(Channel):
        choose_by_link(patient=patient, reminders_by=channel)
        return channel
    return ""


# --- the desk -------------------------------------------------------------------------------------


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def messages_wanted_page(request: StaffRequest, pk: int) -> HttpResponse:
    """Which messages a patient has stopped; begun again by the desk with the patient's word."""
    patient = get_object_or_404(Patient, pk=pk)
    refused: tuple[Finding, ...] | list[Finding] = ()
    if request.method == "POST":
        if request.POST.get("purpose") not in set(Purpose):
            raise Http404
        try:
            begin_messages_again(
                patient=patient,
                purpose=Purpose(request.POST["purpose"]),
                words=request.POST.get("words", ""),
                by=request.user,
            )
        except Refused as error:
            refused = error.findings
        else:
            messages.success(request, "Noted: these messages go out again.")
            return redirect("outbox:wanted", pk)
    else:
        record_viewing(patient=patient, by=request.user, page="messages wanted")
    context = {
        "title": "Messages wanted",
        "nav_on": "patients",
        "patient": patient,
        "opt_outs": opt_outs_of(patient),
        "language": language_name_or_code(patient.language),
        "typed": request.POST.get("words", ""),
        "typed_for": request.POST.get("purpose", ""),
        "refused": refused,
        "now": timezone.now(),
    }
    return render(request, "mesoclinic/outbox/wanted.html", context, status=422 if refused else 200)
