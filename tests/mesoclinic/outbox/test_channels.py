"""A server that hangs holds a worker once and not for each message, and no channel is given more than it takes."""

import socket
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from mesoclinic.outbox import actions as outbox
from mesoclinic.outbox.channels import NOT_TRIED_FOR, Channels, channels
from mesoclinic.outbox.models import Message
from mesoclinic.outbox.rules import TRY_AGAIN_MINUTES, Purpose, Way
from tests import factories

NOW = datetime(2030, 3, 4, 10, 20, tzinfo=UTC)
LETTER = outbox.Letter(to="noor@example.org", subject="Hello", text="A letter", language="fr")


@pytest.fixture
def five(clinic):
    messages = [
        outbox.unsaved_message(
            clinic=clinic,
            patient=factories.PatientFactory(),
            purpose=Purpose.REMINDER,
            way=Way("email"),
            about_at=None,
            now=NOW,
        )
        for _ in range(5)
    ]
    return outbox.save_new_messages(messages)


def delivered(message, now):
    claimed = outbox.claim_message_or_none(message.pk, channel="email", now=now)
    return outbox.send_message_and_return_outcome(claimed, LETTER, now=now)


@pytest.fixture
def hanging_server(settings):
    """It takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        settings.EMAIL_TIMEOUT = 0.5
        yield server


@pytest.mark.fault("F52")
def test_a_server_that_hangs_holds_a_worker_once_and_every_message_waits_for_another_try(
    five, hanging_server
):
    began = time.monotonic()
    became = [delivered(message, NOW) for message in five]
    took = time.monotonic() - began

    assert became == ["queued"] * 5
    assert 0.5 <= took < 1.5
    assert Counter(Message.objects.values_list("reason", "attempts", "not_before")) == {
        ("SMTPServerDisconnected", 1, NOW + timedelta(minutes=1)): 5,
    }


@pytest.mark.fault("F52")
def test_after_a_moment_the_server_is_tried_again_and_the_others_follow(five, hanging_server, settings):
    delivered(five[0], NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert [delivered(message, NOW) for message in five[1:3]] == ["queued"] * 2
    later = NOW + timedelta(minutes=TRY_AGAIN_MINUTES[0])
    assert [delivered(message, later) for message in five] == ["sent"] * 5
    assert len(mail.outbox) == 5


@pytest.mark.fault("F52")
def test_a_server_that_hangs_up_in_the_middle_leaves_one_unsure_and_is_not_given_the_next(five, monkeypatch):
    def hang_up(self, messages):
        raise TimeoutError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", hang_up)

    assert [delivered(message, NOW) for message in five] == ["unsure", *["queued"] * 4]


def test_no_more_go_out_in_a_minute_than_the_settings_say_and_the_rest_waits_untried(five, settings):
    settings.MESSAGES_A_MINUTE = {"email": 2, "sms": 0}
    moments = [NOW, NOW + timedelta(seconds=20), NOW + timedelta(seconds=30)]

    became = [delivered(message, now) for message, now in zip(five, moments, strict=False)]

    assert became == ["sent", "sent", "queued"]
    third = Message.objects.get(pk=five[2].pk)
    assert (third.attempts, third.not_before, third.needs_task) == (0, NOW + timedelta(minutes=1), True)
    assert delivered(five[2], NOW + timedelta(minutes=1)) == "sent"
    assert channels.free_at_or_none("sms", NOW, most_a_minute=1) is None


def test_a_clock_that_is_set_back_holds_nothing_up():
    known = Channels()
    known.note_handed_over("email", NOW)
    known.note_not_reached("email", "TimeoutError", NOW)

    assert known.why_not_reached_or_empty("email", NOW + NOT_TRIED_FOR / 2) == "TimeoutError"
    assert known.why_not_reached_or_empty("email", NOW + NOT_TRIED_FOR) == ""
    assert known.why_not_reached_or_empty("email", NOW - timedelta(days=1)) == ""
    assert known.free_at_or_none("email", NOW - timedelta(days=1), most_a_minute=1) is None
