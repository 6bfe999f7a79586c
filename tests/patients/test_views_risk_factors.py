"""The page of risk factors."""

from datetime import date

import pytest
from django.urls import reverse

from patients.models import Factor, FactorTerm, RiskFactor
from tests import factories


def page(name, *args) -> str:
    return reverse(f"patients:{name}", args=args)


def test_a_factor_is_added_from_the_list(as_clinician, clinician, patient, once):
    fish = factories.FactorFactory(code="allergy_fish", kind="allergy")

    answer = as_clinician.post(
        page("risk_factor_add", patient.pk),
        {"kind": "allergy", "factor": fish.pk, "once": once()},
        follow=True,
    )

    row = RiskFactor.objects.get()
    assert (row.factor, row.label, row.recorded_by) == (fish, "Allergy fish", clinician)
    assert "Allergy fish" in answer.text


def test_a_factor_said_in_words_is_looked_up(as_clinician, patient):
    thinner = factories.FactorFactory(code="anticoagulant", kind="medicine")
    FactorTerm.objects.create(where="term", term="warfarin", kind="medicine", factor=thinner)

    as_clinician.post(
        page("risk_factor_add", patient.pk),
        {"kind": "medicine", "label": "Warfarin 5 mg", "started_on": "2026-01-01"},
    )

    row = RiskFactor.objects.get()
    assert (row.factor, row.label) == (thinner, "Warfarin 5 mg")
    assert row.started_on == date(2026, 1, 1)


def test_a_factor_without_words_is_told_at_the_field(as_clinician, patient):
    answer = as_clinician.post(page("risk_factor_add", patient.pk), {"kind": "allergy"})

    assert answer.status_code == 422
    assert "Choose from the list, or say it in words." in answer.text


def test_a_factor_that_stands_is_refused_and_what_was_typed_is_kept(as_clinician, patient):
    factories.RiskFactorFactory(patient=patient, label="Latex")

    answer = as_clinician.post(page("risk_factor_add", patient.pk), {"kind": "allergy", "label": "latex"})

    assert answer.status_code == 422
    assert "already stands" in answer.text
    assert 'value="latex"' in answer.text


def test_staff_matters_are_not_offered(as_clinician, patient):
    Factor.objects.create(code="staff_x", label="Unborn child", short_label="H", kind="staff")

    assert "Unborn child" not in as_clinician.get(page("risk_factor_add", patient.pk)).text


def test_a_factor_is_ended_today_and_stays_on_the_page(as_clinician, patient, once):
    row = factories.RiskFactorFactory(patient=patient)
    url = page("risk_factor_end", patient.pk, row.pk)

    words = {"reason": "Patch test negative, letter of Dr Amsel."}
    answer = as_clinician.post(url, words | {"once": once()}, follow=True)
    again = as_clinician.post(url, words | {"once": once()}, follow=True)

    assert "Patch test negative, letter of Dr Amsel." in answer.text
    assert [r.pk for r in answer.context["ended"]] == [row.pk]
    assert answer.context["standing"] == []
    assert "already ended" in again.text


def test_what_stands_against_an_injection_is_not_ended_without_words_and_they_come_back(
    as_clinician, patient, once
):
    row = factories.RiskFactorFactory(patient=patient)

    answer = as_clinician.post(
        page("risk_factor_end", patient.pk, row.pk), {"reason": "all well", "once": once()}
    )

    row.refresh_from_db()
    assert row.ended_on is None
    assert answer.status_code == 422
    assert "Write in 10 characters or more who says that it is over" in answer.text
    assert ">all well</textarea>" in answer.text


@pytest.mark.parametrize("many", [1, 3])
def test_the_risk_factors_cost_the_same_for_one_and_three(
    as_clinician, clinician, patient, count_queries, once, many
):
    for n in range(many):
        factories.RiskFactorFactory(patient=patient, label=f"Thing {n}", recorded_by=clinician)

    with count_queries() as read:
        as_clinician.get(page("risk_factor_add", patient.pk))
    with count_queries() as written:
        as_clinician.post(
            page("risk_factor_add", patient.pk), {"kind": "allergy", "label": "Pollen", "once": once()}
        )

    assert len(read) == 7
    assert len(written) <= 12
