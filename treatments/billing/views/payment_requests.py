"""A deposit paid by link: the provider's web-hook, and in a demo the made-up provider's own page."""

import json
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from django_tasks import task

from mesoclinic.core.public_pages import render_link_refused, without_sign_in_but_rate_limited
from treatments.billing.actions.payment_requests import record_payment_notice
from treatments.billing.models import PaymentRequest
from treatments.billing.payment_providers.interface import payment_provider_or_none
from treatments.billing.payment_providers.made_up import (
    SIGNATURE_HEADER,
    MadeUpProvider,
    Manner,
    bodies_told,
    signature_header,
)

#: How long the made-up provider takes where it is late.
LATE_BY = timedelta(minutes=2)


@csrf_exempt
@login_not_required
@require_POST
def payment_told(request: HttpRequest) -> HttpResponse:
    """Where the provider tells of payments, signed. Nothing is read before the signature was checked."""
    provider = payment_provider_or_none()
    if provider is None:
        raise Http404
    notice = provider.read_notice_or_none(request.body, request.headers)
    if notice is None:
        return HttpResponseForbidden()
    record_payment_notice(provider.name, notice)
    return HttpResponse(status=204)


# --- the made-up provider: a demo and the tests have it ------------------------------------------------


@csrf_exempt  # as another house's page would be
@without_sign_in_but_rate_limited
@require_http_methods(["GET", "HEAD", "POST"])
def made_up_checkout(request: HttpRequest, key: str) -> HttpResponse:
    """Its page, where no card is typed and no money moves: only how it behaves is chosen."""
    found = None
    if (settings.DEMO or settings.TESTING) and isinstance(payment_provider_or_none(), MadeUpProvider):
        found = PaymentRequest.objects.filter(key=key, provider=MadeUpProvider.name).first()
    if found is None:
        return render_link_refused(request, "ended", 404)
    if request.method == "POST" and request.POST.get("manner") in set(Manner):
        _behave(Manner(request.POST["manner"]), found)
        return redirect(f"{request.get_full_path()}&done=1")
    back = request.GET.get("back", "")
    # Where it leads back to is ours: no other address is followed from here.
    back = back if back.startswith(f"{settings.SITE_URL.rstrip('/')}/l/") else ""
    context = {
        "clinic": None,
        "asked": found,
        "manners": list(Manner),
        "done": "done" in request.GET,
        "back": back,
    }
    return render(request, "treatments/billing/made_up_checkout.html", context)


def _behave(manner: Manner, found: PaymentRequest) -> None:
    told = bodies_told(manner, reference=str(found.key), amount=found.amount, currency=found.currency)
    for body in told:
        if manner == Manner.LATE:
            tell_later.using(run_after=timezone.now() + LATE_BY).enqueue(json.loads(body))
        else:
            _tell(body)


@task()
def tell_later(said: dict[str, str]) -> None:
    """The made-up provider tells late."""
    _tell(json.dumps(said).encode())


def _tell(body: bytes) -> None:
    """By the same door as a real one: signed, and the signature checked."""
    provider = MadeUpProvider()
    notice = provider.read_notice_or_none(body, {SIGNATURE_HEADER: signature_header(body)})
    if notice is not None:
        record_payment_notice(provider.name, notice)
