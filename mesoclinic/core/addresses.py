"""Which network address a request came from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def caller_address_as_told(request: HttpRequest) -> str:
    """The address of whoever sent ``request``, as the connection or the proxy names it, which need not be an address.

    X-Forwarded-For is read from its end for as long as the one who told it is a proxy that TRUSTED_PROXIES
    names; what a stranger writes into that header is not believed. A local socket is a proxy, and is empty where it
    was told of nobody.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    told = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    while told and _is_named_proxy(address):
        before = told.pop().strip()
        if not before:
            break
        address = before
    return address


def caller_address_or_none(request: HttpRequest) -> str | None:
    """The same where it is an address; else the one that is connected; None where nobody can tell."""
    found = parsed_address_or_none(caller_address_as_told(request)) or parsed_address_or_none(
        request.META.get("REMOTE_ADDR", "")
    )
    return None if found is None else str(found)


def _is_named_proxy(text: str) -> bool:
    address = parsed_address_or_none(text)
    if address is None:
        return not text
    return any(address in ipaddress.ip_network(network) for network in settings.TRUSTED_PROXIES)


def parsed_address_or_none(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None
