"""Around every request: tries of passwords and codes are counted, and a session ends when its time is over."""

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils import timezone

from mesoclinic.accounts import sign_in_tries
from mesoclinic.accounts.models import Clinic, SignIn, User
from mesoclinic.core import audit
from mesoclinic.core.addresses import caller_address_or_none
from mesoclinic.core.sent_fields import sent_fields_without_secrets

GetResponse = Callable[[HttpRequest], HttpResponseBase]

#: allauth's pages where a right code is the answer; the others ask for a password.
_CODES = {"mfa_authenticate", "mfa_reauthenticate", "mfa_login_webauthn", "mfa_activate_totp"}
_UNLOCK = "session_unlock"
_LETTERS = {"account_reset_password"}
#: The session's keys: when it began, when it was last used, and that a second factor stands.
BEGAN, SEEN, SECOND_FACTOR, LOCKED = "began", "seen", "second_factor", "locked"
#: What a form said while the session was locked.
KEPT_FORM = "kept_form"
#: ``seen`` is written once in so long.
_SEEN_EVERY = timedelta(minutes=1)
#: Clocks of web processes on several machines may differ by so much.
_CLOCKS_APART = timedelta(minutes=-5)


def _allauth_page_or_none(request: HttpRequest) -> ResolverMatch | None:
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return None
    return match if match.func.__module__.startswith("allauth.") else None


def _page_of_tries_or_none(request: HttpRequest) -> ResolverMatch | None:
    """Where a password or a code is tried: allauth's pages, and the idle lock's own form."""
    match = _allauth_page_or_none(request)
    if (
        match is None
        and request.path_info == reverse(_UNLOCK)
        and {"password", "credential"} & request.POST.keys()
    ):
        match = resolve(request.path_info)
    return None if match is None or match.url_name == "account_logout" else match


class CountTries:
    """Answers 429 where a password or code was tried too often. Every POST to allauth's pages is a try."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        page = _page_of_tries_or_none(request) if request.method == "POST" else None
        if page is None:
            return self.get_response(request)
        name = page.url_name or ""
        username = _username_tried(request, page)
        counters = sign_in_tries.counters_of_try(
            request,
            username,
            step="code" if name in _CODES or "credential" in request.POST else "password",
            letters=name in _LETTERS,
        )
        if not sign_in_tries.count_try(counters):
            _record_wrong_try(request, username, name, is_locked=True)
            return render(request, "account/locked_out.html", status=429)
        response = self.get_response(request)
        if name in _LETTERS:
            return response
        if response.status_code in (204, 302):
            sign_in_tries.give_back_try(counters)
        else:
            _record_wrong_try(request, username, name)
        # Only by what was right: a new cookie at each wrong try would begin a new count.
        if response.status_code in (204, 302) and request.user.is_authenticated:
            sign_in_tries.remember_device(request, response, request.user.get_username())
        return response


def _username_tried(request: HttpRequest, page: ResolverMatch) -> str:
    """Whose password or code is tried; empty where nobody is named."""
    if request.user.is_authenticated:
        return request.user.get_username()
    if page.url_name in _LETTERS:
        return _without_null(request.POST.get("email", ""))
    if page.url_name == "account_reset_password_from_key":
        return f"uid {page.kwargs.get('uidb36', '')}"
    stage = get_pending_stage(request)
    if stage is not None and page.url_name != "account_login":
        return str(stage.login.user.get_username())
    return _without_null(request.POST.get("login", ""))


def _without_null(typed: str) -> str:
    """This is asked before the form is cleaned (core.middleware)."""
    return typed.replace("\x00", "")


def _record_wrong_try(request: HttpRequest, username: str, page: str, *, is_locked: bool = False) -> None:
    """Say in the log that it was wrong. What was typed is not kept: people type passwords into the wrong field."""
    account = User.objects.filter(username__iexact=username).first() or User(pk=0)
    with transaction.atomic():
        audit.record(
            by=None,
            did="staff.locked_out" if is_locked else "staff.wrong_try",
            about=account,
            page=page,
        )


@receiver(user_logged_in)
def record_sign_in(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """Keep when and where a session began, and write it in the log."""
    if request.resolver_match is None:
        return  # no request of a browser: a test or a command
    request.session[BEGAN] = request.session[SEEN] = timezone.now().isoformat()
    with transaction.atomic():
        SignIn.objects.create(
            user=user,
            session_key=request.session.session_key or "",
            device=request.headers.get("User-Agent", "")[:200],
            address=caller_address_or_none(request),
        )
        methods = [
            str(each.get("method", ""))
            for each in request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
        ]
        audit.record(by=user, did="staff.signed_in", about=user, by_means=methods)


class LimitSession:
    """Ends a session after its longest time, and sends whoever must have a second factor to switch it on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.get_response(request)
        now = timezone.now()
        began = _time_in_session_or_none(request, BEGAN)
        # One that begins in the time to come was made by a clock that has been set back: it would last too long.
        if began is not None and not _CLOCKS_APART <= now - began <= timedelta(
            seconds=settings.SESSION_COOKIE_AGE
        ):
            logout(request)
            return redirect(f"{_login_url()}?next={request.path}")
        if _must_switch_second_factor_on(request) and _allauth_page_or_none(request) is None:
            messages.info(request, "Your role signs in with a second factor. Switch it on to go on.")
            return redirect("mfa_activate_totp")
        if _is_locked(request, now) and not _opens_or_leaves(request):
            if request.headers.get("X-Requested-With") == "fetch" or request.headers.get("HX-Request"):
                return HttpResponse(status=423)
            if request.method == "POST":
                _keep_form(request)
            page = {"next": request.get_full_path() if request.method == "GET" else ""}
            return render(request, "account/idle_lock.html", page, status=423)
        _keep_last_use(request, now)
        return self.get_response(request)


def _login_url() -> str:
    return reverse("account_login")


def _time_in_session_or_none(request: HttpRequest, key: str) -> datetime | None:
    text = request.session.get(key)
    return datetime.fromisoformat(text) if text else None


def _is_locked(request: HttpRequest, now: datetime) -> bool:
    """Whether nobody has touched it for the clinic's time. It stays locked until the password is given."""
    clinic: Clinic | None = getattr(request, "clinic", None)
    seen = _time_in_session_or_none(request, SEEN)
    if clinic is None or seen is None:
        return False
    # ``seen`` may be a minute old while the page is in use.
    if not request.session.get(LOCKED) and now - seen > timedelta(minutes=clinic.idle_minutes) + _SEEN_EVERY:
        request.session[LOCKED] = True
    return bool(request.session.get(LOCKED))


def _opens_or_leaves(request: HttpRequest) -> bool:
    return request.path_info in (reverse(_UNLOCK), reverse("account_logout"))


def _keep_form(request: HttpRequest) -> None:
    """What a form said to a locked session waits in the session: nothing typed is lost, and no page shows it before."""
    fields = sent_fields_without_secrets(request.POST, without={"once"})
    request.session[KEPT_FORM] = {
        "path": request.get_full_path(),
        "fields": fields,
        "has_files": bool(request.FILES),
    }


def unlock(request: HttpRequest) -> None:
    """The password was right: the session goes on."""
    request.session.pop(LOCKED, None)
    request.session[SEEN] = timezone.now().isoformat()


def _keep_last_use(request: HttpRequest, now: datetime) -> None:
    seen = _time_in_session_or_none(request, SEEN)
    if seen is None or now - seen < _SEEN_EVERY or request.session.get(LOCKED):
        return
    request.session[SEEN] = now.isoformat()
    SignIn.objects.filter(session_key=request.session.session_key).update(seen_at=now)


def _must_switch_second_factor_on(request: HttpRequest) -> bool:
    """Whether their role asks for one and none is there. Asked of the database until one stands."""
    user = request.user
    if not isinstance(user, User) or not set(user.roles) & set(settings.SECOND_FACTOR_ROLES):
        return False
    if request.session.get(SECOND_FACTOR):
        return False
    if has_second_factor(user):
        request.session[SECOND_FACTOR] = True
        return False
    return True


def has_second_factor(user: User) -> bool:
    """An app or a key; recovery codes alone are none."""
    return Authenticator.objects.filter(
        user=user, type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    ).exists()


@receiver([password_reset, password_changed, password_set])
def record_new_password(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """A new password is in the log, and an invitation is over."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).exclude(invited_at=None).update(invited_at=None)
        audit.record(by=user, did="staff.password_set", about=user)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def record_second_factor(
    sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: object
) -> None:
    """Each change of a second factor is in the log; a removed one is asked for again where the role needs one."""
    request.session.pop(SECOND_FACTOR, None)
    signal = kwargs.get("signal")
    did = {id(authenticator_added): "added", id(authenticator_removed): "removed"}.get(id(signal), "renewed")
    with transaction.atomic():
        audit.record(by=user, did=f"staff.second_factor_{did}", about=user, kind=authenticator.type)
