"""The look at the scalp stands before the first point; what was seen is an alert today, where it was seen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from patients.models import AlertType, SafetyAnswer
from patients.rules.alerts import Injection, alert_level_for_injection_or_empty
from patients.rules.scalp_look import scalp_look_answer_parts
from tests import factories
from tests.alert_types import cites, load_alert_types
from tests.safety_answers import answer, must_ask
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_views import page, post, posted
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.sessions.rules.charting import SessionChart
from treatments.sessions.rules.scalp_look import LookAtScalp, check_scalp_looked_at

BEFORE, POINT = SessionChart(), SessionChart(pain={"during": 3})
ASKED = LookAtScalp(is_asked=True, item=7)


@pytest.mark.parametrize(
    ("look", "new", "chart", "code"),
    [
        (ASKED, (), POINT, "unknown:*treatment:scalp_look"),
        (ASKED, (), BEFORE, None),
        (ASKED, (), replace(POINT, ticked=frozenset({7})), None),
        (ASKED, ("clear",), POINT, None),
        (ASKED, ("pus", "at VERTEX"), POINT, "alert:site:infected"),
        (ASKED, ("flare",), POINT, None),
        (replace(ASKED, said=("clear",)), (), POINT, None),
        (replace(ASKED, said=("pus",)), (), replace(POINT, ticked=frozenset({7})), "alert:site:infected"),
        (replace(ASKED, said=("pus",)), ("clear",), POINT, None),
        (LookAtScalp(), (), POINT, None),
    ],
)
def test_no_point_is_charted_before_somebody_looked(look, new, chart, code):
    found = check_scalp_looked_at(look, new, chart, BEFORE)

    assert [(each.code, each.fixed) for each in found] == ([(code, True)] if code else [])


def test_a_place_without_anything_seen_is_no_answer():
    assert scalp_look_answer_parts([], ["vertex"]) == []


@pytest.fixture
def asked(ready):
    must_ask("ask-scalp-look")
    return ready


def test_the_chart_is_refused_before_the_look_and_kept_after_it(asked, clinician):
    with pytest.raises(Refused) as refused:
        fill(asked, clinician)
    answer(asked.patient, by=clinician, scalp_look="clear")

    fill(asked, clinician)

    assert [each.code for each in refused.value.findings] == ["unknown:*treatment:scalp_look"]
    assert stored(asked).pain == {"during": 4}


def test_what_was_seen_is_posted_and_kept_although_the_point_is_refused(as_clinician, asked):
    load_alert_types()
    fields = posted(asked, look=["pus"], pain_during="4")

    refused = post(as_clinician, page(asked), fields)

    assert refused.status_code == 422
    assert "Infected scalp: not today" in refused.text
    assert SafetyAnswer.objects.get(question="scalp_look").said == ["pus"]
    assert [alert.code for alert in open_alerts_of_patient(asked.patient_id)] == ["alert:site:infected"]


@pytest.mark.parametrize(
    ("seen", "code", "here", "elsewhere"),
    [
        ("pus", "alert:site:infected", "block_fixed", "block_fixed"),
        ("flare", "alert:site:flare", "block_fixed", ""),
        ("open crust", "alert:site:crust", "block_overridable", ""),
    ],
)
def test_what_was_seen_stands_today_where_it_was_seen(patient, clinician, seen, code, here, elsewhere):
    load_alert_types()
    answer(patient, by=clinician, where="session", scalp_look=[seen, "at vertex"])

    [alert] = open_alerts_of_patient(patient.pk)

    assert (alert.code, alert.pk) == (code, 0)
    assert "vertex" in alert.text
    for zone, level in (("vertex", here), ("frontal", elsewhere)):
        injection = Injection(frozenset({"biotin"}), frozenset({zone}))
        assert alert_level_for_injection_or_empty(alert, injection) == level


def test_what_was_seen_names_its_sources(patient, clinician):
    load_alert_types()
    cites(AlertType.objects.get(code="alert:site:flare"))
    answer(patient, by=clinician, scalp_look=["flare"])

    assert [alert.cited for alert in open_alerts_of_patient(patient.pk)] == ["[TESTKEY] Label of a medicine"]


def test_another_look_ends_it_and_a_flare_so_does_another_day(patient, clinician):
    load_alert_types()
    answer(patient, by=clinician, scalp_look=["flare"])
    tomorrow = timezone.localdate() + timedelta(days=1)

    assert open_alerts_of_patient(patient.pk, tomorrow) == []
    answer(patient, by=clinician, scalp_look=["clear"])

    assert open_alerts_of_patient(patient.pk) == []


def test_a_tick_of_the_look_clears_what_was_seen_before(as_clinician, asked, clinician):
    item = factories.ChecklistItemFactory(code="scalp-exam", phase="before")
    answer(asked.patient, by=clinician, scalp_look=["flare"])

    post(as_clinician, page(asked), posted(asked, look=None, look_zones=None, check=[str(item.pk)]))

    assert SafetyAnswer.objects.filter(question="scalp_look").order_by("-pk")[0].said == ["clear"]


# --- an infection is not over because a day has passed ---------------------------------


@pytest.mark.parametrize(
    ("looks", "days_later", "stands"),
    [
        ([(0, "pus")], 1, True),
        ([(0, "pus")], 90, True),
        ([(0, "pus"), (0, "clear")], 1, False),
        ([(0, "pus"), (13, "clear")], 13, True),
        ([(0, "pus"), (13, "clear")], 20, True),
        ([(0, "pus"), (14, "clear")], 14, False),
        ([(0, "pus"), (14, "flare")], 15, False),
        ([(0, "pus"), (14, "clear"), (20, "pus")], 21, True),
    ],
)
def test_pus_stands_until_somebody_looks_again_fourteen_days_on(
    patient, clinician, looks, days_later, stands
):
    load_alert_types()
    first = timezone.localdate() - timedelta(days=100)
    for day, seen in looks:
        answer(patient, by=clinician, on=first + timedelta(days=day), scalp_look=[seen, "at vertex"])

    alerts = open_alerts_of_patient(patient.pk, first + timedelta(days=days_later))

    assert [alert.code for alert in alerts] == (["alert:site:infected"] if stands else [])
    assert all("vertex" in alert.text and alert.is_fixed for alert in alerts)


def test_the_start_refuses_an_infection_seen_before_and_asks_for_another_look_that_ends_it(
    as_clinician, clinician, asked_for_look, once
):
    plan = asked_for_look
    answer(
        plan.patient,
        by=clinician,
        on=timezone.localdate() - timedelta(days=15),
        scalp_look=["pus", "at vertex"],
    )
    url = reverse("sessions:start_for_plan", args=[plan.pk])

    refused = as_clinician.post(url, {"once": once()})
    still = as_clinician.post(url, {"once": once(), "answer:scalp_look": "pus"})
    started = as_clinician.post(url, {"once": once(), "answer:scalp_look": "clear"})

    assert [answer.status_code for answer in (refused, still, started)] == [422, 422, 302]
    assert "Infected scalp in vertex: not today" in refused.text
    assert 'name="answer:scalp_look"' in refused.text


@pytest.fixture
def asked_for_look(plan, consent, lots):
    load_alert_types()
    must_ask("ask-scalp-look")
    return plan


def test_a_start_without_an_infection_asks_for_no_look(as_clinician, asked_for_look, once):
    started = as_clinician.post(
        reverse("sessions:start_for_plan", args=[asked_for_look.pk]), {"once": once()}
    )

    assert started.status_code == 302
