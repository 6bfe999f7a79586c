"""Messages: each goes out once, what happens when things break, and what somebody then does."""

import smtplib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from mesoclinic.outbox import actions as outbox
from mesoclinic.outbox import sms
from mesoclinic.outbox.models import Message
from mesoclinic.outbox.rules import Purpose, Way
from tests import factories

NOW = datetime(2030, 3, 4, 10, 20, tzinfo=UTC)
LETTER = outbox.Letter(to="noor@example.org", subject="Hello", text="A letter", language="fr")


@pytest.fixture
def queued(clinic):
    message = outbox.unsaved_message(
        clinic=clinic,
        patient=factories.PatientFactory(),
        purpose=Purpose.REMINDER,
        way=Way("email"),
        about_at=None,
        now=NOW,
    )
    outbox.save_new_messages([message])
    return message


def delivered(message, *, channel="email", now=NOW):
    """Claim and send, as the task of its owner does."""
    claimed = outbox.claim_message_or_none(message.pk, channel=channel, now=now)
    return outbox.send_message_and_return_outcome(claimed, LETTER, now=now) if claimed else ""


# --- once --------------------------------------------------------------------


@pytest.mark.fault("F53")
def test_a_message_delivered_twice_goes_out_once(queued):
    assert [delivered(queued) for _ in range(3)] == ["sent", "", ""]

    assert len(mail.outbox) == 1
    event = AuditEvent.objects.get(did="message.sent")
    assert (event.patient_id, event.data) == (
        queued.patient_id,
        {"channel": "email", "purpose": "reminder"},
    )


def test_an_e_mail_carries_its_language_and_the_messages_own_id(queued):
    delivered(queued)

    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["noor@example.org"], "Hello", "A letter")
    assert sent.extra_headers["Content-Language"] == "fr"
    assert sent.extra_headers["Message-ID"] == f"<{queued.key}@messages.mesoclinic>"


@pytest.mark.fault("F45")
@pytest.mark.parametrize(
    "letter",
    [
        replace(LETTER, subject="Hello\r\nBcc: all@example.org"),
        replace(LETTER, to="noor@example.org\nall@example.org"),
    ],
)
def test_line_ends_in_a_header_send_nothing(queued, letter):
    claimed = outbox.claim_message_or_none(queued.pk, channel="email", now=NOW)

    became = outbox.send_message_and_return_outcome(claimed, letter, now=NOW)

    assert became in ("failed", "unsure")
    assert mail.outbox == []


def test_no_text_and_no_address_is_kept(queued):
    delivered(queued)

    row = str(Message.objects.values().get())
    assert "noor" not in row
    assert "letter" not in row.lower()


def test_a_message_waits_for_one_task_until_its_owner_takes_it(queued):
    skipped = outbox.unsaved_message(
        clinic=queued.clinic,
        patient=queued.patient,
        purpose=Purpose.REMINDER,
        way=Way("", "opted out"),
        about_at=None,
        now=NOW,
    )
    outbox.save_new_messages([skipped])

    assert outbox.take_and_mark_messages_without_task(Purpose.QUOTE) == []
    assert outbox.take_and_mark_messages_without_task(Purpose.REMINDER) == [queued]
    assert outbox.take_and_mark_messages_without_task(Purpose.REMINDER) == []
    assert (skipped.status, skipped.reason) == ("skipped", "opted out")


def test_one_that_is_wanted_no_more_is_skipped_while_it_is_queued(queued):
    assert outbox.mark_message_skipped_if_queued(queued.pk, reason="visit moved", now=NOW) is True
    assert outbox.mark_message_skipped_if_queued(queued.pk, reason="again", now=NOW) is False

    assert delivered(queued) == ""
    queued.refresh_from_db()
    assert (queued.status, queued.reason) == ("skipped", "visit moved")


def test_text_messages_go_through_the_class_that_the_settings_name(queued, settings):
    settings.SMS_BACKEND = "mesoclinic.outbox.sms.Memory"
    sms.outbox.clear()

    assert delivered(queued, channel="sms") == "sent"

    assert sms.outbox == [sms.Text("noor@example.org", "A letter", str(queued.key))]
    assert mail.outbox == []


def test_the_console_prints_instead_of_sending_and_not_to_whom(capsys):
    sms.Console().send(sms.Text("+33 6 12 34 56 78", "Hello", "k-1"))

    out = capsys.readouterr().out
    assert "Hello" in out
    assert "12 34" not in out


def test_the_database_moves_a_message_along_the_table_and_knows_its_claim(queued):
    with pytest.raises(IntegrityError, match="moves along"), transaction.atomic():
        Message.objects.update(status="sent", needs_task=False)
    with pytest.raises(IntegrityError, match="message_under_way_is_claimed"), transaction.atomic():
        Message.objects.update(status="sending", needs_task=False)
    with pytest.raises(IntegrityError, match="message_queued_was_not_handed_over"), transaction.atomic():
        Message.objects.update(handed_over_at=NOW)
    with pytest.raises(IntegrityError, match="message_wants_a_task_while_queued"), transaction.atomic():
        Message.objects.update(status="skipped")
    Message.objects.update(status="skipped", needs_task=False)
    with pytest.raises(IntegrityError, match="moves along"), transaction.atomic():
        Message.objects.update(status="queued")
    with pytest.raises(IntegrityError, match="message_channel_is_known"), transaction.atomic():
        Message.objects.update(channel="fax")


# --- when things break -------------------------------------------------------


class Unreachable(EmailBackend):
    def open(self):
        raise ConnectionRefusedError


class Refusing(EmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPDataError(554, b"no thanks, noor@example.org")


class HangsUp(EmailBackend):
    def send_messages(self, messages):
        super().send_messages(messages)
        raise TimeoutError


def with_backend(settings, backend):
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"


@pytest.mark.fault("F52")
def test_a_server_that_is_not_reached_is_tried_five_times_and_then_given_up(queued, settings):
    with_backend(settings, Unreachable)
    outbox.take_and_mark_messages_without_task(Purpose.REMINDER)

    waits = []
    for _ in range(5):
        assert delivered(queued) == "queued"
        (again,) = outbox.take_and_mark_messages_without_task(Purpose.REMINDER)
        waits.append(again.not_before - NOW)

    assert waits == [timedelta(minutes=m) for m in (1, 5, 15, 30, 60)]
    assert delivered(queued) == "failed"
    assert outbox.take_and_mark_messages_without_task(Purpose.REMINDER) == []
    assert Message.objects.get().reason == "ConnectionRefusedError"


@pytest.mark.fault("F52")
def test_what_the_server_refuses_has_failed_and_its_words_are_not_kept(queued, settings):
    with_backend(settings, Refusing)

    assert delivered(queued) == "failed"

    queued.refresh_from_db()
    assert (queued.status, queued.reason) == ("failed", "refused: 554")


@pytest.mark.fault("F52")
def test_what_may_have_gone_out_is_not_sent_again_by_itself(queued, settings):
    with_backend(settings, HangsUp)

    assert delivered(queued) == "unsure"
    outbox.take_and_mark_messages_without_task(Purpose.REMINDER)
    outbox.requeue_messages_of_dead_workers(now=NOW + timedelta(hours=1))

    assert outbox.take_and_mark_messages_without_task(Purpose.REMINDER) == []
    assert Message.objects.get().status == "unsure"
    assert len(mail.outbox) == 1


@pytest.mark.fault("F53")
def test_a_worker_that_slept_and_was_taken_for_dead_hands_nothing_over(queued):
    slow = outbox.claim_message_or_none(queued.pk, channel="email", now=NOW)
    later = NOW + timedelta(minutes=6)
    assert outbox.requeue_messages_of_dead_workers(now=later) == (1, 0)
    assert delivered(queued, now=later) == "sent"

    assert outbox.send_message_and_return_outcome(slow, LETTER, now=later) == ""
    assert len(mail.outbox) == 1


@pytest.mark.fault("F53")
def test_a_worker_taken_for_dead_while_it_hands_over_says_nothing_of_what_became(queued, monkeypatch):
    """The message may have gone out: it stays unsure, and nobody writes down that it was sent."""
    send = EmailBackend.send_messages

    def send_slowly(self, messages):
        assert outbox.requeue_messages_of_dead_workers(now=NOW + timedelta(minutes=6)) == (0, 1)
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_slowly)

    assert delivered(queued) == ""

    queued.refresh_from_db()
    assert (queued.status, len(mail.outbox)) == ("unsure", 1)
    assert not AuditEvent.objects.filter(did="message.sent").exists()


def test_a_worker_taken_for_dead_before_it_reached_the_server_queues_nothing(queued, settings):
    with_backend(settings, Unreachable)
    slow = outbox.claim_message_or_none(queued.pk, channel="email", now=NOW)
    later = NOW + timedelta(minutes=6)
    assert outbox.requeue_messages_of_dead_workers(now=later) == (1, 0)
    taken = outbox.claim_message_or_none(queued.pk, channel="email", now=later)

    assert outbox.send_message_and_return_outcome(slow, LETTER, now=later) == ""
    queued.refresh_from_db()
    assert (queued.status, queued.claim) == ("sending", taken.claim)


@pytest.mark.fault("F53")
def test_what_a_dead_worker_had_not_handed_over_is_queued_again_and_the_rest_is_unsure(queued):
    other = factories.MessageFactory(clinic=queued.clinic)
    outbox.claim_message_or_none(queued.pk, channel="email", now=NOW)
    outbox.claim_message_or_none(other.pk, channel="email", now=NOW)
    Message.objects.filter(pk=other.pk).update(handed_over_at=NOW)

    assert outbox.requeue_messages_of_dead_workers(now=NOW + timedelta(minutes=4)) == (0, 0)
    assert outbox.requeue_messages_of_dead_workers(now=NOW + timedelta(minutes=5)) == (1, 1)

    found = dict(Message.objects.values_list("pk", "status"))
    assert found == {queued.pk: "queued", other.pk: "unsure"}
    assert outbox.take_and_mark_messages_without_task(Purpose.REMINDER) == [queued]


# --- what somebody does ------------------------------------------------------


@pytest.fixture
def unsure(queued, settings):
    with_backend(settings, HangsUp)
    delivered(queued)
    mail.outbox.clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return queued


def test_the_desk_may_send_one_again(unsure, front_desk):
    outbox.queue_message_again(message=unsure, by=front_desk)

    assert outbox.take_and_mark_messages_without_task(Purpose.REMINDER) == [unsure]
    assert delivered(unsure, now=NOW + timedelta(minutes=1)) == "sent"
    assert len(mail.outbox) == 1
    with pytest.raises(Refused, match="This message is sent"):
        outbox.queue_message_again(message=unsure, by=front_desk)
    assert AuditEvent.objects.get(did="message.sent_again").patient_id == unsure.patient_id


def test_one_that_the_patient_knows_of_is_settled_and_never_sent(unsure, front_desk):
    outbox.mark_message_settled(message=unsure, by=front_desk)

    assert delivered(unsure) == ""
    with pytest.raises(Refused, match="This message is settled"):
        outbox.mark_message_settled(message=unsure, by=front_desk)
