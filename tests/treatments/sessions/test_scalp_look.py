"""The look at the scalp stands before the first point; what was seen is an alert today, where it was seen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from mesoclinic.core.findings import Refused
from patients.models import AlertType, SafetyAnswer
from patients.rules.alerts import Injection, alert_level_for_injection_or_empty
from patients.rules.scalp_look import parts_of_look
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
    assert parts_of_look([], ["vertex"]) == []


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


def test_another_look_ends_it_and_so_does_another_day(patient, clinician):
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
