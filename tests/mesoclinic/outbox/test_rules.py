"""How a message moves, how somebody is reached, and how often a silent provider is tried."""

from datetime import timedelta

import pytest

from mesoclinic.outbox.rules import (
    MESSAGE_MOVES,
    MessageStatus,
    wait_before_next_attempt_or_none,
    way_to_reach,
)


@pytest.mark.parametrize(
    ("preference", "email", "phone", "by_email", "by_sms", "channel", "why_not"),
    [
        ("email", "a@b.c", "+1", True, True, "email", ""),
        ("sms", "a@b.c", "+1", True, True, "sms", ""),
        ("sms", "a@b.c", "+1", True, False, "email", ""),
        ("sms", "a@b.c", "", True, True, "email", ""),
        ("email", "", "+1", True, True, "sms", ""),
        ("email", "", "+1", True, False, "", "no address"),
        ("none", "a@b.c", "+1", True, True, "", "opted out"),
        ("email", "a@b.c", "+1", False, False, "", "messages are off"),
    ],
)
def test_people_are_reached_as_they_asked_or_else_as_can_be(
    preference, email, phone, by_email, by_sms, channel, why_not
):
    way = way_to_reach(preference, email=email, phone=phone, by_email=by_email, by_sms=by_sms)

    assert (way.channel, way.why_not) == (channel, why_not)


def test_what_is_sent_or_settled_or_skipped_stays_so():
    over = {MessageStatus.SENT, MessageStatus.SETTLED, MessageStatus.SKIPPED}

    assert {s for s, to in MESSAGE_MOVES.items() if not to} == over
    assert {s for s, to in MESSAGE_MOVES.items() if MessageStatus.QUEUED in to} == {
        MessageStatus.SENDING,
        MessageStatus.UNSURE,
        MessageStatus.FAILED,
    }


def test_a_provider_that_does_not_answer_is_tried_less_and_less_and_then_given_up():
    waits = [wait_before_next_attempt_or_none(n) for n in range(1, 7)]

    assert waits == [*(timedelta(minutes=m) for m in (1, 5, 15, 30, 60)), None]
