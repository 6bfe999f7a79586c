"""An assessment is written whole, checked by the rules, and frozen."""

from decimal import Decimal as D

import pytest

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.models import RiskFactor
from tests import factories
from treatments.conditions.actions import assessments as actions
from treatments.conditions.models import Assessment, Measurement
from treatments.conditions.queries import assessments as queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient():
    return factories.PatientFactory()


@pytest.fixture
def found():
    """What a clinician usually finds."""
    scale = factories.SeverityScaleFactory()
    return {
        "condition": factories.ConditionFactory(),
        "scale": scale,
        "level": factories.ScaleLevelFactory(scale=scale, value="II"),
        "zones": [(factories.ZoneFactory(), D(70))],
    }


def refused_by(**arguments):
    with pytest.raises(Refused) as refused:
        actions.record_assessment(**arguments)
    assert Assessment.objects.count() == 0
    return [finding.code for finding in refused.value.findings]


def test_an_assessment_keeps_what_was_found_and_the_deed_is_recorded(patient, clinician, found):
    density = factories.SeverityScaleFactory(code="HAIR_DENSITY", kind="number", minimum=D(0), maximum=D(600))
    other = factories.ConditionFactory(code="dandruff", role="related")
    zone = found["zones"][0][0]

    assessment = actions.record_assessment(
        patient=patient,
        by=clinician,
        others=[other],
        causes=["cause-stress"],
        measurements=[(density, zone, D(142)), (density, None, D(150))],
        note=" Thin at the crown. ",
        **found,
    )

    assessment.refresh_from_db()
    assert (assessment.condition, assessment.scale, assessment.level) == (
        found["condition"],
        found["scale"],
        found["level"],
    )
    assert (assessment.causes, assessment.note) == (["cause-stress"], "Thin at the crown.")
    assert list(assessment.other_conditions.all()) == [other]
    assert list(assessment.zones.values_list("zone", "area_cm2")) == [(zone.pk, D(70))]
    assert list(Measurement.objects.order_by("value").values_list("patient", "zone", "value")) == [
        (patient.pk, zone.pk, D(142)),
        (patient.pk, None, D(150)),
    ]
    event = AuditEvent.objects.get()
    assert (event.did, event.patient_id, event.data) == (
        "patient.assessed",
        patient.pk,
        {"condition": "androgenetic-alopecia", "zones": ["FRONTAL"], "went_past": []},
    )


def test_a_doubtful_condition_waits_for_a_reason_and_keeps_it(patient, clinician, found):
    found["condition"] = factories.ConditionFactory(
        code="brittle-hair",
        name="Brittle hair",
        role="doubtful",
        contested="A review says it is not effective.",
    )

    assert refused_by(patient=patient, by=clinician, **found) == ["doubtful:brittle-hair"]

    assessment = actions.record_assessment(
        patient=patient, by=clinician, reasons={"doubtful:brittle-hair": "No cosmetic damage found."}, **found
    )
    assert [(a["code"], a["level"], a["reason"]) for a in assessment.acknowledged] == [
        ("doubtful:brittle-hair", "warn", "No cosmetic damage found.")
    ]


def test_what_sources_say_against_a_condition_is_told(found):
    found["condition"] = factories.ConditionFactory(
        code="brittle-hair",
        role="doubtful",
        contested="A review says it is not effective.",
        source_keys=["KUTLUBAY12"],
    )

    finding = actions.findings_of_assessment(**found)[0]

    assert (finding.detail, finding.source) == ("A review says it is not effective.", "KUTLUBAY12")


def test_an_excluded_condition_is_blocked_and_only_a_clinician_goes_past_it(
    patient, clinician, front_desk, found
):
    found["condition"] = factories.ConditionFactory(code="tinea-capitis", role="exclusion")
    reasons = {"refer:tinea-capitis": "Healed, culture negative."}

    assert refused_by(patient=patient, by=clinician, **found) == ["refer:tinea-capitis"]
    assert refused_by(patient=patient, by=front_desk, reasons=reasons, **found) == ["refer:tinea-capitis"]
    assert actions.record_assessment(patient=patient, by=clinician, reasons=reasons, **found).pk


@pytest.mark.parametrize(
    ("change", "codes"), [({"zones": []}, ["area:none"]), ({"level": None}, ["severity:none"])]
)
def test_what_is_missing_is_asked_for(patient, clinician, found, change, codes):
    assert refused_by(patient=patient, by=clinician, **found | change) == codes


@pytest.mark.parametrize("area", [D(0), D(-1), D("600.1")])
def test_an_area_that_is_no_scalps_is_refused(patient, clinician, found, area):
    zone = found["zones"][0][0]
    found["zones"] = [(zone, area)]

    assert refused_by(patient=patient, by=clinician, reasons={"area:large": "A large head."}, **found) == [
        "area:FRONTAL"
    ]


def test_a_level_of_another_scale_is_refused(patient, clinician, found):
    other = factories.SeverityScaleFactory(code="SINCLAIR")
    found["level"] = factories.ScaleLevelFactory(scale=other)

    assert refused_by(patient=patient, by=clinician, **found) == ["severity:other-scale"]


@pytest.mark.parametrize("figure", [D(-1), D(601)])
def test_a_figure_outside_its_scale_is_a_mistyped_one(patient, clinician, found, figure):
    density = factories.SeverityScaleFactory(code="HAIR_DENSITY", kind="number", minimum=D(0), maximum=D(600))
    zone = found["zones"][0][0]

    assert refused_by(
        patient=patient,
        by=clinician,
        measurements=[(density, zone, figure), (density, None, D(600))],
        **found,
    ) == ["figure:HAIR_DENSITY:FRONTAL"]


def test_a_severe_salt_is_referred_whether_graded_or_measured(patient, clinician):
    salt = factories.SeverityScaleFactory(code="SALT", kind="percent", minimum=D(0), maximum=D(100))
    found = {
        "condition": factories.ConditionFactory(code="alopecia-areata"),
        "zones": [(factories.ZoneFactory(), D(70))],
        "patient": patient,
        "by": clinician,
    }

    assert refused_by(scale=salt, value=D(50), **found) == ["salt:severe"]
    assert set(refused_by(measurements=[(salt, None, D(60))], **found)) == {"salt:severe", "severity:none"}


def test_a_number_is_a_severity_too(patient, clinician):
    pull = factories.SeverityScaleFactory(code="PULL_TEST", kind="count", minimum=D(0), maximum=D(60))

    assessment = actions.record_assessment(
        patient=patient,
        by=clinician,
        condition=factories.ConditionFactory(code="telogen-effluvium"),
        scale=pull,
        value=D(8),
        zones=[(factories.ZoneFactory(), D(70))],
    )

    assert (assessment.scale, assessment.value, assessment.level) == (pull, D(8), None)


# --- queries -----------------------------------------------------------------


def test_the_latest_assessment_comes_with_all_that_is_in_it(patient, clinician, found, count_queries):
    actions.record_assessment(patient=patient, by=clinician, **found)
    latest = actions.record_assessment(patient=patient, by=clinician, **found)

    with count_queries() as sent:
        assessment = queries.latest_assessment_or_none(patient)
        said = (
            assessment.condition.name,
            assessment.level.value,
            [(row.zone.name, row.area_cm2) for row in assessment.zones.all()],
            list(assessment.measurements.all()),
        )

    assert assessment == latest
    assert said == ("Androgenetic alopecia", "II", [("Frontal", D(70))], [])
    assert len(sent) == 4


def test_a_patient_never_assessed_has_none(patient):
    assert queries.latest_assessment_or_none(patient) is None


def test_what_an_assessment_chooses_from_is_five_queries(found, count_queries):
    factories.ZoneFactory(code="HAIRLINE", name="Hairline", area_cm2=None, order=9)
    found["condition"].condition_scales.create(scale=found["scale"], who="women")
    found["condition"].condition_scales.create(
        scale=factories.SeverityScaleFactory(code="NORWOOD", for_sex="male"), who="any"
    )
    factories.ConditionFactory(code="retired", retired_at="2026-01-01T00:00Z")

    with count_queries() as sent:
        offered = queries.assessment_choices()

    condition = offered.condition_of_code_or_none("androgenetic-alopecia")
    fits = {
        sex: [scale.code for scale in offered.scales_for_condition_and_sex(condition, sex)]
        for sex in ("female", "male", "")
    }
    assert len(sent) == 5
    assert [c.code for c in offered.conditions] == ["androgenetic-alopecia"]
    assert [(z.code, z.area_cm2) for z in offered.zones] == [("FRONTAL", D("70.0")), ("HAIRLINE", None)]
    assert fits == {"female": ["LUDWIG"], "male": ["NORWOOD"], "": ["LUDWIG", "NORWOOD"]}
    assert [level.value for level in offered.levels[found["scale"].pk]] == ["II"]
    assert offered.condition_of_code_or_none("no-such") is None


# --- a condition that is a risk ----------------------------------------------


def test_a_condition_that_means_a_risk_factor_records_it_once(patient, clinician, found):
    keloid = factories.FactorFactory(code="keloid", kind="history")
    found["condition"].factor = keloid
    found["condition"].save()

    for _ in range(2):
        actions.record_assessment(patient=patient, by=clinician, **found)

    row = RiskFactor.objects.get()
    assert (row.factor, row.kind, row.label, row.recorded_by) == (
        keloid,
        "history",
        found["condition"].name,
        clinician,
    )


def test_one_of_the_other_conditions_records_its_risk_too(patient, clinician, found):
    flare = factories.FactorFactory(code="scalp_flare", kind="disease")
    psoriasis = factories.ConditionFactory(code="psoriasis", factor=flare)

    actions.record_assessment(patient=patient, by=clinician, others=[psoriasis], **found)

    assert RiskFactor.objects.values_list("factor__code", flat=True).get() == "scalp_flare"


def test_a_condition_that_means_none_records_none(patient, clinician, found):
    actions.record_assessment(patient=patient, by=clinician, **found)

    assert not RiskFactor.objects.exists()
