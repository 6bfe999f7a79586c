"""The page that refuses a start: what passed, what is known of the alert, and no button that says it starts."""

from datetime import timedelta

import pytest
from django.urls import reverse

from mesoclinic.pages.alert_history import MOST_CHARACTERS, alert_history_or_none
from tests.alert_types import load_alert_types
from tests.treatments.followup.conftest import make_due
from treatments.followup.actions import add_follow_up_note

pytestmark = pytest.mark.django_db


@pytest.fixture
def fixed(db):
    """The kinds of alert as they are shipped: an open follow-up of an alert is gone past by nobody."""
    load_alert_types()


def start(client, plan, once, **fields):
    return client.post(reverse("sessions:start_for_plan", args=[plan.pk]), {"once": once(), **fields})


def test_a_refused_start_shows_what_passed_and_what_is_known(as_clinician, fixed, follow_up, plan, once):
    page = start(as_clinician, plan, once)

    assert page.status_code == 422
    checks = {each.code: each.level for each in page.context["checks"]}
    assert "start:alerts" not in checks
    assert checks["start:consent"] == checks["start:lots"] == "ok"
    assert "This session cannot start" in page.text
    assert "What is known about the alert" in page.text
    assert reverse("followup:follow_up", args=[follow_up.pk]) in page.text


def test_a_start_that_nobody_goes_past_has_no_button_that_says_it_starts(
    as_clinician, fixed, follow_up, plan, once
):
    page = start(as_clinician, plan, once)

    assert page.context["is_stopped"]
    assert ", and start" not in page.text
    assert "Start the session</button>" not in page.text


def test_what_is_known_stands_in_order_of_days_and_what_is_late_says_so(
    follow_up, check_in, clinician, patient, today
):
    make_due(check_in, today - timedelta(days=2))
    add_follow_up_note(follow_up=follow_up, by=clinician, text=f"Culture taken.{' More.' * 40}")

    history = alert_history_or_none(patient.pk, today)

    days = [fact.on for fact in history.facts]
    assert days == sorted(days)
    late = [fact.text for fact in history.facts if fact.is_late]
    assert late == ["Call 48 h after the session not made, 2 days late"]
    (note,) = [fact.text for fact in history.facts if fact.text.startswith("Culture taken.")]
    assert (len(note), note[-1]) == (MOST_CHARACTERS, "…")


def test_where_no_alert_stops_an_injection_there_is_nothing_to_tell(signed, patient, today):
    assert alert_history_or_none(patient.pk, today) is None
