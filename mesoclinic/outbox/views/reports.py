"""Where providers of text messages report what became of them: signed, told twice is told once, in whatever order."""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from mesoclinic.outbox.actions import delivery_report_address, record_delivery_report
from mesoclinic.outbox.sms import Report, provider_name_from_settings
from mesoclinic.outbox.sms_providers import twilio, vonage


@csrf_exempt
@login_not_required
@require_POST
@sensitive_post_parameters()
def twilio_report(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """A status callback of Twilio, signed in X-Twilio-Signature."""
    _refuse_unless_configured(twilio.NAME)
    report = twilio.read_report_or_none(
        address=delivery_report_address(key),
        fields={name: str(value) for name, value in request.POST.items()},
        signature=request.headers.get("X-Twilio-Signature", ""),
    )
    return _recorded(key, report)


@csrf_exempt
@login_not_required
@require_POST
def vonage_report(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """A status web-hook of Vonage, signed by the token in Authorization."""
    _refuse_unless_configured(vonage.NAME)
    report = vonage.read_report_or_none(
        body=request.body, authorization=request.headers.get("Authorization", "")
    )
    return _recorded(key, report)


def _refuse_unless_configured(name: str) -> None:
    """A provider that the clinic does not use tells nothing here."""
    if provider_name_from_settings() != name:
        raise Http404


def _recorded(key: uuid.UUID, report: Report | None) -> HttpResponse:
    """Nothing is read before the signature was checked. A message that is not there any more is answered as one that is."""
    if report is None:
        return HttpResponseForbidden()
    record_delivery_report(key, report)
    return HttpResponse(status=204)
