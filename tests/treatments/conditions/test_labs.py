"""Laboratory results: entered with the laboratory's own interval, replaced and never changed, read on the record."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from treatments.conditions.actions.labs import record_or_replace_lab_result
from treatments.conditions.models import LabResult, LabTest
from treatments.conditions.queries.labs import (
    findings_of_latest_lab_results,
    lab_fact_of_result,
    latest_lab_results_with_previous,
)
from treatments.conditions.rules.labs import LabReport

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture
def patient(clinician):
    return factories.PatientFactory(registered_by=clinician)


@pytest.fixture
def ferritin(db):
    return LabTest.objects.create(
        code="FERRITIN",
        name="Ferritin",
        unit="ng/mL",
        other_unit="ug/L",
        other_factor=D(1),
        max_age_days=180,
        finding_low="alert:lab:ferritin-low",
        action="treat iron",
        order=10,
    )


@pytest.fixture
def haemoglobin(db):
    return LabTest.objects.create(
        code="HB",
        name="Haemoglobin",
        unit="g/dL",
        other_unit="g/L",
        other_factor=D(10),
        max_age_days=90,
        finding_low="alert:lab:hb-low under 10 for PRP",
        order=20,
    )


@pytest.fixture
def pregnancy(db):
    return LabTest.objects.create(
        code="HCG-U",
        name="Pregnancy test",
        usual_interval="negative",
        finding_high="alert:lab:hcg-positive",
        order=30,
    )


def record(patient, test, by, value="41", *, replaces=None, reason="", **fields):
    said = {"value": D(value), "unit": test.unit, "low": D(15), "high": D(150), "taken_on": TODAY, **fields}
    return record_or_replace_lab_result(
        patient=patient, test=test, by=by, report=LabReport(**said), replaces=replaces, reason=reason
    )


def url(patient):
    return reverse("conditions:labs", args=[patient.pk])


def said(answer):
    return " ".join(answer.content.decode().split())


# ── enter ────────────────────────────────────────────────────────────────────────────────────────


def test_a_result_is_kept_as_reported_and_the_audit_says_who(patient, ferritin, clinician):
    result = record(patient, ferritin, clinician, unit="ug/L", laboratory="Synlab (made up)")

    result.refresh_from_db()
    assert (result.value, result.unit, result.low, result.high) == (D(41), "ug/L", D(15), D(150))
    assert result.entered_by == clinician
    event = AuditEvent.objects.last()
    assert (event.did, event.patient_id, event.data) == (
        "lab_result.recorded",
        patient.pk,
        {"test": "FERRITIN"},
    )


def test_what_cannot_be_is_refused_and_nothing_is_written(patient, ferritin, clinician):
    with pytest.raises(Refused, match="day to come"):
        record(patient, ferritin, clinician, taken_on=TODAY + timedelta(days=1))

    assert not LabResult.objects.exists()


def test_only_a_clinician_enters_one(patient, ferritin, front_desk):
    with pytest.raises(Refused):
        record(patient, ferritin, front_desk)


def test_a_figure_in_the_other_unit_is_compared_in_the_first(patient, haemoglobin, clinician):
    low = record(patient, haemoglobin, clinician, "99", unit="g/L", low=D(120), high=D(155))

    assert lab_fact_of_result(low).standard == D("9.9")
    assert [finding.code for finding in findings_of_latest_lab_results(patient, TODAY)] == [
        "alert:lab:hb-low"
    ]


# ── replace ──────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_result_is_replaced_and_stays_on_the_record(patient, ferritin, clinician):
    wrong = record(patient, ferritin, clinician, "4.1")

    right = record(patient, ferritin, clinician, "41", replaces=wrong, reason="Decimal point")

    [line] = latest_lab_results_with_previous(patient)
    assert (line.result, line.before) == (right, None)
    assert LabResult.objects.count() == 2
    assert findings_of_latest_lab_results(patient, TODAY) == []
    assert AuditEvent.objects.last().data == {"test": "FERRITIN", "replaces": wrong.pk}


def test_a_result_is_replaced_once_and_with_a_reason(patient, ferritin, clinician):
    wrong = record(patient, ferritin, clinician, "4.1")
    with pytest.raises(Refused, match="Say why"):
        record(patient, ferritin, clinician, replaces=wrong)
    record(patient, ferritin, clinician, replaces=wrong, reason="Decimal point")

    with pytest.raises(Refused, match="replaced already"):
        record(patient, ferritin, clinician, replaces=wrong, reason="Again")


# ── around the application ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE conditions_labresult SET value = 99",
        "UPDATE conditions_labresult SET reason = 'x'",
        "DELETE FROM conditions_labresult",
    ],
)
def test_nobody_changes_or_deletes_a_result_around_the_application(patient, ferritin, clinician, statement):
    record(patient, ferritin, clinician)

    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert LabResult.objects.get().value == D(41)


def test_a_result_is_not_replaced_by_one_of_another_test_or_patient(
    patient, ferritin, haemoglobin, clinician
):
    wrong = record(patient, ferritin, clinician)
    other = factories.PatientFactory(registered_by=clinician)
    row = {
        "value": D(1),
        "unit": "g/dL",
        "taken_on": TODAY,
        "entered_by": clinician,
        "replaces": wrong,
        "reason": "x",
    }

    for fields in ({"patient": other, "test": ferritin}, {"patient": patient, "test": haemoglobin}):
        with pytest.raises(IntegrityError, match="same test of the same patient"), transaction.atomic():
            LabResult.objects.create(**row, **fields)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"text": "also words"}, "lab_result_is_a_figure_or_words"),
        ({"value": None}, "lab_result_is_a_figure_or_words"),
        ({"unit": ""}, "lab_result_is_a_figure_or_words"),
        ({"value": D(-1)}, "lab_figure_is_not_below_zero"),
        ({"low": D(9), "high": D(3)}, "lab_interval_runs_upwards"),
        ({"reason": "of nothing"}, "lab_correction_says_why"),
    ],
)
def test_the_database_refuses_what_cannot_be(patient, ferritin, clinician, fields, constraint):
    row = {"value": D(1), "unit": "ng/mL", "taken_on": TODAY, "entered_by": clinician} | fields

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        LabResult.objects.create(patient=patient, test=ferritin, **row)


# ── read ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_last_result_of_each_test_comes_with_the_one_before(patient, ferritin, haemoglobin, clinician):
    for value, days in (("18", 120), ("30", 60), ("41", 10)):
        record(patient, ferritin, clinician, value, taken_on=TODAY - timedelta(days=days))
    record(patient, haemoglobin, clinician, "13.1", low=D(12), high=D(16))

    lines = latest_lab_results_with_previous(patient)

    assert [(line.fact.name, line.fact.value, line.before and line.before.value) for line in lines] == [
        ("Ferritin", D(41), D(30)),
        ("Haemoglobin", D("13.1"), None),
    ]


def test_what_is_too_old_asks_for_nothing(patient, ferritin, clinician):
    record(patient, ferritin, clinician, "400", taken_on=TODAY - timedelta(days=181))

    assert findings_of_latest_lab_results(patient, TODAY) == []
    assert [f.code for f in findings_of_latest_lab_results(patient, TODAY - timedelta(days=1))] == [
        "lab:FERRITIN:high"
    ]


def test_a_positive_pregnancy_test_is_what_alerts_read(patient, pregnancy, clinician):
    report = LabReport(taken_on=TODAY, text="positive")

    record_or_replace_lab_result(patient=patient, test=pregnancy, by=clinician, report=report)

    assert [f.code for f in findings_of_latest_lab_results(patient, TODAY)] == ["alert:lab:hcg-positive"]


# ── the page ─────────────────────────────────────────────────────────────────────────────────────


def test_a_result_is_typed_from_the_report_and_read_back(as_clinician, patient, ferritin, once):
    answer = as_clinician.post(
        url(patient),
        {
            "once": once(),
            "test": "FERRITIN",
            "value": "14,5",
            "unit": "ug/L",
            "low": "15",
            "high": "150",
            "taken_on": TODAY.isoformat(),
            "laboratory": "Synlab (made up)",
        },
    )

    assert answer.status_code == 302
    text = said(as_clinician.get(url(patient)))
    for part in ("Ferritin", "14.5", "ug/L · 15–150", "low", "Treat iron.", "Synlab (made up)"):
        assert part in text, part


def test_the_unit_is_filled_where_there_is_but_one_and_asked_where_there_are_two(
    as_clinician, patient, ferritin, once
):
    LabTest.objects.create(code="ALT", name="ALT", unit="U/L")
    fields = {"value": "20", "low": "0", "high": "40", "taken_on": TODAY.isoformat()}

    assert as_clinician.post(url(patient), {**fields, "once": once(), "test": "ALT"}).status_code == 302
    refused = as_clinician.post(url(patient), {**fields, "once": once(), "test": "FERRITIN"})

    assert LabResult.objects.get().unit == "U/L"
    assert refused.status_code == 422
    assert "Choose the unit on the report: ng/mL or ug/L." in said(refused)


def test_a_wrong_form_keeps_what_was_typed(as_clinician, patient, ferritin, once):
    answer = as_clinician.post(
        url(patient), {"once": once(), "test": "FERRITIN", "value": "41", "unit": "ug/L", "taken_on": ""}
    )

    assert answer.status_code == 422
    assert 'value="41"' in said(answer)


def test_a_result_is_replaced_on_its_own_page(as_clinician, patient, ferritin, clinician, once):
    wrong = record(patient, ferritin, clinician, "4.1")
    page = reverse("conditions:lab_replace", args=[wrong.pk])
    assert 'value="4.1"' in said(as_clinician.get(page))

    fields = {"value": "41", "unit": "ng/mL", "low": "15", "high": "150", "taken_on": TODAY.isoformat()}
    unsaid = as_clinician.post(page, {**fields, "once": once()})
    answer = as_clinician.post(page, {**fields, "once": once(), "reason": "Decimal point"})

    assert "Say why the result is replaced." in said(unsaid)
    assert answer.status_code == 302
    text = said(as_clinician.get(url(patient)))
    assert "Replaces another: Decimal point" in text
    assert "replaced" in text


@pytest.mark.parametrize("who", ["as_front_desk", "as_admin", "as_cosmetologist"])
def test_nobody_but_a_clinician_sees_results(request, who, patient, ferritin, clinician):
    result = record(patient, ferritin, clinician)
    client = request.getfixturevalue(who)

    assert client.get(url(patient)).status_code == 403
    assert client.get(reverse("conditions:lab_replace", args=[result.pk])).status_code == 403


def test_an_unknown_patient_or_result_is_not_found(as_clinician):
    assert as_clinician.get(reverse("conditions:labs", args=[0])).status_code == 404
    assert as_clinician.get(reverse("conditions:lab_replace", args=[0])).status_code == 404


def test_the_page_costs_the_same_for_one_result_and_for_many(
    as_clinician, patient, ferritin, haemoglobin, clinician, count_queries
):
    record(patient, ferritin, clinician)
    with count_queries() as one:
        as_clinician.get(url(patient))
    for days in range(1, 4):
        record(patient, ferritin, clinician, taken_on=TODAY - timedelta(days=days))
        record(patient, haemoglobin, clinician, "13", taken_on=TODAY - timedelta(days=days))
    with count_queries() as many:
        as_clinician.get(url(patient))

    assert len(one) == len(many) <= 20


def test_a_sample_from_before_the_patient_was_born_is_refused(patient, ferritin, clinician):
    with pytest.raises(Refused, match="before the patient was born"):
        record(patient, ferritin, clinician, taken_on=patient.birth_date - timedelta(days=1))
