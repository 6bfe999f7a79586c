"""The red strip under a patient's name: what it says to whom, and where it leads."""

from datetime import date

import pytest
from django.urls import reverse

from mesoclinic.pages.alert_strip import ASK_FIRST, alert_strip_or_none
from patients.actions.alerts import raise_alert_unless_open
from patients.rules.alerts import NOTHING_AT_THE_DESK, AlertKind, AlertLevel, OpenAlert
from tests import factories

TEXT = "Infection after session 4 is still open: no injection into infected skin. See the scalp first."


def alert(pk=7, level=AlertLevel.FIXED, text=TEXT, **more):
    return OpenAlert(pk, "reaction", level, text, date(2026, 11, 30), since=date(2026, 11, 14), **more)


def strip(*alerts, clinical=True, may_clear=True, **more):
    return alert_strip_or_none(alerts, 3, clinical=clinical, may_clear=may_clear, **more)


def test_one_alert_says_what_it_is_since_when_what_to_do_and_where_it_ends():
    shown = strip(alert(), happened="/followup/9/")

    assert shown.head == "Open: Infection after session 4 is still open, since 14 Nov 2026. Not cleared."
    assert shown.line == "No injection into infected skin. See the scalp first."
    assert [(link.text, link.url) for link in shown.links] == [
        ("What happened", "/followup/9/"),
        ("Clear it…", reverse("patients:alert_clear", args=[3, 7])),
    ]


def test_several_are_counted_the_worst_first_and_lead_to_the_list():
    shown = strip(alert(), alert(8, AlertLevel.BLOCK, "Granuloma: leave it out"), alert(9), alert(10))

    assert shown.head == (
        "4 open: Infection after session 4 is still open, 14 Nov 2026 · Granuloma, 14 Nov 2026 · 2 more"
    )
    assert [link.url for link in shown.links] == [reverse("patient_alerts", args=[3])]


def test_a_day_that_the_name_says_is_not_said_again():
    dated = alert(text="Anaphylaxis after session 1 on 14 Nov 2026: no injection.")

    assert strip(dated).head == "Open: Anaphylaxis after session 1 on 14 Nov 2026. Not cleared."
    assert strip(dated, alert()).head.startswith(
        "2 open: Anaphylaxis after session 1 on 14 Nov 2026 · Infection"
    )


@pytest.mark.parametrize("level", [AlertLevel.WARN, AlertLevel.NOTE])
def test_what_stops_nothing_is_no_strip(level):
    assert strip(alert(level=level)) is None


def test_the_desk_reads_its_own_sentence_and_moves_the_visit():
    shown = strip(alert(desk_text="Hold: a clinician looks first."), clinical=False, booked_pk=5)

    assert (shown.head, shown.line) == (ASK_FIRST, "Hold: a clinician looks first.")
    assert [link.url for link in shown.links] == [reverse("schedule:move", args=[5])]


def test_where_the_desk_has_nothing_to_do_it_is_told_to_ask_and_no_more():
    assert strip(alert(desk_text=NOTHING_AT_THE_DESK), clinical=False).line == ""


def test_who_may_not_clear_is_not_led_there():
    assert strip(alert(), may_clear=False).links == []


@pytest.mark.parametrize(
    ("fact", "page"),
    [
        ({"factor": "pregnancy"}, "patients:risk_factor_add"),
        ({"kind": "lab"}, "conditions:labs"),
        ({"kind": "consent"}, "patients:consent"),
        ({"kind": "site"}, "patient_alerts"),
    ],
    ids=["a fact of the record", "a laboratory result", "the consent", "a look at the scalp"],
)
def test_what_the_record_itself_says_leads_to_where_it_stands(fact, page):
    told = OpenAlert(
        0, fact.get("kind", "patient_state"), AlertLevel.FIXED, "Pregnant: no treatment.", date(2026, 11, 30)
    )
    told = OpenAlert(0, told.kind, told.level, told.text, told.raised_on, factor=fact.get("factor", ""))

    assert [link.url for link in strip(told).links] == [reverse(page, args=[3])]


def test_the_patients_page_shows_the_strip_the_blocked_step_and_what_to_clear_first(as_clinician, db):
    patient = factories.PatientFactory()
    raise_alert_unless_open(
        patient=patient, kind=AlertKind.REACTION, level=AlertLevel.FIXED, text=TEXT, source="t:1", by=None
    )

    page = as_clinician.get(reverse("patient", args=[patient.pk])).text

    assert 'class="alert-strip"' in page
    assert "Clear first: Infection after session 4 is still open" in page


def test_the_strip_of_the_desk_holds_no_diagnosis(as_front_desk, db):
    patient = factories.PatientFactory()
    raise_alert_unless_open(
        patient=patient, kind=AlertKind.REACTION, level=AlertLevel.FIXED, text=TEXT, source="t:1", by=None
    )

    page = as_front_desk.get(reverse("patient", args=[patient.pk])).text

    assert ASK_FIRST in page
    assert "nfection" not in page
