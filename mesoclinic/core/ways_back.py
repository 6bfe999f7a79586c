"""Where a page says one may go on to: believed for whole addresses of this site only."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def is_address_of_this_site(request: HttpRequest, told: str) -> bool:
    """Without its stroke it would be taken for the name of a page."""
    return told.startswith("/") and url_has_allowed_host_and_scheme(
        told, {request.get_host()}, require_https=request.is_secure()
    )
