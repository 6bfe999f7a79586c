"""A reason given once is shown beside an empty field the next time, and never given again by itself."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.sessions.conftest import fill, stored
from tests.treatments.sessions.test_views import sign_page
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session

D = Decimal

SAID = "test negative today"


@pytest.fixture
def code(patient, plan, products, clinician):
    """A warning of the cocktail, passed with a reason when that was signed."""
    factor = factories.FactorFactory(code="mild_thing")
    ingredient = products[0].contents.get().ingredient
    factories.ContraindicationFactory(
        ingredient=ingredient, factor=factor, severity="relative", basis="inferred"
    )
    factories.RiskFactorFactory(patient=patient, factor=factor, kind="disease")
    code = f"contra:{ingredient.code}:mild_thing"
    plan.cocktail_version.overrides.create(code=code, level="warn", message="m", reason=SAID, by=clinician)
    return code


def test_the_cocktails_reason_does_not_start_a_session(code, plan, consent, lots, clinic, clinician):
    with pytest.raises(Refused) as refused:
        start_or_resume_session(plan=plan, by=clinician, clinic=clinic)

    assert [finding.code for finding in refused.value.findings] == [code]


def test_at_the_start_it_stands_beside_an_empty_field(as_clinician, code, plan, consent, lots, once):
    answer = as_clinician.post(reverse("sessions:start_for_plan", args=[plan.pk]), {"once": once()})
    html = answer.content.decode()

    assert answer.status_code == 422
    assert f"“{SAID}”" in html
    assert "Reason given for the cocktail" in html
    assert f'value="{SAID}"' not in html


def test_a_reason_typed_today_is_stored_under_today_and_the_old_one_nowhere(
    code, plan, consent, lots, checklist, clinic, clinician
):
    session = start_or_resume_session(
        plan=plan, by=clinician, clinic=clinic, reasons={code: "asked again, negative"}
    )

    signed = sign_session(session=fill(session, clinician), by=clinician)

    assert [row["reason"] for row in signed.acknowledged] == ["asked again, negative"]


def test_at_the_next_session_the_last_one_stands_beside_an_empty_field(
    as_clinician, plan, consent, lots, checklist, clinic, clinician, once
):
    plan.protocol.depth_min_mm, plan.protocol.depth_max_mm = D(2), D(4)
    plan.protocol.save()
    first = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
    [zone] = stored(first).zones
    deep = [replace(zone, depth_mm=D(6))]
    deviates = "deviates:depth:FRONTAL:6"
    sign_session(session=fill(first, clinician, zones=deep), by=clinician, reasons={deviates: "Thick scalp"})
    second = fill(start_or_resume_session(plan=plan, by=clinician, clinic=clinic), clinician, zones=deep)

    html = as_clinician.get(sign_page(second)).content.decode()
    refused = as_clinician.post(sign_page(second), {"once": once()})
    signed = as_clinician.post(sign_page(second), {"once": once(), f"reason:{deviates}": "Still thick"})

    second.refresh_from_db()
    assert "Reason given in session 1" in html
    assert "“Thick scalp”" in html
    assert 'value="Thick scalp"' not in html
    assert (refused.status_code, signed.status_code) == (422, 302)
    assert [row["reason"] for row in second.acknowledged] == ["Still thick"]


@pytest.mark.fault("F27")
def test_what_changed_since_the_start_is_asked_again(code, plan, consent, lots, checklist, clinic, clinician):
    session = start_or_resume_session(
        plan=plan, by=clinician, clinic=clinic, reasons={code: "asked again, negative"}
    )
    session.acknowledged[0]["message"] = "It read otherwise then."
    session.save(update_fields=["acknowledged"])

    with pytest.raises(Refused) as refused:
        sign_session(session=fill(session, clinician), by=clinician)

    assert [finding.code for finding in refused.value.findings] == [code]
