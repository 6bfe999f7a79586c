"""A plan of plasma from the patient's own blood, kits on the shelf, and a preparation at each step."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from tests import factories
from treatments.sessions.actions.blood import (
    record_blood_draw,
    record_blood_injection,
    record_blood_spin,
    record_identity_check,
)
from treatments.sessions.rules.blood import Spin

D = Decimal
SPIN = Spin(minutes=D(8), g=1500, rpm=None, obtained_ml=D(6))


@pytest.fixture
def products(db):
    return [factories.KitFactory()]


@pytest.fixture
def plan(clinic, clinician, patient, products):
    version = factories.signed_cocktail(
        clinic=clinic, patient=patient, products=products, by=clinician, kind="single"
    )
    return factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )


@pytest.fixture
def lots(products, clinic):
    return [
        factories.LotFactory(
            product=products[0],
            clinic=clinic,
            number=number,
            on_hand=D(14),
            expires_on=timezone.localdate() + timedelta(days=days),
        )
        for number, days in (("K-1", 100), ("K-2", 200))
    ]


@pytest.fixture
def colleague(clinic):
    return factories.UserFactory(
        roles=["clinician"], title="Dr", first_name="Ama", last_name="Osei", clinic=clinic
    )


@pytest.fixture
def drawn(ready, lots, clinician):
    """Blood drawn half an hour ago with the second kit."""
    return record_blood_draw(
        session=ready, kit=lots[1], ml=D(30), by=clinician, drawn_at=timezone.now() - timedelta(minutes=30)
    )


@pytest.fixture
def checked(drawn, patient, clinician, colleague):
    for who in (clinician, colleague):
        record_identity_check(blood=drawn, record_number=patient.record_number, by=who)
    return drawn


@pytest.fixture
def spun(checked, clinician):
    return record_blood_spin(blood=checked, spin=SPIN, by=clinician)


@pytest.fixture
def injected(spun, clinician):
    return record_blood_injection(blood=spun, by=clinician)
