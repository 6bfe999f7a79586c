"""Where a request came from: the proxy on this machine is believed, a stranger's header is not."""

import pytest
from django.test import RequestFactory

from mesoclinic.core.addresses import caller_address_or_none


@pytest.mark.parametrize(
    ("remote", "forwarded", "found"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # a stranger's header
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "not an address", "127.0.0.1"),
        ("", "198.51.100.1", "198.51.100.1"),  # a local socket
        ("", "", None),
        ("::1", "2001:db8::5", "2001:db8::5"),
    ],
)
def test_the_caller(remote, forwarded, found):
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)

    assert caller_address_or_none(request) == found
