"""A patient accepts a quote at home: which option, signed, after the days to decide."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.actions.links import end_link, link_token
from treatments.billing.actions.quote_links import accept_quote_by_link, create_and_mail_quote_link
from treatments.billing.actions.quotes import decline_quote
from treatments.billing.models import PlanSettings, Quote
from treatments.billing.rules.quote_links import (
    WhyNotYet,
    first_day_to_accept,
    why_quote_is_not_accepted_by_link_or_none,
)
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import TreatmentPlan

DAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, None),
        ({"days_to_decide": 3}, None),
        ({"days_to_decide": 4}, WhyNotYet.TOO_SOON),
        ({"status": QuoteStatus.ACCEPTED}, WhyNotYet.ANSWERED),
        ({"status": QuoteStatus.DECLINED, "days_to_decide": 4}, WhyNotYet.ANSWERED),
    ],
)
def test_why_a_quote_is_not_accepted_by_its_link(changed, why):
    given = {"status": QuoteStatus.ISSUED, "issued_on": DAY - timedelta(days=3), "days_to_decide": 0}

    assert why_quote_is_not_accepted_by_link_or_none(**given | {"today": DAY} | changed) == why


def test_the_day_of_the_quote_is_the_first_where_no_days_are_left_to_decide():
    assert first_day_to_accept(DAY, 0) == DAY
    assert first_day_to_accept(DAY, 7) == DAY + timedelta(days=7)


@pytest.fixture
def sent(issued, front_desk):
    link, code = create_and_mail_quote_link(quote=issued, to="a@example.org", language="en", by=front_desk)
    return link.link, code


def opened(sent):
    """A device on which the code was typed, and the address."""
    link, code = sent
    client, address = Client(), reverse("patient_link", args=[link_token(link)])
    client.post(address, {"gate": "code", "code": code})
    return client, address


def test_none_is_chosen_and_the_chosen_one_is_accepted_and_signed(issued, sent):
    client, address = opened(sent)
    option = issued.options.last()
    page = client.get(address).content.decode()
    assert page.count('type="radio"') == issued.options.count()
    assert "checked" not in page

    answer = client.post(address, {"option": option.pk, "signed_name": "A. Patient"})

    quote = Quote.objects.get(pk=issued.pk)
    assert answer.status_code == 302
    assert (quote.status, quote.chosen_option, quote.accepted_name) == ("accepted", option, "A. Patient")
    assert (quote.answered_by, quote.plan.status) == (None, "accepted")
    event = AuditEvent.objects.get(did="quote.accepted")
    assert (event.by, event.patient_id) == (None, quote.patient_id)
    assert "You have accepted" in client.get(address).content.decode()
    # Back, and once more: nothing is accepted twice.
    assert client.post(address, {"option": option.pk, "signed_name": "A. Patient"}).status_code == 422
    assert AuditEvent.objects.filter(did="quote.accepted").count() == 1


def test_the_desk_finds_what_was_accepted_at_home_among_the_courses_to_book(issued, sent, as_front_desk):
    client, address = opened(sent)
    to_book = reverse("schedule:book_course", args=[issued.plan_id])
    assert to_book not in as_front_desk.get("/").text

    client.post(address, {"option": issued.options.first().pk, "signed_name": "A. Patient"})

    assert to_book in as_front_desk.get("/").text


def test_it_is_signed_by_a_finger_too(issued, sent):
    client, address = opened(sent)
    strokes = [[[10, 10], [200, 90], [300, 20]], [[310, 30], [420, 120]]]

    client.post(address, {"option": issued.options.first().pk, "strokes": json.dumps(strokes)})

    quote = Quote.objects.get(pk=issued.pk)
    assert quote.signature == strokes
    assert quote.accepted_name == quote.patient.full_name


@pytest.mark.parametrize("typed", [{}, {"signed_name": "A. Patient"}, {"option": "1\0", "signed_name": "x"}])
def test_what_is_not_chosen_or_not_signed_is_not_accepted_and_stays_typed(issued, sent, typed):
    client, address = opened(sent)

    answer = client.post(address, typed)

    assert answer.status_code == 422
    assert "Nothing was accepted yet" in answer.content.decode()
    assert typed.get("signed_name", "") in answer.content.decode()
    assert Quote.objects.get(pk=issued.pk).status == "issued"


def test_another_quotes_option_is_not_taken(issued, sent, front_desk):
    client, address = opened(sent)

    assert client.post(address, {"option": 10**9, "signed_name": "A. Patient"}).status_code == 422
    assert Quote.objects.get(pk=issued.pk).status == "issued"


def test_a_plan_has_an_assessment_so_no_quote_comes_before_one():
    assert not TreatmentPlan._meta.get_field("assessment").null


def test_not_before_the_days_to_decide_have_passed(issued, sent, clinic):
    PlanSettings.objects.update_or_create(clinic=clinic, defaults={"days_to_decide": 5})
    client, address = opened(sent)

    assert "you can accept here from" in client.get(address).content.decode()
    assert client.post(address, {"option": issued.options.first().pk, "signed_name": "x"}).status_code == 422
    assert Quote.objects.get(pk=issued.pk).status == "issued"


def test_a_link_taken_back_accepts_nothing(issued, sent, front_desk):
    link, _ = sent
    end_link(link=link, by=front_desk)

    with pytest.raises(Refused):
        accept_quote_by_link(link=link, option=issued.options.first(), signed_name="x", strokes=None)


def test_what_the_desk_has_declined_is_not_accepted_at_home(issued, sent, front_desk):
    link, _ = sent
    decline_quote(quote=issued, reason="Too dear", by=front_desk)

    with pytest.raises(Refused):
        accept_quote_by_link(link=link, option=issued.options.first(), signed_name="x", strokes=None)


def test_a_clinic_leaves_sixty_days_to_decide_at_most(as_admin, clinic):
    answer = as_admin.post(reverse("billing:plan_settings"), {"days_to_decide": 61})

    assert "60" in answer.content.decode()
    assert not PlanSettings.objects.filter(clinic=clinic, days_to_decide=61).exists()


def test_the_page_asks_few_queries(issued, sent, django_assert_max_num_queries):
    client, address = opened(sent)

    with django_assert_max_num_queries(16):
        client.get(address)
