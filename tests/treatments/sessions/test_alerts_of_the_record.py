"""What the record says since the last session stands against the next: medicines, pregnancy, mood, what lasts."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mesoclinic.core.findings import Refused
from patients.actions.exposures import record_exposures
from patients.actions.risk_factors import record_risk_factor
from patients.actions.safety_answers import record_safety_answers_and_risk_factors
from patients.models import Alert, AlertType, Exposure, Factor, RiskFactor, SafetyAnswer
from patients.rules.alerts import Injection, alert_level_for_injection_or_empty
from patients.rules.new_medicines import NEW_MEDICINE_UNREAD
from patients.rules.self_harm import names_self_harm
from tests import factories
from tests.alert_types import cites, load_alert_types
from tests.treatments.sessions.conftest import ASKED, fill
from treatments.conditions.actions.labs import record_or_replace_lab_result
from treatments.conditions.models import LabTest
from treatments.conditions.rules.labs import LabReport
from treatments.plans.alert_queries import open_alerts_of_patient
from treatments.sessions.actions.corrections import mark_session_void
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.alerts import (
    lasts_longer_than_usual,
    usual_days_or_none,
)

TODAY = timezone.localdate()


def codes(patient) -> list[str]:
    return sorted(alert.code for alert in open_alerts_of_patient(patient.pk))


@pytest.fixture
def types(db):
    load_alert_types()


@pytest.fixture
def treated(types, clinic, clinician):
    """A patient whose last session was signed just now."""
    patient = factories.PatientFactory(registered_by=clinician, sex_at_birth="female")
    lot = factories.LotFactory(product=factories.ProductFactory(name="Biotin"), clinic=clinic, on_hand=D(10))
    factories.give(lot, patient=patient, by=clinician)
    return patient


def takes(patient, label, by, *, factor: str | None = None, minutes: int = 2, **fields):
    """A medicine that came onto the record so many minutes after the session was signed."""
    return RiskFactor.objects.create(
        patient=patient,
        kind="medicine",
        label=label,
        factor=Factor.objects.get(code=factor) if factor else None,
        origin="session",
        recorded_by=by,
        recorded_at=timezone.now() + timedelta(minutes=minutes),
        **fields,
    )


# --- medicines -----------------------------------------------------------------


def test_a_new_medicine_that_a_rule_reads_warns_with_its_name(treated, clinician):
    takes(treated, "Ramipril", clinician, factor="bp_lowering_medicine")

    [alert] = open_alerts_of_patient(treated.pk)

    assert (alert.code, alert.level) == ("alert:state:new-medicine", "warn")
    assert alert.text == "New medicine Ramipril: On a medicine that lowers blood pressure."


def test_new_medicines_that_no_rule_reads_block_and_are_all_named(treated, clinician):
    takes(treated, "the white pill", clinician)
    takes(treated, "drops from the market", clinician)

    [alert] = open_alerts_of_patient(treated.pk)

    assert (alert.code, alert.level) == ("alert:state:new-medicine-unread", "block_overridable")
    assert "the white pill, drops from the market" in alert.text


def test_the_alert_of_a_new_medicine_names_its_sources(treated, clinician):
    cites(AlertType.objects.get(code="alert:state:new-medicine"))
    takes(treated, "Ramipril", clinician, factor="bp_lowering_medicine")

    assert [alert.cited for alert in open_alerts_of_patient(treated.pk)] == ["[TESTKEY] Label of a medicine"]


def test_a_medicine_that_is_an_alert_of_its_own_is_said_once(treated, clinician):
    takes(treated, "Warfarin", clinician, factor="anticoagulant")

    assert codes(treated) == ["alert:state:anticoagulant-started"]


def test_a_medicine_that_the_last_session_knew_of_or_that_is_over_is_not_new(treated, clinician):
    takes(treated, "the white pill", clinician, started_on=TODAY - timedelta(days=9), ended_on=TODAY)
    takes(treated, "the blue pill", clinician, minutes=-5)

    assert codes(treated) == []


def test_before_the_first_session_no_medicine_is_new(types, clinician):
    patient = factories.PatientFactory(registered_by=clinician)
    takes(patient, "the white pill", clinician)

    assert codes(patient) == []


def test_medicines_add_no_statement(treated, clinician):
    counts = []
    for label in ("one", "two", "three"):
        takes(treated, label, clinician)
        with CaptureQueriesContext(connection) as queries:
            open_alerts_of_patient(treated.pk)
        counts.append(len(queries))

    assert counts == [1, 1, 1]


def test_a_medicine_told_in_the_chair_is_asked_about_at_the_signature(types, ready, clinician):
    told = {"changed": True, "new": [{"factor": None, "label": "the white pill"}], "ended": []}
    session = fill(ready, clinician, safety={**ASKED, "medicine": told})

    with pytest.raises(Refused) as refused:
        sign_session(session=session, by=clinician)
    signed = sign_session(
        session=session, by=clinician, reasons={NEW_MEDICINE_UNREAD: "Looked up, it has no bearing"}
    )

    assert [(each.code, each.fixed) for each in refused.value.findings] == [(NEW_MEDICINE_UNREAD, False)]
    assert "the white pill" in refused.value.findings[0].message
    assert signed.status == "signed"
    assert codes(session.patient) == []


def test_a_new_medicine_on_the_record_is_asked_about_at_the_signature(types, ready, clinic, clinician):
    session = fill(ready, clinician, safety=ASKED)
    lot = factories.LotFactory(product=factories.ProductFactory(name="Biotin"), clinic=clinic, on_hand=D(10))
    factories.give(lot, patient=session.patient, on=TODAY - timedelta(days=60), by=clinician)
    takes(session.patient, "the white pill", clinician)

    with pytest.raises(Refused) as refused:
        sign_session(session=session, by=clinician)

    assert NEW_MEDICINE_UNREAD in {each.code for each in refused.value.findings}


# --- pregnancy after dutasteride or finasteride --------------------------------


@pytest.fixture
def dutasteride(clinic):
    product = factories.ProductFactory(
        name="Dutasteride", ingredient=factories.IngredientFactory(code="dutasteride")
    )
    return factories.LotFactory(product=product, clinic=clinic, on_hand=D(10))


def given_days_ago(lot, patient, by, days: int):
    """A session as it is stored once signed, with the exposure that its signature keeps."""
    session = factories.give(lot, patient=patient, on=TODAY - timedelta(days=days), by=by)
    record_exposures(
        patient_id=patient.pk,
        substances=[lot.product.contents.get().ingredient.code],
        given_on=session.performed_on,
        source=f"treatment_sessions.treatmentsession:{session.pk}",
    )
    return session


@pytest.mark.parametrize(("days", "raised"), [(1, True), (182, True), (183, False)])
def test_a_pregnancy_within_182_days_of_dutasteride_is_an_alert_of_its_own(
    treated, dutasteride, clinician, days, raised
):
    given_days_ago(dutasteride, treated, clinician, days)

    record_risk_factor(
        patient=treated, kind="pregnancy", factor=Factor.objects.get(code="pregnancy"), by=clinician
    )

    assert ("alert:state:pregnancy-after-5ari" in codes(treated)) is raised
    assert (
        Alert.objects.filter(code="alert:state:pregnancy-after-5ari", level="block_fixed").exists() is raised
    )


@pytest.fixture
def dutasteride_signed(types, clinic, clinician, patient, consent, checklist, dutasteride):
    """A session that gave dutasteride, charted and signed."""
    version = factories.signed_cocktail(
        clinic=clinic, patient=patient, products=[dutasteride.product], by=clinician, kind="single"
    )
    plan = factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )
    session = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    return sign_session(session=fill(session, clinician), by=clinician)


def test_the_signature_keeps_dutasteride_for_a_pregnancy_told_later(dutasteride_signed, patient, clinician):
    kept = list(Exposure.objects.values_list("patient", "substance", "given_on"))
    before = codes(patient)

    record_risk_factor(
        patient=patient, kind="pregnancy", factor=Factor.objects.get(code="pregnancy"), by=clinician
    )

    assert kept == [(patient.pk, "dutasteride", dutasteride_signed.performed_on)]
    assert before == []
    assert codes(patient) == ["alert:state:pregnancy", "alert:state:pregnancy-after-5ari"]


def test_what_a_session_gave_stands_beside_a_pregnancy_though_the_session_is_made_void(
    dutasteride_signed, patient, clinician
):
    mark_session_void(session=dutasteride_signed, by=clinician, reason="Written on the wrong plan")

    record_risk_factor(
        patient=patient, kind="pregnancy", factor=Factor.objects.get(code="pregnancy"), by=clinician
    )

    assert codes(patient) == ["alert:state:pregnancy", "alert:state:pregnancy-after-5ari"]


def test_a_signature_without_such_a_substance_keeps_nothing(types, ready, clinician):
    sign_session(session=fill(ready, clinician), by=clinician)

    assert not Exposure.objects.exists()


def test_a_positive_test_raises_it_too(treated, dutasteride, clinician):
    given_days_ago(dutasteride, treated, clinician, 30)
    test = LabTest.objects.create(
        code="HCG-U",
        name="Pregnancy test",
        usual_interval="negative",
        finding_high="alert:lab:hcg-positive",
        order=1,
    )

    record_or_replace_lab_result(
        patient=treated, test=test, by=clinician, report=LabReport(taken_on=TODAY, text="Positive")
    )

    assert codes(treated) == ["alert:lab:hcg-positive", "alert:state:pregnancy-after-5ari"]
    assert SafetyAnswer.objects.get(question="pregnancy_test").said == ["positive"]


# --- what a result answers -----------------------------------------------------


def test_a_platelet_count_answers_the_question_before_prp(treated, clinician):
    test = LabTest.objects.create(
        code="PLT",
        name="Platelets",
        unit="10*3/uL",
        other_unit="/uL",
        other_factor=D(1000),
        finding_low="alert:lab:platelets under 100",
        order=1,
    )
    report = LabReport(taken_on=TODAY - timedelta(days=9), value=D(210000), unit="/uL", low=D(150000))

    record_or_replace_lab_result(patient=treated, test=test, by=clinician, report=report)

    row = SafetyAnswer.objects.get(question="platelets")
    assert (row.said, row.asked_on, row.asked_where) == (["210"], report.taken_on, "lab")


# --- thoughts of self-harm -----------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("has suicidal thoughts since March", True),
        ("Pensées suicidaires", True),
        ("intihar düşüncesi", True),
        ("wants to kill herself", True),
        ("no suicidal thoughts", False),
        ("denies self-harm", False),
        ("no suicidal thoughts last year, suicidal today", True),
        ("low mood", False),
    ],
)
def test_thoughts_of_self_harm_are_read_in_words_unless_denied(text, said):
    assert names_self_harm(text) is said


def test_told_at_any_question_it_stands_fixed_before_5ari_and_warns_before_the_rest(treated, clinician):
    record_safety_answers_and_risk_factors(
        patient=treated,
        answers={"anticoag": ["nothing, but suicidal since May"]},
        by=clinician,
        where="start",
    )

    alert = next(a for a in open_alerts_of_patient(treated.pk) if a.code == "alert:state:suicidal")

    assert alert_level_for_injection_or_empty(alert, Injection(frozenset({"finasteride"}))) == "block_fixed"
    assert alert_level_for_injection_or_empty(alert, Injection(frozenset({"biotin"}))) == "warn"
    assert Alert.objects.filter(code="alert:state:suicidal").count() == 1


# --- what lasts ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("usual", "days"),
    [
        ("12-48 h", 2),
        ("1-2 days", 2),
        ("up to 1 week", 7),
        ("about 1 week", 7),
        ("hours-1 day", 1),
        ("minutes", 1),
        ("days", 7),
        ("weeks-months", 365),
        ("until drained", None),
        ("", None),
    ],
)
def test_the_usual_time_of_a_reaction_is_read_at_its_longest(usual, days):
    assert usual_days_or_none(usual) == days


@pytest.mark.parametrize(("lasted", "too_long"), [(4, False), (5, True), (None, False)])
def test_more_than_twice_its_usual_time_is_too_long(lasted, too_long):
    assert lasts_longer_than_usual("1-2 days", lasted) is too_long


def test_a_pregnancy_written_down_half_way_asks_for_words_and_the_true_record_is_signed(
    types, ready, clinician
):
    """Law 16: what was given before it was known is recorded and flagged."""
    session = fill(ready, clinician)
    record_risk_factor(
        patient=ready.patient, kind="pregnancy", factor=Factor.objects.get(code="pregnancy"), by=clinician
    )

    with pytest.raises(Refused) as refused:
        sign_session(session=session, by=clinician)
    said = {f.code: f.fixed for f in refused.value.findings}
    why = "Told after the first points; stopped at once, her midwife is told"
    signed = sign_session(session=session, by=clinician, reasons=dict.fromkeys(said, why))

    assert said["alert:state:pregnancy"] is False
    assert signed.status == "signed"
    assert [row["code"] for row in signed.acknowledged if row["code"] == "alert:state:pregnancy"]


@pytest.mark.parametrize("told", ["in the chair", "on the record, in another window"])
def test_a_contraindication_whose_fact_came_up_half_way_asks_for_words_too(types, ready, clinician, told):
    pregnancy = Factor.objects.get(code="pregnancy")
    treatment = factories.IngredientFactory(code="*treatment", name="Any treatment", is_active=False)
    factories.ContraindicationFactory(
        ingredient=treatment, factor=pregnancy, severity="absolute", basis="stated"
    )
    said = {"changed": True, "new": [{"factor": pregnancy.pk, "label": "Pregnant"}]}
    session = fill(ready, clinician, safety={**ASKED, "pregnancy": said} if told == "in the chair" else ASKED)
    if told != "in the chair":
        record_risk_factor(patient=ready.patient, kind="pregnancy", factor=pregnancy, by=clinician)

    with pytest.raises(Refused) as refused:
        sign_session(session=session, by=clinician)
    found = {f.code: f.fixed for f in refused.value.findings}
    why = "Told after the first points; stopped at once, her midwife is told"
    signed = sign_session(session=session, by=clinician, reasons=dict.fromkeys(found, why))

    assert found["contra:*treatment:pregnancy"] is False
    assert signed.status == "signed"
    assert RiskFactor.objects.filter(patient=ready.patient, factor=pregnancy).exists()


def test_a_pregnancy_known_before_the_session_was_begun_stays_fixed(types, ready, clinician):
    session = fill(ready, clinician)
    record_risk_factor(
        patient=ready.patient, kind="pregnancy", factor=Factor.objects.get(code="pregnancy"), by=clinician
    )
    TreatmentSession.objects.filter(pk=session.pk).update(started_at=timezone.now() + timedelta(minutes=1))
    session.refresh_from_db()

    with pytest.raises(Refused) as refused:
        sign_session(
            session=session, by=clinician, reasons={"alert:state:pregnancy": "Told and accepted by her"}
        )

    assert {f.code: f.fixed for f in refused.value.findings}["alert:state:pregnancy"] is True
