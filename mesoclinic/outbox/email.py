"""One e-mail: the server is reached first, then the message is handed over."""

from collections.abc import Callable

from django.conf import settings
from django.core import mail

from mesoclinic.outbox.rules import NotSent


def _stop_headers(stop: str) -> dict[str, str]:
    """So that a mail program offers to stop these messages with one press (RFC 8058)."""
    if not stop:
        return {}
    return {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def connect_and_return_mail_sender(
    *, to: str, subject: str, text: str, language: str, key: str, stop: str = ""
) -> Callable[[], None]:
    """Reach the server, and return what hands the message over.

    Raises ``OSError`` or ``SMTPException`` where the server is not reached: nothing has gone out.
    """
    server = mail.get_connection()
    letter = mail.EmailMessage(
        subject=subject,
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        # The same at every attempt: many servers throw a repeated id away.
        headers={
            "Message-ID": f"<{key}@messages.mesoclinic>",
            "Content-Language": language,
            "Auto-Submitted": "auto-generated",
            **_stop_headers(stop),
        },
        connection=server,
    )
    server.open()

    def send_over_connection() -> None:
        """Sends the letter and closes the connection; NotSent where the server did not take it."""
        try:
            if not server.send_messages([letter]):
                raise NotSent("the server took no message")
        finally:
            server.close()

    return send_over_connection
