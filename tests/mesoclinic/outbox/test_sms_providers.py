"""Text messages by Twilio and by Vonage, against a provider on this machine: what is sent, and what its answers mean."""

import base64
import hashlib
import hmac
import itertools
import json
import socket
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from django.test import Client
from django.urls import reverse

from mesoclinic.core.models import AuditEvent
from mesoclinic.outbox import actions as outbox
from mesoclinic.outbox.channels import channels
from mesoclinic.outbox.models import Message
from mesoclinic.outbox.rules import Delivery, MessageStatus, furthest_delivery, status_after_delivery_or_none
from mesoclinic.outbox.sms_providers import twilio
from tests import factories
from tests.mesoclinic.outbox.fake_provider import fake_provider

NOW = datetime(2030, 3, 4, 10, 20, tzinfo=UTC)
LETTER = outbox.Letter(to="+905321234567", text="Kadıköy: your visit, نص", language="tr")
BACKENDS = {
    "twilio": "mesoclinic.outbox.sms_providers.twilio.Twilio",
    "vonage": "mesoclinic.outbox.sms_providers.vonage.Vonage",
}


@pytest.fixture
def provider(settings):
    with fake_provider() as fake:
        settings.TWILIO_URL = settings.VONAGE_URL = fake.url
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC123", "a made-up token"
        settings.TWILIO_FROM = settings.VONAGE_FROM = "+15005550006"
        settings.VONAGE_API_KEY, settings.VONAGE_API_SECRET = "key1", "a made-up secret"
        settings.VONAGE_SIGNATURE_SECRET = "another made-up secret"
        settings.SMS_TIMEOUT = 1
        settings.SITE_URL = "https://clinic.example"
        yield fake


@pytest.fixture(params=sorted(BACKENDS))
def name(request, settings, provider):
    settings.SMS_BACKEND = BACKENDS[request.param]
    provider.body = {"sid": "SM1", "message_uuid": "SM1"}
    return request.param


@pytest.fixture
def queued(clinic):
    return factories.MessageFactory(clinic=clinic, channel="sms")


def send(message, now=NOW):
    claimed = outbox.claim_message_or_none(message.pk, channel="sms", now=now)
    became = outbox.send_message_and_return_outcome(claimed, LETTER, now=now)
    message.refresh_from_db()
    return became


# --- what is sent -------------------------------------------------------------------------------------


def test_twilio_is_posted_a_form_signed_in_with_the_account(provider, settings, queued):
    settings.SMS_BACKEND, provider.body = BACKENDS["twilio"], {"sid": "SM1", "status": "queued"}

    assert send(queued) == "sent"

    ((path, headers, sent),) = provider.asked
    assert path == "/2010-04-01/Accounts/AC123/Messages.json"
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"AC123:a made-up token").decode()
    assert parse_qs(sent) == {
        "To": ["+905321234567"],
        "From": ["+15005550006"],
        "Body": [LETTER.text],
        "StatusCallback": [f"https://clinic.example/messages/reports/twilio/{queued.key}/"],
    }
    assert queued.provider_id == "SM1"


def test_twilio_may_send_from_a_messaging_service(provider, settings, queued):
    settings.SMS_BACKEND, settings.TWILIO_FROM, provider.body = BACKENDS["twilio"], "MG9", {"sid": "SM1"}

    send(queued)

    assert parse_qs(provider.asked[0][2])["MessagingServiceSid"] == ["MG9"]
    assert "From=" not in provider.asked[0][2]


def test_vonage_is_posted_an_object_with_the_messages_own_key(provider, settings, queued):
    settings.SMS_BACKEND, provider.status = BACKENDS["vonage"], 202
    provider.body = {"message_uuid": "aaaa-bbbb"}

    assert send(queued) == "sent"

    ((path, headers, sent),) = provider.asked
    assert path == "/v1/messages"
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"key1:a made-up secret").decode()
    assert json.loads(sent) == {
        "message_type": "text",
        "channel": "sms",
        "from": "+15005550006",
        "to": "905321234567",
        "text": LETTER.text,
        "client_ref": str(queued.key),
        "webhook_url": f"https://clinic.example/messages/reports/vonage/{queued.key}/",
        "webhook_version": "v1",
    }
    assert queued.provider_id == "aaaa-bbbb"


# --- what an answer means -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "became", "reason"),
    [
        (201, "sent", ""),
        (400, "failed", "refused: NotSent"),
        (401, "failed", "refused: NotSent"),
        (422, "failed", "refused: NotSent"),
        (429, "queued", "refused for now: 429"),
        (503, "queued", "refused for now: 503"),
        (500, "unsure", "NoAnswer"),
        (302, "unsure", "NoAnswer"),
    ],
)
def test_what_the_providers_answer_means(name, provider, queued, status, became, reason):
    provider.status = status

    assert send(queued) == became

    assert (queued.status, queued.reason) == (became, reason)
    assert len(provider.asked) == 1


@pytest.mark.fault("F52")
@pytest.mark.parametrize("how", ["drops", "hangs"])
def test_where_no_answer_comes_nobody_can_tell_and_it_is_not_sent_again(name, provider, queued, how):
    setattr(provider, how, True)

    assert send(queued) == "unsure"

    assert outbox.claim_message_or_none(queued.pk, channel="sms", now=NOW) is None
    assert len(provider.asked) == 1


def test_an_answer_that_is_no_object_leaves_it_unsure(name, provider, queued):
    provider.body = b"<html>"

    assert send(queued) == "unsure"


def test_a_provider_that_is_not_reached_has_been_sent_nothing_and_is_tried_again(name, settings, queued):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        settings.TWILIO_URL = settings.VONAGE_URL = f"http://127.0.0.1:{closed.getsockname()[1]}"
    try:
        assert send(queued) == "queued"
        assert (queued.handed_over_at, queued.needs_task) == (None, True)
    finally:
        channels.forget()


def test_one_that_was_refused_for_now_is_sent_later_and_no_more_a_minute_than_the_clinic_says(
    name, provider, settings, clinic
):
    provider.status = 429
    first = factories.MessageFactory(clinic=clinic, channel="sms")
    assert send(first) == "queued"
    assert first.not_before == NOW + timedelta(minutes=1)
    provider.status, settings.MESSAGES_A_MINUTE = 201, {"email": 0, "sms": 1}
    later = NOW + timedelta(minutes=1)

    assert send(first, later) == "sent"
    assert send(factories.MessageFactory(clinic=clinic, channel="sms"), later) == "queued"
    channels.forget()


# --- what is reported afterwards ----------------------------------------------------------------------


@pytest.mark.parametrize("told", list(itertools.permutations(list(Delivery)[1:])))
def test_the_furthest_report_counts_in_whatever_order_and_however_often_they_come(told):
    known = ""
    for each in (*told, *told):
        known = furthest_delivery(known, each)

    assert known == Delivery.DELIVERED


@pytest.mark.parametrize(
    ("status", "delivery", "becomes"),
    [
        ("sent", "undelivered", "failed"),
        ("sent", "delivered", None),
        ("unsure", "delivered", "sent"),
        ("unsure", "on_its_way", "sent"),
        ("unsure", "undelivered", "failed"),
        ("failed", "delivered", "sent"),
        ("failed", "undelivered", None),
        ("queued", "delivered", "skipped"),
        ("queued", "undelivered", None),
        ("sending", "delivered", None),
        ("settled", "undelivered", None),
        ("settled", "delivered", None),
        ("sent", "", None),
    ],
)
def test_what_a_message_becomes_by_what_is_reported(status, delivery, becomes):
    assert status_after_delivery_or_none(status, Delivery(delivery)) == (becomes and MessageStatus(becomes))


def report_by_twilio(message, status, *, sid="SM1", signature=None, **more):
    address = reverse("outbox:report_twilio", args=[message.key])
    fields = {"MessageSid": sid, "MessageStatus": status, "To": LETTER.to, **more}
    made = twilio.signature_of(f"https://clinic.example{address}", fields)
    return Client(enforce_csrf_checks=True).post(
        address, fields, headers={"X-Twilio-Signature": made if signature is None else signature}
    )


def encoded(part):
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def vonage_token(body, secret="another made-up secret", alg="HS256"):
    claims = {"iss": "Vonage", "payload_hash": hashlib.sha256(body).hexdigest()}
    said = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": alg, "typ": "JWT"}, claims))
    return f"{said}.{encoded(hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest())}"


def report_by_vonage(message, status, *, sid="SM1", token=None, **more):
    body = json.dumps(
        {"message_uuid": sid, "status": status, "client_ref": str(message.key), **more}
    ).encode()
    return Client(enforce_csrf_checks=True).post(
        reverse("outbox:report_vonage", args=[message.key]),
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {vonage_token(body) if token is None else token}"},
    )


WORDS = {
    "twilio": ("sent", "delivered", "undelivered"),
    "vonage": ("submitted", "delivered", "undeliverable"),
}


def report(name, message, at, **more):
    told = report_by_twilio if name == "twilio" else report_by_vonage
    answer = told(message, WORDS[name][at], **more)
    message.refresh_from_db()
    return answer


def test_a_message_that_arrived_stays_so_in_whatever_order_it_is_told(name, queued):
    send(queued)
    for at in (1, 0, 1, 2):
        assert report(name, queued, at).status_code == 204

    assert (queued.status, queued.delivery) == ("sent", "delivered")


def test_one_that_did_not_arrive_asks_for_somebody_once_however_often_it_is_told(name, queued):
    send(queued)
    more = {"ErrorCode": "30003"} if name == "twilio" else {"error": {"title": "1340"}}
    for _ in range(2):
        report(name, queued, 2, **more)

    assert (queued.status, queued.reason) == (
        "failed",
        "not delivered: 30003" if name == "twilio" else "not delivered: 1340",
    )
    assert AuditEvent.objects.filter(did="message.reported").count() == 1


def test_a_report_says_what_became_of_one_that_got_no_answer(name, provider, queued):
    provider.drops = True
    send(queued)

    report(name, queued, 0)

    assert (queued.status, queued.reason) == ("sent", "")


def test_a_report_that_comes_before_the_answer_was_read_counts_once_it_is(name, queued):
    claimed = outbox.claim_message_or_none(queued.pk, channel="sms", now=NOW)
    report(name, queued, 2)
    assert queued.status == "sending"

    assert outbox.send_message_and_return_outcome(claimed, LETTER, now=NOW) == "failed"


def test_what_is_told_of_an_earlier_sending_does_not_undo_the_later_one(name, provider, queued, front_desk):
    send(queued)
    report(name, queued, 2)
    outbox.queue_message_again(message=queued, by=front_desk)
    provider.body = {"sid": "SM2", "message_uuid": "SM2"}
    send(queued)

    report(name, queued, 2, sid="SM1")
    assert (queued.status, queued.delivery) == ("sent", "")

    report(name, queued, 1, sid="SM1")
    assert queued.delivery == "delivered"


def test_one_that_arrived_is_not_sent_once_more(name, provider, queued, front_desk):
    send(queued)
    report(name, queued, 2)
    outbox.queue_message_again(message=queued, by=front_desk)

    report(name, queued, 1)

    assert (queued.status, queued.reason, queued.needs_task) == ("skipped", "it had arrived", False)


@pytest.mark.parametrize("signature", ["", "AAAA", "ÿ"])
def test_a_report_that_the_account_has_not_signed_changes_nothing(provider, settings, queued, signature):
    settings.SMS_BACKEND, provider.body = BACKENDS["twilio"], {"sid": "SM1"}
    send(queued)

    assert (
        report_by_twilio(
            queued, "undelivered", signature=signature.encode("utf-8").decode("latin-1")
        ).status_code
        == 403
    )

    assert Message.objects.get(pk=queued.pk).status == "sent"


def test_a_signature_of_another_message_is_not_taken(provider, settings, queued, clinic):
    settings.SMS_BACKEND, provider.body = BACKENDS["twilio"], {"sid": "SM1"}
    other = factories.MessageFactory(clinic=clinic, channel="sms")
    address = f"https://clinic.example{reverse('outbox:report_twilio', args=[other.key])}"
    fields = {"MessageSid": "SM1", "MessageStatus": "undelivered", "To": LETTER.to}

    answer = report_by_twilio(queued, "undelivered", signature=twilio.signature_of(address, fields))

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        vonage_token(b"another body"),
        "none",
        "other secret",
    ],
)
def test_a_web_hook_that_is_not_signed_for_this_body_changes_nothing(provider, settings, queued, token):
    settings.SMS_BACKEND, provider.body = BACKENDS["vonage"], {"message_uuid": "SM1"}
    send(queued)
    body = json.dumps(
        {"message_uuid": "SM1", "status": "undeliverable", "client_ref": str(queued.key)}
    ).encode()
    made = {
        "none": vonage_token(body, alg="none"),
        "other secret": vonage_token(body, secret="a guess"),
    }

    assert report_by_vonage(queued, "undeliverable", token=made.get(token, token)).status_code == 403

    assert Message.objects.get(pk=queued.pk).status == "sent"


def test_a_provider_that_the_clinic_does_not_use_tells_nothing(provider, settings, queued):
    settings.SMS_BACKEND = BACKENDS["vonage"]

    assert report_by_twilio(queued, "undelivered").status_code == 404


def test_without_a_secret_nothing_is_taken(provider, settings, queued):
    settings.SMS_BACKEND, settings.TWILIO_AUTH_TOKEN = BACKENDS["twilio"], ""

    assert report_by_twilio(queued, "undelivered").status_code == 403


def test_a_report_of_a_message_that_is_gone_is_answered_as_any(name, queued):
    gone = factories.MessageFactory.build(key="00000000-0000-4000-8000-000000000000")
    told = report_by_twilio if name == "twilio" else report_by_vonage

    assert told(gone, WORDS[name][1]).status_code == 204
