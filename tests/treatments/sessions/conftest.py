"""A patient with an accepted plan, consent and stock: what a session needs, and no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from mesoclinic.core.models import Autosave
from tests import factories
from tests.safety_answers import answer
from treatments.sessions.actions.charting import save_chart
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.queries import sessions
from treatments.sessions.queries.reference import charting_reference
from treatments.sessions.queries.sessions import chart_of_session, session_detail
from treatments.sessions.rules.charting import SessionChart
from treatments.sessions.rules.measurements import MEASURED

D = Decimal


@pytest.fixture
def asked_on():
    """The day on which the patient was asked the safety questions: today."""
    return timezone.localdate()


@pytest.fixture
def patient(clinician, asked_on):
    """Asked the safety questions: there is an answer to confirm."""
    patient = factories.PatientFactory(registered_by=clinician)
    answer(patient, by=clinician, on=asked_on, allergy="none", pregnant="none", anticoag="none")
    return patient


@pytest.fixture
def consent(patient, clinician):
    return factories.ConsentFactory(
        patient=patient, taken_by=clinician, signed_at=datetime.now(UTC) - timedelta(days=30)
    )


@pytest.fixture
def products(db):
    return [factories.ProductFactory(name="Dexpanthenol"), factories.ProductFactory(name="Biotin")]


@pytest.fixture
def lots(products, clinic):
    return [
        factories.LotFactory(product=product, clinic=clinic, number=f"L-{product.name[:3]}", on_hand=D(10))
        for product in products
    ]


@pytest.fixture
def plan(clinic, clinician, patient, products):
    version = factories.signed_cocktail(clinic=clinic, patient=patient, products=products, by=clinician)
    return factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )


@pytest.fixture
def checklist(db):
    """Two mandatory ticks; the second also answers a third."""
    return [
        factories.ChecklistItemFactory(code="gloves", short_list=True, short_order=10),
        factories.ChecklistItemFactory(code="history", item="history asked", short_list=True, short_order=20),
        factories.ChecklistItemFactory(code="pregnancy", item="pregnancy asked", asked_with="history"),
        factories.ChecklistItemFactory(
            code="stock", item="stock taken", answered_by="software", phase="after"
        ),
    ]


@pytest.fixture
def ready(plan, consent, lots, checklist, clinic, clinician):
    """A session just started."""
    return start_or_resume_session(plan=plan, by=clinician, clinic=clinic)


#: Asked, and nothing has changed.
ASKED = {topic: {"changed": False} for topic in ("medicine", "pregnancy", "allergy")}


def stored(session) -> SessionChart:
    return chart_of_session(session_detail(session.pk))


def fill(session, by, **changes):
    """Chart what signing asks for, and ``changes``."""
    ref = charting_reference(session.clinic_id)
    chart = replace(
        stored(session),
        **{
            "ticked": ref.item_ids_with_jointly_ticked(item.id for item in ref.items if not item.by_software),
            "pain": {"during": 4},
            "safety": ASKED,
            "no_reactions": True,
            **changes,
        },
    )
    session.refresh_from_db()
    return save_chart(session=session, by=by, revision=session.revision, chart=chart)


@pytest.fixture
def charted(ready, clinician):
    """A session with everything that signing asks for."""
    return fill(ready, clinician)


@pytest.fixture
def signed(charted, clinician):
    """A session that is signed."""
    return sign_session(session=charted, by=clinician)


@pytest.fixture
def booked(plan, clinic, clinician, patient):
    start = timezone.now().replace(microsecond=0)
    return factories.AppointmentFactory(
        clinic=clinic,
        patient=patient,
        clinician=clinician,
        room=factories.RoomFactory(clinic=clinic),
        plan=plan,
        session_number=1,
        starts_at=start,
        booked_by=clinician,
    )


@pytest.fixture
def scales(db):
    return [factories.SeverityScaleFactory(code=code, kind="number") for code in MEASURED]


@pytest.fixture
def booked_session_as_given(booked, consent, lots, checklist, clinic, clinician):
    """The first session of a plan, booked and charted, with two figures waiting for the signature."""
    booked.status = "arrived"
    booked.save()
    session = start_or_resume_session(appointment=booked, by=clinician, clinic=clinic)
    session = fill(session, clinician)
    Autosave.objects.create(
        owner=clinician,
        kind=sessions.AUTOSAVE_KIND,
        subject=sessions.autosave_subject(session),
        fields={"density": ["130"], "pull_test": ["3"]},
        url=f"/sessions/{session.pk}/",
    )
    return session
