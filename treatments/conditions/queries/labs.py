"""The laboratory results of a patient: the last two of each test, and all of them page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from mesoclinic.core.findings import Finding
from mesoclinic.core.paging import FIRST, Page, Place, page_of
from patients.models import Patient, records_of
from treatments.conditions.models import LabOrder, LabResult, LabTest
from treatments.conditions.rules.labs import LabFact, check_fresh_or_alerting_lab_results

#: Results on one page of the list.
PAGE = 30


def lab_tests_in_use() -> list[LabTest]:
    """The tests in use, in the order of the file. One query."""
    return list(LabTest.objects.filter(retired_at=None).order_by("order", "code"))


def lab_results_with_test() -> QuerySet[LabResult]:
    """Results with their test and who entered them."""
    return LabResult.objects.select_related("test", "entered_by", "patient")


def awaited_lab_orders() -> QuerySet[LabOrder]:
    """Tests that were ordered, without a result of that day or later, and not given up."""
    results = LabResult.objects.filter(
        Q(patient=OuterRef("patient")) | Q(patient__merged_into=OuterRef("patient")),
        test=OuterRef("test"),
        taken_on__gte=OuterRef("ordered_on"),
        replaced_by=None,
    )
    return LabOrder.objects.filter(~Exists(results), dropped=None)


@dataclass(frozen=True, slots=True)
class LabLine:
    """The last result of one test that nobody has replaced, and the one before it."""

    result: LabResult  # with test
    fact: LabFact
    before: LabResult | None
    before_fact: LabFact | None


def latest_lab_results_with_previous(patient: Patient) -> list[LabLine]:
    """The last result of each test with the one before it, in the order of the tests. One query."""
    rows = (
        LabResult.objects.filter(patient__in=records_of(patient), replaced_by=None)
        .annotate(
            place=Window(RowNumber(), partition_by=F("test"), order_by=[F("taken_on").desc(), F("pk").desc()])
        )
        .filter(place__lte=2)
        .select_related("test", "entered_by")
        .order_by("test__order", "test__code", "place")
    )
    by_test: dict[int, list[LabResult]] = {}
    for row in rows:
        by_test.setdefault(row.test_id, []).append(row)
    return [_lab_line(found) for found in by_test.values()]


def _lab_line(found: Sequence[LabResult]) -> LabLine:
    last, before = found[0], found[1] if len(found) > 1 else None
    return LabLine(last, lab_fact_of_result(last), before, lab_fact_of_result(before) if before else None)


def findings_of_latest_lab_results(patient: Patient, on: date) -> list[Finding]:
    """What the last results that still count on this day ask for, worst first. One query."""
    return check_fresh_or_alerting_lab_results(
        [line.fact for line in latest_lab_results_with_previous(patient)], on
    )


def page_of_lab_results(patient: Patient, place: Place = FIRST) -> Page[LabResult]:
    """Every result, the replaced ones too, the last taken first. One query."""
    rows = LabResult.objects.filter(patient__in=records_of(patient)).select_related(
        "test", "entered_by", "replaced_by"
    )
    return page_of(rows, ["taken_on", "pk"], place, size=PAGE, newest=True)


def lab_fact_of_result(result: LabResult) -> LabFact:
    """A result, read with its test, as the rules take it."""
    test = result.test
    return LabFact(
        code=test.code,
        name=test.name,
        taken_on=result.taken_on,
        value=result.value,
        text=result.text,
        unit=result.unit,
        standard=_figure_in_first_unit_or_none(result),
        low=result.low,
        high=result.high,
        usual_text="" if test.units else test.usual_interval,
        max_age_days=test.max_age_days,
        finding_low=test.finding_low,
        finding_high=test.finding_high,
        action=test.action,
    )


def _figure_in_first_unit_or_none(result: LabResult) -> Decimal | None:
    """The figure in the first unit of its test; None where no source says how the two compare."""
    test = result.test
    if result.value is None or result.unit == test.unit:
        return result.value
    return result.value / test.other_factor if test.other_factor else None
