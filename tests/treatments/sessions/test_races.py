"""Several sessions at once, over real connections."""

from decimal import Decimal

import pytest

from mesoclinic.core.findings import Refused
from tests import factories
from tests.at_once import at_once
from tests.treatments.sessions.conftest import fill
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import TreatmentSession
from treatments.stock.models import Lot, StockMovement

D = Decimal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two_charted(clinic, clinician, products, lots, checklist):
    """Two patients' sessions that take 1 ml each of the same lots."""
    sessions = []
    for _ in range(2):
        patient = factories.PatientFactory(registered_by=clinician)
        factories.ConsentFactory(patient=patient, taken_by=clinician)
        version = factories.signed_cocktail(clinic=clinic, patient=patient, products=products, by=clinician)
        plan = factories.make_plan(
            clinic=clinic, patient=patient, version=version, by=clinician, status="active"
        )
        session = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)
        sessions.append(fill(session, clinician))
    return sessions


@pytest.mark.fault("F23")
def test_two_sessions_want_the_last_ml_and_one_gets_it(two_charted, clinician, lots):
    factories.StockMovementFactory(lot=lots[1], kind="waste", ml=D("-8.5"), reason="dropped")

    said = at_once(
        *(lambda session=session: sign_session(session=session, by=clinician) for session in two_charted)
    )

    assert sorted(type(each).__name__ for each in said) == ["Refused", "TreatmentSession"]
    assert [len(e.findings) for e in said if isinstance(e, Refused)] == [1]
    # The loser took nothing of the other lot either.
    assert list(Lot.objects.order_by("pk").values_list("on_hand_ml", flat=True)) == [D(9), D("0.5")]
    assert sorted(TreatmentSession.objects.values_list("status", flat=True)) == ["draft", "signed"]


@pytest.mark.fault("F8")
def test_one_session_signed_eight_times_at_once_is_signed_once(two_charted, clinician):
    session = two_charted[0]

    said = at_once(*[lambda: sign_session(session=session, by=clinician)] * 8)

    assert [type(each).__name__ for each in said] == ["TreatmentSession"] * 8
    assert StockMovement.objects.filter(kind="use").count() == 2


@pytest.mark.fault("F8")
def test_one_plan_started_eight_times_at_once_has_one_session(two_charted, clinician, clinic):
    plan = two_charted[0].plan
    sign_session(session=two_charted[0], by=clinician)

    said = at_once(*[lambda: start_or_resume_session(plan=plan, by=clinician, clinic=clinic)] * 8)

    assert {each.number for each in said} == {2}
    assert plan.treatment_sessions.count() == 2
