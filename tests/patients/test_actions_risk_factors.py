"""Recording and ending risk factors."""

from datetime import date, timedelta

import pytest

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.actions.risk_factors import end_risk_factor, record_risk_factor, record_risk_factors_from_words
from patients.models import AlertType, AlertTypeFactor, RiskFactor
from tests import factories

TODAY = date(2026, 11, 23)


def log(did: str) -> AuditEvent:
    return AuditEvent.objects.get(did=did)


def test_a_factor_is_recorded_and_ended(patient, clinician):
    fish = factories.FactorFactory(code="allergy_fish", kind="allergy")

    row = record_risk_factor(patient=patient, kind="allergy", factor=fish, by=clinician, today=TODAY)
    ended = end_risk_factor(risk_factor=row, by=clinician, on=TODAY, words="Prick test negative.")

    assert (row.label, row.origin) == ("Allergy fish", "clinician")
    assert (ended.ended_on, ended.ended_by) == (TODAY, clinician)
    assert log("risk_factor.recorded").data["factors"] == ["allergy_fish"]
    assert log("risk_factor.ended").data == {"on": "2026-11-23"}
    with pytest.raises(Refused, match="already ended"):
        end_risk_factor(risk_factor=row, by=clinician, on=TODAY)


def test_words_are_looked_up_in_the_list_of_their_kind(questions, patient, clinician):
    rows = record_risk_factors_from_words(
        patient=patient, kind="allergy", label="local anaesthetic", by=clinician
    )

    assert {row.factor.code for row in rows} == {"allergy_amide", "allergy_ester"}
    [unknown] = record_risk_factors_from_words(
        patient=patient, kind="medicine", label="Levothyroxine", by=clinician
    )
    assert unknown.factor is None


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        pytest.param({"label": "  "}, "label", id="nothing said"),
        pytest.param({"started_on": TODAY + timedelta(days=1)}, "started_on", id="future"),
        pytest.param(
            {"started_on": TODAY, "ended_on": TODAY - timedelta(days=1)},
            "ended_on",
            id="ends before it starts",
        ),
    ],
)
def test_a_factor_that_makes_no_sense_is_refused(patient, clinician, fields, where):
    values = {"kind": "allergy", "label": "Latex", "today": TODAY} | fields

    with pytest.raises(Refused) as refused:
        record_risk_factor(patient=patient, by=clinician, **values)

    assert [f.where for f in refused.value.findings] == [where]


def test_what_stands_is_not_recorded_again(patient, clinician):
    values = {"patient": patient, "kind": "allergy", "by": clinician}
    record_risk_factor(label="Latex", **values)

    with pytest.raises(Refused, match="already stands"):
        record_risk_factor(label="latex ", **values)


def test_another_systems_rows_are_told_apart_by_their_ids(patient, clinician):
    values = {"patient": patient, "kind": "medicine", "label": "Aspirin", "by": clinician}
    for value in ("a", "b"):
        record_risk_factor(origin="import", system="urn:test", value=value, **values)

    assert RiskFactor.objects.count() == 2


def test_a_factor_does_not_end_before_it_starts(patient, clinician):
    row = record_risk_factor(
        patient=patient, kind="history", label="Vaccine", by=clinician, started_on=TODAY, today=TODAY
    )

    with pytest.raises(Refused, match="before it starts"):
        end_risk_factor(risk_factor=row, by=clinician, on=TODAY - timedelta(days=1))


def of_alert(code, factor, level="block_fixed", **more):
    """A kind of alert that a risk factor is."""
    said = {
        "trigger_kind": "patient_state",
        "stored": False,
        "applies_to": "every injection",
        "screen_says": "Stop.",
    }
    kind = AlertType.objects.create(
        code=code, level=level, trigger=code, cleared_by="a clinician", **said, **more
    )
    AlertTypeFactor.objects.create(alert_type=kind, factor=factor)


@pytest.mark.parametrize(
    ("kind", "is_alert", "words", "is_refused"),
    [
        ("allergy", False, "", True),
        ("pregnancy", False, "negative", True),
        ("disease", True, "", True),
        ("disease", True, "Oncologist, letter of 2 November.", False),
        ("disease", False, "", False),
        ("medicine", False, "", False),
    ],
)
def test_what_stands_against_an_injection_ends_in_words(
    patient, clinician, kind, is_alert, words, is_refused
):
    factor = factories.FactorFactory(code="some_factor", kind=kind)
    if is_alert:
        of_alert("alert:state:some", factor)
    row = record_risk_factor(patient=patient, kind=kind, factor=factor, by=clinician, today=TODAY)

    if is_refused:
        with pytest.raises(Refused) as caught:
            end_risk_factor(risk_factor=row, by=clinician, on=TODAY, words=words)
        assert [f.code for f in caught.value.findings] == ["ended-words"]
        assert [f.fixed for f in caught.value.findings] == [True]
    else:
        end_risk_factor(risk_factor=row, by=clinician, on=TODAY, words=words)
    row.refresh_from_db()
    assert (row.ended_on is None) is is_refused


@pytest.mark.parametrize(
    ("days", "same", "is_refused"), [(13, True, True), (14, True, False), (1, False, False)]
)
def test_before_its_days_are_over_another_clinician_ends_it(patient, clinician, days, same, is_refused):
    factor = factories.FactorFactory(code="active_scalp_infection", kind="disease")
    of_alert("alert:site:infected", factor, min_days=14)
    row = record_risk_factor(
        patient=patient, kind="disease", factor=factor, by=clinician, started_on=TODAY, today=TODAY
    )
    who = clinician if same else factories.UserFactory(roles=["clinician"])
    said = {"risk_factor": row, "by": who, "on": TODAY + timedelta(days=days), "words": "Healed, seen today."}

    if is_refused:
        with pytest.raises(Refused, match="not before 7 Dec 2026, 14 days on"):
            end_risk_factor(**said)
    else:
        assert end_risk_factor(**said).ended_words == "Healed, seen today."
