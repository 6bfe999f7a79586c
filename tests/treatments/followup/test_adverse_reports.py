"""The adverse reaction report: four taps, nothing typed twice, and never said to be sent."""

import json

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.followup.conftest import sql
from treatments.followup.actions import save_adverse_report
from treatments.followup.models import AdverseReport, AdverseReportSubmission
from treatments.followup.rules import check_adverse_report, check_report_submission, proposed_seriousness

JUDGED = {"outcome": "recovering", "causality": "possible"}


def new_url(follow_up):
    return reverse("followup:adverse_report_new", args=[follow_up.pk])


def page_url(report, page="adverse_report"):
    return reverse(f"followup:{page}", args=[report.pk])


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({}, []),
        ({"outcome": ""}, ["report:outcome"]),
        ({"causality": "sure"}, ["report:causality"]),
        ({"outcome": "fatal"}, ["report:death"]),
        ({"serious": ["death"]}, ["report:death"]),
        ({"outcome": "fatal", "serious": ["death"]}, []),
    ],
)
def test_what_a_report_still_needs(said, codes):
    assert [each.code for each in check_adverse_report(**{"serious": [], **JUDGED} | said)] == codes


def test_a_submission_says_to_whom_and_not_tomorrow():
    today = timezone.datetime(2026, 11, 30).date()

    found = check_report_submission(authority=" ", sent_on=today.replace(day=1, month=12), today=today)

    assert [each.code for each in found] == ["submission:authority", "submission:day"]


def test_seriousness_is_proposed_for_what_the_file_names_only():
    assert proposed_seriousness("anaphylaxis") == ["medical"]
    assert proposed_seriousness("swelling") == []


def test_a_report_is_written_in_four_taps_with_nothing_typed(as_clinician, follow_up, once):
    page = as_clinician.get(reverse("followup:follow_up", args=[follow_up.pk])).content.decode()
    form = as_clinician.get(new_url(follow_up)).content.decode()

    said = {"once": once(), "dechallenge": "does_not_apply", "rechallenge": "does_not_apply", **JUDGED}
    answer = as_clinician.post(new_url(follow_up), said)

    # The link, the causality, the outcome, the button: the other two stand as they are.
    assert new_url(follow_up) in page
    assert "L-Dex" in form
    assert answer.status_code == 302
    assert AdverseReport.objects.get().causality == "possible"


def test_nothing_is_judged_for_the_clinician(as_clinician, follow_up, once):
    answer = as_clinician.post(
        new_url(follow_up),
        {"once": once(), "dechallenge": "does_not_apply", "rechallenge": "does_not_apply"},
    )

    assert answer.status_code == 422
    assert "a clinician judges it" in answer.content.decode()


def test_every_suspect_stands_in_it_with_dose_site_days_lot_and_maker(as_clinician, follow_up, clinician):
    report = save_adverse_report(follow_up=follow_up, by=clinician, serious=["hospital"], **JUDGED)

    content = json.loads(as_clinician.get(page_url(report, "adverse_report_json")).content)
    paper = as_clinician.get(page_url(report, "adverse_report_pdf"))

    assert [product["lot"] for product in content["products"]] == ["L-Dex", "L-Bio"]
    for product in content["products"]:
        assert all(product[name] for name in ("dose", "maker", "expiry", "given_on", "route"))
    assert content["serious"] == ["hospitalisation, first or prolonged"]
    assert paper.content.startswith(b"%PDF")
    patient = follow_up.treatment_session.patient
    assert patient.family_name not in json.dumps(content)


def test_it_is_never_said_to_be_sent_and_the_authoritys_number_is_kept(
    as_clinician, follow_up, clinician, once
):
    report = save_adverse_report(follow_up=follow_up, by=clinician, **JUDGED)
    before = as_clinician.get(page_url(report)).content.decode()

    as_clinician.post(
        page_url(report),
        {"once": once(), "authority": "Agency", "sent_on": str(timezone.localdate()), "number": "2026-77"},
    )

    assert "Nothing is sent from here" in before
    assert "2026-77" in as_clinician.get(page_url(report)).content.decode()
    assert AdverseReportSubmission.objects.get().authority == "Agency"


def test_a_report_is_not_changed(follow_up, clinician):
    report = save_adverse_report(follow_up=follow_up, by=clinician, **JUDGED)

    with pytest.raises(IntegrityError, match="append-only"):
        sql("UPDATE followup_adversereport SET causality = 'certain' WHERE id = %s", report.pk)


def test_only_a_clinician_writes_one(as_front_desk, follow_up, front_desk):
    assert as_front_desk.get(new_url(follow_up)).status_code == 403
    with pytest.raises(Refused):
        save_adverse_report(follow_up=follow_up, by=front_desk, **JUDGED)


@pytest.mark.parametrize("count", [1, 3])
def test_a_report_costs_the_same_for_one_and_three_earlier_facts(
    as_clinician, follow_up, clinician, count_queries, count
):
    patient = follow_up.treatment_session.patient
    for each in range(count):
        factories.RiskFactorFactory(patient=patient, label=f"Medicine {each}", kind="medicine")
    report = save_adverse_report(follow_up=follow_up, by=clinician, **JUDGED)
    as_clinician.get(page_url(report))

    with count_queries() as sent:
        as_clinician.get(page_url(report))

    own = [each for each in sent if "django_session" not in each and "core_audit" not in each]
    assert len(own) <= 20
