"""The page of messages to patients, and the clinic's settings for them."""

import pytest
from django.urls import reverse
from django.utils import translation

from mesoclinic.outbox.models import Message, OutboxSettings
from tests import factories

ADDRESS = "outbox:message_list"


@pytest.fixture
def unsure(clinic):
    message = factories.MessageFactory(clinic=clinic)
    for step in ("sending", "unsure"):
        Message.objects.update(status=step, claim=message.key, attempts=1)
    return message


def test_the_desk_sees_whom_to_ring_and_settles_it(unsure, as_front_desk, once, clinic):
    skipped = factories.MessageFactory(clinic=clinic, status="skipped")

    page = as_front_desk.get(reverse(ADDRESS))
    as_front_desk.post(reverse("outbox:message_settle", args=[unsure.pk]), {"once": once()})
    again = as_front_desk.post(
        reverse("outbox:message_again", args=[skipped.pk]), {"once": once()}, follow=True
    )

    assert [m.pk for m in page.context["needing"]] == [unsure.pk]
    assert "may or may not have gone out" in page.content.decode()
    unsure.refresh_from_db()
    assert unsure.status == "settled"
    assert "nothing is to be done about it" in again.content.decode()


def test_the_desk_may_send_one_again(unsure, as_front_desk, once):
    as_front_desk.post(reverse("outbox:message_again", args=[unsure.pk]), {"once": once()})

    unsure.refresh_from_db()
    assert (unsure.status, unsure.needs_task) == ("queued", True)


def test_messages_of_another_clinic_are_not_shown(as_front_desk):
    factories.MessageFactory(clinic=factories.ClinicFactory())

    assert as_front_desk.get(reverse(ADDRESS)).context["rows"] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_messages_costs_the_same_for_one_and_for_three(
    rows, clinic, as_front_desk, count_queries
):
    for _ in range(rows):
        factories.MessageFactory(clinic=clinic)

    with count_queries() as sent:
        page = as_front_desk.get(reverse(ADDRESS))

    assert len(page.context["rows"]) == rows
    assert len(sent) == 5  # one of them the row that says who was shown


def test_a_long_list_is_read_page_by_page(clinic, as_front_desk):
    made = [factories.MessageFactory(clinic=clinic).pk for _ in range(51)]

    first = as_front_desk.get(reverse(ADDRESS))
    second = as_front_desk.get(first.context["page"]["next"])

    assert [m.pk for m in first.context["rows"]] == made[:0:-1]
    assert [m.pk for m in second.context["rows"]] == made[:1]


def test_an_admin_sets_how_messages_go_out(clinic, as_admin, once):
    address = reverse("outbox:settings")
    assert as_admin.get(address).status_code == 200

    right = as_admin.post(address, {"by_email": "on", "phone": "+33 1", "once": once()})
    wrong = as_admin.post(address, {"phone": "1" * 41})

    assert (right.status_code, wrong.status_code) == (302, 422)
    own = OutboxSettings.objects.get()
    assert (own.by_email, own.by_sms, own.phone) == (True, False, "+33 1")


def test_the_staffs_pages_stay_english(as_front_desk):
    page = as_front_desk.get(reverse(ADDRESS), headers={"accept-language": "fr"})

    assert "<h1>Messages</h1>" in page.content.decode()
    assert translation.get_language() == "en"
