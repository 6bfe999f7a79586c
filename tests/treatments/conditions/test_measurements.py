"""A figure with the way it was measured; the point that is found again; and what nobody writes down."""

from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from mesoclinic.core.findings import Refused
from tests import factories
from treatments.conditions.actions.measurements import record_measurement, record_measurement_site
from treatments.conditions.models import KeptAs, Measurement, MeasurementKind, MeasurementSite
from treatments.conditions.queries.assessments import assessment_choices
from treatments.conditions.queries.measurements import FigureEntry


def make_kind(code="HAIR_DENSITY", kept_as=KeptAs.MEASURED, *, conditions=(), **fields):
    scale = factories.SeverityScaleFactory(
        code=code, name=code.title(), short_name=code.title(), kind="number", minimum=D(0), maximum=D(600)
    )
    return MeasurementKind.objects.create(
        scale=scale,
        short_name=code.title(),
        kept_as=kept_as,
        condition_codes=list(conditions),
        for_all_conditions=not conditions,
        **fields,
    )


@pytest.fixture
def patient(clinician):
    return factories.PatientFactory(registered_by=clinician)


@pytest.fixture
def vertex(db):
    return factories.ZoneFactory(code="VERTEX", name="Vertex")


def pin(patient, vertex, clinician, **fields):
    where = {"from_nasion_cm": D("21.5"), "from_midline_cm": D("-1.5")}
    return record_measurement_site(patient=patient, zone=vertex, by=clinician, **where | fields)


def test_a_figure_keeps_how_it_was_measured(patient, vertex, clinician):
    site = pin(patient, vertex, clinician)
    entry = FigureEntry(
        make_kind(),
        D(140),
        site=site,
        method="Counted by hand",
        device="scope 2",
        field_cm2=D("0.65"),
        preparation="washed 1 day before",
        counter=clinician,
    )

    row = record_measurement(patient=patient, entry=entry, by=clinician)

    row.refresh_from_db()
    assert (row.zone, row.site, row.field_cm2, row.counter) == (vertex, site, D("0.65"), clinician)
    assert (row.method, row.device, row.preparation) == ("Counted by hand", "scope 2", "washed 1 day before")


@pytest.mark.parametrize("kept_as", [KeptAs.NEVER, KeptAs.ELSEWHERE, KeptAs.GRADED])
def test_what_no_office_can_measure_is_not_written_down(patient, clinician, kept_as):
    with pytest.raises(Refused) as refused:
        record_measurement(
            patient=patient, entry=FigureEntry(make_kind("BLOOD_SUPPLY", kept_as), D(1)), by=clinician
        )

    assert refused.value.findings[0].fixed
    assert not Measurement.objects.exists()


def test_a_figure_off_its_scale_is_a_typing_error(patient, clinician):
    with pytest.raises(Refused):
        record_measurement(patient=patient, entry=FigureEntry(make_kind(), D(1400)), by=clinician)


def test_the_front_desk_measures_nothing(patient, front_desk):
    with pytest.raises(Refused):
        record_measurement(patient=patient, entry=FigureEntry(make_kind(), D(140)), by=front_desk)


def test_sites_take_the_next_letter_and_stay_where_they_are(patient, vertex, clinician):
    labels = [pin(patient, vertex, clinician, map_x=50, map_y=60).label for _ in range(2)]

    assert labels == ["A", "B"]
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        MeasurementSite.objects.update(map_x=1, map_y=1)


def test_nobody_measures_at_a_site_of_another(patient, vertex, clinician):
    site = pin(factories.PatientFactory(), vertex, clinician)
    kind = make_kind()

    with pytest.raises(Refused):
        record_measurement(patient=patient, entry=FigureEntry(kind, D(140), site=site), by=clinician)
    row = Measurement(patient=patient, scale=kind.scale, site=site, value=1, measured_by=clinician)
    with pytest.raises(IntegrityError, match="site of the same patient"), transaction.atomic():
        row.save()


def test_an_assessment_offers_what_is_measured_in_its_condition(db):
    brittle = factories.ConditionFactory(code="brittle-hair", name="Brittle hair")
    make_kind(conditions=["androgenetic-alopecia"])
    diameter = make_kind("HAIR_DIAMETER", conditions=["brittle-hair"])
    make_kind("PRO_SHED", KeptAs.PATIENT)

    offered = assessment_choices()

    assert offered.scales_measured_in_condition(brittle) == [diameter.scale]
    assert len(offered.scales_measured_in_condition(None)) == 2


def test_the_page_records_a_figure_and_pins_a_point(as_clinician, patient, vertex, once):
    make_kind()
    never = make_kind("BLOOD_SUPPLY", KeptAs.NEVER)
    url = reverse("conditions:measurements", args=[patient.pk])
    as_clinician.post(
        reverse("conditions:measurement_site", args=[patient.pk]),
        {"once": once(), "zone": "VERTEX", "from_nasion_cm": "21.5", "from_midline_cm": "-1.5"},
    )
    site = MeasurementSite.objects.get()

    answer = as_clinician.post(
        url,
        {
            "once": once(),
            "scale": "HAIR_DENSITY",
            "value": "140",
            "place": f"site-{site.pk}",
            "method": "TrichoScan",
            "field_cm2": "0.65",
        },
    )
    html = as_clinician.get(url).content.decode()

    assert answer.status_code == 302
    assert "site A, TrichoScan, 0.65 cm²" in html
    assert f"{never.scale.name}: not measured." in html
    assert f'value="{never.scale.code}"' not in html


def test_a_wrong_figure_stands_at_its_field(as_clinician, patient, once):
    make_kind()
    url = reverse("conditions:measurements", args=[patient.pk])

    answer = as_clinician.post(url, {"once": once(), "scale": "HAIR_DENSITY", "value": "9000"})

    assert answer.status_code == 422
    assert "is at most 600" in answer.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_one_and_three(
    as_clinician, patient, clinician, vertex, count_queries, count
):
    kind = make_kind()
    for _ in range(count):
        site = pin(patient, vertex, clinician)
        record_measurement(patient=patient, entry=FigureEntry(kind, D(140), site=site), by=clinician)
    url = reverse("conditions:measurements", args=[patient.pk])
    as_clinician.get(url)

    with count_queries() as sent:
        as_clinician.get(url)

    assert len(sent) <= 20
    assert len([q for q in sent if 'FROM "conditions_measurement"' in q]) == 1
