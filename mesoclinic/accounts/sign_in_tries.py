"""How often a password or a code may be tried, counted by account, by address and by known device.

Counts are written before the try is answered, so that tries sent at once are counted too. A success gives back what it
took. Accounts are counted without regard to case and Unicode form: the database finds "TLOCK" and the counter must too.
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from mesoclinic.core.addresses import caller_address_or_none
from mesoclinic.core.rate_limit import (
    Counter,
    add_to_counts,
    counts_by_minute,
    counts_since,
    forget_counts,
)

#: Wrong tries count for so long.
WINDOW = timedelta(minutes=15)
#: One account from one address.
MOST_AT_ONE_PLACE = 5
#: One account from everywhere, known devices aside: many addresses do not make many more tries.
MOST_FOR_AN_ACCOUNT = 25
#: One address over all accounts, known devices aside: a password tried on each account in turn.
MOST_FROM_AN_ADDRESS = 20
#: One account on a device where it has signed in before. Nobody else's tries count there.
MOST_ON_A_KNOWN_DEVICE = 10
#: Letters for a new password, to one account or from one address.
MOST_LETTERS = 5

DEVICE_COOKIE = "known_device"
DEVICE_KEPT = timedelta(days=180)
_SALT = "accounts.known-device"


def plain_account(username: str) -> str:
    """The account's name as it is counted: one for all its cases and Unicode forms."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold()).strip()[:150]


def counters_of_try(
    request: HttpRequest, username: str, *, step: str = "password", letters: bool = False
) -> list[Counter]:
    """What a try of this account counts against. ``letters``: a letter for a new password is asked for.

    Codes are counted apart (``step``): whoever has the password could otherwise give tries of the code back with it.
    """
    account, address = plain_account(username), caller_address_or_none(request) or "-"
    if letters:
        return [
            Counter(f"letter to {account}", MOST_LETTERS),
            Counter(f"letter from {address}", MOST_LETTERS * 2),
        ]
    device = _known_device_or_none(request, account)
    if device is not None:
        return [Counter(f"{step} device {device} {account}", MOST_ON_A_KNOWN_DEVICE)]
    return [
        Counter(f"{step} place {address} {account}", MOST_AT_ONE_PLACE),
        Counter(f"{step} account {account}", MOST_FOR_AN_ACCOUNT),
        Counter(f"{step} address {address}", MOST_FROM_AN_ADDRESS),
    ]


def count_try(counters: Sequence[Counter], *, now: datetime | None = None) -> bool:
    """Count it; whether it may go on. One statement for each counter that is not over, and a read."""
    now = now or timezone.now()
    if _is_over(counters, now):
        return False
    add_to_counts(counters, 1, now)
    # Read again: of tries sent at once each has been counted before any is answered.
    return not _is_over(counters, now, also=1)


def give_back_try(counters: Sequence[Counter], *, now: datetime | None = None) -> None:
    """It was right: it does not count, and neither do the wrong ones before it at this place or device."""
    forget_counts(counters[:1])
    add_to_counts(counters[1:], -1, now or timezone.now())


def _is_over(counters: Sequence[Counter], now: datetime, *, also: int = 0) -> bool:
    counts = counts_since(counters, now - WINDOW)
    return any(counts.get(one.who, 0) >= one.most + also for one in counters)


def locked_accounts(usernames: Sequence[str], *, now: datetime | None = None) -> dict[str, datetime]:
    """Those of the accounts that had enough wrong tries to be closed somewhere, and until when. One query."""
    counters = {
        Counter(f"{step} account {plain_account(name)}", MOST_AT_ONE_PLACE): name
        for name in usernames
        for step in ("password", "code")
    }
    names = {one.who: name for one, name in counters.items()}
    locked: dict[str, datetime] = {}
    for who, counts in counts_by_minute(counters, (now or timezone.now()) - WINDOW).items():
        until = _locked_until_or_none(counts)
        if until is not None:
            locked[names[who]] = max(until, locked.get(names[who], until))
    return locked


def _locked_until_or_none(counts: Sequence[tuple[datetime, int]]) -> datetime | None:
    """When so many of the tries, the oldest first, are out of the window that one may try again; None: it is not locked."""
    left = sum(count for _, count in counts)
    until = None
    for minute, count in counts:
        if left < MOST_AT_ONE_PLACE:
            break
        left -= count
        until = minute + WINDOW
    return until


def unlock_account(username: str, addresses: Sequence[str]) -> None:
    """Forget the wrong tries of an account, from everywhere and from these addresses."""
    account = plain_account(username)
    names = [
        f"{step} {what}"
        for step in ("password", "code")
        for what in (f"account {account}", *(f"place {address} {account}" for address in addresses))
    ]
    forget_counts(Counter(name, 0) for name in names)


def remember_device(request: HttpRequest, response: HttpResponseBase, username: str) -> None:
    """Give the device a signed cookie: this account has signed in here. Others' wrong tries do not lock it here."""
    account = plain_account(username)
    held = [name for name in _accounts_of_device(request) if name != account]
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps([account, *held][:8], salt=_SALT, compress=True),
        max_age=int(DEVICE_KEPT.total_seconds()),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _known_device_or_none(request: HttpRequest, account: str) -> str | None:
    """A name for the device by its cookie, where this account has signed in on it."""
    if account not in _accounts_of_device(request):
        return None
    return hashlib.sha256(request.COOKIES[DEVICE_COOKIE].encode()).hexdigest()


def _accounts_of_device(request: HttpRequest) -> list[str]:
    try:
        return list(signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=_SALT, max_age=DEVICE_KEPT))
    except signing.BadSignature:
        return []
