"""One POST to a provider of text messages: the connection first, then the request; what its answer means."""

import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from mesoclinic.outbox.rules import NotSent, TryLater

#: An answer is a few hundred bytes; no more of a longer one is read.
_MOST_BYTES = 64 * 1024

#: The provider has not taken the message now and would later.
_LATER = (429, 503)


@dataclass(frozen=True, slots=True)
class Posted:
    """What is posted to ``url``. Nothing of it is logged: the address and the text are a patient's."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def connect_and_return_poster(posted: Posted) -> Callable[[], Mapping[str, object]]:
    """Reach the provider, and return what posts and reads the answer.

    Raises ``OSError`` where the provider is not reached: nothing has gone out. Nothing is posted twice and no other
    address is followed.
    """
    parts = urlsplit(posted.url)
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname or "",
            parts.port,
            timeout=settings.SMS_TIMEOUT,
            context=ssl.create_default_context(),
        )
    else:
        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=settings.SMS_TIMEOUT
        )
    connection.connect()

    def post_and_read_answer() -> Mapping[str, object]:
        """The answer of a provider that has taken it.

        ``TryLater`` and ``NotSent``: it says that it has not. Anything else: nobody can tell.
        """
        try:
            connection.request("POST", parts.path, body=posted.body, headers=dict(posted.headers))
            answer = connection.getresponse()
            return _read_answer(answer.status, answer.read(_MOST_BYTES))
        finally:
            connection.close()

    return post_and_read_answer


class NoAnswer(Exception):
    """The provider broke down or said something else than it should: the message may have gone out."""


def _read_answer(status: int, body: bytes) -> Mapping[str, object]:
    if status in _LATER:
        raise TryLater(str(status))
    if 400 <= status < 500:
        raise NotSent(f"{status} {_code_or_empty(body)}".strip())
    if status not in (200, 201, 202):
        raise NoAnswer(str(status))
    said = _object_or_none(body)
    if said is None:
        raise NoAnswer("no object in the answer")
    return said


def _object_or_none(body: bytes) -> dict[str, object] | None:
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _code_or_empty(body: bytes) -> str:
    """The provider's own number of what is wrong: its words may repeat the address."""
    code = str((_object_or_none(body) or {}).get("code", ""))
    return code if code.isdecimal() else ""
