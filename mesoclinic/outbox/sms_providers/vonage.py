"""Text messages by Vonage: POST /v1/messages of its Messages API, and its signed status web-hooks.

https://developer.vonage.com/en/api/messages · https://developer.vonage.com/en/messages/concepts/signed-webhooks
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

from django.conf import settings
from django.utils.crypto import constant_time_compare

from mesoclinic.outbox.rules import Delivery
from mesoclinic.outbox.sms import Backend, Report, Text
from mesoclinic.outbox.sms_providers.http import Posted, connect_and_return_poster

NAME = "vonage"

_DELIVERIES = {
    "submitted": Delivery.ON_ITS_WAY,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.DELIVERED,
    "rejected": Delivery.NOT_DELIVERED,
    "undeliverable": Delivery.NOT_DELIVERED,
}


class Vonage(Backend):
    """``VONAGE_API_KEY``, ``VONAGE_API_SECRET``, ``VONAGE_FROM``; reports are checked by ``VONAGE_SIGNATURE_SECRET``."""

    def connect_and_return_sender(self, message: Text) -> Callable[[], str]:
        """Reached; what is left posts the message and returns its number."""
        post = connect_and_return_poster(_posted(message))
        return lambda: str(post().get("message_uuid", ""))


def _posted(message: Text) -> Posted:
    said = {
        "message_type": "text",
        "channel": "sms",
        "from": settings.VONAGE_FROM,
        # Their numbers have no plus sign.
        "to": message.to.lstrip("+"),
        "text": message.text,
        "client_ref": message.key,
    }
    if message.report_to:
        said |= {"webhook_url": message.report_to, "webhook_version": "v1"}
    login = base64.b64encode(f"{settings.VONAGE_API_KEY}:{settings.VONAGE_API_SECRET}".encode()).decode()
    return Posted(
        f"{settings.VONAGE_URL}/v1/messages",
        {
            "Authorization": f"Basic {login}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        },
        json.dumps(said).encode(),
    )


def read_report_or_none(*, body: bytes, authorization: str) -> Report | None:
    """What a web-hook tells; None where it was not signed for this body with our secret."""
    claims = _claims_or_none(authorization.removeprefix("Bearer "))
    if claims is None:
        return None
    if not constant_time_compare(str(claims.get("payload_hash", "")), hashlib.sha256(body).hexdigest()):
        return None
    said = _object_or_none(body) or {}
    error = said.get("error")
    title = str(error.get("title", "")) if isinstance(error, dict) else ""
    return Report(
        provider_id=str(said.get("message_uuid", ""))[:64],
        delivery=_DELIVERIES.get(str(said.get("status", "")), Delivery.UNKNOWN),
        code=title[:10] if title.isdecimal() else "",
    )


def _claims_or_none(token: str) -> dict[str, object] | None:
    """Of a JSON web token that our secret has signed with HMAC-SHA256; another way of signing is not taken."""
    secret = settings.VONAGE_SIGNATURE_SECRET
    head, _, rest = token.partition(".")
    claims, _, signature = rest.partition(".")
    if not secret or (_object_or_none(_decoded(head)) or {}).get("alg") != "HS256":
        return None
    made = hmac.new(secret.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(made, _decoded(signature)):
        return None
    return _object_or_none(_decoded(claims))


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return b""


def _object_or_none(body: bytes) -> dict[str, object] | None:
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
