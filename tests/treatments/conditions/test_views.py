"""The assessment page: typed, checked live, kept as a draft, saved once."""

from decimal import Decimal as D

import pytest
from django.urls import reverse

from mesoclinic.core.autosave import autosave_or_none
from mesoclinic.core.models import AuditEvent, Autosave
from patients.models import RiskFactor
from tests import factories
from treatments.conditions.models import Assessment, Condition, Measurement

pytestmark = pytest.mark.django_db


def url(patient):
    return reverse("conditions:assess", args=[patient.pk])


def page(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def patient():
    return factories.PatientFactory(sex_at_birth="female")


@pytest.fixture
def level():
    """Androgenetic alopecia, graded by Ludwig in women and Norwood in men; one zone, one measured scale."""
    ludwig = factories.SeverityScaleFactory()
    norwood = factories.SeverityScaleFactory(
        code="HAMILTON_NORWOOD", name="Hamilton-Norwood", for_sex="male", order=1
    )
    condition = factories.ConditionFactory()
    condition.condition_scales.create(scale=norwood, who="men", order=1)
    condition.condition_scales.create(scale=ludwig, who="women", order=2)
    factories.ScaleLevelFactory(scale=norwood, value="III", label="Type III")
    factories.ZoneFactory()
    factories.ZoneFactory(code="HAIRLINE", name="Hairline", area_cm2=None, order=2)
    factories.SeverityScaleFactory(
        code="HAIR_DENSITY",
        name="Hair density",
        short_name="Density",
        kind="number",
        unit="hairs/cm2",
        minimum=0,
        maximum=600,
    )
    factories.ConditionFactory(code="cause-stress", name="Cause: stress", role="cause")
    return factories.ScaleLevelFactory(
        scale=ludwig, value="II", label="Grade II", description="scalp visible"
    )


def typed(of, **fields):
    """An assessment graded ``of`` this level, as the form posts it."""
    return {
        "condition": "androgenetic-alopecia",
        "scale": "LUDWIG",
        "level": of.pk,
        "causes": ["cause-stress"],
        "note": "Thin at the crown.",
        "zone-FRONTAL-on": "1",
        "zone-FRONTAL-area": "70,5",
        "zone-HAIRLINE-area": "",
        "measure-0-scale": "HAIR_DENSITY",
        "measure-0-zone": "FRONTAL",
        "measure-0-value": "142",
        "measure-1-scale": "HAIR_DENSITY",
        "measure-1-value": "",
        **fields,
    }


# --- who may -----------------------------------------------------------------


@pytest.mark.parametrize("who", ["as_front_desk", "as_admin", "as_cosmetologist"])
def test_only_a_clinician_assesses(request, who, patient):
    client = request.getfixturevalue(who)

    assert client.get(url(patient)).status_code == 403
    assert client.post(url(patient)).status_code == 403
    assert AuditEvent.objects.count() == 0


def test_a_stranger_is_asked_to_sign_in(stranger, patient):
    assert stranger.get(url(patient)).status_code == 302
    assert stranger.post(url(patient)).status_code == 302


def test_an_unknown_patient_is_not_found_and_other_methods_are_not_allowed(as_clinician, patient):
    assert as_clinician.get(reverse("conditions:assess", args=[0])).status_code == 404
    assert as_clinician.put(url(patient)).status_code == 405


# --- the page ----------------------------------------------------------------


def test_the_page_opens_with_usual_areas_and_looking_is_recorded(as_clinician, clinician, patient, level):
    said = page(as_clinician.get(url(patient)))

    assert "Androgenetic alopecia" in said
    assert 'name="zone-FRONTAL-area"' in said
    assert 'data-default="70"' in said
    event = AuditEvent.objects.get()
    assert (event.did, event.by, event.patient_id) == ("patient.viewed", clinician, patient.pk)


def test_the_causes_the_intake_found_are_already_chosen(as_clinician, patient, level):
    factories.IntakeFactory(patient=patient, likely_causes=["cause-stress"])

    form = as_clinician.get(url(patient)).context["form"]

    assert form["causes"].value() == ["cause-stress"]


@pytest.mark.parametrize(
    ("sex", "scales"),
    [("female", ["LUDWIG"]), ("male", ["HAMILTON_NORWOOD"]), ("", ["HAMILTON_NORWOOD", "LUDWIG"])],
)
def test_the_scales_fit_the_patient(as_clinician, level, sex, scales):
    patient = factories.PatientFactory(sex_at_birth=sex or "unknown")

    response = as_clinician.post(url(patient), typed(level, look="1", level=""))

    assert [scale.code for scale in response.context["form"].scales] == scales


def test_a_condition_of_women_is_not_offered_for_a_man(as_clinician, level):
    factories.ConditionFactory(code="female-pattern", name="Female pattern", who="women")
    man = factories.PatientFactory(sex_at_birth="male")
    woman = factories.PatientFactory(sex_at_birth="female")

    assert "Female pattern" not in page(as_clinician.get(url(man)))
    assert "Female pattern" in page(as_clinician.get(url(woman)))


def test_looking_shows_the_levels_and_the_checks_and_saves_nothing(as_clinician, patient, level):
    factories.ConditionFactory(
        code="brittle-hair",
        name="Brittle hair",
        role="doubtful",
        contested="A review says it is not effective.",
    )

    ordinary = page(as_clinician.post(url(patient), typed(level, look="1")))
    doubtful = page(as_clinician.post(url(patient), typed(level, condition="brittle-hair", look="1")))

    assert "scalp visible" in ordinary
    assert "Nothing stands in the way." in ordinary
    assert "a doubtful indication" in doubtful
    assert "A review says it is not effective." in doubtful
    assert Assessment.objects.count() == 0


# --- saving ------------------------------------------------------------------


def test_an_assessment_is_saved_once_and_leads_to_the_cocktail(as_clinician, clinician, patient, level, once):
    Autosave.objects.create(owner=clinician, kind="assessment", subject=f"patient:{patient.pk}", url="/")
    sent = typed(level, once=once())

    answers = [as_clinician.post(url(patient), sent) for _ in range(2)]

    following = reverse("next_step", args=[patient.pk])
    assert [answer.url for answer in answers] == [following, following]
    assessment = Assessment.objects.get()
    assert (assessment.patient, assessment.level, assessment.causes) == (patient, level, ["cause-stress"])
    assert list(assessment.zones.values_list("zone__code", "area_cm2")) == [("FRONTAL", D("70.5"))]
    assert list(Measurement.objects.values_list("scale__code", "value")) == [("HAIR_DENSITY", D(142))]
    assert not Autosave.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"condition": ""}, "This field is required."),
        ({"condition": "no-such"}, "Select a valid choice."),
        ({"zone-FRONTAL-on": ""}, "No zone is marked."),
        ({"zone-FRONTAL-area": ""}, "Type the area of Frontal in cm²."),
        ({"zone-FRONTAL-area": "large"}, "Enter a number."),
        ({"zone-FRONTAL-area": "0"}, "Frontal has no area."),
        ({"zone-FRONTAL-area": "601"}, "is more than a scalp"),
        ({"zone-HAIRLINE-on": "1"}, "Type the area of Hairline in cm²."),
        ({"measure-0-scale": ""}, "Choose what this figure measures."),
        ({"measure-0-value": "many"}, "Enter a number."),
        ({"measure-0-value": "601"}, "Density is at most 600, not 601."),
        ({"level": ""}, "No severity is given."),
        ({"level": "0"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(as_clinician, patient, level, once, fields, said):
    response = as_clinician.post(url(patient), typed(level, once=once(), **fields))

    assert response.status_code == 422
    assert said in page(response)
    assert "Thin at the crown." in page(response)
    assert Assessment.objects.count() == 0


def test_a_block_is_gone_past_with_a_written_reason_only(as_clinician, patient, level, once):
    factories.ConditionFactory(code="tinea-capitis", name="Tinea", role="exclusion")
    sent = typed(level, condition="tinea-capitis", scale="", level="")
    reasons = {
        "reason:refer:tinea-capitis": "Healed; two negative cultures.",
        "reason:severity:none": "Nothing left to grade.",
    }

    refused = as_clinician.post(url(patient), sent | {"once": once()})
    accepted = as_clinician.post(url(patient), sent | reasons | {"once": once()})

    assert refused.status_code == 422
    assert "Refer, or wait until it has settled." in page(refused)
    assert set(refused.context["missing"]) == {"refer:tinea-capitis", "severity:none"}
    assert accepted.status_code == 302
    assert {a["code"]: a["reason"] for a in Assessment.objects.get().acknowledged} == {
        "refer:tinea-capitis": "Healed; two negative cultures.",
        "severity:none": "Nothing left to grade.",
    }


# --- drafts ------------------------------------------------------------------


def test_the_page_reopens_as_it_was_left_the_map_and_chips_included(as_clinician, clinician, patient, level):
    sent = typed(level) | {
        "autosave_kind": "assessment",
        "autosave_subject": f"patient:{patient.pk}",
        "autosave_url": url(patient),
    }
    sent["zone-FRONTAL-area"] = "not yet"
    as_clinician.post(reverse("autosave"), sent)
    assert autosave_or_none(owner=clinician, kind="assessment", subject=f"patient:{patient.pk}")

    response = as_clinician.get(url(patient))

    form = response.context["form"]
    frontal = response.context["rows"][0]
    assert (form.chosen.code, form["level"].value(), form["causes"].value()) == (
        "androgenetic-alopecia",
        str(level.pk),
        ["cause-stress"],
    )
    assert (frontal["on"], frontal["area_cm2"], frontal["errors"]) == (True, "not yet", {})
    assert "This field is required" not in page(response)
    assert "Please look at this again" not in page(response)


# --- a condition that is a risk ----------------------------------------------


def test_a_condition_that_means_a_risk_factor_puts_it_on_record_from_the_page(
    as_clinician, patient, level, once
):
    inflamed = factories.FactorFactory(code="scalp_flare", kind="disease")
    Condition.objects.filter(code="androgenetic-alopecia").update(factor=inflamed)

    answer = as_clinician.post(url(patient), typed(level, once=once()))

    assert answer.status_code == 302
    assert RiskFactor.objects.get(patient=patient).factor == inflamed


# --- law 12 ------------------------------------------------------------------


def test_reading_costs_the_same_for_one_row_and_for_three(as_clinician, patient, level, count_queries):
    counts = []
    for more in (0, 2):
        for n in range(more):
            factories.ConditionFactory(code=f"more-{n}")
            factories.ZoneFactory(code=f"MORE{n}")
            factories.ScaleLevelFactory(scale=level.scale)
            factories.AssessmentFactory(patient=patient)
        with count_queries() as sent:
            assert as_clinician.get(url(patient)).status_code == 200
        counts.append(len(sent))

    assert counts == [11, 11]


def test_saving_costs_the_same_for_one_zone_and_for_three(as_clinician, patient, level, once, count_queries):
    counts = []
    for zones in (1, 3):
        sent = typed(level, once=once(), others=[])
        factories.ConditionFactory(code="dandruff", role="related")
        sent["others"] = ["dandruff"]
        for n in range(1, zones):
            factories.ZoneFactory(code=f"MORE{n}")
            sent |= {f"zone-MORE{n}-on": "1", f"zone-MORE{n}-area": "20"}
            sent |= {f"measure-{n}-scale": "HAIR_DENSITY", f"measure-{n}-value": "150"}
        with count_queries() as queries:
            assert as_clinician.post(url(patient), sent).status_code == 302
        counts.append(len(queries))

    assert counts == [16, 16]
