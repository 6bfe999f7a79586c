"""Text messages by whatever carries them: ``settings.SMS_BACKEND`` names a class with one method.

A provider's own is a few lines::

    class Provider(Backend):
        def send(self, message):
            answer = requests.post(…, json={"to": message.to, "text": message.text, "id": message.key})
            if answer.status_code == 422:
                raise NotSent(answer.text)

``send`` returns when the provider has taken the message. It raises ``NotSent`` where it surely has not,
and anything else where nobody can tell.
"""

import sys
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Text:
    to: str
    text: str
    #: The same at every attempt: a provider that takes an idempotency key is given this one.
    key: str


class Backend:
    def send(self, message: Text) -> None:
        """Hand the text over; NotSent where the carrier has not taken it."""
        raise NotImplementedError


class Console(Backend):
    """Prints instead of sending: for a demo."""

    def send(self, message: Text) -> None:
        sys.stdout.write(f"SMS {message.key}\n{message.text}\n")


#: What :class:`Memory` has been given, as ``django.core.mail.outbox`` has for e-mail.
outbox: list[Text] = []


class Memory(Backend):
    """Keeps instead of sending: for tests."""

    def send(self, message: Text) -> None:
        outbox.append(message)


def sms_backend_from_settings() -> Backend:
    """The one that the settings name."""
    made: Backend = import_string(settings.SMS_BACKEND)()
    return made
