"""The code of a link just sent, as the desk is told it: once, on the page that follows."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html


def show_link_code_once(request: HttpRequest, code: str) -> None:
    """It stands in the next page that this person opens, and on the server it is kept nowhere."""
    messages.success(
        request,
        format_html(
            "The link is on its way. Tell the patient this code, it is shown once:"
            ' <b class="price nowrap">{}</b> Five wrong tries end the link; send again for a new one.',
            code,
        ),
    )
