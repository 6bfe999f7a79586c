"""Which network address a request came from."""

import ipaddress

from django.http import HttpRequest


def caller_address_or_none(request: HttpRequest) -> str | None:
    """The address of whoever sent ``request``; None where nobody can tell.

    Behind the proxy of docs/deploy.md, which stands on this machine, it is the last address the proxy was told
    of; what a stranger writes into that header from elsewhere is not believed.
    """
    address = _parsed_address_or_none(request.META.get("REMOTE_ADDR", ""))
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]
    is_proxy = address is None or address.is_loopback
    found = (_parsed_address_or_none(told) if is_proxy else None) or address
    return None if found is None else str(found)


def _parsed_address_or_none(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None
