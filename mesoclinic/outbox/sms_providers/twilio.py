"""Text messages by Twilio: POST /2010-04-01/Accounts/SID/Messages.json, and its status callbacks.

https://www.twilio.com/docs/messaging/api/message-resource · https://www.twilio.com/docs/usage/security
Twilio takes no key against repeats for messages: what got no answer is unsure, and is never sent again by itself.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from django.conf import settings
from django.utils.crypto import constant_time_compare

from mesoclinic.outbox.rules import Delivery
from mesoclinic.outbox.sms import Backend, Report, Text
from mesoclinic.outbox.sms_providers.http import Posted, connect_and_return_poster

NAME = "twilio"

_DELIVERIES = {
    "accepted": Delivery.ON_ITS_WAY,
    "scheduled": Delivery.ON_ITS_WAY,
    "queued": Delivery.ON_ITS_WAY,
    "sending": Delivery.ON_ITS_WAY,
    "sent": Delivery.ON_ITS_WAY,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.DELIVERED,
    "undelivered": Delivery.NOT_DELIVERED,
    "failed": Delivery.NOT_DELIVERED,
    "canceled": Delivery.NOT_DELIVERED,
}


class Twilio(Backend):
    """``TWILIO_ACCOUNT_SID``, ``TWILIO_AUTH_TOKEN`` and ``TWILIO_FROM``: a number, or the SID of a messaging service."""

    def connect_and_return_sender(self, message: Text) -> Callable[[], str]:
        """Reached; what is left posts the message and returns its SID."""
        post = connect_and_return_poster(_posted(message))
        return lambda: str(post().get("sid", ""))


def _posted(message: Text) -> Posted:
    account, sender = settings.TWILIO_ACCOUNT_SID, settings.TWILIO_FROM
    by = "MessagingServiceSid" if sender.startswith("MG") else "From"
    fields = {"To": message.to, by: sender, "Body": message.text}
    if message.report_to:
        fields["StatusCallback"] = message.report_to
    login = base64.b64encode(f"{account}:{settings.TWILIO_AUTH_TOKEN}".encode()).decode()
    return Posted(
        f"{settings.TWILIO_URL}/2010-04-01/Accounts/{account}/Messages.json",
        {"Authorization": f"Basic {login}", "Content-Type": "application/x-www-form-urlencoded"},
        urlencode(fields).encode(),
    )


def signature_of(address: str, fields: Mapping[str, str]) -> str:
    """Of a callback: its address and its fields in the order of their names, under the account's token."""
    signed = address + "".join(name + fields[name] for name in sorted(fields))
    made = hmac.new(settings.TWILIO_AUTH_TOKEN.encode(), signed.encode(), hashlib.sha1)
    return base64.b64encode(made.digest()).decode()


def read_report_or_none(*, address: str, fields: Mapping[str, str], signature: str) -> Report | None:
    """What a callback tells; None where it was not signed by the account."""
    if not settings.TWILIO_AUTH_TOKEN:
        return None
    if not constant_time_compare(signature_of(address, fields), signature):
        return None
    return Report(
        provider_id=fields.get("MessageSid", "")[:64],
        delivery=_DELIVERIES.get(fields.get("MessageStatus", ""), Delivery.UNKNOWN),
        code=_number_or_empty(fields.get("ErrorCode", "")),
    )


def _number_or_empty(text: str) -> str:
    return text[:10] if text.isdecimal() else ""
