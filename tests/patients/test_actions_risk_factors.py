"""Recording and ending risk factors."""

from datetime import date, timedelta

import pytest

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.actions.risk_factors import end_risk_factor, record_risk_factor, record_risk_factors_from_words
from patients.models import RiskFactor
from tests import factories

TODAY = date(2026, 11, 23)


def log(did: str) -> AuditEvent:
    return AuditEvent.objects.get(did=did)


def test_a_factor_is_recorded_and_ended(patient, clinician):
    fish = factories.FactorFactory(code="allergy_fish", kind="allergy")

    row = record_risk_factor(patient=patient, kind="allergy", factor=fish, by=clinician, today=TODAY)
    ended = end_risk_factor(risk_factor=row, by=clinician, on=TODAY)

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
