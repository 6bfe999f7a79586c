"""A clinic with prices, and a plan at every stage of being agreed."""

from datetime import date
from decimal import Decimal as D

import pytest

from tests import factories
from treatments.billing.actions.payments import take_payment
from treatments.billing.actions.price_lists import publish_price_list
from treatments.billing.actions.quotes import accept_quote, issue_quote, replace_draft_quote
from treatments.billing.rules.prices import PriceRow

ROWS = [
    PriceRow("session", "Session, small area", D(250), area_to=D(50)),
    PriceRow("session", "Session, medium area", D(320), area_from=D(50), area_to=D(100)),
    PriceRow("session", "Session, large area", D(400), area_from=D(100)),
    PriceRow("kit", "Single-use kit", D(8), why="gloves, syringe, 30G needle"),
    PriceRow("package", "Package of 5", rate=D(10), sessions_from=5),
    PriceRow("package", "Package of 8", rate=D(15), sessions_from=8),
]


@pytest.fixture
def publish(clinic, admin):
    def publishing(rows=ROWS, valid_from=date(2020, 1, 1), **fields):
        return publish_price_list(
            clinic=clinic, valid_from=valid_from, currency="USD", rows=rows, by=admin, **fields
        )

    return publishing


@pytest.fixture
def price_list(publish):
    return publish()


@pytest.fixture
def patient(db):
    return factories.PatientFactory(given_names="Yuki", family_name="Tanaka")


@pytest.fixture
def version(clinic, patient, clinician):
    """Density A: 4.0 ml of 23.00 each, so 92.00 a session, as on the target screen."""
    return factories.signed_cocktail(
        clinic=clinic,
        patient=patient,
        by=clinician,
        products=[factories.ProductFactory(price_per_ml=D(46)) for _ in range(2)],
    )


@pytest.fixture
def plan(clinic, patient, version, clinician):
    return factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, intervals=[14, 14, 14, 30, 30, 30, 30]
    )


@pytest.fixture
def draft(plan, price_list, front_desk):
    return replace_draft_quote(plan=plan, by=front_desk)


@pytest.fixture
def issued(draft, front_desk):
    return issue_quote(quote=draft, by=front_desk)


@pytest.fixture
def accepted(issued, front_desk):
    """Start 5, for 1,890.00."""
    return accept_quote(
        quote=issued, option=issued.options.get(sessions=5), signed_name="Yuki Tanaka", by=front_desk
    )


@pytest.fixture
def issue(clinic, clinician, front_desk, price_list):
    def issuing():
        draft = replace_draft_quote(plan=factories.make_plan(clinic=clinic, by=clinician), by=front_desk)
        return issue_quote(quote=draft, by=front_desk)

    return issuing


@pytest.fixture
def payment(accepted, front_desk):
    return take_payment(plan=accepted.plan, kind="payment", method="card", amount=D(500), by=front_desk)
