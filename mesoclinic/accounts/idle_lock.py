"""Going on after the idle lock: with the password or with a passkey, on the page that is covered."""

import json

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth, flows
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.accounts.sign_in import KEPT_FORM, LOCKED, unlock
from mesoclinic.core.sent_fields import labelled_non_empty_fields
from mesoclinic.core.ways_back import is_address_of_this_site

_WRONG = {"password": "This is not the password.", "credential": "This passkey is not of this account."}


@requires_permission(Permission.SEE_OWN_ACCOUNT)
@require_POST
@sensitive_post_parameters("password", "credential")
def unlock_session(request: StaffRequest) -> HttpResponse:
    """Go on with the password or the passkey; with neither: the page is in use (423 where it is locked)."""
    if request.POST.get("ask") == "passkey":
        return _passkey_options(request)
    by = next((name for name in ("credential", "password") if request.POST.get(name)), "")
    if not by and "password" not in request.POST:
        return HttpResponse(status=423 if request.session.get(LOCKED) else 204)
    is_right = (
        _is_own_passkey(request, request.POST["credential"])
        if by == "credential"
        else request.user.check_password(request.POST["password"])
    )
    by_script = request.headers.get("X-Requested-With") == "fetch"
    to = request.POST.get("next", "")
    if not is_right:
        if by_script:
            return HttpResponse(status=422)
        wrong = _WRONG[by or "password"]
        return render(request, "account/idle_lock.html", {"wrong": wrong, "next": to}, status=422)
    unlock(request)
    if by_script:
        return HttpResponse(status=204)
    if kept := request.session.pop(KEPT_FORM, None):
        words = labelled_non_empty_fields(kept["fields"])
        return render(request, "account/kept_form.html", kept | {"words": words})
    return redirect(to if is_address_of_this_site(request, to) else "today")


def _passkey_options(request: StaffRequest) -> HttpResponse:
    """What the browser asks the passkey; 404 where the account has none."""
    if not Authenticator.objects.filter(user=request.user, type=Authenticator.Type.WEBAUTHN).exists():
        return HttpResponse(status=404)
    return JsonResponse(auth.begin_authentication(request.user))


def _is_own_passkey(request: StaffRequest, credential: str) -> bool:
    """Whether a passkey of this account has signed what it was asked last; each question is answered once."""
    try:
        given = json.loads(credential)
        used = auth.complete_authentication(request.user, given)
    # What somebody makes up is no credential, in whatever way it is none.
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        auth.clear_state()
        return False
    flows.reauthenticate(request, used)
    return True
