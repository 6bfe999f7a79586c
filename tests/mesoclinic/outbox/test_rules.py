"""How a message moves, how somebody is reached, and how often a silent provider is tried."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from mesoclinic.outbox.rules import (
    MESSAGE_MOVES,
    MessageStatus,
    quiet_until_or_none,
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
    over = {MessageStatus.SETTLED, MessageStatus.SKIPPED}

    assert {s for s, to in MESSAGE_MOVES.items() if not to} == over
    # A carrier may report that it did not arrive; it is never sent once more by itself.
    assert MESSAGE_MOVES[MessageStatus.SENT] == {MessageStatus.FAILED}
    assert {s for s, to in MESSAGE_MOVES.items() if MessageStatus.QUEUED in to} == {
        MessageStatus.SENDING,
        MessageStatus.UNSURE,
        MessageStatus.FAILED,
    }


@pytest.mark.fault("F52")
def test_a_provider_that_does_not_answer_is_tried_less_and_less_and_then_given_up():
    waits = [wait_before_next_attempt_or_none(n) for n in range(1, 7)]

    assert waits == [*(timedelta(minutes=m) for m in (1, 5, 15, 30, 60)), None]


def test_a_text_goes_only_to_a_number_that_can_be_dialled_else_the_desk_rings():
    said = {"email": "", "phone": "", "phone_typed": "555-0103", "by_email": True}

    way = way_to_reach("sms", **said, by_sms=True)

    assert (way.channel, way.why_not, way.needs_call) == ("", "no number to dial: ring", True)
    assert not way_to_reach("none", **said, by_sms=True).needs_call
    assert way_to_reach("sms", **said | {"email": "a@b.c"}, by_sms=True).channel == "email"


def on(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        pytest.param(on(2026, 11, 30, 12), None, id="by day"),
        pytest.param(on(2026, 11, 30, 20), on(2026, 12, 1, 8), id="in the evening"),
        pytest.param(on(2026, 12, 1, 7, 59), on(2026, 12, 1, 8), id="in the morning"),
        pytest.param(on(2026, 12, 1, 8), None, id="when the night is over"),
        pytest.param(on(2026, 12, 5, 12), on(2026, 12, 7, 8), id="over two closed days"),
        pytest.param(on(2026, 12, 4, 23), on(2026, 12, 7, 8), id="a night and two closed days"),
    ],
)
def test_texts_wait_for_the_night_and_the_closed_days_to_be_over(now, until):
    closed = {date(2026, 12, 5), date(2026, 12, 6)}

    assert quiet_until_or_none(now, begins=time(20), ends=time(8), closed_days=closed) == until


def test_a_clinic_without_a_night_is_quiet_on_closed_days_only():
    closed = {date(2026, 12, 5)}
    asked = {"begins": None, "ends": None, "closed_days": closed}

    assert quiet_until_or_none(on(2026, 12, 4, 23), **asked) is None
    assert quiet_until_or_none(on(2026, 12, 5, 9), **asked) == on(2026, 12, 6)


def test_quiet_hours_within_a_day_are_kept_too():
    asked = {"begins": time(12), "ends": time(14), "closed_days": ()}

    assert quiet_until_or_none(on(2026, 12, 4, 13), **asked) == on(2026, 12, 4, 14)
    assert quiet_until_or_none(on(2026, 12, 4, 23), **asked) is None
