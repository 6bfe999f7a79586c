"""The lists of quotes that the desk works through."""

from decimal import Decimal as D

import pytest

from tests import factories
from tests.treatments.billing.addresses import url
from treatments.billing.actions.payments import take_payment
from treatments.billing.actions.quotes import accept_quote, replace_draft_quote
from treatments.plans.actions import accept_plan_without_quote


def listed(client, key, **more):
    return [q.pk for q in client.get(url("quote_list"), {"list": key} | more).context["quotes"]]


def test_quote_list_sorts_quotes_by_what_is_to_be_done(
    as_front_desk, accepted, issue, front_desk, plan, clinic, clinician
):
    waits = issue()
    made = replace_draft_quote(plan=factories.make_plan(clinic=clinic, by=clinician), by=front_desk)

    assert {key: listed(as_front_desk, key) for key in ("draft", "waiting", "expiring", "owing")} == {
        "draft": [made.pk],
        "waiting": [waits.pk],
        "expiring": [],
        "owing": [accepted.pk],
    }

    take_payment(plan=plan, kind="payment", method="card", amount=D(1890), by=front_desk)

    assert listed(as_front_desk, "owing") == []


def test_quote_list_drops_the_draft_of_a_plan_agreed_without_it(as_front_desk, draft, plan, clinician):
    assert listed(as_front_desk, "draft") == [draft.pk]

    accept_plan_without_quote(plan=plan, by=clinician)

    assert listed(as_front_desk, "draft") == []


def test_quote_list_is_of_this_clinic(as_front_desk, issued):
    elsewhere = factories.UserFactory(roles=["front_desk"])
    from_elsewhere = type(as_front_desk)()
    from_elsewhere.force_login(elsewhere, backend="django.contrib.auth.backends.ModelBackend")

    assert listed(as_front_desk, "waiting") == [issued.pk]
    assert listed(from_elsewhere, "waiting") == []


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        ("draft", (1, 3)),
        ("waiting", (1, 3)),
        ("expiring", (1, 3)),
        ("owing", (1, 3)),
    ],
)
def test_quote_list_costs_the_same_for_one_and_three(
    as_front_desk, issue, front_desk, clinic, clinician, key, rows, count_queries
):
    def add():
        """One more for this list."""
        if key == "draft":
            plan = factories.make_plan(clinic=clinic, by=clinician)
            return replace_draft_quote(plan=plan, by=front_desk)
        if key == "expiring":
            clinic.quote_valid_days = 3
            clinic.save()
        quote = issue()
        if key == "owing":
            accept_quote(quote=quote, option=quote.options.first(), signed_name="Y", by=front_desk)
        return quote

    seen, asked = [], []
    for more in (1, 2):
        for _ in range(more):
            add()
        with count_queries() as queries_asked:
            page = as_front_desk.get(url("quote_list"), {"list": key})
        seen.append(len(page.context["quotes"]))
        asked.append(len(queries_asked))

    assert tuple(seen) == rows
    assert asked == [4, 4]


def test_quote_list_pages_by_key_there_and_back(as_front_desk, issue, monkeypatch):
    monkeypatch.setattr("treatments.billing.queries.worklists.PAGE_SIZE", 2)
    pks = [issue().pk for _ in range(5)]

    pages, address = [], url("quote_list") + "?list=waiting"
    while address:
        response = as_front_desk.get(address)
        pages.append([q.pk for q in response.context["quotes"]])
        last, address = response, response.context["page"]["next"]
    back = as_front_desk.get(last.context["page"]["previous"])

    assert pages == [pks[:2], pks[2:4], pks[4:]]
    assert [q.pk for q in back.context["quotes"]] == pks[2:4]
    assert listed(as_front_desk, "waiting", after="not-a-key") == pks[:2]
    assert listed(as_front_desk, "no-such-list") == pks[:2]
