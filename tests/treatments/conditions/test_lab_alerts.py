"""Laboratory results that are alerts: worked out from the record, in the one query of a patient's alerts."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.wording import day_text
from patients.models import AlertType
from patients.rules.alerts import Injection, alert_level_for_injection_or_empty
from tests import factories
from tests.alert_types import cites, load_alert_types
from treatments.conditions.actions.labs import drop_lab_order, order_lab_test, record_or_replace_lab_result
from treatments.conditions.models import LabOrder, LabTest
from treatments.conditions.rules.labs import LabFact, LabReport, alerts_of_lab_results
from treatments.plans.alert_queries import open_alerts_of_patient

TODAY = timezone.localdate()

#: Code, unit, and what a low or a high result means, as labs.csv has them.
TESTS = {
    "PLT": ("10*3/uL", "alert:lab:platelets under 100", ""),
    "HB": ("g/dL", "alert:lab:hb-low under 10 for PRP", ""),
    "INR": ("{INR}", "", "alert:lab:inr"),
    "TSH": ("m[IU]/L", "alert:lab:tsh-abnormal", "alert:lab:tsh-abnormal"),
    "FERRITIN": ("ng/mL", "alert:lab:ferritin-low", ""),
    "HCG-U": ("", "", "alert:lab:hcg-positive"),
}


@pytest.fixture
def patient(clinician):
    load_alert_types()
    for order, (code, (unit, low, high)) in enumerate(TESTS.items()):
        LabTest.objects.create(
            code=code,
            name=code.capitalize(),
            unit=unit,
            usual_interval="" if unit else "negative",
            finding_low=low,
            finding_high=high,
            order=order,
        )
    return factories.PatientFactory(registered_by=clinician)


def result(patient, code: str, by, value: str, low: str = "", high: str = "", *, days_ago: int = 1):
    test = LabTest.objects.get(code=code)
    said = {"text": value} if not test.unit else {"value": D(value), "unit": test.unit}
    said |= {"low": D(low)} if low else {}
    said |= {"high": D(high)} if high else {}
    report = LabReport(taken_on=TODAY - timedelta(days=days_ago), **said)
    return record_or_replace_lab_result(patient=patient, test=test, by=by, report=report)


@pytest.mark.parametrize(
    ("code", "value", "low", "high", "alert", "with_prp", "with_biotin"),
    [
        ("PLT", "99", "150", "400", "alert:lab:platelets", "block_fixed", "block_overridable"),
        ("HB", "9.9", "12", "16", "alert:lab:hb-low", "block_overridable", ""),
        ("INR", "2.6", "0.9", "1.2", "alert:lab:inr", "block_overridable", "block_overridable"),
        ("HCG-U", "positive", "", "", "alert:lab:hcg-positive", "block_fixed", "block_fixed"),
        ("TSH", "6", "0.4", "4", "alert:lab:tsh-abnormal", "warn", "warn"),
        ("TSH", "0.2", "0.4", "4", "alert:lab:tsh-abnormal", "warn", "warn"),
        ("FERRITIN", "9", "15", "150", "alert:lab:ferritin-low", "warn", "warn"),
    ],
)
def test_a_result_that_means_an_alert_stands_at_its_level(
    patient, clinician, code, value, low, high, alert, with_prp, with_biotin
):
    result(patient, code, clinician, value, low, high)

    [found] = open_alerts_of_patient(patient.pk)

    assert (found.code, found.pk, found.kind) == (alert, 0, "lab")
    assert alert_level_for_injection_or_empty(found, Injection(frozenset({"prp"}))) == with_prp
    assert alert_level_for_injection_or_empty(found, Injection(frozenset({"biotin"}))) == with_biotin
    assert "not said" not in found.text


@pytest.mark.parametrize(
    ("code", "value", "low", "high"),
    [
        ("PLT", "100", "150", "400"),
        ("HB", "10", "12", "16"),
        ("INR", "1.2", "0.9", "1.2"),
        ("HCG-U", "negative", "", ""),
        ("TSH", "4", "0.4", "4"),
        ("FERRITIN", "15", "15", "150"),
    ],
)
def test_a_result_at_the_edge_means_none(patient, clinician, code, value, low, high):
    result(patient, code, clinician, value, low, high)

    assert open_alerts_of_patient(patient.pk) == []


def test_a_new_value_ends_it_and_time_does_not(patient, clinician):
    result(patient, "INR", clinician, "2.6", "0.9", "1.2", days_ago=300)

    before = [alert.code for alert in open_alerts_of_patient(patient.pk)]
    result(patient, "INR", clinician, "1.1", "0.9", "1.2", days_ago=0)

    assert (before, open_alerts_of_patient(patient.pk)) == (["alert:lab:inr"], [])


def test_a_result_of_a_merged_record_counts_too(patient, clinician):
    other = factories.PatientFactory(registered_by=clinician)
    result(patient, "PLT", clinician, "80", "150", "400")
    factories.merge_records(patient, other)

    assert [alert.code for alert in open_alerts_of_patient(other.pk)] == ["alert:lab:platelets"]


def test_the_alerts_of_a_patient_are_one_statement_for_one_result_and_for_six(patient, clinician):
    counts = []
    for code, value, high in (
        ("PLT", "80", "400"),
        ("HB", "9", "16"),
        ("INR", "3", "1.2"),
        ("TSH", "9", "4"),
    ):
        result(patient, code, clinician, value, "0.1" if code == "TSH" else "", high)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            open_alerts_of_patient(patient.pk)
        counts.append(len(queries))

    assert counts == [1, 1, 1, 1]


def test_the_alert_of_a_result_names_its_sources(patient, clinician):
    cites(AlertType.objects.get(code="alert:lab:inr"))
    result(patient, "INR", clinician, "2.6", "0.9", "1.2")

    assert [alert.cited for alert in open_alerts_of_patient(patient.pk)] == ["[TESTKEY] Label of a medicine"]


def test_low_ferritin_speaks_where_hair_sheds_and_where_nobody_assessed():
    ferritin = LabFact(
        "FERRITIN",
        "Ferritin",
        date(2026, 3, 1),
        D(9),
        unit="ng/mL",
        low=D(15),
        finding_low="alert:lab:ferritin-low",
    )

    assert [alert.code for alert in alerts_of_lab_results([ferritin], ["telogen-effluvium"])]
    assert [alert.code for alert in alerts_of_lab_results([ferritin], None)]
    assert alerts_of_lab_results([ferritin], ["androgenetic-alopecia"]) == []


# --- a result too old to count, and one that is awaited ---------------------------------


@pytest.mark.parametrize(("days_ago", "is_stale"), [(7, False), (8, True)])
def test_a_value_too_old_to_count_stands_and_says_so(patient, clinician, days_ago, is_stale):
    LabTest.objects.filter(code="INR").update(max_age_days=7)
    result(patient, "INR", clinician, "2.6", "0.9", "1.2", days_ago=days_ago)

    [alert] = open_alerts_of_patient(patient.pk)

    assert alert.level == "block_overridable"
    assert ("That value is 8 days old and counts 7: measure again." in alert.text) is is_stale


def awaited(patient) -> list[str]:
    return [a.text for a in open_alerts_of_patient(patient.pk) if a.code.startswith("alert:lab:awaited")]


def test_a_test_that_was_ordered_warns_until_its_result_is_there(patient, clinician):
    test = LabTest.objects.get(code="FERRITIN")
    on = TODAY - timedelta(days=5)
    order_lab_test(patient=patient, test=test, by=clinician, what_for="shedding", on=on)
    text = f"Result awaited: Ferritin for shedding, ordered {day_text(on)}. Enter it, or say why not to wait."

    [alert] = open_alerts_of_patient(patient.pk)
    result(patient, "FERRITIN", clinician, "60", "15", "150", days_ago=6)
    before_the_order = awaited(patient)
    result(patient, "FERRITIN", clinician, "60", "15", "150", days_ago=5)

    assert (alert.code, alert.level, alert.text) == ("alert:lab:awaited:ferritin", "warn", text)
    assert not alert.concerns_the_desk
    assert before_the_order == [text]
    assert awaited(patient) == []


def test_who_says_why_not_to_wait_ends_it_once(patient, clinician):
    order = order_lab_test(patient=patient, test=LabTest.objects.get(code="TSH"), by=clinician)

    with pytest.raises(Refused) as refused:
        drop_lab_order(order=order, reason=" ", by=clinician)
    drop_lab_order(order=order, reason="Measured by the GP last week", by=clinician)
    with pytest.raises(Refused) as again:
        drop_lab_order(order=order, reason="Measured by the GP last week", by=clinician)

    assert [each.value.findings[0].code for each in (refused, again)] == ["lab:reason", "lab:dropped"]
    assert awaited(patient) == []


def test_a_test_is_ordered_and_given_up_on_the_page(as_clinician, patient, once):
    page = reverse("conditions:labs", args=[patient.pk])
    fields = {"once": once(), "ordered": "TSH", "what_for": "fatigue"}

    as_clinician.post(reverse("conditions:lab_order", args=[patient.pk]), fields)
    shown = as_clinician.get(page).text
    drop = reverse("conditions:lab_order_drop", args=[LabOrder.objects.get().pk])
    as_clinician.post(drop, {"once": once(), "reason": "No longer tired"})

    assert "Tsh for fatigue, ordered" in shown
    assert "None. A test that is ordered here" in as_clinician.get(page).text


def test_neither_an_order_nor_its_end_is_changed_around_the_application(patient, clinician):
    order = order_lab_test(patient=patient, test=LabTest.objects.get(code="TSH"), by=clinician)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        LabOrder.objects.filter(pk=order.pk).update(what_for="nothing")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        LabOrder.objects.all().delete()
