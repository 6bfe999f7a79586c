"""Assessments read back: the list with pictures of the scale, and each one whole."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent
from tests import factories
from treatments.conditions.actions.assessments import record_assessment
from treatments.conditions.models import Assessment

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(clinician):
    return factories.PatientFactory(registered_by=clinician, sex_at_birth="female")


@pytest.fixture
def levels(db):
    scale = factories.SeverityScaleFactory(code="SINCLAIR", name="Sinclair", short_name="Sinclair")
    return [
        factories.ScaleLevelFactory(scale=scale, order=step, value=str(step), label=f"Stage {step}")
        for step in range(1, 6)
    ]


@pytest.fixture
def zones(db):
    return [
        factories.ZoneFactory(order=1),
        factories.ZoneFactory(code="VERTEX", name="Vertex", order=2),
    ]


def assess(patient, by, level, areas, *, days_ago=0, **fields):
    condition = factories.ConditionFactory(code="female-pattern", name="Female pattern hair loss")
    return record_assessment(
        patient=patient,
        condition=condition,
        scale=level.scale,
        level=level,
        zones=areas,
        by=by,
        now=timezone.now() - timedelta(days=days_ago),
        **fields,
    )


def listed(patient):
    return reverse("conditions:assessments", args=[patient.pk])


def one(assessment):
    return reverse("conditions:assessment", args=[assessment.pk])


def said(answer):
    return " ".join(answer.content.decode().split())


def test_every_assessment_is_listed_with_its_link(as_clinician, clinician, patient, levels, zones):
    first = assess(patient, clinician, levels[2], [(zones[0], D(70)), (zones[1], D(58))], days_ago=100)
    second = assess(patient, clinician, levels[2], [(zones[0], D(62)), (zones[1], D(50))])

    text = said(as_clinician.get(listed(patient)))

    for part in ("Sinclair 3", "here all 2 times", one(first), one(second), "128 cm²", "112 cm²"):
        assert part in text, part


def test_another_step_says_how_often_it_was_found(as_clinician, clinician, patient, levels, zones):
    assess(patient, clinician, levels[1], [(zones[0], D(70))], days_ago=100)
    assess(patient, clinician, levels[2], [(zones[0], D(70))], days_ago=50)
    assess(patient, clinician, levels[2], [(zones[0], D(70))])

    text = said(as_clinician.get(listed(patient)))

    assert "here now, 2 of 3 times" in text
    assert "here 1 of 3 times" in text


def test_the_first_assessment_has_no_trend_and_its_pictures(as_clinician, clinician, patient, levels, zones):
    assess(patient, clinician, levels[0], [(zones[0], D(70))])

    text = said(as_clinician.get(listed(patient)))

    assert "Over time" not in text
    assert text.count('viewBox="0 0 100 116"') == 5


def test_a_patient_without_an_assessment_gets_an_empty_list(as_clinician, patient):
    assert "No assessment yet" in said(as_clinician.get(listed(patient)))


def test_one_assessment_is_read_whole(as_clinician, clinician, patient, levels, zones):
    cause = factories.ConditionFactory(code="cause-stress", name="Cause: stress", role="cause")
    other = factories.ConditionFactory(code="dandruff", name="Dandruff")
    density = factories.SeverityScaleFactory(
        code="HAIR_DENSITY", name="Hair density", short_name="Density", kind="number", unit="hairs/cm2"
    )
    found = assess(
        patient,
        clinician,
        levels[3],
        [(zones[0], D("70.5"))],
        causes=[cause.code],
        others=[other],
        measurements=[(density, zones[0], D(142))],
        note="Thin at the crown.",
    )

    text = said(as_clinician.get(one(found)))

    for part in (
        "Sinclair 4",
        "Cause: stress",
        "Dandruff",
        "Density, frontal",
        "142 hairs/cm2",
        "Thin at the crown.",
        "70.5 cm²",
        clinician.display_name,
    ):
        assert part in text, part


def test_reasons_that_were_given_are_read_too(as_clinician, clinician, patient, zones):
    condition = factories.ConditionFactory(
        code="thinning", name="Thinning", role="doubtful", role_text="doubtful"
    )
    found = record_assessment(
        patient=patient,
        condition=condition,
        zones=[(zones[0], D(70))],
        by=clinician,
        reasons={"doubtful:thinning": "Wishes it", "severity:none": "No scale fits"},
    )

    text = said(as_clinician.get(one(found)))

    assert "“Wishes it”" in text
    assert "no severity given" in text


def test_reading_is_on_record(as_clinician, clinician, patient, levels, zones):
    found = assess(patient, clinician, levels[0], [(zones[0], D(70))])

    as_clinician.get(one(found))
    assert AuditEvent.objects.last().data == {"page": "assessment"}
    as_clinician.get(listed(patient))
    assert AuditEvent.objects.last().data == {"page": "assessments"}


@pytest.mark.parametrize("who", ["as_front_desk", "as_admin", "as_cosmetologist"])
def test_nobody_but_a_clinician_reads_them(request, who, clinician, patient, levels, zones):
    found = assess(patient, clinician, levels[0], [(zones[0], D(70))])
    client = request.getfixturevalue(who)

    assert client.get(listed(patient)).status_code == 403
    assert client.get(one(found)).status_code == 403


def test_an_unknown_one_is_not_found(as_clinician):
    assert as_clinician.get(reverse("conditions:assessments", args=[0])).status_code == 404
    assert as_clinician.get(reverse("conditions:assessment", args=[0])).status_code == 404


def test_the_pages_cost_the_same_for_one_assessment_and_for_three(
    as_clinician, clinician, patient, levels, zones, count_queries
):
    def cost(page):
        with count_queries() as sent:
            as_clinician.get(page)
        return len(sent)

    found = assess(patient, clinician, levels[0], [(zones[0], D(70))], days_ago=90)
    few = cost(listed(patient)), cost(one(found))
    for days in (60, 30):
        found = assess(patient, clinician, levels[1], [(zones[0], D(70)), (zones[1], D(9))], days_ago=days)
    many = cost(listed(patient)), cost(one(found))

    assert few == many
    assert max(many) <= 20
    assert Assessment.objects.count() == 3


def test_the_steps_to_choose_from_are_shown_with_their_pictures(as_clinician, patient, levels, once):
    condition = factories.ConditionFactory(code="female-pattern", name="Female pattern hair loss")
    condition.condition_scales.create(scale=levels[0].scale, who="women", order=1)

    answer = as_clinician.post(
        reverse("conditions:assess", args=[patient.pk]),
        {"once": once(), "look": "1", "condition": "female-pattern"},
    )

    assert said(answer).count('viewBox="0 0 100 116"') == 5


def test_the_scales_that_were_not_used_are_shown_small_and_those_of_the_other_sex_are_not(
    as_clinician, clinician, patient, levels, zones
):
    patient.sex_at_birth = "female"
    patient.save()
    for code, name, sex in (("LUDWIG", "Ludwig", "female"), ("HAMILTON_NORWOOD", "Norwood", "male")):
        scale = factories.SeverityScaleFactory(code=code, name=name, short_name=name, for_sex=sex)
        factories.ScaleLevelFactory(scale=scale, value="I")
    before = as_clinician.get(listed(patient))
    assess(patient, clinician, levels[2], [(zones[0], D(70))])

    after = as_clinician.get(listed(patient))

    assert before.context["other_scales"] == []
    assert [
        (each["name"], [step["step"] for step in each["steps"]]) for each in after.context["other_scales"]
    ] == [("Ludwig", ["I"])]
    assert "Other scales" in after.text


def test_an_assessment_is_printed_by_a_button_that_needs_a_script(
    as_clinician, clinician, patient, levels, zones
):
    assert "data-print" not in as_clinician.get(listed(patient)).text
    assess(patient, clinician, levels[2], [(zones[0], D(70))])

    assert "data-print hidden>Print</button>" in as_clinician.get(listed(patient)).text
