"""Text messages by whatever carries them: ``settings.SMS_BACKEND`` names a class with one method.

``mesoclinic/outbox/sms_providers`` has two: Twilio and Vonage. Another one is a class as short as theirs. Its sender
returns the provider's number when the provider has taken the message. It raises ``TryLater`` or ``NotSent`` where it
surely has not, and anything else where nobody can tell.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from mesoclinic.outbox.rules import Delivery


@dataclass(frozen=True)
class Text:
    to: str
    text: str
    #: The same at every attempt: a provider that takes an idempotency key is given this one.
    key: str
    #: Where the provider reports what became of it; empty: nowhere.
    report_to: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider told of a message, its signature checked. ``code``: its number of what went wrong."""

    provider_id: str
    delivery: Delivery
    code: str = ""


class Backend:
    def connect_and_return_sender(self, message: Text) -> Callable[[], str]:
        """Reach the carrier, and return what hands the text over and gives its number there, or "".

        Raises ``OSError`` where nobody is reached. What needs no connection only says ``send``.
        """

        def send_without_number() -> str:
            self.send(message)
            return ""

        return send_without_number

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


def provider_name_from_settings() -> str:
    """The provider that reports what became of a message, or ""."""
    module = settings.SMS_BACKEND.rpartition(".")[0]
    folder, _, name = module.rpartition(".")
    return name if folder == "mesoclinic.outbox.sms_providers" else ""
