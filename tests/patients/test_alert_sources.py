"""What an alert says names who says so: on the list, at the start of a session and before it is signed."""

import pytest
from django.urls import reverse

from mesoclinic.core.findings import Level
from mesoclinic.core.models import Source
from patients.actions.alerts import raise_alert_unless_open
from patients.actions.risk_factors import record_risk_factor
from patients.models import AlertType, Factor
from patients.rules.alerts import AlertKind, AlertLevel, alert_findings
from tests import factories
from tests.alert_types import cites, load_alert_types
from treatments.plans.alert_queries import open_alerts_of_patient

LINK = "https://example.org/anaphylaxis"


@pytest.fixture
def sources(db):
    """The kinds of alert, and two of what they cite."""
    load_alert_types()
    Source.objects.create(key="NICE134", citation="Guideline on anaphylaxis", address=LINK, kind="guideline")
    Source.objects.create(key="INVENT", citation="Nobody published it", kind="none")


@pytest.fixture
def after_anaphylaxis(sources, patient):
    raise_alert_unless_open(
        patient=patient,
        kind=AlertKind.REACTION,
        level=AlertLevel.FIXED,
        text="Anaphylaxis after session 2",
        source="test.row:1",
        by=None,
        code="alert:reaction:anaphylaxis",
    )
    return patient


def test_the_finding_of_an_alert_cites_what_its_kind_cites_the_best_first(after_anaphylaxis):
    [finding] = alert_findings(open_alerts_of_patient(after_anaphylaxis.pk))

    assert finding.level is Level.BLOCK
    assert finding.source == (f"[NICE134] Guideline on anaphylaxis <{LINK}> | [INVENT] Nobody published it")


def test_who_may_not_read_diagnoses_is_told_no_source(after_anaphylaxis):
    [finding] = alert_findings(open_alerts_of_patient(after_anaphylaxis.pk), clinical=False)

    assert finding.source == ""


def test_an_alert_of_no_kind_on_file_cites_nothing(sources, patient):
    raise_alert_unless_open(
        patient=patient,
        kind=AlertKind.OTHER,
        level=AlertLevel.WARN,
        text="Look first",
        source="test.row:2",
        by=None,
    )

    [finding] = alert_findings(open_alerts_of_patient(patient.pk))

    assert finding.source == ""


def test_a_fact_of_the_record_that_is_an_alert_cites_its_kind(sources, patient, clinician):
    record_risk_factor(
        patient=patient, kind="state", factor=Factor.objects.get(code="pregnancy"), by=clinician
    )
    kind = AlertType.objects.get(factors__factor__code="pregnancy", stored=False)
    cites(kind)

    assert [alert.cited for alert in open_alerts_of_patient(patient.pk) if alert.factor] == [
        "[TESTKEY] Label of a medicine"
    ]


def test_the_list_of_alerts_links_the_source_and_where_it_can_be_read(as_clinician, after_anaphylaxis):
    page = as_clinician.get(reverse("patient_alerts", args=[after_anaphylaxis.pk])).text

    assert f'<a href="{reverse("source", args=["NICE134"])}">Guideline on anaphylaxis</a>' in page
    assert f'href="{LINK}"' in page
    assert "and 1 more" in page


def test_sources_cost_no_query_of_their_own(sources, patient, count_queries):
    other = factories.PatientFactory()
    for number in range(3):
        raise_alert_unless_open(
            patient=other,
            kind=AlertKind.REACTION,
            level=AlertLevel.FIXED,
            text=f"Reaction {number}",
            source=f"test.row:{number}",
            by=None,
            code="alert:reaction:anaphylaxis",
        )

    with count_queries() as none:
        open_alerts_of_patient(patient.pk)
    with count_queries() as three:
        open_alerts_of_patient(other.pk)

    assert len(none) == len(three) == 1
