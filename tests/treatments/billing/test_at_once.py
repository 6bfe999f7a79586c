"""What several desks do at once is done once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal as D
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.billing.desk import did, pay, refusal
from treatments.billing.actions.payments import give_refund
from treatments.billing.actions.quotes import (
    accept_quote,
    issue_quote,
    replace_draft_quote,
)
from treatments.billing.models import Payment, Quote, QuoteLine
from treatments.plans.actions import accept_plan_without_quote
from treatments.plans.models import TreatmentPlan


def at_once(calls):
    """Each call in its own thread and connection, started together; what each answered or was refused with."""
    start = Barrier(len(calls))

    def one(call):
        try:
            connection.ensure_connection()
            start.wait()
            return call()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


@pytest.mark.django_db(transaction=True)
def test_twenty_quotes_issued_at_once_are_numbered_without_gaps(clinic, clinician, front_desk, publish):
    publish()
    drafts = [
        replace_draft_quote(plan=factories.make_plan(clinic=clinic, by=clinician), by=front_desk)
        for _ in range(20)
    ]

    at_once([lambda d=d: issue_quote(quote=d, by=front_desk) for d in drafts])

    numbers = sorted(Quote.objects.values_list("number", flat=True))
    year = timezone.localdate().year
    assert numbers == [f"Q-{year}-{n:04d}" for n in range(1, 21)]


@pytest.mark.django_db(transaction=True)
def test_of_desks_that_accept_at_once_one_does_and_the_others_are_told(issued, front_desk):
    options = list(issued.options.all())[:2] * 4

    answers = at_once(
        [
            lambda o=o: accept_quote(quote=issued, option=o, signed_name="Yuki Tanaka", by=front_desk)
            for o in options
        ]
    )

    told = [a for a in answers if isinstance(a, Refused)]
    assert [f.code for a in told for f in a.findings] == ["quote:answered"] * 7
    plan = TreatmentPlan.objects.get(pk=issued.plan_id)
    accepted = Quote.objects.get(pk=issued.pk)
    assert accepted.chosen_option.sessions == plan.sessions_planned
    assert did().count("quote.accepted") == 1


@pytest.mark.django_db(transaction=True)
def test_money_is_not_given_back_twice_at_once(accepted, plan, front_desk):
    pay(plan, front_desk, "300")

    at_once([lambda: give_refund(plan=plan, amount=D(300), method="cash", reason="Moves", by=front_desk)] * 4)

    assert Payment.objects.filter(kind="refund").count() == 1


def test_a_draft_is_written_whole_or_not_at_all(plan, price_list, front_desk, monkeypatch):
    def broken(**event):
        raise RuntimeError

    monkeypatch.setattr("mesoclinic.core.audit.record", broken)

    with pytest.raises(RuntimeError):
        replace_draft_quote(plan=plan, by=front_desk)

    assert (Quote.objects.count(), QuoteLine.objects.count()) == (0, 0)


def test_a_plan_that_waits_for_an_answer_is_not_accepted_beside_its_quote(issued, plan, clinician):
    refusal(lambda: accept_plan_without_quote(plan=plan, by=clinician), "plan:quoted")
